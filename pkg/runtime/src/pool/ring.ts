// The host's end of the memory through which it calls a worker and takes its answers: `sync/ring-algorithm.ts` says how.

import { allocateWords, arena, canShare } from '../memory/arena.ts'
import type { Called } from './ring-records.ts'
import {
  CALL,
  CALL_WORDS,
  CONFIRMED,
  FIRST_ANSWER,
  fitting,
  KNOCK,
  MOST_VALUE_WORDS,
  readSmall,
  readTo,
  SPAN,
  writeSmall,
} from './ring-records.ts'
import {
  ANSWERS,
  awaitAnswer,
  call,
  canCall,
  canKnock,
  dismiss,
  EAGER,
  fallAsleep,
  knock,
  reset,
  stayAwake,
  TAKEN,
} from '../sync/ring-algorithm.ts'

/** Where nobody can tell when a worker has stopped, its ring is never given to another: more than so many are not made. */
const MOST_RINGS = 128

/** The rings of a pool. */
export class Rings {
  readonly #returned: number[] = []
  #made = 0

  /** Lends a ring; 0 where there is no shared memory, or none left. */
  lend(): number {
    const at = this.#returned.pop() ?? this.#make()
    if (at === 0) return 0
    const { words } = arena()
    reset(words, at)
    words[at + CONFIRMED] = 0
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

  /** Gives a task to the worker, if it listens. `sent`: how many messages it must have received. */
  call(sent: number, task: Called): boolean {
    if (!canCall(this.#words, this.#at, sent)) return false
    const at = this.#at + CALL
    return this.#write(at, at + CALL_WORDS, task) && call(this.#words, this.#at, sent)
  }

  /** Writes a task of which a message is to tell the worker. False when it does not fit, or another is there. */
  knock(task: Called): boolean {
    if (!canKnock(this.#words, this.#at)) return false
    const at = this.#at + KNOCK
    if (!this.#write(at, at + CALL_WORDS, task)) return false
    knock(this.#words, this.#at)
    return true
  }

  /** How many messages the worker is known to have received. */
  get confirmed(): number {
    return this.#words[this.#at + CONFIRMED]!
  }

  /** False when a value is not small, or they do not fit. */
  #write(at: number, end: number, { seen, id, head, claim, values }: Called): boolean {
    const words = this.#words
    words[at++] = seen
    words[at++] = id
    words[at++] = head
    words[at++] = claim.slot
    words[at++] = claim.word
    words[at++] = values.length
    for (const value of values) {
      if (at + MOST_VALUE_WORDS > end) return false
      at = writeSmall(words, at, value)
      if (at < 0) return false
    }
    return true
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

  /** Looks for an answer at most so often. */
  await(looks: number): boolean {
    return awaitAnswer(this.#words, this.#at, this.#seen, looks)
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
