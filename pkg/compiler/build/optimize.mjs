// @ts-check
// wasm-opt of npm's binaryen: current enough for what today's rustc emits, and the same version everywhere.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError, ROOT, run } from './process.mjs'

/**
 * What rustc turns on by default for the target. Named one by one, because the section that says so is stripped, and
 * because `--all-features` could put instructions into the file that not every supported engine has.
 */
const FEATURES = [
  'bulk-memory',
  'bulk-memory-opt',
  'call-indirect-overlong',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
]

/** The arguments, apart from file names. `-Os` was the best of the levels tried: see CONTRIBUTING.md. */
export const OPTIMIZE = ['-Os', '--converge', ...FEATURES.map((name) => `--enable-${name}`)]

/**
 * Optimises a file in place.
 *
 * @param {string} wasm
 * @returns {string} the version of binaryen
 */
export function optimize(wasm) {
  const folder = [ROOT, join(ROOT, 'tests')]
    .map((base) => join(base, 'node_modules', 'binaryen'))
    .find((path) => existsSync(path))
  if (folder === undefined) throw new BuildError('npm’s `binaryen` is not installed: run `npm ci` first')
  run(process.execPath, [join(folder, 'bin', 'wasm-opt'), wasm, '-o', wasm, ...OPTIMIZE])
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}
