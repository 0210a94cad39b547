// @ts-check
// Times of several ways to do the same, in turns, so that the load of the machine falls on all of them.

import { loadavg } from 'node:os'

/** At least so many turns are counted, however long they take. */
const FEWEST = 3

/**
 * Milliseconds of each work: a low one of its turns, since whatever else a machine does only adds to a time. The first turn is
 * not counted: engines compile while they run.
 *
 * @template {string} Name
 * @param {number} turns at most
 * @param {Record<Name, () => unknown>} works a number that a work gives counts as its time
 * @param {number} [seconds] after which no further turn begins
 * @returns {Promise<Record<Name, number>>}
 */
export async function inTurns(turns, works, seconds = 20) {
  const names = /** @type {Name[]} */ (Object.keys(works))
  const taken = /** @type {Record<Name, number[]>} */ (Object.fromEntries(names.map((name) => [name, []])))
  const end = performance.now() + seconds * 1000
  for (let turn = 0; turn <= turns && (turn <= FEWEST || performance.now() < end); turn++) {
    for (const name of names) {
      const start = performance.now()
      const own = await works[name]()
      const passed = performance.now() - start
      if (turn > 0) taken[name].push(typeof own === 'number' ? own : passed)
    }
  }
  return /** @type {Record<Name, number>} */ (Object.fromEntries(names.map((name) => [name, low(taken[name])])))
}

/** The time that a tenth of all stay below. @param {number[]} times */
export function low(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)] ?? NaN
}

/** A row of a table in Markdown: what, measured, bar. @param {string} what @param {string} measured @param {string} [bar] */
export function row(what, measured, bar = '') {
  console.log(`| ${what.padEnd(46)} | ${measured.padEnd(30)} | ${bar} |`)
}

/** How busy the machine is: times of a busy one are too long, and ratios of short ones uncertain. */
export function load() {
  row('load of the machine', `${(loadavg()[0] ?? 0).toFixed(1)} processes on average`)
}
