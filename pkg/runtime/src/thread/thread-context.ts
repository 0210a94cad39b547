// What a running closure can know of its thread. Several threads share a worker, and after an `await` nothing says whose
// turn it is: so each closure is given its own context, as the last argument of `run`.

import type { Claim } from '../protocol.ts'
import type { Crossing } from '../state.ts'
import { isMarkedAborted } from '../sync/claim-algorithm.ts'
import type { Port } from '../platform-types.ts'
import type { Travellers } from '../codec/travellers.ts'

/** The last argument of `run`. */
export class ThreadContext implements Crossing {
  #releases: (() => void)[] | null = null
  #ports: Port[] | null = null
  readonly name: string
  /** Where it was spawned. */
  readonly at: string
  /** The classes whose instances may come or go. */
  readonly classes: Travellers | undefined
  readonly #words: Int32Array
  /** Where the task's abort is marked as well. A slot below 0: nowhere. */
  readonly #claim: Claim
  #controller: AbortController | null = null
  #aborted = false
  #reason: unknown

  /** `words`: the shared memory in which the claim lies. */
  constructor({ name, at }: { name: string; at: string }, words: Int32Array, claim: Claim, classes?: Travellers) {
    this.name = name
    this.at = at
    this.classes = classes
    this.#words = words
    this.#claim = claim
  }

  // Most closures have nothing that ends with them.

  /** What lasts as long as the thread does. */
  get releases(): (() => void)[] {
    return (this.#releases ??= [])
  }

  get ports(): Port[] {
    return (this.#ports ??= [])
  }

  /** Something lasts as long as the thread does. */
  get holds(): boolean {
    return this.#releases !== null
  }

  /** Fires when the thread is aborted. Made when first asked for: most closures never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      Object.defineProperties(this.#controller.signal, this.#watched())
      if (this.#aborted) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    if (this.#controller === null) return
    // The signal knows by itself from now on. With what is put before it, Deno would find it aborted and tell nobody.
    for (const name of Object.keys(this.#watched())) Reflect.deleteProperty(this.#controller.signal, name)
    this.#controller.abort(reason)
  }

  /** Whether the thread was aborted; the shared word is looked at. */
  get aborted(): boolean {
    // The reason is on its way in a message.
    const { slot, word } = this.#claim
    if (!this.#aborted && slot >= 0 && isMarkedAborted(this.#words, slot, word))
      this.abort(new DOMException('the thread was aborted', 'AbortError'))
    return this.#aborted
  }

  get reason(): unknown {
    return this.aborted ? this.#reason : undefined
  }

  /**
   * Lets a closure that never awaits see its abort: whenever it asks, the shared word is looked at. The signal then fires
   * in that moment, as one that was aborted without having fired would contradict itself.
   */
  #watched(): PropertyDescriptorMap {
    const throwIfAborted = (): void => {
      if (this.aborted) throw this.#reason
    }
    return {
      aborted: { get: () => this.aborted, configurable: true },
      reason: { get: () => this.reason, configurable: true },
      throwIfAborted: { value: throwIfAborted, configurable: true },
    }
  }
}
