// @ts-check
// Agents that count under one lock: `node --expose-gc counting.mjs --count 1000000`. Of the agents half block, a quarter awaits and a quarter awaits together with a thread
// of its own; the program's own thread counts beside them, once in each turn of its event loop. The sum is exact or the exit code is 1. Then as many locks with a
// timeout, which must leave the memory of the process where it was.

import { parseArgs } from 'node:util'

import { configure, Mutex, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href)
configure({ maxThreads: 16, maxWorkers: 48 })

const { values } = parseArgs({ options: { count: { type: 'string' } } })
/** How often each agent counts. */
const COUNT = Number(values.count ?? 1_000_000)
/** By how many bytes the process may grow over the locks with a timeout. */
const MOST_GROWTH = 16_000_000

/** @param {string} how @param {unknown[]} captures */
function start(how, captures) {
  const load = new URL(`./modules/counts.mjs?run=${how}`, import.meta.url).href
  const names = ['mutex', 'rounds', 'board', 'index']
  return $spawn(
    { p: 1, load, name: how, at: 'src/a.ts:1:1', captures: names, blocks: how === 'blocking' },
    null,
    undefined,
    captures,
  )
}

const HOW = /** @type {const} */ (['blocking', 'async', 'blocking', 'nested'])
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** @param {number} agents @returns {Promise<boolean>} whether the sum was exact */
async function count(agents) {
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
  const board = new Int32Array(new SharedArrayBuffer(4 * (3 + 2 * agents)))
  const main = { done: 0, longest: 0 }
  const progress = { left: agents }
  const hows = Array.from({ length: agents }, (_, index) => HOW[index % HOW.length] ?? 'blocking')
  const threads = hows.map(async (how, index) => {
    const longest = /** @type {number} */ (await start(how, [mutex, COUNT, board, index]))
    progress.left--
    return longest
  })
  const ready = agents + hows.filter((how) => how === 'nested').length
  while (Atomics.load(board, 0) < ready) await turn()
  const began = performance.now()
  Atomics.store(board, 1, 1)
  Atomics.notify(board, 1)
  while (progress.left > 0) {
    const asked = performance.now()
    const guard = await mutex.lock()
    main.longest = Math.max(main.longest, performance.now() - asked)
    guard.value[0]++
    main.done++
    guard.unlock()
    await turn()
  }
  const longest = await Promise.all(threads)
  const took = performance.now() - began
  const wanted = agents * COUNT + main.done
  const guard = await mutex.lock()
  const sum = guard.value[0]
  guard.unlock()
  const pace = (sum / took / 1000).toFixed(2)
  console.log(
    `${agents} agents: ${sum} of ${wanted} increments, ${pace} million a second, in ${(took / 1000).toFixed(1)} s`,
  )
  const shares = board.subarray(3 + agents)
  const all = shares.reduce((total, one) => total + one, 0)
  for (const [index, how] of hows.entries()) {
    const share = ((100 * /** @type {number} */ (shares[index])) / all).toFixed(1).padStart(4)
    const gap = /** @type {number} */ (longest[index]).toFixed(1)
    console.log(
      `  ${String(index + 1).padStart(2)} ${how.padEnd(8)} ${share}% when the first one had finished, worst gap ${gap} ms`,
    )
  }
  console.log(`   - main     ${main.done} increments, worst gap ${main.longest.toFixed(1)} ms`)
  return sum === wanted
}

/** What is left of so many locks with a timeout, of which every tenth has to wait. Bytes. */
async function growth() {
  const mutex = new Mutex()
  /** @param {number} locks */
  const lock = async (locks) => {
    for (let round = 0; round < locks; round++) {
      const guard = await mutex.lock({ timeout: 600_000 })
      if (round % 10 === 0) {
        const next = mutex.lock({ timeout: 600_000 })
        guard.unlock()
        ;(await next).unlock()
      } else guard.unlock()
    }
  }
  const resident = async () => {
    for (let round = 0; round < 3; round++) {
      ;/** @type {any} */ (globalThis).gc()
      await turn()
    }
    return process.memoryUsage().rss
  }
  await lock(COUNT / 5)
  const before = await resident()
  await lock(COUNT)
  return (await resident()) - before
}

let exact = true
for (const agents of [2, 4, 8, 16]) exact = (await count(agents)) && exact
const grown = await growth()
console.log(`${COUNT} locks with a timeout: ${(grown / 1e6).toFixed(1)} MB more than before`)
await shutdown({ deadline: 0 })
if (!exact || grown > MOST_GROWTH) process.exitCode = 1
