// How a host hears of answers that come without messages: it looks for them, for a bounded time.
//
// At once, when a worker was called that answers fast: so a loop that spawns and awaits never leaves its turn of the event loop, but for at most a millisecond.
// And once in each turn while answers come, so that workers need not post a message for each.

import { clock, isHidden, macrotask } from '#host'

import type { Caller } from './caller.ts'
import type { TaskHead } from '../protocol.ts'

/** So long timers and input wait at most for answers that are delivered in one turn. Milliseconds. */
const TURN = 1

/** Threads that end within this time are waited for. Milliseconds. */
const FAST = 0.2

/** How long it looks in each turn for the answer of a thread that will be fast. Milliseconds. */
const EXPECTED = 0.2

/** How many turns pass without an answer before workers have to post messages again. */
const VAIN_TURNS = 2

/** How many places in the source are remembered. */
const MOST_HEADS = 1024

export class Lookout {
  /** It looks when the loop has come round. */
  looks = false
  readonly callers: Set<Caller> = new Set()
  readonly #pump: () => void
  /** How many turns have passed without an answer. */
  #vain = 0
  /** Until when it looks in any case. */
  #until = 0
  /** When the loop has last come round. */
  #turned = 0
  /** What answers fast. */
  readonly #fast = new Set<TaskHead>()

  /** `pump` is called when answers have come. */
  constructor(pump: () => void) {
    this.#pump = pump
  }

  /** Whether the answer to a thread that is started now is worth waiting for, in this turn of the loop. */
  isFast(head: TaskHead): boolean {
    return this.#fast.has(head) && !isHidden()
  }

  /** Whether this turn of the loop has lasted so short that it may go on. If not, it looks in the next one. */
  inTurn(now: number): boolean {
    if (now - this.#turned < TURN) return true
    this.soon()
    return false
  }

  /** A thread was alone in its worker and has taken so long. */
  took(head: TaskHead, time: number): void {
    if (time > FAST) this.#fast.delete(head)
    else if (!this.#fast.has(head)) {
      if (this.#fast.size === MOST_HEADS) this.#fast.clear()
      this.#fast.add(head)
    }
  }

  /** The answer of a fast thread is on its way. */
  expect(now: number): void {
    this.#until = now + EXPECTED
    this.soon()
  }

  /** While answers come, it looks for more of them in each turn of the loop. */
  soon(): void {
    if (this.looks) return
    this.looks = true
    this.#vain = 0
    macrotask(this.#turn)
  }

  readonly #turn = (): void => {
    this.#turned = clock()
    const callers = [...this.callers]
    let taken = 0
    for (const caller of callers) taken += caller.take()
    if (taken > 0) {
      this.#vain = 0
      this.#pump()
    }
    const goesOn = this.#vain++ < VAIN_TURNS || this.#turned < this.#until
    this.looks = (goesOn && callers.some(({ busy }) => busy)) || !callers.every((caller) => caller.sleep())
    if (this.looks) macrotask(this.#turn)
  }
}
