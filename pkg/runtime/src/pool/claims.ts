// The words of the arena that one agent hands out as claims. `sync/claim-algorithm.ts` says what a claim is.

import type { Claim, ClaimRange } from '../protocol.ts'
import { offer } from '../sync/claim-algorithm.ts'

/** A task without a claim: whoever has it runs it. */
export const UNCLAIMABLE: Claim = { slot: -1, word: 0 }

export class ClaimSlots {
  readonly words: Int32Array
  readonly #free: number[] = []
  #next: number
  readonly #end: number

  constructor(words: Int32Array, { first, count }: ClaimRange) {
    this.words = words
    this.#next = first
    this.#end = first + count
  }

  /** A new claim; null when all slots are in use. */
  take(): Claim | null {
    const slot = this.#free.pop() ?? (this.#next < this.#end ? this.#next++ : -1)
    return slot < 0 ? null : { slot, word: offer(this.words, slot) }
  }

  /** The task has ended, so its slot can be used again. */
  release({ slot }: Claim): void {
    if (slot >= 0) this.#free.push(slot)
  }
}
