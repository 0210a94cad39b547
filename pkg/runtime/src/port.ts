// A message port between a thread and whoever spawned it: what streams and callbacks use, past the pool.

export interface PortEvents {
  message(data: unknown): void
  /** A message has come that could not be read. */
  unreadable?(): void
  /** The other side has closed the port, or has ended. Older browsers do not tell. */
  closed(): void
}

/** Listens, and keeps no program alive by that. Gives what closes the port. */
export function listen(port: MessagePort, { message, unreadable, closed }: PortEvents): () => void {
  let open = true
  port.addEventListener('message', (event) => {
    if (open) message(event.data)
  })
  port.addEventListener('messageerror', () => {
    if (open) unreadable?.()
  })
  port.addEventListener('close', () => {
    if (open) closed()
    open = false
  })
  port.start()
  ;(port as { unref?(): void }).unref?.()
  return () => {
    open = false
    port.close()
  }
}
