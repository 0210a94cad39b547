// Calls `$spawn` as generated code does, with worker modules written by hand.

import { $boot, $spawn } from 'experimental-threads/internal'
import type { Address, Site } from 'experimental-threads/internal'
import type { Moved, SpawnOptions, Thread } from 'experimental-threads'

$boot(new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href)

export const AT = 'src/a.ts:12:8'

/** The worker module of one closure in `modules/closures.mjs`. */
export const closure = (name: string): string => new URL(`./modules/closures.mjs?run=${name}`, import.meta.url).href

export function site(load: Address, given: Partial<Site> = {}): Site {
  return { p: 1, load, name: 'test', at: AT, captures: ['first', 'second', 'third'], blocks: false, ...given }
}

/** Runs one closure of `modules/closures.mjs` with these captured values. */
export function start(name: string, captures: unknown[] = [], options?: SpawnOptions): Thread<unknown> {
  return $spawn(site(closure(name), { name }), null, options, captures)
}

/** The same with arguments. */
export function startWith(
  args: Moved,
  name: string,
  captures: unknown[] = [],
  options?: SpawnOptions,
): Thread<unknown> {
  return $spawn(site(closure(name), { name }), args as Moved<unknown[]>, options, captures)
}

/** Two shared words: [0] opens a gate, [1] counts who has arrived. */
export const sharedWords = (length = 2): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length))

export function open(words: Int32Array): void {
  Atomics.store(words, 0, 1)
  Atomics.notify(words, 0)
}

// Node 20 has it, the library of ES2023 does not.
const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, value: number, timeout: number): { value: unknown }
}

/** Waits until a shared word has reached a value. */
export async function reaches(words: Int32Array, index: number, value: number): Promise<void> {
  for (let now = Atomics.load(words, index); now < value; now = Atomics.load(words, index)) {
    await waitAsync(words, index, now, 5).value
  }
}

export async function failureOf(thread: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await thread
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('the thread did not fail')
}

export function thrownBy(call: () => unknown): Error & Record<string, unknown> {
  try {
    call()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('the call did not throw')
}
