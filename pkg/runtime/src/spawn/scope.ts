// Threads that end together.

import { ASYNC_DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { offAbort, onAbort } from './abort-listeners.ts'
import { scopeOver } from '../loading/part-errors.ts'
import type { Moved } from './move.ts'
import { noTask } from './call-errors.ts'
import { areOptions } from './control.ts'
import { isMoved, isTask } from './marks.ts'
import type { Spawned, Special } from './spawn.ts'
import { spawn } from './spawn.ts'
import type { StreamOptions } from '../stream/stream.ts'
import type { Task } from './task.ts'
import type { JoinResult, Thread } from './thread.ts'

/** What a scope needs of a `Thread` or a `ThreadStream`. */
export interface Joinable {
  join(): Promise<JoinResult<unknown>>
  abort(reason?: unknown): void
}

/** Made by `threads`, which tells more. */
export class ThreadScope {
  readonly #running = new Set<Joinable>()
  readonly #failures: unknown[] = []
  readonly #signal: AbortSignal | undefined
  #aborted: { reason: unknown } | null = null
  #over = false
  #empty: () => void = () => {}

  static {
    nameDisposal(this.prototype, ASYNC_DISPOSE)
  }

  /** Scopes are made by `threads`. */
  constructor(signal?: AbortSignal) {
    this.#signal = signal
    if (signal?.aborted === true) this.abort(signal.reason)
    else onAbort(signal, this.#onAbort)
  }

  /**
   * Runs a `Task` in this scope. For a closure write `spawn(closure, { scope })`.
   *
   * Throws R564 when the scope is over, and what `spawn` throws.
   */
  spawn<A extends unknown[], S extends Special>(args: Moved<A>, task: Task<A, S>, options?: StreamOptions): Spawned<S>
  spawn<A extends unknown[], R>(args: Moved<A>, task: Task<A, R>, options?: StreamOptions): Thread<R>
  spawn<S extends Special>(task: Task<[], S>, options?: StreamOptions): Spawned<S>
  spawn<R>(task: Task<[], R>, options?: StreamOptions): Thread<R>
  spawn(first: unknown, second?: unknown, third?: unknown): unknown {
    const moved = isMoved(first)
    const [given, options] = moved ? [second, third] : [first, second]
    if (!isTask(given)) throw noTask('scope.spawn', given, '`spawn(() => …, { scope })`')
    // What is no options, `spawn` tells.
    const all = areOptions(options) ? { ...(options as StreamOptions), scope: this } : (options as StreamOptions)
    return moved ? spawn(first, second as Task<unknown[], unknown>, all) : spawn(first as Task<[], unknown>, all)
  }

  /** Takes in a thread that runs already, and gives it back. Throws R564 when the scope is over. */
  add<T extends Joinable>(thread: T): T {
    this.check()
    this.#running.add(thread)
    void thread.join().then((outcome) => this.#ended(thread, outcome))
    if (this.#aborted !== null) thread.abort(this.#aborted.reason)
    return thread
  }

  /** Throws R564 when the scope is over. */
  check(): void {
    if (this.#over) throw scopeOver()
  }

  /** Aborts all threads of the scope, and those that come later. That they were aborted is no failure of the scope. */
  abort(reason: unknown = new DOMException('the scope was aborted', 'AbortError')): void {
    if (this.#aborted !== null) return
    this.#aborted = { reason }
    for (const thread of this.#running) thread.abort(reason)
  }

  /** Waits until all threads have stopped. Rejects with what failed first; with an `AggregateError` when more did. */
  async dispose(): Promise<void> {
    // Nobody reads streams any more that nobody has read so far.
    for (const thread of this.#running) void (thread as { result?: Promise<unknown> }).result?.catch(() => {})
    while (this.#running.size > 0) await new Promise<void>((resolve) => (this.#empty = resolve))
    this.#over = true
    offAbort(this.#signal, this.#onAbort)
    const failures = this.#failures.splice(0)
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} threads of a scope failed`)
    if (failures.length === 1) throw failures[0]
  }

  /** The same, as `await using` calls it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  readonly #onAbort = (): void => this.abort(this.#signal!.reason)

  #ended(thread: Joinable, outcome: JoinResult<unknown>): void {
    this.#running.delete(thread)
    if (!outcome.ok && !(this.#aborted !== null && outcome.error === this.#aborted.reason)) {
      this.#failures.push(outcome.error)
      this.abort(new DOMException('another thread of the scope failed', 'AbortError'))
    }
    if (this.#running.size === 0) this.#empty()
  }
}

/**
 * A scope: at its end all threads that were started in it are waited for. When one fails, the others are aborted, and the
 * end of the scope rejects with its error.
 *
 * ```ts
 * {
 *   await using scope = threads()
 *   const index = spawn(() => buildIndex(files), { scope })
 *   spawn(() => compress(files), { scope })
 *   await index
 * }   // both have ended here
 * ```
 *
 * `signal` aborts all of them. Without `using`, call `await scope.dispose()` in a `finally`.
 */
export function threads(options: { signal?: AbortSignal | undefined } = {}): ThreadScope {
  return new ThreadScope(options.signal)
}
