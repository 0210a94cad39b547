// A worker that the user started is a program of its own: it has a pool, and hears of the deaths of its threads.
import { isMainThread, Worker } from 'node:worker_threads'

import { configure, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'
import { arena } from '../../../pkg/runtime/dist/memory/arena.js'
import { isAlive } from '../../../pkg/runtime/dist/sync/agent-algorithm.js'

async function end(name) {
  const said = new Int32Array(new SharedArrayBuffer(12))
  const load = new URL(`../modules/deaths.mjs?run=${name}`, import.meta.url).href
  const thread = $spawn({ p: 1, load, name, at: 'src/a.ts:1:1', captures: ['said'], blocks: false }, null, undefined, [
    said,
  ])
  thread.catch(() => {})
  while (said[0] === 0) await Atomics.waitAsync(said, 0, 0, 1000).value
  thread.abort(new Error('enough'))
  await thread.join()
  while (isAlive(arena().words, said[0])) await new Promise((resolve) => setImmediate(resolve))
  console.log(`${name}: ${!isAlive(arena().words, said[0])}`)
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  worker.on('error', (error) => console.log(error))
} else {
  $boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
  configure({ graceTime: 50 })
  await end('exits')
  await end('counts')
  await shutdown()
}
