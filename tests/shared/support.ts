// Spawns worker modules as generated code does.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { Thread } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'

$boot(new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href)

export interface StartOptions {
  /** Run as a dedicated thread, as a closure that names a blocking operation does. */
  blocks?: boolean
  /** Name of the file in `modules`. */
  module?: string
}

/** Runs one closure of a worker module, `modules/locks.mjs` unless told, with these captured values. */
export function start(name: string, captures: unknown[] = [], options: StartOptions = {}): Thread<unknown> {
  const { blocks = false, module = 'locks' } = options
  const load = new URL(`./modules/${module}.mjs?run=${name}`, import.meta.url).href
  return $spawn(
    { p: 1, load, name, at: 'src/a.ts:1:1', captures: captures.map((_, index) => `c${index}`), blocks },
    null,
    undefined,
    captures,
  )
}

/** What is thrown, or what a promise rejects with. */
export async function failureOf(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call()
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('nothing was thrown')
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs `programs/<name>.mjs` in a process of its own, with these options of Node, until it ends by itself. */
export function runProgram(name: string, ...options: string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [...options, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

// Missing from the types of ES2023.
const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, value: number): { value: string | Promise<string> }
}

/** Resolves once `words[index]` has reached `value`. */
export async function reaches(words: Int32Array, index: number, value: number): Promise<void> {
  for (let now = Atomics.load(words, index); now < value; now = Atomics.load(words, index)) {
    const keptAlive = setTimeout(() => {}, 60_000)
    await waitAsync(words, index, now).value
    clearTimeout(keptAlive)
  }
}

export const sharedWords = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length))
