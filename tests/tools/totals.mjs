// @ts-check
// Counts what the test runners report.

import { relative, sep } from 'node:path'

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** @type {Totals} */
export const NOTHING = { passed: 0, failed: 0, skipped: 0 }

/** @param {Totals} a @param {Totals} b @returns {Totals} */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** @param {Totals} totals whether any test came to an end */
export function hasRun(totals) {
  return totals.passed + totals.failed > 0
}

/** @param {Totals} totals `N passed, N failed`, and what was skipped if anything was */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * Adds up the `test result:` lines of cargo, one for each test program and for the examples in comments.
 *
 * @param {string} output may hold colours
 * @returns {Totals}
 */
export function rustTotals(output) {
  const result = /^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm
  let totals = NOTHING
  // oxlint-disable-next-line no-control-regex -- colours are control characters
  for (const [, passed, failed, skipped] of output.replaceAll(/\u001b\[[\d;]*m/g, '').matchAll(result)) {
    totals = add(totals, { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) })
  }
  return totals
}

/**
 * @typedef {object} VitestReport what Vitest's `json` reporter writes; the part that is read
 * @property {VitestFile[]} testResults
 */

/**
 * @typedef {object} VitestFile
 * @property {string} name
 * @property {string} status
 * @property {string} [message] why it could not be loaded
 * @property {{ status: string, fullName: string, failureMessages?: string[] | null }[]} assertionResults
 */

/**
 * Counts tests, in all and for each suite. A file that could not even be loaded has no tests, so it counts as one failure.
 *
 * @param {VitestReport | null} report
 * @param {string} root the folder of the suites
 * @returns {{ totals: Totals, parts: string[] }} `parts`: one line for each suite
 */
export function vitestTotals(report, root) {
  /** @type {Map<string, Totals>} */
  const suites = new Map()
  for (const file of report?.testResults ?? []) {
    const suite = relative(root, file.name).split(sep)[0] ?? ''
    suites.set(suite, add(suites.get(suite) ?? NOTHING, fileTotals(file)))
  }
  const parts = [...suites]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, totals]) => `${name}: ${closingLine(totals)}`)
  return { totals: [...suites.values()].reduce(add, NOTHING), parts }
}

/**
 * Names what failed, since the end of a long output is what is read first, and often all that is kept.
 *
 * @param {VitestReport | null} report
 * @param {string} root the folder of the suites
 * @returns {string[]} one line for each failed test, and for each file that could not be loaded
 */
export function failures(report, root) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name)
    const failed = assertionResults.filter((result) => result.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`failed: ${file}: ${firstLine(message)}`] : []
    return failed.map(
      ({ fullName, failureMessages }) => `failed: ${file} > ${fullName}: ${firstLine(failureMessages?.[0])}`,
    )
  })
}

/** @param {string | undefined} text */
function firstLine(text = '') {
  return text.split('\n', 1)[0] || 'no message'
}

/** @param {VitestFile} file @returns {Totals} */
function fileTotals({ status, assertionResults }) {
  /** @param {string} wanted */
  const count = (wanted) => assertionResults.filter((result) => result.status === wanted).length
  const passed = count('passed')
  const failed = count('failed')
  const skipped = assertionResults.length - passed - failed
  return { passed, failed: failed === 0 && status === 'failed' ? 1 : failed, skipped }
}
