// @ts-check
// Steps: child processes that say what they run and how long it took, and fail with one clear sentence.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Whether a missing tool is a failure and not a notice. */
export const IS_CI = process.env['CI'] === 'true'

/** A failure that is shown as its message, without a stack. */
export class Failure extends Error {}

/** @param {number} started a reading of `performance.now()` */
export function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}

/**
 * @typedef {object} Step
 * @property {string} what in words, for the heading and the failure
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Record<string, string>} [env] added to ours
 * @property {boolean} [capture] keep the output as well as showing it
 */

/**
 * Runs a step in the repository's root and shows its output as it comes.
 *
 * @param {Step} step
 * @returns {Promise<{ ok: boolean, output: string, took: string }>} `output` is empty unless it is captured
 */
export function attempt({ what, command, args, env, capture = false }) {
  const started = performance.now()
  console.log(`\n▸ ${what}\n  $ ${shown(command, args)}`)
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
    // npm is a script on Windows, which only a shell starts.
    shell: process.platform === 'win32' && command === 'npm',
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text
    process.stdout.write(text)
  })
  return new Promise((resolve) => {
    /** @param {boolean} ok @param {string} end */
    const finish = (ok, end) => {
      const took = seconds(started)
      console.log(`  ${ok ? '✓' : '✗'} ${what}: ${end}${took}`)
      resolve({ ok, output, took })
    }
    child.on('error', (error) => finish(false, `${error.message}, `))
    child.on('close', (code, signal) => finish(code === 0, code === 0 ? '' : `ended with ${signal ?? code}, `))
  })
}

/**
 * Runs a step that must succeed.
 *
 * @param {Step} step
 * @throws {Failure}
 */
export async function must(step) {
  const result = await attempt(step)
  if (!result.ok) throw new Failure(`${step.what} did not succeed; its output is above`)
  return result
}

/**
 * Runs all steps, also after one failed, so that one run shows all there is to repair.
 *
 * @param {readonly Step[]} steps
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function attemptAll(steps) {
  const failed = []
  for (const step of steps) if (!(await attempt(step)).ok) failed.push(step.what)
  return failed
}

/**
 * The command that runs a program of an installed npm package, without a shell and without npx.
 *
 * @param {string} packageName
 * @param {string} [program] its name under `bin`, when that is not the package's own
 * @param {string} [from] the workspace that depends on it
 * @returns {{ command: string, args: string[] }}
 */
export function program(packageName, program = packageName, from = '') {
  const resolver = createRequire(join(ROOT, from, 'package.json'))
  const folder = (resolver.resolve.paths(packageName) ?? []).map((path) => join(path, packageName))
  for (const path of folder) {
    const manifest = readManifest(join(path, 'package.json'))
    if (manifest === null) continue
    const file = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin?.[program]
    if (file !== undefined) return { command: process.execPath, args: [join(path, file)] }
  }
  throw new Failure(`\`${packageName}\` is not installed: run \`npm ci\``)
}

/** @param {string} command @param {readonly string[]} [args] whether the command can be run at all */
export function exists(command, args = ['--version']) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** @param {string} path @returns {{ bin?: string | Record<string, string> } | null} */
function readManifest(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** @param {string} command @param {readonly string[]} args as a person would type it, from the root */
function shown(command, args) {
  const words = command === process.execPath ? ['node', ...args] : [command, ...args]
  return words.map((word) => word.replace(`${ROOT}/`, '')).join(' ')
}
