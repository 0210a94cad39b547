// The words of the arena that one agent hands out as claims. `sync/claim-algorithm.ts` says what a claim is.

import { allocateWords, arena, canShare } from '../memory/arena.ts'
import type { Claim, ClaimRange } from '../protocol.ts'
import { offer } from '../sync/claim-algorithm.ts'

/** A task without a claim: whoever has it runs it. */
export const UNCLAIMABLE: Claim = { slot: -1, word: 0 }

/** Takes words for claims out of the arena; null where there is no shared memory, or none left. */
export function claimRange(count: number): ClaimRange | null {
  if (!canShare()) return null
  try {
    return { first: allocateWords(count), count }
  } catch {
    // Tasks then go to workers one by one, which is slower and nothing else.
    return null
  }
}

export class ClaimSlots {
  readonly words: Int32Array
  readonly #free: number[] = []
  #next: number
  readonly #end: number

  constructor({ first, count }: ClaimRange) {
    this.words = arena().words
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
