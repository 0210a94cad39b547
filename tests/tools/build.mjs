// @ts-check
// What every other command needs first: packages and compiled TypeScript.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { staleReason } from '../../pkg/compiler/build/stamp.mjs'
import { must, program, ROOT } from './step.mjs'

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 */

/** The folder whose packages only the suite of the same name needs: it has a lock file of its own. */
export const ORACLE = 'tests/oracle'

/** The folder of what the benchmark `closures` compares with; it has a lock file of its own too. */
export const CLOSURES = 'tests/bench/closures'

/** The same for the benchmark `peers`. */
export const PEERS = 'tests/bench/peers'

/**
 * Installs what package-lock.json names, when node_modules holds something else.
 *
 * @param {string} [folder] from the root; the root by default
 */
export async function installPackages(folder = '') {
  if (isInstalled(join(ROOT, folder))) return
  // The parts of its packages for other platforms are not in its lock file where the registry did not have them, and `npm ci` of
  // npm 11 takes that for a stale one. `install` takes the same versions.
  const how = folder === CLOSURES ? ['install', '--no-save'] : ['ci']
  // Under `npm test --silent` npm would otherwise not say what went wrong.
  const args = [...how, '--loglevel=warn', ...(folder === '' ? [] : ['--prefix', folder])]
  await must({ what: `install the packages${folder === '' ? '' : ` of ${folder}`}`, command: 'npm', args })
}

/** Packages, then `tsc -b` over all of them. */
export async function build() {
  await installPackages()
  const { command, args } = program('typescript', 'tsc')
  await must({ what: 'compile TypeScript', command, args: [...args, '-b'] })
  const stale = staleReason()
  if (stale !== null) console.log(`\n! ${stale}`)
}

/**
 * Builds the compiler's WebAssembly.
 *
 * @param {readonly string[]} words given on to pkg/compiler/build.mjs
 */
export async function buildWasm(words) {
  await installPackages()
  const script = join(ROOT, 'pkg', 'compiler', 'build.mjs')
  await must({ what: 'build the WebAssembly', command: process.execPath, args: [script, ...words] })
}

/**
 * Compares what npm wrote down about node_modules with the lock file. File times would not do: a checkout sets those of
 * the lock file, and an install may change nothing.
 *
 * @param {string} folder
 */
function isInstalled(folder) {
  const wanted = lockEntries(join(folder, 'package-lock.json'))
  const present = lockEntries(join(folder, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted).every(([path, entry]) => {
    // Workspaces are the repository itself; an optional package is for another platform.
    if (!path.includes('node_modules/') || entry.optional === true) return true
    if (entry.link === true) return existsSync(join(folder, path))
    return present[path]?.version === entry.version
  })
}

/** @param {string} path @returns {Record<string, LockEntry>} */
function lockEntries(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}
