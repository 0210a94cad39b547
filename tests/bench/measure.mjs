// @ts-check
// Medians of several ways to do the same, in turns, so that the load of the machine falls on all of them.

/** @param {number[]} values */
export const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN

/** Turns that are not counted: engines compile while they run. */
const WARM = 3

/** What takes longer than this, in milliseconds, is measured in three turns only. */
const SLOW = 1000

/**
 * Milliseconds of each work: the median of `turns`, after some that are not counted.
 *
 * @template {string} Name
 * @param {number} turns
 * @param {Record<Name, () => unknown>} works a number that a work gives counts as its time
 * @returns {Promise<Record<Name, number>>}
 */
export async function inTurns(turns, works) {
  const names = /** @type {Name[]} */ (Object.keys(works))
  const taken = /** @type {Record<Name, number[]>} */ (Object.fromEntries(names.map((name) => [name, []])))
  for (let turn = 0; turn < WARM + turns; turn++) {
    for (const name of names) {
      if (taken[name].length >= 3 && Math.min(...taken[name]) > SLOW) continue
      const start = performance.now()
      const own = await works[name]()
      const passed = performance.now() - start
      if (turn >= WARM || passed > SLOW) taken[name].push(typeof own === 'number' ? own : passed)
    }
  }
  return /** @type {Record<Name, number>} */ (Object.fromEntries(names.map((name) => [name, median(taken[name])])))
}

/** @param {string} what @param {string} measured @param {string} [bar] */
export function row(what, measured, bar = '') {
  console.log(`${what.padEnd(46)} ${measured.padEnd(30)} ${bar}`.trimEnd())
}
