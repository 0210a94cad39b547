// A message port between a thread and whoever spawned it: what streams and callbacks use, past the pool.

export interface PortEvents {
  message(data: unknown): void
  /** A message has come that could not be read. */
  unreadable?(): void
  /** The other side has closed the port, or has ended. Older browsers do not tell. */
  closed(): void
}

/** One end of a port that is listened to. */
export interface Line {
  close(): void
  /** Keeps the program alive, or not any more. Means nothing in a browser. */
  hold(yes: boolean): void
}

/** Listens, and keeps no program alive by that. */
export function listen(port: MessagePort, { message, unreadable, closed }: PortEvents): Line {
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
  const { ref, unref } = port as { ref?(): void; unref?(): void }
  unref?.call(port)
  return {
    close() {
      open = false
      port.close()
    },
    hold: (yes) => (yes ? ref : unref)?.call(port),
  }
}
