// The worker's end of the memory through which it is called and answers: `sync/ring-algorithm.ts` says how.

import type { Claim } from '../protocol.ts'
import { CALL, FIRST_ANSWER, fitting, MOST_WORDS, readSmall, readTo, SPAN, writeSmall } from '../pool/ring-records.ts'
import { EAGER, listen, publish, TAKEN } from '../sync/ring-algorithm.ts'

/** How often a worker looks whether it is called, before it goes back to its loop. */
const PATIENCE = 16_000

/** A task that came without a message. */
export interface Call {
  readonly id: number
  readonly head: number
  readonly claim: Claim
  readonly values: unknown[]
}

export class WorkerRing {
  readonly #words: Int32Array
  readonly #at: number
  readonly #wake: () => void
  #written = 0

  /** `wake` posts a message to the host. */
  constructor(words: Int32Array, at: number, wake: () => void) {
    this.#words = words
    this.#at = at
    this.#wake = wake
  }

  /** Answers; `sent`: how many messages have to be received before. False when the value is too large, or the host too far behind. */
  answer(id: number, value: unknown, sent: number): boolean {
    const words = this.#words
    const next = fitting(this.#written)
    if (((next + MOST_WORDS - Atomics.load(words, this.#at + TAKEN)) | 0) > SPAN) return false
    const at = this.#at + FIRST_ANSWER + (next & (SPAN - 1))
    const end = writeSmall(words, at + 2, value)
    if (end < 0) return false
    words[at] = id
    words[at + 1] = sent
    this.#written = (next + end - at) | 0
    if (publish(words, this.#at, this.#written)) this.#wake()
    return true
  }

  /** Listens for a moment. `received`: how many messages have arrived. */
  listen(received: number): Call | null {
    const words = this.#words
    if (Atomics.load(words, this.#at + EAGER) === 0 || !listen(words, this.#at, received, PATIENCE)) return null
    return this.#read()
  }

  #read(): Call {
    const words = this.#words
    let at = this.#at + CALL
    const id = words[at++]!
    const head = words[at++]!
    const claim = { slot: words[at++]!, word: words[at++]! }
    const values: unknown[] = []
    let left = words[at++]!
    for (; left > 0; left--) {
      values.push(readSmall(words, at))
      at = readTo
    }
    return { id, head, claim, values }
  }
}
