// @ts-check
// Child processes of the WASM build: everything is printed before it runs, and a failure ends in one sentence.

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** A failure that the person at the keyboard can act on; shown without a stack. */
export class BuildError extends Error {}

/** @param {number} started a reading of `performance.now()` */
export function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}

/**
 * Runs a command in the repository's root with its output on the terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, timeout?: number }} [options] `env` is added to ours; `timeout` in milliseconds
 * @throws {BuildError} when it cannot start or does not exit with 0
 */
export function run(command, args, options = {}) {
  const started = performance.now()
  console.log(`$ ${[command, ...args].join(' ')}`)
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...options.env },
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  })
  if (result.error) throw new BuildError(`\`${command}\` could not be run (${result.error.message})`)
  if (result.status !== 0)
    throw new BuildError(`\`${command} ${args[0] ?? ''}\` ended with ${result.signal ?? result.status}`)
  console.log(`  ${seconds(started)}`)
}

/**
 * The trimmed standard output of a command, or null when it cannot start or fails: for questions, not for work.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env] added to ours
 * @returns {string | null}
 */
export function ask(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  })
  return result.status === 0 ? result.stdout.trim() : null
}
