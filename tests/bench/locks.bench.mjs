// @ts-check
// What locks cost: alone, against a bare pair of compare-and-swaps; and with threads that want one lock, against the algorithm
// of `multithreading`. All in turns in one process, so that the load of the machine falls on all. Ratios are to be believed,
// times are not.

import { Condvar, configure, Mutex, Semaphore, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

import { inTurns, load, row } from './measure.mjs'

/** Of a turn, which is so short that many turns are not disturbed. */
const ROUNDS = 20_000
const words = (/** @type {number} */ count) => new Int32Array(new SharedArrayBuffer(4 * count))

const bare = words(1)
const mutex = new Mutex()
const semaphore = new Semaphore(1)
const condvar = new Condvar()
const fromNpm = new URL('src/lib/sync/mutex.js', `${import.meta.resolve('multithreading')}/../../../`)
/** @type {{ Mutex: new () => { blockingLock(): Disposable } }} */
const { Mutex: NpmMutex } = await import(fromNpm.href)
const theirs = new NpmMutex()

const works = {
  bare() {
    for (let round = 0; round < ROUNDS; round++) {
      if (Atomics.compareExchange(bare, 0, 0, 1) !== 0) throw new Error('taken')
      if (Atomics.compareExchange(bare, 0, 1, 0) !== 1) throw new Error('not taken')
    }
  },
  mutex() {
    for (let round = 0; round < ROUNDS; round++) mutex.blockingLock()[Symbol.dispose]()
  },
  tryLock() {
    for (let round = 0; round < ROUNDS; round++) mutex.tryLock()?.[Symbol.dispose]()
  },
  semaphore() {
    for (let round = 0; round < ROUNDS; round++) semaphore.tryAcquire()?.[Symbol.dispose]()
  },
  notify() {
    for (let round = 0; round < ROUNDS; round++) condvar.notifyOne()
  },
  async awaited() {
    for (let round = 0; round < ROUNDS / 10; round++) (await mutex.lock())[Symbol.dispose]()
  },
  npm() {
    for (let round = 0; round < ROUNDS / 100; round++) theirs.blockingLock()[Symbol.dispose]()
  },
}

const taken = await inTurns(500, works)
const ns = (/** @type {number} */ milliseconds, of = 1) => `${((milliseconds * of * 1e6) / ROUNDS).toFixed(1)} ns`
const ratio = (/** @type {number} */ milliseconds) => `${(milliseconds / taken.bare).toFixed(2)} × bare`

console.log('lock and unlock, nobody else wants it')
row('two bare compare-and-swaps', ns(taken.bare))
row('Mutex, blockingLock with guard', `${ns(taken.mutex)}, ${ratio(taken.mutex)}`, 'at most 1.3 ×')
row('Mutex, tryLock with guard', `${ns(taken.tryLock)}, ${ratio(taken.tryLock)}`)
row('Mutex, awaited lock with guard', ns(taken.awaited, 10))
row('Semaphore, tryAcquire with permit', `${ns(taken.semaphore)}, ${ratio(taken.semaphore)}`, 'at most 2.5 ×')
row('Condvar, notifyOne of nobody', ns(taken.notify))
row('multithreading from npm, blockingLock', ns(taken.npm, 100))

configure({ maxWorkers: 16 })
$boot(import.meta.resolve('experimental-threads/worker'))
const site = (/** @type {string} */ run) => ({
  p: 1,
  load: new URL(`locks/contend.mjs?run=${run}`, import.meta.url).href,
  name: run,
  at: 'tests/bench/locks.bench.mjs:1:1',
  captures: ['lock', 'gate', 'threads', 'inside'],
  blocks: true,
})

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

/** Each round gives million sections a second of all threads together, the longest that one of them waited, in milliseconds, and the least share of one. */
async function contend(
  /** @type {string} */ run,
  /** @type {unknown} */ lock,
  /** @type {number} */ threads,
  /** @type {number} */ inside,
) {
  const gate = words(1)
  const each = /** @type {{ rounds: number, worst: number }[]} */ (
    await Promise.all(
      Array.from({ length: threads }, () => $spawn(site(run), null, undefined, [lock, gate, threads, inside])),
    )
  )
  const rounds = each.reduce((sum, { rounds }) => sum + rounds, 0)
  const least = Math.min(...each.map(({ rounds }) => rounds))
  return { rate: rounds / 1e6, worst: Math.max(...each.map(({ worst }) => worst)), least: (least * threads) / rounds }
}

/** With a lock for each thread the worst gap is that of the machine: more threads than processors wait for a processor, too. */
const CONTENDERS = { ours: 'Mutex', plain: 'the algorithm of multithreading', alone: 'a lock for each thread' }
const LOCKS = { ours: () => new Mutex(), plain: () => words(1), alone: () => null }

/** Steps of work in a section: a fraction of a microsecond, and some milliseconds. */
const SECTIONS = { 'short sections (100 steps)': 100, 'long sections (5,000,000 steps)': 5_000_000 }

for (const [what, inside] of Object.entries(SECTIONS)) {
  console.log(`\n${what}, 100 steps outside, for a second; medians of five turns`)
  for (const threads of [2, 4, 8]) {
    /** @type {Record<string, { rate: number, worst: number, least: number }[]>} */
    const seen = { ours: [], plain: [], alone: [] }
    for (let turn = 0; turn < 5; turn++) {
      for (const [name, lock] of Object.entries(LOCKS)) seen[name]?.push(await contend(name, lock(), threads, inside))
    }
    for (const [name, who] of Object.entries(CONTENDERS)) {
      const of = (/** @type {'rate' | 'worst' | 'least'} */ which) =>
        median(seen[name]?.map((turn) => turn[which]) ?? [])
      const rate = inside > 1000 ? '' : `${of('rate').toFixed(2)} M/s, `
      row(
        `${threads} threads, ${who}`,
        `${rate}worst gap ${of('worst').toFixed(1)} ms, least share ${of('least').toFixed(2)}`,
      )
    }
  }
}
load()
await shutdown()
