// What a program, its threads and workers of the user's own declare alike.

import { Global, Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

/** @type {Global<Mutex<Int32Array<SharedArrayBuffer>>>} */
export const hits = $shared(Global, 'hits_joined', 'h', () => [new Mutex(new Int32Array(new SharedArrayBuffer(4)))])

/** Takes the lock and adds one. */
export async function hit(times) {
  for (let round = 0; round < times; round++) {
    const guard = await hits.value.lock()
    guard.value[0]++
    guard.unlock()
  }
}

/** In a thread of the pool: starts a worker as a user would, which keeps the lock, and ends. */
export const run = () => async () => {
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(new URL('../programs/joining.mjs', import.meta.url), { workerData: 'keeps' })
  await new Promise((resolve) => worker.on('message', resolve))
  process.exit(3)
}
