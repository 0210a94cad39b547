import { Worker } from 'node:worker_threads'
import { Semaphore } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { exportArena } from '../../../pkg/runtime/dist/memory/arena.js'

const semaphore = $shared(Semaphore, 's', 'h', () => [1])
const worker = new Worker(new URL('../modules/holder.mjs', import.meta.url), { workerData: exportArena('worker') })
await new Promise((resolve) => worker.once('message', resolve))
worker.unref()
semaphore.acquire().then((permit) => {
  console.log('acquired')
  permit.release()
})
worker.postMessage('go')
