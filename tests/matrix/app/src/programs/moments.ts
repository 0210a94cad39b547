import { spawn } from 'experimental-threads'

/** Values are those of the moment of the call. */
export async function moments(): Promise<unknown> {
  const list = [0]
  const threads = []
  for (let n = 0; n < 3; n++) {
    threads.push(spawn(() => `${n}:${list.join('')}`))
    list.push(n)
  }
  return Promise.all(threads)
}
