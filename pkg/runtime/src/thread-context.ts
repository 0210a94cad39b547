// What a running closure can know of its thread. Several threads share a worker, and after an `await` nothing says whose
// turn it is: so each closure is given its own context, as the last argument of `run`.

/** The last argument of `run`. */
export class ThreadContext {
  readonly name: string
  #controller: AbortController | null = null
  #aborted = false
  #reason: unknown

  constructor(name: string) {
    this.name = name
  }

  /** Fires when the thread is aborted. Made when first asked for: most closures never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    this.#aborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
