import { ASYNC_DISPOSE, nameDisposal } from '../common.ts'

// What `spawn` returns.

/** What `join()` gives: the value or the error, never a rejection. */
export type JoinResult<T> = { ok: true; value: T } | { ok: false; error: unknown }

/** What a thread can ask of the task behind it. */
export interface ThreadControl<T> {
  readonly name: string
  abort(reason: unknown): void
  unref(): void
  join(): Promise<JoinResult<T>>
  /** The closure has stopped. */
  readonly over: boolean
}

/**
 * A running closure: a promise for its result that can also be aborted and joined.
 *
 * ```ts
 * const thread = spawn(() => heavy(data))
 * const outcome = await thread.join()
 * if (!outcome.ok) console.error(outcome.error)
 * ```
 */
export class Thread<T> extends Promise<T> {
  readonly #control: ThreadControl<T> | null

  static {
    // `await` takes a promise whose `constructor` is Promise as it is; for any other it makes one more and waits three
    // turns longer. `then` makes plain promises, which is right: they are no threads.
    Object.defineProperty(this.prototype, 'constructor', { value: Promise, writable: true, configurable: true })
    nameDisposal(this.prototype, ASYNC_DISPOSE)
  }

  /** Threads are made by `spawn`. */
  constructor(
    executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void,
    control?: ThreadControl<T>,
  ) {
    super(executor)
    this.#control = control ?? null
  }

  /** The name given in the options, or one made from the place of the call. */
  get name(): string {
    return this.#control?.name ?? ''
  }

  /**
   * Waits until the closure has really stopped and tells how it ended; never rejects. A failure that is reported here
   * does not count as unhandled. After `abort()` it settles later than the thread itself, with the reason.
   */
  async join(): Promise<JoinResult<T>> {
    const settled = this.then(
      (value): JoinResult<T> => ({ ok: true, value }),
      (error: unknown): JoinResult<T> => ({ ok: false, error }),
    )
    return this.#control === null ? settled : this.#control.join()
  }

  /**
   * Aborts the thread: it rejects at once with the reason (default: an `AbortError`). A thread that has not started
   * never will; a running one is told, and its worker is ended if it does not react within the grace time. A closure
   * that waits for what never comes cannot be stopped, but from then on keeps no program alive. A rejection that was asked
   * for here does not count as unhandled.
   */
  abort(reason?: unknown): void {
    if (this.#control?.over === false) this.then(undefined, () => {})
    this.#control?.abort(reason ?? new DOMException('the thread was aborted', 'AbortError'))
  }

  /** Lets the program end while this thread still runs. Means nothing in a browser. Returns the thread. */
  unref(): this {
    this.#control?.unref()
    return this
  }

  /** `await using`: aborts the thread if it still runs, and waits until it has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    // A failure that nobody looked at stays an unhandled rejection: only one that we cause here is known to be wanted.
    if (this.#control === null || this.#control.over) return
    const stopped = this.join()
    this.abort()
    await stopped
  }
}
