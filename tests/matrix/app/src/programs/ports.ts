import { move, spawn } from 'experimental-threads'

/** A port moves, and the thread talks through it. */
export async function ports(): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise((resolve) => {
    port1.addEventListener('message', ({ data }) => resolve(data))
    port1.start()
  })
  await spawn(move(port2), (port) => {
    port.postMessage(['hello', 1])
    port.close()
  })
  const got = await answer
  port1.close()
  return got
}
