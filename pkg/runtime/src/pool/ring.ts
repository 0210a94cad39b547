// The host's end of the memory through which it calls a worker and takes its answers: `sync/ring-algorithm.ts` says how.

import { allocateWords, arena, canShare } from '../memory/arena.ts'
import type { Claim } from '../protocol.ts'
import { CALL, FIRST_ANSWER, fitting, readSmall, readTo, SPAN, writeSmall } from './ring-records.ts'
import {
  ANSWERS,
  awaitAnswer,
  call,
  canCall,
  dismiss,
  EAGER,
  fallAsleep,
  reset,
  stayAwake,
  TAKEN,
} from '../sync/ring-algorithm.ts'

/** How often an answer is looked for at once. */
const LOOKS = 3000

/** Where nobody can tell when a worker has stopped, its ring is never given to another: more than so many are not made. */
const MOST_RINGS = 128

/** The rings of a pool. */
export class Rings {
  readonly #returned: number[] = []
  #made = 0

  /** Lends a ring; 0 where there is no shared memory, or none left. */
  lend(): number {
    const at = this.#returned.pop() ?? this.#make()
    if (at > 0) reset(arena().words, at)
    return at
  }

  #make(): number {
    if (this.#made === MOST_RINGS || !canShare()) return 0
    try {
      const at = allocateWords(FIRST_ANSWER + SPAN)
      this.#made++
      return at
    } catch {
      return 0
    }
  }

  giveBack(at: number): void {
    if (at > 0) this.#returned.push(at)
  }
}

export class HostRing {
  readonly #words = arena().words
  readonly #at: number
  #taken = 0
  #seen = 0
  #awake = false
  #eager = false

  constructor(at: number) {
    this.#at = at
  }

  /** Gives a task with at most four values to the worker, if it listens; `sent`: how many messages it must have received. */
  call(sent: number, id: number, head: number, { slot, word }: Claim, values: readonly unknown[]): boolean {
    const words = this.#words
    if (!canCall(words, this.#at, sent)) return false
    let at = this.#at + CALL
    words[at++] = id
    words[at++] = head
    words[at++] = slot
    words[at++] = word
    words[at++] = values.length
    for (const value of values) {
      at = writeSmall(words, at, value)
      if (at < 0) return false
    }
    return call(words, this.#at, sent)
  }

  /** A worker that listens goes back to its loop. */
  dismiss(sent: number): void {
    dismiss(this.#words, this.#at, sent)
  }

  /**
   * Takes the answers that are there, as far as their turn has come: each was written when the worker had posted so many messages, which have to be received before.
   * Gives how many.
   */
  take(received: number, handle: (id: number, value: unknown) => void): number {
    const words = this.#words
    const first = this.#taken
    let count = 0
    this.#seen = Atomics.load(words, this.#at + ANSWERS)
    while (this.#taken !== this.#seen) {
      const next = fitting(this.#taken)
      const at = this.#at + FIRST_ANSWER + (next & (SPAN - 1))
      if (((words[at + 1]! - received) | 0) > 0) break
      const id = words[at]!
      const value = readSmall(words, at + 2)
      this.#taken = (next + readTo - at) | 0
      count++
      handle(id, value)
      if (this.#taken === this.#seen) this.#seen = Atomics.load(words, this.#at + ANSWERS)
    }
    if (this.#taken !== first) Atomics.store(words, this.#at + TAKEN, this.#taken)
    return count
  }

  /** Whether the worker is to listen for calls. */
  set eager(yes: boolean) {
    if (yes !== this.#eager) Atomics.store(this.#words, this.#at + EAGER, yes ? 1 : 0)
    this.#eager = yes
  }

  /** Looks for an answer for a moment. */
  await(): boolean {
    return awaitAnswer(this.#words, this.#at, this.#seen, LOOKS)
  }

  /** Whoever calls this looks for the next answer. Only while the worker has no task. */
  stayAwake(): void {
    if (!this.#awake) stayAwake(this.#words, this.#at)
    this.#awake = true
  }

  /** The next answer comes with a message. False when one has come already. */
  sleep(): boolean {
    this.#awake = false
    return fallAsleep(this.#words, this.#at, this.#seen)
  }
}
