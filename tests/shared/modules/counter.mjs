// A raw worker in an engine without `Atomics.waitAsync`: 200 increments, each with the loop turning while the lock is held.
delete Atomics.waitAsync
const { workerData } = await import('node:worker_threads')
const { adoptArena } = await import('../../../pkg/runtime/dist/memory/arena.js')
adoptArena(workerData)
const { Mutex } = await import('experimental-threads')
const { $shared } = await import('experimental-threads/internal')
const mutex = $shared(Mutex, 'm', 'h', () => [new Int32Array(new SharedArrayBuffer(4))])
for (let round = 0; round < 200; round++) {
  const guard = await mutex.lock()
  const seen = guard.value[0]
  await new Promise((resolve) => setImmediate(resolve))
  guard.value[0] = seen + 1
  guard.unlock()
}
