// A worker holds the lock and does not keep the process alive; nothing but the wait for the lock does.
import { Worker } from 'node:worker_threads'
import { Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { exportArena } from '../../../pkg/runtime/dist/memory/arena.js'

const mutex = $shared(Mutex, 'm', 'h', () => [])
const worker = new Worker(new URL('../modules/holder.mjs', import.meta.url), { workerData: exportArena('worker') })
await new Promise((resolve) => worker.once('message', resolve))
worker.unref()
mutex.lock().then((guard) => {
  console.log('locked')
  guard.unlock()
})
worker.postMessage('go')
