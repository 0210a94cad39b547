// @ts-check
// What a thread costs: no-op round trips, many at once, a buffer that is moved, memory of what waits, and a program at rest; against
// bare `postMessage` on the same machine in the same process, in turns, so that the load of the machine falls on both. Ratios are to be believed, times
// are not. Of each, the median of its turns and what a tenth of them stay below: on a busy machine the low one says what the code costs.

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { configure, move, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

import { load, row } from './measure.mjs'

/** A process of its own measures what is so without shared memory, as on pages that are not isolated. */
const UNSHARED = 'unshared'
const isUnshared = process.argv[2] === UNSHARED
if (isUnshared) Object.assign(globalThis, { crossOriginIsolated: false })

const THREADS = 2
configure({ maxThreads: THREADS })
$boot(import.meta.resolve('experimental-threads/worker'))

/** @param {string} name @param {string} text @param {readonly string[]} captures */
const siteOf = (name, text, captures) => ({
  p: 1,
  load: `data:text/javascript,export const run = (${captures.join(', ')}) => ${encodeURIComponent(text)}`,
  name,
  at: 'tests/bench/spawn.bench.mjs:1:1',
  captures,
  blocks: false,
})

const BUSY = 'const end = performance.now() + n; while (performance.now() < end);'
const echo = siteOf('echo', '() => n', ['n'])
// More values than a worker is called with.
const wide = siteOf('wide', '() => n', ['n', 'a', 'b', 'c', 'd'])
const size = siteOf('size', '(bytes) => bytes.byteLength', [])
const busy = siteOf('busy', `() => { ${BUSY} }`, ['n'])

const called = (/** @type {number} */ n) => $spawn(echo, null, undefined, [n])
const messaged = (/** @type {number} */ n) => $spawn(wide, null, undefined, [n, 1, 2, 3, 4])

/** Workers that echo: `byteLength` of what has one. */
const bare = Array.from({ length: THREADS }, () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n.byteLength ?? n))`,
    { eval: true },
  )
  /** @type {((n: unknown) => void)[]} */
  let waiting = []
  let next = 0
  worker.on('message', (n) => {
    waiting[next++]?.(n)
    if (next === waiting.length) waiting = []
    if (waiting.length === 0) next = 0
  })
  return {
    worker,
    /** @param {unknown} value @param {ArrayBuffer[]} [transfer] */
    post: (value, transfer) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        worker.postMessage(value, transfer)
      }),
  }
})
let turn = 0
const [first] = /** @type {[typeof bare[0]]} */ (bare)
const posted = (/** @type {number} */ n) => first.post(n)
const postedToAll = (/** @type {number} */ n) => /** @type {typeof first} */ (bare[turn++ % THREADS]).post(n)

/** @typedef {(n: number) => PromiseLike<unknown>} Call */

/**
 * Microseconds for one call, awaited before the next.
 *
 * @param {Call} call
 */
async function oneByOne(call) {
  const start = performance.now()
  for (let n = 0; n < 20; n++) await call(n)
  return ((performance.now() - start) / 20) * 1000
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

/** Microseconds for one call with a megabyte that is moved, awaited before the next. @param {(bytes: ArrayBuffer) => PromiseLike<unknown>} call */
async function moved(call) {
  const buffers = Array.from({ length: 20 }, () => new ArrayBuffer(1 << 20))
  const start = performance.now()
  for (const bytes of buffers) await call(bytes)
  return ((performance.now() - start) / 20) * 1000
}

/** @param {number[]} values @param {number} part */
const percentile = (values, part) => values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN

/**
 * Measures ours and another way in turns, some tens of milliseconds of each, and prints a row.
 *
 * @param {string} what
 * @param {string} bar
 * @param {number} turns
 * @param {() => Promise<number>} own
 * @param {() => Promise<number>} other
 */
async function compare(what, bar, turns, own, other) {
  /** @type {[number[], number[]]} */
  const times = [[], []]
  for (let at = -2; at < turns; at++) {
    for (const [index, measure] of [own, other].entries()) {
      const end = performance.now() + 30
      do {
        const time = await measure()
        if (at >= 0) times[/** @type {0 | 1} */ (index)].push(time)
      } while (performance.now() < end)
    }
  }
  const [ours, others] = times
  const ratio = (/** @type {number} */ part) => (percentile(ours, part) / percentile(others, part)).toFixed(2)
  const micros = (/** @type {number[]} */ values) => `${percentile(values, 0.5).toFixed(1)} µs`
  row(what, `${ratio(0.5)} (low ${ratio(0.1)}); ${micros(ours)} to ${micros(others)}`, bar)
}

const end = async () => {
  await shutdown()
  for (const { worker } of bare) await worker.terminate()
}
const roundTrip = (/** @type {string} */ what, /** @type {Call} */ call) =>
  compare(
    what,
    '1.05',
    15,
    () => oneByOne(call),
    () => oneByOne(posted),
  )
const atOnce = (/** @type {string} */ what) =>
  compare(
    what,
    '0.59',
    25,
    () => together(called),
    () => together(postedToAll),
  )

if (isUnshared) {
  await roundTrip('round trip without shared memory', called)
  await atOnce('1,000 at once without it')
  await end()
  process.exit()
}

row('times as long as bare messages', 'median (low); medians', 'bar')
await roundTrip('round trip with values in a message', messaged)
let late = 0
let last = performance.now()
const ticking = setInterval(() => {
  late = Math.max(late, performance.now() - last - 2)
  last = performance.now()
}, 2)
await compare(
  'round trip in a loop',
  '0.15',
  15,
  () => oneByOne(called),
  async () => {
    // Of its own turns: bare messages keep timers waiting as long as the machine does.
    const time = await oneByOne(posted)
    last = performance.now()
    return time
  },
)
clearInterval(ticking)
row('  a timer meanwhile', `at most ${late.toFixed(1)} ms late`)
await atOnce(`1,000 at once on ${THREADS} workers, each`)
await compare(
  '1 MB that is moved',
  '1',
  10,
  () => moved((bytes) => $spawn(size, move(bytes), undefined, [])),
  () => moved((bytes) => first.post(bytes, [bytes])),
)
await compare(
  '1 MB that is moved, against a bare number',
  '1',
  10,
  () => moved((bytes) => $spawn(size, move(bytes), undefined, [])),
  () => oneByOne(posted),
)

const before = process.cpuUsage()
await sleep(2000)
const { user, system } = process.cpuUsage(before)
row('at rest', `${((user + system) / 2000).toFixed(1)} ms of CPU in a second`, '2')

// What waits costs memory: resident, so garbage and the list that holds the threads count too.
const QUEUED = 100_000
const memory = process.memoryUsage()
const begun = performance.now()
const queued = Array.from({ length: QUEUED }, (_, n) => called(n))
const { heapUsed, rss } = process.memoryUsage()
await Promise.all(queued)
const seconds = ((performance.now() - begun) / 1000).toFixed(2)
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(0)} MB`
row('100,000 queued at once', `${seconds} s until all have settled`, '1')
row('  in the heap', megabytes(heapUsed - memory.heapUsed), '60 MB')
row('  resident', megabytes(rss - memory.rss))

// A fixed time each: a machine that is busy with other things makes it too good, since they run while nobody works.
const start = performance.now()
await Promise.all(Array.from({ length: 16 }, () => $spawn(busy, null, undefined, [100])))
row(
  `16 × 100 ms on ${THREADS} workers`,
  `${(1600 / (performance.now() - start)).toFixed(2)} times as fast as in a row`,
  '1.95',
)
await end()
execFileSync(process.execPath, [fileURLToPath(import.meta.url), UNSHARED], { stdio: 'inherit' })
load()
