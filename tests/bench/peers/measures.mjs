// @ts-check
// One measure of one library, in a process of its own: `node measures.mjs <measure> <adapter> <raw adapter>` prints a list of numbers.
// What is compared with bare messages is measured in turns with them, so that the load of the machine falls on both.

/**
 * What an adapter makes of a library: a pool of so many threads, none of which need have started.
 *
 * @typedef {object} Pool
 * @property {(n: number) => PromiseLike<unknown>} nothing
 * @property {(buffer: ArrayBuffer) => PromiseLike<unknown>} [size] missing where a library moves nothing
 * @property {(rounds: number) => PromiseLike<unknown>} burn
 */

/** @typedef {(threads: number) => Promise<Pool>} Open */

const TURNS = 40
const SLICE = 15
const AT_ONCE = 1000
const MEGABYTE = 1 << 20
const MOVES = 24
const BURNS = 16
const BURN_TIME = 100

const [measure = '', adapter = '', raw = ''] = process.argv.slice(2)

/** @param {string} path @returns {Promise<Open>} */
const opener = async (path) => (await import(path)).open

/** Microseconds for one of many calls, each awaited before the next. @param {Pool} pool */
async function oneByOne(pool) {
  const start = performance.now()
  let calls = 0
  do await pool.nothing(calls++)
  while (performance.now() - start < SLICE)
  return ((performance.now() - start) / calls) * 1000
}

/** Microseconds for one of a thousand calls, all under way at once. @param {Pool} pool */
async function together(pool) {
  const start = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => pool.nothing(n)))
  return ((performance.now() - start) / AT_ONCE) * 1000
}

/** Microseconds for a call that a megabyte is moved with. @param {Pool} pool */
async function moved(pool) {
  const buffers = Array.from({ length: MOVES }, () => new ArrayBuffer(MEGABYTE))
  const start = performance.now()
  for (const buffer of buffers) await pool.size?.(buffer)
  const passed = performance.now() - start
  if (buffers.some(({ byteLength }) => byteLength > 0)) throw new Error('it was copied')
  return (passed / MOVES) * 1000
}

/**
 * Times of the library and of bare messages, in turns: [library, bare, library, …].
 *
 * @param {number} threads
 * @param {(pool: Pool) => Promise<number>} time
 */
async function besideRaw(threads, time) {
  const [pool, bare] = [await (await opener(adapter))(threads), await (await opener(raw))(threads)]
  const times = []
  for (let turn = -5; turn < TURNS; turn++) {
    const pair = [await time(pool), await time(bare)]
    if (turn >= 0) times.push(...pair)
  }
  return times
}

/** All threads are busy at the same time, so all have started. @param {Pool} pool @param {number} threads @param {number} rounds */
async function startAll(pool, threads, rounds) {
  for (let time = 0; time < 2; time++) await Promise.all(Array.from({ length: threads }, () => pool.burn(rounds)))
}

/** How many rounds keep a thread busy for so long. @param {Pool} pool @param {number} milliseconds */
async function roundsFor(pool, milliseconds) {
  const probe = 20_000_000
  let best = Infinity
  for (let turn = 0; turn < 4; turn++) {
    const start = performance.now()
    await pool.burn(probe)
    best = Math.min(best, performance.now() - start)
  }
  return Math.round((probe / best) * milliseconds)
}

/** @type {Record<string, () => Promise<number[]>>} */
const MEASURES = {
  'round-trip': () => besideRaw(1, oneByOne),
  thousand: () => besideRaw(2, together),
  moved: () => besideRaw(1, moved),

  /** Milliseconds from before the library is read until the first result is there. */
  async cold() {
    const start = performance.now()
    const pool = await (await opener(adapter))(1)
    await pool.nothing(1)
    const passed = performance.now() - start
    return [passed]
  },

  /** Resident megabytes with one idle worker, and with five: of two processes, since memory is not given back. */
  'memory-1': () => memory(1),
  'memory-5': () => memory(5),

  /** How much faster two threads are than one at the same sixteen pieces of work. */
  async cores() {
    const pool = await (await opener(adapter))(2)
    await startAll(pool, 2, 50_000_000)
    const rounds = await roundsFor(pool, BURN_TIME)
    const half = async () => {
      const start = performance.now()
      for (let n = 0; n < BURNS / 2; n++) await pool.burn(rounds)
      return performance.now() - start
    }
    const before = await half()
    const start = performance.now()
    await Promise.all(Array.from({ length: BURNS }, () => pool.burn(rounds)))
    const parallel = performance.now() - start
    // Before and after, since the machine may do other work meanwhile.
    const serial = before + (await half())
    return [serial / parallel]
  },
}

/** @param {number} threads */
async function memory(threads) {
  const pool = await (await opener(adapter))(threads)
  await startAll(pool, threads, 50_000_000)
  globalThis.gc?.()
  const { rss } = process.memoryUsage()
  return [rss / 1e6]
}

console.log(JSON.stringify(await MEASURES[measure]?.()))
// Pools are not closed: what they leave behind is no part of this, and one of them does not always come to the end of it.
process.exit()
