/** Guards of a mutex, and those who await one. What they alone need of it is private there, and reached in brackets: programs do not see it among what they call. */

import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { describeAgent } from './agent-notes.ts'
import { heldOrReleased, inspectable } from './inspect.ts'
import type { Source } from './local-queue.ts'
import { released } from './lock-errors.ts'
import { isPoisoned, ownerOf, victimOf } from './mutex-algorithm.ts'
import type { Mutex, PoisonOptions } from './mutex.ts'
import { guardWaits, poisoned, timedOut } from './wait-errors.ts'

/** In the turn of a guard, below what a turn counts: the lock was poisoned when it was taken; a `Condvar` has given it back, and takes it again. */
const POISONED = 1
const WAITS = 2

/**
 * The right to use what a mutex protects, until it is given back: by `using`, `unlock()` or `dispose()`. It belongs to the thread that got it.
 */
export class MutexGuard<T> {
  private mutex: Mutex<T> | undefined
  /** The turn of the mutex in which it holds the lock, with POISONED or WAITS. */
  private turn: number

  /** @internal */
  constructor(mutex: Mutex<T>, wasPoisoned: boolean) {
    this.mutex = mutex
    this.turn = mutex.hold() | (wasPoisoned ? POISONED : 0)
  }

  /**
   * The data of the mutex.
   *
   * @throws R530 after the guard was released, R581 while `Condvar.wait` waits with it.
   */
  get value(): T {
    return this.held()['data']
  }

  /**
   * Whether a thread ended while it held the lock, and nobody has called `clearPoison` since. True only for a guard that was asked for with `{ poisoned: 'accept' }`.
   *
   * @throws R530 after the guard was released, R581 while `Condvar.wait` waits with it.
   */
  get poisoned(): boolean {
    const mutex = this.held()
    return (this.turn & POISONED) !== 0 && isPoisoned(mutex['words'], mutex.heldAt)
  }

  /**
   * Gives the lock back.
   *
   * @throws R530 when that was done before: then the second caller may believe that it holds a lock that it does not hold. R581 while `Condvar.wait` waits with it.
   */
  unlock(): void {
    this.held()
    this.dispose()
  }

  /**
   * Gives the lock back. Does nothing when that was done before.
   *
   * @throws R536 when the lock was taken away, since the last task of its worker had ended.
   */
  dispose(): void {
    const { mutex } = this
    if (mutex === undefined) return
    this.mutex = undefined
    mutex.free(this.turn)
  }

  static {
    nameDisposal(this.prototype, DISPOSE)
    inspectable(this.prototype, (guard: MutexGuard<unknown>) => heldOrReleased(guard.mutex), 'MutexGuard')
  }

  /** Gives the lock back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** @internal Throws R530 or R581 when the guard holds nothing. */
  check(): void {
    this.held()
  }

  /** @internal Gives the lock back for a while; the mutex, for `resume`. */
  static suspend<T>(guard: MutexGuard<T>): Mutex<T> {
    const mutex = guard.held()
    guard.dispose()
    guard.turn |= WAITS
    return mutex
  }

  /** @internal Takes the lock again. Rejects with R538 when it has been poisoned meanwhile; then the guard is released. */
  static async resume<T>(guard: MutexGuard<T>, mutex: Mutex<T>): Promise<void> {
    try {
      guard.takeFrom(await mutex.lock(guard.asBefore()), mutex)
    } finally {
      guard.turn &= ~WAITS
    }
  }

  /** @internal Does not take it again: the guard is released. */
  static abandon(guard: MutexGuard<unknown>): void {
    guard.turn &= ~WAITS
  }

  /** @internal The same as `resume`, blocking the thread. */
  static resumeBlocking<T>(guard: MutexGuard<T>, mutex: Mutex<T>): void {
    try {
      guard.takeFrom(mutex.blockingLock(guard.asBefore()), mutex)
    } finally {
      guard.turn &= ~WAITS
    }
  }

  /** What another guard holds is held by this one from now on. */
  private takeFrom(other: MutexGuard<T>, mutex: Mutex<T>): void {
    other.mutex = undefined
    this.mutex = mutex
    this.turn = other.turn
  }

  private asBefore(): PoisonOptions | undefined {
    return (this.turn & POISONED) === 0 ? undefined : { poisoned: 'accept' }
  }

  private held(): Mutex<T> {
    if (this.mutex === undefined) throw (this.turn & WAITS) === 0 ? released('guard') : guardWaits()
    return this.mutex
  }
}

/** What a queue of those who await one mutex needs of it. */
export class MutexSource implements Source<MutexGuard<unknown>, PoisonOptions | undefined> {
  private readonly mutex: Mutex<unknown>

  constructor(mutex: Mutex<unknown>) {
    this.mutex = mutex
  }

  get at(): number {
    return this.mutex.heldAt
  }

  get takes(): string {
    return this.mutex.heldName
  }

  take(grant: (guard: MutexGuard<unknown>) => void): Promise<void> {
    const { mutex } = this
    return mutex['takeLater'](() => grant(new MutexGuard(mutex, isPoisoned(mutex['words'], mutex.heldAt))))
  }

  tryTake(): MutexGuard<unknown> | undefined {
    return this.mutex['takeOver']()
  }

  giveBack(guard: MutexGuard<unknown>): void {
    guard.dispose()
  }

  refusal(guard: MutexGuard<unknown>, options: PoisonOptions | undefined): Error | undefined {
    return refusalOf(this.mutex, guard, options)
  }

  late(waited: number): Error {
    return lateFor(this.mutex, waited)
  }
}

/** Why somebody cannot have the lock whose guard has just been made; undefined when nothing is wrong. */
export function refusalOf(
  mutex: Mutex<unknown>,
  guard: MutexGuard<unknown>,
  options: PoisonOptions | undefined,
): Error | undefined {
  if (!guard.poisoned || options?.poisoned === 'accept') return undefined
  return poisoned(mutex.heldName, describeAgent(victimOf(mutex['words'], mutex.heldAt)))
}

/** The error of somebody who has waited in vain for so many milliseconds. */
export function lateFor(mutex: Mutex<unknown>, waited: number): Error {
  const owner = ownerOf(mutex['words'], mutex.heldAt)
  const holder = owner === 0 ? 'which is free now' : `which ${describeAgent(owner)} holds`
  return timedOut(mutex.heldName, waited, holder)
}
