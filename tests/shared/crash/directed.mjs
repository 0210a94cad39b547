// Kills on real worker threads: `node directed.mjs '[["mutex",3,0],…]'` prints what came of each.

import { configure, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

import { killAt } from './kill.mjs'

$boot(new URL('./node_modules/experimental-threads/dist/worker.js', import.meta.url).href)
configure({ maxThreads: 4, maxWorkers: 40, graceTime: 1 })

const start = (name, captures, blocks) =>
  $spawn(
    {
      p: 1,
      load: new URL(`./closures.mjs?run=${name}`, import.meta.url).href,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks,
    },
    null,
    undefined,
    captures,
  )

const kills = JSON.parse(process.argv[2])
const results = []
/** Several at a time, since most of each is the start of a worker. */
const lanes = Array.from({ length: 2 }, async () => {
  for (let kill = kills.shift(); kill !== undefined; kill = kills.shift()) {
    const since = performance.now()
    results.push({ kill, ...(await killAt(start, ...kill)), took: Math.round(performance.now() - since) })
  }
})
await Promise.all(lanes)
await shutdown({ deadline: 0 })
console.log(JSON.stringify(results))
