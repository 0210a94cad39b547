// @ts-check
// `npm test`: the Rust tests, then every JavaScript suite. Nothing is green by not having run.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findChromium, HOW_TO_GET_CHROMIUM } from './browser.mjs'
import { build, installPackages, ORACLE } from './build.mjs'
import { prepareMatrix } from './prepare-matrix.mjs'
import { SECOND_TRIES } from './second-tries.mjs'
import { hasSpin, HOW_TO_GET_SPIN } from './spin.mjs'
import { attempt, exists, Failure, IS_CI, program, ROOT } from './step.mjs'
import { add, closingLine, failures, hasRun, NOTHING, rustTotals, vitestTotals } from './totals.mjs'

/** The folders of tests/ that hold suites; each is a Vitest project of the same name. Node 20 cannot import the configuration. */
const SUITES = [...readFileSync(join(ROOT, 'tests', 'vitest.config.ts'), 'utf8').matchAll(/\bsuite\('(\w+)'/g)].flatMap(
  ([, name]) => name ?? [],
)

/** Those that start a browser. */
const BROWSER_SUITES = ['shared', 'integration', 'matrix', 'e2e']

/** Those that start Firefox too, which comes with what the matrix needs. */
const FIREFOX_SUITES = ['shared', 'matrix']

const REPORT = join(ROOT, 'target', 'test-report.json')

/** What the suite `fuzz` counts besides tests, in lines. */
const FUZZ_TOTALS = join(ROOT, 'target', 'fuzz-totals.txt')

/** How many states the suite `model` visited, and which planted defects it caught, in lines. */
const MODEL_TOTALS = join(ROOT, 'target', 'model-totals.txt')

/**
 * @param {readonly string[]} words `rust` and names of suites; none means all
 * @throws {Failure} when a test failed, or when one that was asked for could not run
 */
export async function test(words) {
  if (SUITES.length === 0) throw new Failure('no suite was found in tests/vitest.config.ts')
  const unknown = words.find((word) => word !== 'rust' && !SUITES.includes(word))
  if (unknown !== undefined) throw new Failure(`there is no part \`${unknown}\`; there are: rust, ${SUITES.join(', ')}`)
  const suites = SUITES.filter((name) => words.length === 0 || words.includes(name))
  const missing = []

  await build()
  // Tests of the runtime send errors of one of its packages.
  if (suites.includes('oracle') || suites.includes('runtime')) await installPackages(ORACLE)
  if (suites.some((name) => FIREFOX_SUITES.includes(name)) && (IS_CI || process.env['MATRIX'] === 'all'))
    await prepareMatrix()
  if (suites.some((name) => BROWSER_SUITES.includes(name)) && !(await ensureChromium())) missing.push('Chromium')
  if (suites.includes('model') && !(await ensureSpin())) missing.push('SPIN')
  const runs = []
  if (words.length === 0 || words.includes('rust')) {
    const rust = await runRust()
    if (rust === null) missing.push('cargo')
    else runs.push(rust)
  }
  if (suites.length > 0) runs.push(await runVitest(suites))
  report(runs, missing)
}

/** @typedef {{ name: string, ok: boolean, took: string, totals: import('./totals.mjs').Totals, parts: string[] }} Run */

/** @returns {Promise<Run | null>} null without cargo */
async function runRust() {
  if (!exists('cargo')) return null
  const result = await attempt({
    what: 'Rust tests',
    command: 'cargo',
    args: ['test', '--workspace', '--locked'],
    env: process.stdout.isTTY ? { CARGO_TERM_COLOR: 'always' } : {},
    capture: true,
  })
  return { name: 'Rust', ok: result.ok, took: result.took, totals: rustTotals(result.output), parts: [] }
}

/** @param {readonly string[]} suites @returns {Promise<Run>} */
async function runVitest(suites) {
  mkdirSync(join(ROOT, 'target'), { recursive: true })
  for (const file of [REPORT, FUZZ_TOTALS, MODEL_TOTALS, SECOND_TRIES]) rmSync(file, { force: true })
  const vitest = program('vitest', 'vitest', 'tests')
  const projects = suites.flatMap((name) => ['--project', name])
  const secondTries = join(ROOT, 'tests', 'tools', 'second-tries.mjs')
  const reporters = ['default', 'json', secondTries].map((name) => `--reporter=${name}`)
  const result = await attempt({
    what: 'JavaScript tests',
    command: vitest.command,
    args: [...vitest.args, 'run', '--root', 'tests', ...reporters, `--outputFile.json=${REPORT}`, ...projects],
  })
  const written = readReport()
  const { totals, parts } = vitestTotals(written, join(ROOT, 'tests'))
  const again = linesOf(SECOND_TRIES).map((line) => `passed only at the second try: ${line}`)
  return {
    name: 'JavaScript',
    ok: result.ok,
    took: result.took,
    totals,
    parts: [
      ...parts,
      ...linesOf(FUZZ_TOTALS),
      ...linesOf(MODEL_TOTALS),
      ...again,
      ...failures(written, join(ROOT, 'tests')),
    ],
  }
}

/** @param {string} file @returns {string[]} none when it does not exist */
function linesOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

/** @returns {import('./totals.mjs').VitestReport | null} null when Vitest did not come so far */
function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'))
  } catch {
    return null
  }
}

