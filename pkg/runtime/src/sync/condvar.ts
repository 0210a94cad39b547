import { arena } from '../memory/arena.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { noGuard, timedOut } from './wait-errors.ts'
import { whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import {
  CONDVAR_WORDS,
  allOf,
  begin,
  callsOf,
  end,
  endSleep,
  notifyAll,
  notifyOne,
  sleep,
  sleepBlocking,
} from './condvar-algorithm.ts'
import type { Mutex } from './mutex.ts'
import { wordsFor } from './dynamic-words.ts'
import { MutexGuard } from './mutex-guards.ts'
import { registerSharedTravel } from './travel.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'
import type { WaitingRoom } from './waiter.ts'
import { Waiter } from './waiter.ts'

const NO_WORDS = new Int32Array(0)

/**
 * A place to wait, with a guard of a `Mutex`, until what the mutex protects has changed: the guard's lock is given back meanwhile.
 *
 * Written at the top level of a module it is the same in every thread that uses it. Made anywhere else it can be captured by a closure. A wait may end without a
 * notification, so what is waited for is looked at in a loop, as `waitWhile` does.
 *
 * ```ts
 * const jobs = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
 * const added = new Condvar()
 *
 * await spawn(async () => {
 *   using guard = await jobs.lock()
 *   await added.waitWhile(guard, ([waiting]) => waiting === 0)
 *   guard.value[0]--
 * })
 * ```
 */
export class Condvar {
  private words: Int32Array = NO_WORDS
  private at: number = UNPLACED
  private readonly room: CondvarRoom = new CondvarRoom(this)

  /**
   * Gives the lock of the guard back, waits until somebody is notified, and takes the lock again. The guard cannot be used meanwhile.
   *
   * However the wait ends, the guard holds its lock again when the promise settles. Only when the lock was poisoned meanwhile (R538), or the last task of the worker has
   * ended (R597), it does not.
   *
   * @throws (rejects) R530 when the guard was released, R582 when it is none of a `Mutex`, the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R538
   * (`PoisonedError`) when a thread ended while it held the lock, R539 for a timeout that is no number from 0 on, E314 where there is no shared memory.
   */
  async wait(guard: MutexGuard<unknown>, options?: WaitOptions): Promise<void> {
    checkGuard(guard)
    const words = this.ready()
    deadlineOf(options)
    if (options?.signal?.aborted === true) throw options.signal.reason
    if (options?.timeout === 0) throw this.room.late(0)
    const waiter = this.room.wait(words, options)
    const mutex = suspend(guard, waiter)
    try {
      await waiter.promise
    } finally {
      if (waiter.withdrawn) MutexGuard.abandon(guard)
      else await MutexGuard.resume(guard, mutex)
    }
  }

  /**
   * Waits as long as `holds` gives true for the value of the guard; it is called with the lock held, first at once.
   *
   * @throws (rejects) what `wait` rejects with, and what `holds` throws. The timeout is for all of it.
   */
  async waitWhile<T>(guard: MutexGuard<T>, holds: (value: T) => boolean, options?: WaitOptions): Promise<void> {
    checkGuard(guard)
    const deadline = deadlineOf(options)
    while (holds(guard.value)) await this.wait(guard, until(deadline, options))
  }

  /**
   * Like `wait`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, and what `wait` rejects with.
   */
  blockingWait(guard: MutexGuard<unknown>, options?: BlockingOptions): void {
    assertMayBlock('blockingWait', 'await wait()')
    checkGuard(guard)
    const since = performance.now()
    const deadline = deadlineOf(options)
    const words = this.ready()
    const calls = begin(words, this.at)
    const mutex = MutexGuard.suspend(guard)
    const woken = whileBlocked(this.at, deadline, () => sleepBlocking(words, this.at, calls, deadline))
    end(words, this.at)
    MutexGuard.resumeBlocking(guard, mutex)
    if (!woken) throw this.room.late(Math.round(performance.now() - since))
  }

  /**
   * Like `waitWhile`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, what `wait` rejects with, and what `holds` throws.
   */
  blockingWaitWhile<T>(guard: MutexGuard<T>, holds: (value: T) => boolean, options?: BlockingOptions): void {
    assertMayBlock('blockingWaitWhile', 'await waitWhile()')
    checkGuard(guard)
    const deadline = deadlineOf(options)
    while (holds(guard.value)) this.blockingWait(guard, until(deadline, options))
  }

  /**
   * Wakes one who waits, if somebody does. Needs no guard, and never blocks.
   *
   * @throws E314 where there is no shared memory.
   */
  notifyOne(): void {
    notifyOne(this.ready(), this.at)
  }

  /**
   * Wakes all who wait. Needs no guard, and never blocks.
   *
   * @throws E314 where there is no shared memory.
   */
  notifyAll(): void {
    notifyAll(this.ready(), this.at)
  }

  get [Symbol.toStringTag](): string {
    return 'Condvar'
  }

  /** Words of this condition variable, given to it now if it has none. */
  private ready(): Int32Array {
    if (this.at === UNPLACED) this.settle(wordsFor(this, CONDVAR_WORDS))
    return this.words
  }

  private settle(at: number): void {
    this.words = arena().words
    this.at = at
  }

  /** @internal */
  static place(condvar: Condvar): number {
    return condvar.at
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Condvar> = registerKind<Condvar>({
    number: 5,
    revive(at) {
      const condvar = new Condvar()
      if (at !== UNPLACED) condvar.settle(at)
      return condvar
    },
    placeOf: (condvar) => condvar.at,
    dataOf: () => undefined,
    place(condvar) {
      condvar.ready()
      return condvar.at
    },
  })

  static {
    registerSharedTravel('condvar', Condvar.sharedKind)
    inspectable(this.prototype, () => '')
  }
}

/** Those in this thread who await one condition variable, first-in first-out. One wait of the engine stands for all of them. */
class CondvarRoom implements WaitingRoom<void> {
  private readonly condvar: Condvar
  /** Each with how often everybody had been notified when it came. */
  private readonly waiting = new Map<Waiter<void>, number>()
  private words: Int32Array = NO_WORDS
  private serves = false
  /** The notifications that those who wait here have been woken for. */
  private calls = 0

  constructor(condvar: Condvar) {
    this.condvar = condvar
  }

  get at(): number {
    return Condvar.place(this.condvar)
  }

  /** Begins to wait, before it returns. */
  wait(words: Int32Array, options: WaitOptions | undefined): Waiter<void> {
    const waiter = new Waiter<void>(this, options)
    this.words = words
    this.waiting.set(waiter, allOf(words, this.at))
    if (!this.serves) {
      this.serves = true
      this.calls = begin(words, this.at)
      void this.serve()
    }
    return waiter
  }

  left(waiter: Waiter<void>): void {
    this.waiting.delete(waiter)
    this.rest()
  }

  late(waited: number): Error {
    return timedOut(describeShared(this.condvar), waited, 'which nobody notified')
  }

  /** Whoever is notified takes its lock again. */
  get takes(): string {
    return describeShared(this.condvar)
  }

  retry(): void {
    this.wake()
    this.rest()
  }

  /** A wait of the engine that nobody needs would swallow the wake-up of another thread. */
  private rest(): void {
    if (this.waiting.size === 0) endSleep(this.words, this.at)
  }

  private async serve(): Promise<void> {
    while (this.waiting.size > 0) {
      await sleep(this.words, this.at, this.calls)
      this.wake()
    }
    this.serves = false
    end(this.words, this.at)
  }

  /** Wakes one for each notification since the last look: some may have woken another thread, which does no harm. */
  private wake(): void {
    const calls = callsOf(this.words, this.at)
    const all = allOf(this.words, this.at)
    let left = (calls - this.calls) | 0
    this.calls = calls
    for (const [waiter, before] of this.waiting) {
      if (left <= 0 && before === all) return
      left--
      this.waiting.delete(waiter)
      waiter.resolve()
    }
  }
}

function checkGuard(guard: unknown): void {
  if (!(guard instanceof MutexGuard)) throw noGuard(guard)
  guard.check()
}

function suspend(guard: MutexGuard<unknown>, waiter: Waiter<void>): Mutex<unknown> {
  try {
    return MutexGuard.suspend(guard)
  } catch (error) {
    waiter.giveUp(error)
    waiter.promise.catch(() => {})
    throw error
  }
}

function until<O extends BlockingOptions>(deadline: number, options: O | undefined): O | undefined {
  if (options === undefined || deadline === Infinity) return options
  return { ...options, timeout: Math.max(0, deadline - performance.now()) }
}
