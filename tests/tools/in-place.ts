/**
 * Stands in for `experimental-threads` where a program is to run without threads: each closure runs where it is written. What such a
 * program returns is what the transformed program must return.
 */

import type { Moved, SpawnOptions } from '../../pkg/runtime/dist/index.js'

export { Mutex, Semaphore, move } from '../../pkg/runtime/dist/index.js'

type Closure = (...args: unknown[]) => unknown

export function spawn(first: Closure | Moved, second?: Closure | SpawnOptions): Promise<unknown> {
  const [closure, args] = typeof first === 'function' ? [first, []] : [second as Closure, first.values]
  return Promise.resolve()
    .then(() => closure(...args))
    .then(unwrapped)
}

/** `return move(x)` gives `x`, as it does from a thread. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.for('experimental-threads/moved') in value)) return value
  const { values } = value as Moved
  return values.length === 1 ? values[0] : values
}

export class Global<T> {
  readonly value: T

  constructor(value: T) {
    this.value = value
  }
}
