// The worker's end of the memory through which it is called and answers: `sync/ring-algorithm.ts` says how.

import type { Called } from '../pool/ring-records.ts'
import {
  CALL,
  CONFIRMED,
  FIRST_ANSWER,
  fitting,
  KNOCK,
  MOST_WORDS,
  readSmall,
  readTo,
  SPAN,
  writeSmall,
} from '../pool/ring-records.ts'
import { EAGER, hear, isKnocked, listen, publish, TAKEN } from '../sync/ring-algorithm.ts'

/** How often a worker looks whether it is called, before it goes back to its loop. */
const PATIENCE = 16_000

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
    hear(words, at)
  }

  /** A message says that there is a task. Null when there is none: the message is not ours. */
  knocked(): Called | null {
    if (!isKnocked(this.#words, this.#at)) return null
    const task = this.#read(this.#at + KNOCK)
    hear(this.#words, this.#at)
    return task
  }

  /** Answers; `sent`: how many messages have to be received before, `received`: how many have arrived here. False when the value is too large, or the host too far behind. */
  answer(id: number, value: unknown, sent: number, received: number): boolean {
    const words = this.#words
    const next = fitting(this.#written)
    if (((next + MOST_WORDS - Atomics.load(words, this.#at + TAKEN)) | 0) > SPAN) return false
    const at = this.#at + FIRST_ANSWER + (next & (SPAN - 1))
    const end = writeSmall(words, at + 2, value)
    if (end < 0) return false
    words[at] = id
    words[at + 1] = sent
    words[this.#at + CONFIRMED] = received
    this.#written = (next + end - at) | 0
    if (publish(words, this.#at, this.#written)) this.#wake()
    return true
  }

  /** Listens for a moment. `received`: how many messages have arrived. */
  listen(received: number): Called | null {
    const words = this.#words
    if (Atomics.load(words, this.#at + EAGER) === 0 || !listen(words, this.#at, received, PATIENCE)) return null
    return this.#read(this.#at + CALL)
  }

  #read(at: number): Called {
    const words = this.#words
    const seen = words[at++]!
    const id = words[at++]!
    const head = words[at++]!
    const claim = { slot: words[at++]!, word: words[at++]! }
    const values: unknown[] = []
    let left = words[at++]!
    for (; left > 0; left--) {
      values.push(readSmall(words, at))
      at = readTo
    }
    return { seen, id, head, claim, values }
  }
}
