/** Where the examples are, and how to run what is built from them. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The folder of an example. */
export function exampleFolder(name: string): string {
  return resolve(import.meta.dirname, '../../../examples', name)
}

export interface Finished {
  /** The exit code; null when a signal ended the program. */
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs a script with this Node until it ends by itself.
 *
 * @param signal ends the program; give the test's own, so that a program that hangs does not outlive its test
 */
export async function runNode(
  script: string,
  options: { cwd: string; signal: AbortSignal; env?: Record<string, string> },
): Promise<Finished> {
  const child = spawn(process.execPath, [script], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    signal: options.signal,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** A new empty folder that is removed at the end of the scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'examples-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
