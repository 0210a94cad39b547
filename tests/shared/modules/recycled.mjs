// Threads that use locks which are made and dropped.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

const runs = {
  collect: () => async () => {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  },

  use: (mutex, semaphore) => async () => {
    const guard = await mutex.lock()
    const permit = await semaphore.acquire()
    permit.release()
    guard.unlock()
    return [mutex, semaphore]
  },

  keep: (mutex) => () => {
    globalThis.kept = mutex
  },

  kept: () => () => {
    const guard = globalThis.kept?.tryLock()
    guard?.unlock()
    return globalThis.kept === undefined || guard !== undefined
  },

  die: (mutexes) => () => {
    for (const mutex of mutexes) mutex.tryLock()
    process.exit(0)
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