/** Installs Chromium where that is one command that needs no question. */
async function ensureChromium() {
  if (findChromium() !== null) return true
  await installPrograms('Chromium', ['chromium'])
  if (findChromium() !== null) return true
  // The suite still runs, and fails: a run without a browser must not look like one with it.
  console.log(`\n! the browser tests will fail: ${HOW_TO_GET_CHROMIUM}`)
  return false
}

/** The same for SPIN. */
async function ensureSpin() {
  if (hasSpin()) return true
  await installPrograms('SPIN', ['spin', 'gcc', 'libc6-dev'])
  if (hasSpin()) return true
  console.log(`\n! the tests of the SPIN models will fail: ${HOW_TO_GET_SPIN}`)
  return false
}

/**
 * Installs packages as root on Debian; does nothing anywhere else.
 *
 * @param {string} what
 * @param {readonly string[]} packages
 */
async function installPrograms(what, packages) {
  if (process.getuid?.() !== 0 || !exists('apt-get')) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await attempt({ what: 'refresh the package lists', command: 'apt-get', args: ['update', '-q'], env })
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  await attempt({ what: `install ${what}`, command: 'apt-get', args, env })
}

/**
 * @param {readonly Run[]} runs
 * @param {readonly string[]} missing programs that were not there
 * @throws {Failure}
 */
function report(runs, missing) {
  console.log('')
  let total = NOTHING
  for (const run of runs) {
    for (const part of run.parts) console.log(`  ${part}`)
    console.log(`${run.name}: ${closingLine(run.totals)}, in ${run.took}`)
    total = add(total, run.totals)
  }
  if (missing.includes('cargo')) console.log('Rust: not run, since its tests need cargo (https://rustup.rs)')
  if (missing.includes('Chromium')) console.log(`Browser: ${HOW_TO_GET_CHROMIUM}`)
  if (missing.includes('SPIN')) console.log(`Models: ${HOW_TO_GET_SPIN}`)
  console.log(`\n${closingLine(total)}`)

  const broken = runs.filter((run) => !run.ok || run.totals.failed > 0).map((run) => run.name)
  if (broken.length > 0) throw new Failure(`tests failed: ${broken.join(', ')}`)
  const idle = runs.filter((run) => !hasRun(run.totals)).map((run) => run.name)
  if (idle.length > 0) throw new Failure(`no test was run: ${idle.join(', ')}`)
  if (IS_CI && missing.length > 0) throw new Failure(`CI needs ${missing.join(' and ')}`)
}
