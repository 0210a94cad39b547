// @ts-check
// Threads among crashes, aborts, chunks that do not load, streams that are left and workers that are recycled, for as long as is asked:
// `node --expose-gc soak.mjs --seconds 600 --seed 7`. Every promise settles as it must, and memory stays where it was; else the exit code is 1.

import { parseArgs } from 'node:util'

import { callback, configure, move, parallelMap, shutdown, stats, threads } from 'experimental-threads'
import { $boot, $recycle, $spawn, $stream, $task } from 'experimental-threads/internal'

$boot(new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href)
configure({ maxThreads: 2, graceTime: 100 })

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const SECONDS = Number(values.seconds ?? 30)
/** How often memory is looked at: the first third warms up, the medians of the others are compared. */
const ROUNDS = 15
/** By how many bytes the heap of the program may have grown in the meantime. */
const MOST_GROWTH = 3_000_000
/** What has not settled after so many milliseconds never will. */
const PATIENCE = 60_000

let watched = 0
let state = Number(values.seed ?? 7)

/** A number from 0 to 1 that looks random and is the same in each run. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** @template T @param {readonly T[]} list @returns {T} */
const oneOf = (list) => /** @type {T} */ (list[Math.floor(random() * list.length)])

/** @param {string} name @param {string} [file] */
function siteOf(name, file = 'closures.mjs') {
  const load = new URL(`../runtime/modules/${file}?run=${name}`, import.meta.url).href
  return { p: 1, load, name, at: 'src/a.ts:1:1', captures: ['a', 'b'], blocks: false }
}

/** @param {string} name @param {unknown[]} [captures] @param {object} [options] */
const start = (name, captures = [], options) => $spawn(siteOf(name), null, options, captures)

const counts = { right: 0, wrong: 0, failed: 0, aborted: 0 }

/** @param {unknown} found @param {unknown} wanted */
function compare(found, wanted) {
  if (JSON.stringify(found) === JSON.stringify(wanted)) counts.right++
  else counts.wrong++
}

/** What gives its result, unless it is aborted or its worker ends. @type {(() => [import('experimental-threads').Thread<unknown>, unknown])[]} */
const plain = [
  () => [start('add', [1, 2]), 3],
  () => [start('echo', [{ list: [1, 2] }]), { list: [1, 2] }],
  () => [start('echoLater', ['x']), 'x'],
  () => [start('fib', [6]), 8],
  () => [start('block', [random() * 3]), undefined],
  () => [start('add', [1, 2], { dedicated: random() < 0.1 }), 3],
  () => [start('add', [1, 2], { priority: oneOf(['high', 'low']) }), 3],
  () => [$spawn(siteOf('length'), move(new Uint8Array(50_000)), undefined, []), 50_000],
]

/** What fails, in all ways that there are. */
const failing = [
  () => start('throwRange', [1]),
  () => start('throwFunction'),
  () => start('returnFunction'),
  () => start('exit', [1]),
  () => start('exitLater', [1]),
  () => start('uncaught'),
  () => start('nestedExit'),
  () => start('blockAndExit', [2, 1]),
  () => start('noSuchClosure'),
  () => $spawn(siteOf('add', 'no-such-module.mjs'), null, undefined, []),
]

/** @type {(() => Promise<void>)[]} */
const others = [
  async function leavesStream() {
    const site = { ...siteOf('count', 'streams.mjs'), stream: $stream }
    const found = []
    for await (const value of /** @type {any} */ ($spawn(site, null, undefined, [1e9]))) {
      if (found.push(value) === 40) break
    }
    compare(found.length, 40)
  },
  async function maps() {
    compare(await parallelMap([1, 2, 3, 4], /** @type {any} */ ($task(siteOf('add'), [1, 2]))), [3, 3, 3, 3])
  },
  async function callsBack() {
    const asked = callback((/** @type {number} */ n) => n * 2)
    const thread = start('callIt', [asked, 21])
    compare((await thread.join()).ok, true)
    asked[Symbol.dispose]()
  },
  async function failsInScope() {
    const scope = threads()
    const left = start('untilAborted', [], { scope })
    start('throwRange', [1], { scope })
    const name = await scope[Symbol.asyncDispose]().catch((/** @type {Error} */ error) => error.name)
    await left.join()
    compare(name, 'RangeError')
  },
  async function hogs() {
    const hog = start('block', [400])
    setTimeout(() => hog.abort(), 5)
    await hog.join()
  },
  async function recycles() {
    $recycle()
  },
  async function shutsDown() {
    await shutdown({ deadline: 0 })
  },
]

/** What has not settled yet. @type {Set<string>} */
const pending = new Set()

/** Counts how a thread ends. @param {import('experimental-threads').Thread<unknown>} thread @param {unknown} [wanted] */
async function watch(thread, wanted) {
  const name = `${thread.name} ${++watched}`
  pending.add(name)
  const outcome = await thread.join()
  pending.delete(name)
  if (outcome.ok) compare(outcome.value, wanted)
  else counts[/** @type {any} */ (outcome.error)?.message === 'stop' ? 'aborted' : 'failed']++
}

async function batch() {
  /** @type {Promise<void>[]} */
  const all = []
  for (let index = 0; index < 100; index++) {
    const [thread, wanted] = oneOf(plain)()
    if (random() < 0.05) thread.abort(new Error('stop'))
    all.push(watch(thread, wanted))
  }
  if (random() < 0.3) all.push(watch(oneOf(failing)(), 'never'))
  // They run alone, since a worker that ends may take them along.
  await settled(all)
  if (random() < 0.3) {
    const other = oneOf(others)
    pending.add(other.name)
    await settled([other()])
    pending.delete(other.name)
  }
}

/** @param {Promise<void>[]} all */
async function settled(all) {
  const timer = setTimeout(() => {
    console.error('not settled:', [...pending], stats())
    process.exit(1)
  }, PATIENCE)
  await Promise.all(all)
  clearTimeout(timer)
}

/** Bytes of the heap in use, when all has been collected that can be. */
async function heap() {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}

/** @param {number[]} list */
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** @type {number[]} */
const heaps = []
const started = performance.now()
for (let round = 1; round <= ROUNDS; round++) {
  const end = started + (SECONDS * 1000 * round) / ROUNDS
  while (performance.now() < end) await batch()
  heaps.push(await heap())
  const { right, wrong, failed, aborted } = counts
  console.log(
    `${((performance.now() - started) / 1000).toFixed(0)} s: ${right} right, ${wrong} wrong, ${failed} failed, ${aborted} aborted; ` +
      `heap ${megabytes(heaps.at(-1) ?? 0)}, resident ${megabytes(process.memoryUsage().rss)}`,
  )
}
const third = ROUNDS / 3
const growth = median(heaps.slice(2 * third)) - median(heaps.slice(third, 2 * third))
const { queued, running } = stats()
console.log(`heap grew by ${megabytes(growth)}; ${queued} threads wait, ${running} run`)
await shutdown({ deadline: 0 })
if (counts.wrong > 0 || counts.right === 0 || queued + running > 0 || growth > MOST_GROWTH) process.exitCode = 1
