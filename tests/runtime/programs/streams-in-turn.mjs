// Streams one after another: whoever waits for a value or for the end of one keeps the program alive.
import { $spawn, $stream } from 'experimental-threads/internal'

import { boot } from './support.mjs'

boot()
const at = 'src/a.ts:12:8'

/** A stream of a module that no worker has loaded yet. */
function stream(name, round, captures) {
  const load = new URL(`../modules/streams.mjs?run=${name}&round=${round}`, import.meta.url).href
  const site = { p: 1, load, name, at, captures: ['n'], blocks: false, stream: $stream }
  return $spawn(site, null, undefined, captures)
}

let sum = 0
for (let round = 0; round < 20; round++) {
  for await (const value of stream('count', round, [round % 4])) sum += value
}
const left = stream('count', 'left', [1000])
await left.next()
left.abort()
const { ok } = await left.join()
const waiting = stream('count', 'waiting', [1000])
await waiting[Symbol.asyncDispose]()
console.log(sum, ok, await stream('count', 'result', [3]).result)
