// @ts-check

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, ROOT } from './step.mjs'

/** A longer file does more than one thing. */
export const MAX_LINES = 600

const SOURCE = /\.(?:rs|[cm]?[jt]sx?|css|html|vue|svelte)$/

/** Files that a tool wrote, or that are long on purpose. */
const EXEMPT = /^(?:pkg\/compiler\/wasm\/|tests\/fixtures\/)/

/** @returns {string[]} one sentence for each file of the repository, committed or new, that is too long */
export function longFiles() {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (listed.status !== 0)
    throw new Failure('`git ls-files` did not answer; file lengths are checked in a checkout only')
  return listed.stdout
    .split('\0')
    .filter((path) => SOURCE.test(path) && !EXEMPT.test(path) && existsSync(join(ROOT, path)))
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines; ${MAX_LINES} is the limit`)
}
