// @ts-check
// wasm-opt of npm's binaryen: current enough for what today's rustc emits, and the same version everywhere.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError, ROOT, run } from './process.mjs'

/**
 * Level `-O3`: a few hundred bytes more than `-Os` after compression, and some per cent faster. Nothing lies in the first kilobyte of the
 * memory but the last of the stack, long after the engine's own has ended; so an offset can become part of each access. Which
 * WebAssembly features may be used is read from the section that rustc writes; `--all-features` could put in instructions that not every
 * supported engine has. Short functions are inlined more freely than by default, since engines seldom inline in WebAssembly: half a
 * kilobyte compressed, and some per cent faster.
 */
export const OPTIMIZE = [
  '-O3',
  '--low-memory-unused',
  '--always-inline-max-function-size=8',
  '--flexible-inline-max-function-size=30',
]

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
