// A raw worker: takes the lock and the permit, and gives them back some time after it was told to.
import { parentPort, workerData } from 'node:worker_threads'
import { adoptArena } from '../../../pkg/runtime/dist/memory/arena.js'

adoptArena(workerData)
const { Mutex, Semaphore } = await import('experimental-threads')
const { $shared } = await import('experimental-threads/internal')
const guard = await $shared(Mutex, 'm', 'h', () => []).lock()
const permit = await $shared(Semaphore, 's', 'h', () => [1]).acquire()
parentPort.postMessage('held')
// Long enough for a process that nothing keeps alive to end before.
parentPort.once('message', () =>
  setTimeout(() => {
    guard.unlock()
    permit.release()
  }, 200),
)
