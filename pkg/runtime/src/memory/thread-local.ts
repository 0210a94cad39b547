/** Values that each thread has of its own. */

import type { SharedKind } from './shared-kind.ts'
import { UNPLACED } from './shared-kind.ts'

/** What `threadLocal()` gives. */
export class ThreadLocal<T> {
  readonly #init: () => T
  #made = false
  #value: T | undefined

  /** @internal */
  constructor(init: () => T) {
    this.#init = init
  }

  /** This thread's value, made now if this is the first time that it asks. What `init` throws is thrown, and it is tried again the next time. */
  get value(): T {
    if (!this.#made) {
      this.#value = this.#init()
      this.#made = true
    }
    return this.#value as T
  }

  set value(value: T) {
    this.#value = value
    this.#made = true
  }

  get [Symbol.toStringTag](): string {
    return 'ThreadLocal'
  }

  /** @internal */
  static readonly sharedKind: SharedKind<ThreadLocal<unknown>> = {
    // It is never in the registry.
    number: 0,
    perThread: true,
    unplaced: true,
    revive: () => new ThreadLocal<unknown>(() => undefined),
    placeOf: () => UNPLACED,
    dataOf: (local) => local,
    place: () => UNPLACED,
  }
}

/**
 * A value that every thread has of its own, made when the thread first asks for it: a cache, a connection, a counter that is no one else's business. Written at the
 * top level of a module.
 *
 * ```ts
 * const parsed = threadLocal(() => new Map<string, Ast>())
 *
 * await spawn(() => {
 *   parsed.value.set(path, parse(text))   // the map of this worker, which stays for the next thread that runs there
 * })
 * ```
 *
 * There is one for the thread of the program and one for each worker. Threads that run on the same worker, in turns or one after the other, have the same. `init` must not
 * read variables of the module which threads have only as captures; constants with plain values, functions and imports it may.
 *
 * @throws E323 in a thread, when `init` reads what only the declaring module has.
 */
export const threadLocal: ThreadLocalFunction = /* @__PURE__ */ Object.assign(localOf, {
  sharedKind: ThreadLocal.sharedKind,
})

interface ThreadLocalFunction {
  <T>(init: () => T): ThreadLocal<T>
  /** @internal */
  readonly sharedKind: SharedKind<ThreadLocal<unknown>>
}

// A declaration at the top level of a module is made with `new`.
function localOf<T>(init: () => T): ThreadLocal<T> {
  return new ThreadLocal(init)
}
