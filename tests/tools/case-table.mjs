// @ts-check
// `node tests/tools/case-table.mjs` writes the table of acceptance cases in tests/fixtures/README.md anew: which fixture or test
// shows each case, and what comes out.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How many cases the acceptance list has; they are numbered from 1. */
export const CASES = 226

const TESTS = fileURLToPath(new URL('..', import.meta.url))
const README = join(TESTS, 'fixtures/README.md')
const START = '<!-- cases: written by tests/tools/case-table.mjs -->\n'
const END = '<!-- end of cases -->\n'

/** `(cases 109, 225)` at the end of a test's title */
const IN_TITLE = /\(cases? (\d+(?:, \d+)*)\)['"`]/g

/** @typedef {{ name: string, link: string, outcome: string }} Evidence something that shows a case */

/**
 * @typedef {object} CaseTable
 * @property {string} readme the text of README.md with the table as it should be
 * @property {boolean} stale whether README.md has another one
 * @property {number[]} missing numbers that nothing shows yet
 */

/**
 * Reads every fixture and test.
 *
 * @returns {CaseTable}
 * @throws {TypeError} for a number that is not of the list, and for a README.md without the two marks
 */
export function caseTable() {
  const found = evidence()
  const numbers = Array.from({ length: CASES }, (_, index) => index + 1)
  const missing = numbers.filter((number) => !found.has(number))
  const rows = numbers.flatMap((number) => {
    const shown = found.get(number)
    if (shown === undefined) return []
    const links = shown.map(({ name, link }) => `[${name}](${link})`)
    return `| ${number} | ${links.join('<br>')} | ${shown.map(({ outcome }) => outcome).join('<br>')} |`
  })
  const table = [
    `${CASES - missing.length} of ${CASES} cases are shown. "same" means that threads give what each closure gives in place.`,
    '',
    '| case | fixture or test | outcome |',
    '|---:|---|---|',
    ...rows,
    '',
    ...(missing.length === 0 ? [] : [`Not shown yet: ${missing.join(', ')}.`, '']),
  ].join('\n')
  const text = readFileSync(README, 'utf8')
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new TypeError(`${README} has lost the marks around the table of cases`)
  const readme = `${text.slice(0, start)}${START}\n${table}\n${text.slice(end)}`
  return { readme, stale: readme !== text, missing }
}

/** @returns {Map<number, Evidence[]>} */
function evidence() {
  /** @type {Map<number, Evidence[]>} */
  const found = new Map()
  /** @param {number[]} numbers @param {Evidence} item */
  const add = (numbers, item) => {
    for (const number of new Set(numbers)) {
      if (!Number.isInteger(number) || number < 1 || number > CASES) {
        throw new TypeError(`${item.name} names case ${number}, but the list has 1 to ${CASES}`)
      }
      found.set(number, [...(found.get(number) ?? []), item])
    }
  }
  for (const path of filesBelow('fixtures', /\/case\.json$/)) {
    /** @type {Partial<import('./fixture.ts').Case>} */
    const given = JSON.parse(readFileSync(join(TESTS, path), 'utf8'))
    const name = dirname(path).replace(/^fixtures\//, '')
    add(given.cases ?? [], { name, link: name, outcome: outcomeOf(given) })
  }
  for (const path of filesBelow('.', /\.test\.tsx?$/)) {
    const titles = readFileSync(join(TESTS, path), 'utf8').matchAll(IN_TITLE)
    const numbers = [...titles].flatMap(([, list = '']) => list.split(', ').map(Number))
    add(numbers, { name: path, link: `../${path}`, outcome: 'test' })
  }
  return found
}

/** @param {Partial<import('./fixture.ts').Case>} given */
function outcomeOf({ errors = [], warnings = [], run = true, plainEqual = true, rejects }) {
  const codes = [...new Set([...errors, ...warnings])].join(', ')
  if (errors.length > 0) return `refused: ${codes}`
  const warned = codes === '' ? '' : `, warns: ${codes}`
  if (!run) return `transformed${warned}`
  if (rejects !== undefined) return `rejects${warned}`
  return `${plainEqual ? 'same' : 'as `case.json` says'}${warned}`
}

/**
 * @param {string} folder in tests/
 * @param {RegExp} wanted
 * @returns {string[]} paths in tests/, sorted, with `/`
 */
function filesBelow(folder, wanted) {
  return readdirSync(join(TESTS, folder), { recursive: true, encoding: 'utf8' })
    .map((path) =>
      relative(TESTS, join(TESTS, folder, path))
        .split(sep)
        .join('/'),
    )
    .filter((path) => wanted.test(path) && !path.includes('node_modules/'))
    .sort()
}

/** @param {CaseTable} table */
export function summary({ missing }) {
  const rest = missing.length === 0 ? '' : `; not yet: ${missing.join(' ')}`
  return `${CASES - missing.length} of ${CASES} acceptance cases are shown by a fixture or a test${rest}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = caseTable()
  if (table.stale) writeFileSync(README, table.readme)
  console.log(summary(table))
}
