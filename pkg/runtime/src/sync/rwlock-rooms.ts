/** Those in this thread who wait for a readers-writer lock. However many they are, one sleep of the engine stands for all readers, and one for all writers. */

import { DISPOSE } from '../dispose-symbols.ts'
import { describeShared } from '../memory/shared-kind.ts'
import { poisoned, timedOut } from './wait-errors.ts'
import { describeAgent } from './agent-notes.ts'
import {
  IN,
  admit,
  cancelRead,
  cancelWrite,
  isPoisoned,
  readAsync,
  readOrWait,
  unlockRead,
  wantWrite,
  whoDied,
  whoWrites,
  writeAsync,
  writeOrWait,
} from './rwlock-algorithm.ts'
import { Waiter } from './waiter.ts'
import type { WaitingRoom } from './waiter.ts'
import type { WaitOptions } from './wait-options.ts'

/** The lock, as its rooms see it. */
export interface Place {
  readonly words: Int32Array
  readonly at: number
  /** This thread's record. */
  readonly record: number
  /** This thread's number, shifted left by 4. */
  readonly me: number
  /** For messages. */
  readonly lock: object
}

/** How to wait for a lock that a dead thread may have poisoned. */
export interface LockOptions extends WaitOptions {
  /** Take the lock also when a thread has died in it. Without this, it is an error (R538). */
  poisoned?: 'accept' | undefined
}

/** Why somebody cannot have the lock who has just got it; undefined when nothing is wrong. */
export function poisonOf({ words, at, lock }: Place, accepts: boolean): Error | undefined {
  if (accepts || !isPoisoned(words, at)) return undefined
  return poisoned(describeShared(lock), describeAgent(whoDied(words, at)))
}

/** The error of somebody who has waited in vain for so many milliseconds. */
export function lateFor({ words, at, lock }: Place, waited: number): Error {
  const writer = whoWrites(words, at)
  const holder =
    writer === 0 ? 'which others wait for, too' : `which ${describeAgent(writer)} writes to or wants to write to`
  return timedOut(describeShared(lock), waited, holder)
}

/** What the two rooms have in common. `G` is the guard. */
abstract class Room<G extends Disposable> implements WaitingRoom<G> {
  protected readonly place: Place
  protected readonly guard: () => G
  /** Those who wait, and whether they accept a poisoned lock. */
  protected readonly waiting: Map<Waiter<G>, boolean> = new Map()
  private serves = false

  constructor(place: Place, guard: () => G) {
    this.place = place
    this.guard = guard
  }

  get empty(): boolean {
    return this.waiting.size === 0
  }

  get at(): number {
    return this.place.at
  }

  get takes(): string {
    return describeShared(this.place.lock)
  }

  /** Waits behind those who wait here already. */
  wait(options: LockOptions | undefined): Promise<G> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    const accepts = options?.poisoned === 'accept'
    if (this.empty && this.begin()) return this.checked(accepts)
    if (options?.timeout === 0) {
      if (this.empty) this.cancel()
      return Promise.reject(lateFor(this.place, 0))
    }
    const waiter = this.enter(options)
    this.waiting.set(waiter, accepts)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  left(waiter: Waiter<G>): void {
    this.waiting.delete(waiter)
    if (this.empty) this.cancel()
  }

  late(waited: number): Error {
    return lateFor(this.place, waited)
  }

  retry(): void {
    if (!this.empty && this.look()) this.grant()
  }

  /** First look of the first who waits: true when it is inside, else it waits. */
  protected abstract begin(): boolean
  /** Another look. */
  protected abstract look(): boolean
  /** Sleeps until `look` is true, and calls `taken` in that step; false when it was cancelled. */
  protected abstract sleep(taken: () => void): Promise<boolean>
  protected abstract cancel(): void
  /** Nobody waits, or those who do ask anew. */
  abstract again(): void
  /** Lets those in who may, after a look that was true. Since then others may have come and gone. */
  protected abstract grant(): void

  private checked(accepts: boolean): Promise<G> {
    const guard = this.guard()
    const problem = poisonOf(this.place, accepts)
    if (problem === undefined) return Promise.resolve(guard)
    guard[DISPOSE]()
    return Promise.reject(problem)
  }

  private enter(options: LockOptions | undefined): Waiter<G> {
    try {
      return new Waiter<G>(this, options)
    } catch (error) {
      if (this.empty) this.cancel()
      throw error
    }
  }

  private async serve(): Promise<void> {
    this.serves = true
    while (!this.empty) {
      if (!(await this.sleep(() => this.grant()))) this.again()
    }
    this.serves = false
  }
}

/** Those in this thread who wait to read. They come in together. */
export class ReadRoom<G extends Disposable> extends Room<G> {
  protected begin(): boolean {
    return this.look()
  }

  protected look(): boolean {
    const { words, at, record } = this.place
    return readOrWait(words, at, record)
  }

  protected sleep(taken: () => void): Promise<boolean> {
    const { words, at, record } = this.place
    return readAsync(words, at, record, taken)
  }

  protected cancel(): void {
    const { words, at, record } = this.place
    cancelRead(words, at, record)
  }

  /** Who still waits looks again before each sleep. */
  again(): void {}

  protected grant(): void {
    const { words, at, record } = this.place
    const waiters = [...this.waiting]
    this.waiting.clear()
    this.cancel()
    // The look has let one in.
    if (waiters.length === 0) return unlockRead(words, at, record)
    admit(words, record, waiters.length - 1)
    for (const [waiter, accepts] of waiters) this.settle(waiter, accepts)
  }

  /** A blocking reader of this thread has come in, and with it all who wait here. */
  follow(): void {
    if (this.empty) return
    admit(this.place.words, this.place.record, 1)
    this.grant()
  }

  private settle(waiter: Waiter<G>, accepts: boolean): void {
    const guard = this.guard()
    const problem = poisonOf(this.place, accepts)
    if (problem === undefined) return waiter.resolve(guard)
    guard[DISPOSE]()
    waiter.reject(problem)
  }
}

/** Those in this thread who wait to write. They come in one after the other, and go behind the other threads each time. */
export class WriteRoom<G extends Disposable> extends Room<G> {
  protected begin(): boolean {
    wantWrite(this.place.words, this.place.at, this.place.record)
    return this.look()
  }

  protected look(): boolean {
    const { words, at, record, me } = this.place
    return writeOrWait(words, at, record, me) === IN
  }

  protected sleep(taken: () => void): Promise<boolean> {
    const { words, at, record, me } = this.place
    return writeAsync(words, at, record, me, taken)
  }

  protected cancel(): void {
    const { words, at, record, me } = this.place
    cancelWrite(words, at, record, me)
  }

  protected grant(): void {
    const guard = this.guard()
    for (const [waiter, accepts] of this.waiting) {
      this.waiting.delete(waiter)
      const problem = poisonOf(this.place, accepts)
      if (problem === undefined) {
        this.again()
        return waiter.resolve(guard)
      }
      waiter.reject(problem)
    }
    this.again()
    guard[DISPOSE]()
  }

  /** The wish of this thread has been fulfilled or taken back. */
  again(): void {
    if (this.empty) this.cancel()
    else wantWrite(this.place.words, this.place.at, this.place.record)
  }
}
