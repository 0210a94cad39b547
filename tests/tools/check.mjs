// @ts-check
// `npm run check`: everything that can be said about the sources without running them. `npm run fix` repairs a part of it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, installPackages, ORACLE } from './build.mjs'
import { longFiles, MAX_LINES } from './file-length.mjs'
import { attemptAll, exists, Failure, IS_CI, program, ROOT } from './step.mjs'

/** The folders that are published to npm. */
const PACKAGES = ['pkg/runtime', 'pkg/compiler', 'plugin-vite', 'plugin-esbuild']

/** Entry points that are data, so that there are no types to look for. */
const DATA_ENTRIES = ['./compiler.wasm', './errors/*']

/** @throws {Failure} naming all that is not in order */
export async function check() {
  await build()
  // The types of its tests come with its packages.
  await installPackages(ORACLE)
  const failed = await attemptAll([...rustSteps(), ...formatSteps(['--check'], []), ...typeSteps(), ...packageSteps()])
  failed.push(...longFiles(), ...unlicensed())
  if (!exists('cargo')) {
    console.log('\n! Rust was not checked, since that needs cargo (https://rustup.rs)')
    if (IS_CI) failed.push('CI needs cargo')
  }
  if (failed.length > 0) throw new Failure(`${failed.length} not in order:\n  ${failed.join('\n  ')}`)
  console.log(`\neverything is in order; no source file has more than ${MAX_LINES} lines`)
}

/** @throws {Failure} when something is left that only a person can repair */
export async function fix() {
  await build()
  const rust = { what: 'rustfmt', command: 'cargo', args: ['fmt', '--all'] }
  const failed = await attemptAll([...(exists('cargo') ? [rust] : []), ...formatSteps([], ['--fix'])])
  if (failed.length > 0) throw new Failure(`left for you: ${failed.join(', ')}`)
}

function rustSteps() {
  if (!exists('cargo')) return []
  const clippy = ['--all-targets', '--locked', '--', '-D', 'warnings']
  // A workspace of its own; its packages are compiled into the same folder, where most of them are already.
  const fuzz = ['--manifest-path', 'crate/tests/fuzz/Cargo.toml']
  return [
    { what: 'rustfmt', command: 'cargo', args: ['fmt', '--all', '--check'] },
    { what: 'rustfmt of the fuzzer', command: 'cargo', args: ['fmt', ...fuzz, '--check'] },
    { what: 'clippy', command: 'cargo', args: ['clippy', '--workspace', ...clippy] },
    { what: 'clippy of the fuzzer', command: 'cargo', args: ['clippy', ...fuzz, '--target-dir', 'target', ...clippy] },
  ]
}

/**
 * @param {readonly string[]} formatter
 * @param {readonly string[]} linter
 */
function formatSteps(formatter, linter) {
  const oxfmt = program('oxfmt')
  const oxlint = program('oxlint')
  return [
    { what: 'oxfmt', command: oxfmt.command, args: [...oxfmt.args, ...formatter] },
    { what: 'oxlint', command: oxlint.command, args: [...oxlint.args, '--deny-warnings', ...linter] },
  ]
}

/** The packages are compiled by `build`; tests and examples are only checked. */
function typeSteps() {
  const { command, args } = program('typescript', 'tsc')
  const examples = readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}`)
  return ['tests', 'tests/matrix/app', ...examples]
    .filter((folder) => existsSync(join(ROOT, folder, 'tsconfig.json')))
    .map((folder) => ({ what: `types of ${folder}`, command, args: [...args, '--noEmit', '-p', folder] }))
}

/** What users get: export maps that resolve, types that are found. */
function packageSteps() {
  const publint = program('publint')
  const attw = program('@arethetypeswrong/cli', 'attw')
  const attwFlags = ['--profile', 'esm-only', '--no-emoji', '--exclude-entrypoints', ...DATA_ENTRIES]
  return PACKAGES.flatMap((folder) => [
    { what: `publint ${folder}`, command: publint.command, args: [...publint.args, 'run', folder, '--strict'] },
    { what: `attw ${folder}`, command: attw.command, args: [...attw.args, '--pack', folder, ...attwFlags] },
  ])
}

/** npm packs the license of a package's own folder only. */
function unlicensed() {
  const textIn = (/** @type {string} */ folder) => {
    const path = join(ROOT, folder, 'LICENSE')
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }
  const license = textIn('.')
  return PACKAGES.filter((folder) => textIn(folder) !== license).map(
    (folder) => `${folder}/LICENSE is not that of the project`,
  )
}
