// Threads that end while something in them waits: nobody hears of it but the console, and the next thread of the worker runs.

import { Mutex, RwLock, Semaphore, configure, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
configure({ maxThreads: 1 })

const run = (name, captures) =>
  $spawn(
    {
      p: 1,
      load: new URL(`../modules/failures.mjs?run=${name}`, import.meta.url).href,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks: false,
    },
    null,
    undefined,
    captures,
  )

const mutex = new Mutex()
const rwlock = new RwLock()
const semaphore = new Semaphore(1)
const held = [await mutex.lock(), await rwlock.write(), await semaphore.acquire()]
const forgotten = [
  [mutex, 'lock'],
  [rwlock, 'read'],
  [rwlock, 'write'],
  [semaphore, 'acquire'],
]
for (const captures of forgotten) await run('forgets', captures)
for (const each of held) each.dispose()
console.log(await run('waits', [mutex, new Int32Array(new SharedArrayBuffer(12)), 'async']))
await rwlock.write()
await semaphore.acquire()
await shutdown()
