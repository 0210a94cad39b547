// @ts-check
// What a thread costs: no-op round trips and many at once, against bare `postMessage` on the same machine in the same
// process, in turns, so that the load of the machine falls on both. Ratios are to be believed, times are not.

import { Worker } from 'node:worker_threads'

import { shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(import.meta.resolve('experimental-threads/worker'))
const site = {
  p: 1,
  load: 'data:text/javascript,export const run = (n) => () => n',
  name: 'echo',
  at: 'tests/bench/spawn.bench.mjs:1:1',
  captures: ['n'],
  blocks: false,
}
const spawned = (/** @type {number} */ n) => $spawn(site, null, undefined, [n])

const bare = new Worker(
  `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n))`,
  { eval: true },
)
/** @type {((n: unknown) => void)[]} */
const waiting = []
bare.on('message', (n) => waiting.shift()?.(n))
const posted = (/** @type {number} */ n) =>
  new Promise((resolve) => {
    waiting.push(resolve)
    bare.postMessage(n)
  })

/** @typedef {(n: number) => PromiseLike<unknown>} Call */

/**
 * Microseconds for one call, awaited before the next.
 *
 * @param {Call} call
 */
async function oneByOne(call) {
  const start = performance.now()
  for (let n = 0; n < 300; n++) await call(n)
  return ((performance.now() - start) / 300) * 1000
}

/**
 * Microseconds for one of a thousand, all under way at once.
 *
 * @param {Call} call
 */
async function together(call) {
  const start = performance.now()
  await Promise.all(Array.from({ length: 1000 }, (_, n) => call(n)))
  return performance.now() - start
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN

for (const [what, measure] of /** @type {const} */ ([
  ['one after the other', oneByOne],
  ['1,000 at once, each', together],
])) {
  await measure(spawned)
  await measure(posted)
  const times = { spawned: /** @type {number[]} */ ([]), posted: /** @type {number[]} */ ([]) }
  for (let turn = 0; turn < 15; turn++) {
    times.posted.push(await measure(posted))
    times.spawned.push(await measure(spawned))
  }
  const [ours, raw] = [median(times.spawned), median(times.posted)]
  console.log(
    `${what}: spawn ${ours.toFixed(1)} µs, bare postMessage ${raw.toFixed(1)} µs, ${(ours / raw).toFixed(2)} times`,
  )
}

// What waits costs memory: resident, so garbage and the list that holds the threads count too.
const QUEUED = 100_000
const before = process.memoryUsage()
const begun = performance.now()
const queued = Array.from({ length: QUEUED }, (_, n) => spawned(n))
const { heapUsed, rss } = process.memoryUsage()
await Promise.all(queued)
const seconds = (performance.now() - begun) / 1000
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(0)} MB`
console.log(
  `100,000 queued at once: ${megabytes(rss - before.rss)} resident, ${megabytes(heapUsed - before.heapUsed)} of heap, all settled after ${seconds.toFixed(1)} s`,
)
await shutdown()
await bare.terminate()
