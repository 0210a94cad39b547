import { arena } from '../memory/arena.ts'
import { badCount } from './lock-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { timedOut } from './wait-errors.ts'
import { whileBlocked } from './agent-notes.ts'
import {
  ATOMIC_HOST_LANE,
  ATOMIC_WORDS,
  ATOMIC_WORKER_LANE,
  beginWait,
  blockUntilChange,
  changedOrWoken,
  endSleep,
  endWait,
  notifyAtomic,
} from './atomic-algorithm.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import { registerSharedTravel } from './travel.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'
import type { WaitingRoom } from './waiter.ts'
import { Waiter } from './waiter.ts'

const NO_WORDS = new Int32Array(0)
const MIN = -(2 ** 31)
const MAX = 2 ** 31 - 1
/** More waiters than there can be. */
const ALL = MAX

/** One word that threads share, and those in this thread who wait for it to change. */
class Cell implements WaitingRoom<number> {
  at: number = UNPLACED
  words: Int32Array = NO_WORDS
  private readonly owner: object
  private readonly initial: number
  private readonly waiting = new Map<Waiter<number>, number>()
  private serves = false

  constructor(owner: object, initial: number) {
    this.owner = owner
    this.initial = initial
  }

  /** The words, given to it now if it has none. */
  ready(): Int32Array {
    if (this.at === UNPLACED) {
      this.settle(wordsFor(this.owner, ATOMIC_WORDS))
      Atomics.store(this.words, this.at, this.initial)
    }
    return this.words
  }

  settle(at: number): void {
    this.words = arena().words
    this.at = at
  }

  /** The number, also before it has words. */
  get now(): number {
    return this.at === UNPLACED ? this.initial : Atomics.load(this.words, this.at)
  }

  notify(count: number): void {
    notifyAtomic(this.ready(), this.at, Math.min(count, ALL))
    if (this.waiting.size > 0) this.retry()
  }

  async wait(expected: number, options: WaitOptions | undefined): Promise<number> {
    options?.signal?.throwIfAborted()
    const now = Atomics.load(this.ready(), this.at)
    if (now !== expected) return now
    if (deadlineOf(options) <= performance.now()) throw this.late(0)
    const waiter = new Waiter<number>(this, options)
    this.waiting.set(waiter, expected)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  blockingWait(expected: number, options: BlockingOptions | undefined): number {
    assertMayBlock('blockingWait', 'await wait()')
    const words = this.ready()
    const since = performance.now()
    const deadline = deadlineOf(options)
    const changed = whileBlocked(this.at, deadline, () => blockUntilChange(words, this.at, expected, deadline))
    if (!changed) throw this.late(Math.round(performance.now() - since))
    return Atomics.load(words, this.at)
  }

  left(waiter: Waiter<number>): void {
    this.waiting.delete(waiter)
    if (this.waiting.size === 0) endSleep(this.words, this.at, laneOfThread())
  }

  late(waited: number): Error {
    return timedOut(describeShared(this.owner), waited, 'which has not changed')
  }

  retry(): void {
    const now = Atomics.load(this.words, this.at)
    for (const [waiter, expected] of this.waiting) {
      if (expected === now) continue
      this.waiting.delete(waiter)
      waiter.resolve(now)
    }
  }

  private async serve(): Promise<void> {
    this.serves = true
    const lane = laneOfThread()
    beginWait(this.words, this.at, lane)
    while (this.waiting.size > 0) {
      // Who waits still does so for the value that is there now: one wait stands for all.
      const [expected] = this.waiting.values()
      if (await changedOrWoken(this.words, this.at, expected!, lane)) this.retry()
    }
    endWait(this.words, this.at, lane)
    this.serves = false
  }
}

function laneOfThread(): number {
  return arena().host ? ATOMIC_HOST_LANE : ATOMIC_WORKER_LANE
}

function checked(value: number): number {
  if (Number.isInteger(value) && value >= MIN && value <= MAX) return value
  throw badCount('the value of a counter', value, MIN, MAX)
}

/**
 * A whole number of 32 bits that threads share. Every operation is one step: none is lost between two threads. Beyond its range it begins again at the other end, as the
 * numbers of an `Int32Array` do.
 *
 * ```ts
 * const done = new AtomicCounter()
 *
 * await Promise.all(files.map((file) => spawn(() => { convert(file); done.add(1); done.notify() })))
 * while (done.load() < files.length) await done.wait(done.load())
 * ```
 *
 * Written at the top level of a module it is the same counter in every thread that uses it. Made anywhere else it can be captured or sent.
 */
export class AtomicCounter {
  private readonly cell: Cell

  /**
   * Makes a number that threads share: `add()`, `load()`, `store(n)`, and `wait(n)` until it is another.
   *
   * @param initial From -2,147,483,648 to 2,147,483,647.
   * @throws R533 for another number, here and wherever a number is given.
   */
  constructor(initial = 0) {
    this.cell = new Cell(this, checked(initial))
  }

  /** The number now. Throws E314 where there is no shared memory, as all that follows. */
  load(): number {
    return Atomics.load(this.cell.ready(), this.cell.at)
  }

