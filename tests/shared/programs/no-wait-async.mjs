delete Atomics.waitAsync
const { Worker } = await import('node:worker_threads')
const { Mutex } = await import('experimental-threads')
const { $shared } = await import('experimental-threads/internal')
const { exportArena } = await import('../../../pkg/runtime/dist/memory/arena.js')

const mutex = $shared(Mutex, 'm', 'h', () => [new Int32Array(new SharedArrayBuffer(4))])
const workers = [1, 2].map(
  () => new Worker(new URL('../modules/counter.mjs', import.meta.url), { workerData: exportArena('worker') }),
)
await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))))
console.log((await mutex.lock()).value[0])
