// A thread that ends with a lock in its hands; whoever comes next is told.

import { Mutex, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)

const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
await $spawn(
  {
    p: 1,
    load: new URL('../modules/failures.mjs?run=keeps', import.meta.url).href,
    name: 'keeps',
    at: 'src/a.ts:1:1',
    captures: ['mutex'],
    blocks: false,
  },
  null,
  undefined,
  [mutex],
)
await mutex.lock().catch((error) => console.log(`${error.name}: ${error.message}`))
mutex.clearPoison()
using(await mutex.lock())
await shutdown()

function using(guard) {
  guard.unlock()
  console.log('sound again')
}
