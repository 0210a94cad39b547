// @ts-check
// `npm run fuzz:transform`: texts led by coverage against the transform, natively, as long as one likes.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Failure, must, ROOT } from './step.mjs'

const PACKAGE = join(ROOT, 'crate', 'tests', 'fuzz')
const FIXTURES = join(ROOT, 'tests', 'fixtures')
const OUT = join(ROOT, 'target', 'fuzz')

/** Longer texts find nothing that shorter ones do not, and take longer. */
const LONGEST = 6000

/** What libFuzzer needs to see which ways a text has gone; cargo-fuzz passes the same, and a sanitizer, which needs nightly Rust. */
const COVERAGE = [
  '--cfg=fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
]

/** The first byte of an input is its language, modulo 4. */
const LANGUAGES = ['.ts', '.tsx', '.js', '.jsx']

/**
 * @param {readonly string[]} words `--seconds N`, `--seed N`; 600 s and a random seed unless given. With 0 s each text to begin with is
 *   looked at once, and nothing is searched
 * @throws {Failure} when a text was not survived; its text and its file are shown
 */
export async function fuzzTransform(words) {
  const options = new Map([
    ['--seconds', 600],
    ['--seed', 1 + Math.floor(Math.random() * (2 ** 31 - 1))],
  ])
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = words.slice(at)
    if (!options.has(name) || !/^\d+$/.test(value)) throw new Failure(`use: ${[...options.keys()].join(' N ')} N`)
    options.set(name, Number(value))
  }
  const [time, seed] = options.values()
  const found = join(OUT, 'corpus')
  const seeds = join(OUT, 'seeds')
  mkdirSync(found, { recursive: true })
  writeSeeds(seeds)
  const cargo = ['--quiet', '--locked', '--release', '--manifest-path', join(PACKAGE, 'Cargo.toml')]
  // A target is named so that build scripts and macros, which run in the compiler, are built without the counters.
  const build = [...cargo, '--target', 'host-tuple', '--target-dir', OUT]
  const env = { CARGO_ENCODED_RUSTFLAGS: COVERAGE.join('\u001f') }
  await must({
    what: 'Build the transform with counters for coverage',
    command: 'cargo',
    args: ['build', ...build],
    env,
  })
  await must({
    what: time === 0 ? 'Look at what fuzzing begins with' : `Fuzz for ${time} s with seed ${seed}`,
    command: 'cargo',
    args: [
      'run',
      ...build,
      '--',
      time === 0 ? '-runs=0' : `-max_total_time=${time}`,
      `-seed=${seed}`,
      `-max_len=${LONGEST}`,
      `-dict=${join(PACKAGE, 'words.dict')}`,
      `-artifact_prefix=${OUT}/`,
      '-timeout=5',
      '-rss_limit_mb=4096',
      '-print_final_stats=1',
      found,
      seeds,
    ],
    env,
  })
}

/** The inputs of all fixtures, each as an input of the fuzzer. @param {string} folder */
function writeSeeds(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const path of readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })) {
    const language = LANGUAGES.indexOf(extname(path))
    if (language === -1 || !/(?:^|[/\\])input\.[jt]sx?$/.test(path)) continue
    const text = readFileSync(join(FIXTURES, path), 'utf8')
    if (text.length >= LONGEST) continue
    const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
    writeFileSync(join(folder, name), `${language}${text}`)
  }
}