  /** Puts another number there. */
  store(value: number): void {
    Atomics.store(this.cell.ready(), this.cell.at, checked(value))
  }

  /** Adds, and gives the number before. */
  add(count = 1): number {
    return Atomics.add(this.cell.ready(), this.cell.at, checked(count))
  }

  /** Takes away, and gives the number before. */
  sub(count = 1): number {
    return Atomics.sub(this.cell.ready(), this.cell.at, checked(count))
  }

  /** Puts another number there, and gives the one before. */
  exchange(value: number): number {
    return Atomics.exchange(this.cell.ready(), this.cell.at, checked(value))
  }

  /** Puts `replacement` there if the number is `expected`. Gives the number before: `expected` if it was done. */
  compareExchange(expected: number, replacement: number): number {
    return Atomics.compareExchange(this.cell.ready(), this.cell.at, checked(expected), checked(replacement))
  }

  /**
   * Waits until the number is another than `expected`, and gives it. Changes wake nobody by themselves: who changes it calls `notify()`.
   *
   * @throws (rejects) the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is no number from 0 on.
   */
  wait(expected: number, options?: WaitOptions): Promise<number> {
    return this.cell.wait(expected, options)
  }

  /** As `wait`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself (R532). */
  blockingWait(expected: number, options?: BlockingOptions): number {
    return this.cell.blockingWait(expected, options)
  }

  /** Wakes who waits, or about `count` of them: they look at the number again. */
  notify(count: number = ALL): void {
    this.cell.notify(count)
  }

  get [Symbol.toStringTag](): string {
    return 'AtomicCounter'
  }

  /** @internal */
  static readonly sharedKind: SharedKind<AtomicCounter> = registerKind(
    kindOf(
      12,
      (): AtomicCounter => new AtomicCounter(),
      (counter: AtomicCounter): Cell => counter.cell,
    ),
  )

  static {
    registerSharedTravel('counter', AtomicCounter.sharedKind)
    inspectable(this.prototype, ({ cell }: AtomicCounter) => cell.now)
  }
}

/**
 * A yes or no that threads share: "stop", "ready".
 *
 * ```ts
 * const ready = new AtomicFlag()
 *
 * spawn(async () => { await load(); ready.set(); ready.notify() })
 * await ready.wait(false)
 * ```
 *
 * Written at the top level of a module it is the same flag in every thread that uses it. Made anywhere else it can be captured or sent.
 */
export class AtomicFlag {
  private readonly cell: Cell

  constructor(initial = false) {
    this.cell = new Cell(this, Number(initial))
  }

  /** Whether it is set. Throws E314 where there is no shared memory, as all that follows. */
  load(): boolean {
    return Atomics.load(this.cell.ready(), this.cell.at) !== 0
  }

  store(value: boolean): void {
    Atomics.store(this.cell.ready(), this.cell.at, Number(value))
  }

  /** Sets it, and tells whether it was set before: of several threads, one gets false. */
  set(): boolean {
    return Atomics.exchange(this.cell.ready(), this.cell.at, 1) !== 0
  }

  /** Clears it, and tells whether it was set before. */
  clear(): boolean {
    return Atomics.exchange(this.cell.ready(), this.cell.at, 0) !== 0
  }

  /** Puts `replacement` there if the flag is `expected`. Gives what it was before. */
  compareExchange(expected: boolean, replacement: boolean): boolean {
    return Atomics.compareExchange(this.cell.ready(), this.cell.at, Number(expected), Number(replacement)) !== 0
  }

  /**
   * Waits until the flag is not `expected`. Changes wake nobody by themselves: who changes it calls `notify()`.
   *
   * @throws (rejects) the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is no number from 0 on.
   */
  async wait(expected: boolean, options?: WaitOptions): Promise<boolean> {
    return (await this.cell.wait(Number(expected), options)) !== 0
  }

  /** As `wait`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself (R532). */
  blockingWait(expected: boolean, options?: BlockingOptions): boolean {
    return this.cell.blockingWait(Number(expected), options) !== 0
  }

  /** Wakes who waits, or about `count` of them: they look at the flag again. */
  notify(count: number = ALL): void {
    this.cell.notify(count)
  }

  get [Symbol.toStringTag](): string {
    return 'AtomicFlag'
  }

  /** @internal */
  static readonly sharedKind: SharedKind<AtomicFlag> = registerKind(
    kindOf(
      13,
      (): AtomicFlag => new AtomicFlag(),
      (flag: AtomicFlag): Cell => flag.cell,
    ),
  )

  static {
    registerSharedTravel('flag', AtomicFlag.sharedKind)
    inspectable(this.prototype, ({ cell }: AtomicFlag) => (cell.now === 0 ? 'clear' : 'set'))
  }
}

function kindOf<T extends object>(number: number, make: () => T, cellOf: (value: T) => Cell): SharedKind<T> {
  return {
    number,
    revive(at) {
      const value = make()
      if (at !== UNPLACED) cellOf(value).settle(at)
      return value
    },
    placeOf: (value) => cellOf(value).at,
    dataOf: () => undefined,
    place(value) {
      cellOf(value).ready()
      return cellOf(value).at
    },
  }
}
