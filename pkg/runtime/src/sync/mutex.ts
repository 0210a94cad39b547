import { arena } from '../memory/arena.ts'
import { NEXT_WORD } from '../memory/layout.ts'
import { lostLock, reentrant } from './lock-errors.ts'
import type { SharedData, SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { describeAgent, whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import type { HeldToken } from './held.ts'
import { MUTEX_HOLD, noteFreed, noteHeld } from './held.ts'
import { LocalQueue } from './local-queue.ts'
import { LockShare } from './lock-share.ts'
import {
  FREED,
  HOST_LANE,
  MUTEX_WORDS,
  NOT_OWNER,
  WORKER_LANE,
  clearPoison,
  forfeit,
  isPoisoned,
  letOthersFirst,
  letOthersFirstAsync,
  lockAsync,
  lockBlocking,
  ownerOf,
  takeOver,
  tryLock,
  unlock,
} from './mutex-algorithm.ts'
import { MutexGuard, MutexSource, lateFor, refusalOf } from './mutex-guards.ts'
import { registerSharedTravel } from './travel.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** What to do with a lock that was held by a thread when it ended. */
export interface PoisonOptions {
  /** `'accept'` takes the lock all the same, to mend what it protects. Otherwise the operation fails with a `PoisonedError` (R538). */
  poisoned?: 'accept' | undefined
}

/** From one turn to the next: below it lies what a guard notes. Not imported: engines would load it each time that a lock is given back. */
const TURN = 4

/** No words yet, and none needed to make a mutex: the first operation gets them. This one is never free, so that the fast path need not ask. */
const NO_WORDS = Int32Array.of(-1)

/**
 * A lock that threads share: at most one guard of it is held at any time. It can carry the data that it protects.
 *
 * Written at the top level of a module it is the same lock in every thread that uses it. Made anywhere else it can be captured by a closure. The data of a lock that
 * threads share must be shared memory itself: a `SharedArrayBuffer`, or a typed array or `DataView` over one.
 *
 * ```ts
 * const hits = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
 *
 * await spawn(async () => {
 *   using guard = await hits.lock({ timeout: 1000 })
 *   guard.value[0]++
 * })
 * ```
 *
 * Those who wait get the lock first-in first-out, but a thread that is awake may take it before one that must be woken first, for half a millisecond. Then it lets others
 * go first.
 *
 * A lock belongs to the thread of the engine that took it, and only its guard gives it back. Taking it again before that waits, also in the same task: a second
 * `lock()` that is awaited while the first guard is held never returns.
 *
 * When a thread ends while it holds the lock, be it killed or out of memory, the lock is freed and *poisoned*: what it protects may be half changed, so `lock` fails until
 * somebody has called `clearPoison`. A closure that throws does not poison: `using` has given its guard back.
 */
export class Mutex<T = undefined> implements HeldToken {
  private words: Int32Array = NO_WORDS
  private at = 0
  /** The word that the fast paths look at: the lock, or one that is never free while this thread lets others go first. So they need not ask. */
  private door = 0
  private me = 0
  private share: LockShare | undefined
  private data: T
  /** Another one when a guard has lost the lock without giving it back: only guards of this turn can. A number, as a reference to the guard would cost more than the lock. */
  private turn = 0
  private readonly queue: LocalQueue<MutexGuard<unknown>, PoisonOptions | undefined>

  /**
   * Makes a lock that one thread has at a time. `using` gives it back.
   *
   * ```ts
   * using guard = await lock.lock()   // guard.value is what it protects
   * ```
   *
   * @param value The data that the lock protects; reachable through the guard.
   */
  constructor(value?: T) {
    this.data = value as T
    this.queue = new LocalQueue(new MutexSource(this))
  }

  /**
   * Waits for the lock without blocking the thread.
   *
   * @throws (rejects) the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R538 (`PoisonedError`) when a thread ended while it held the lock, R539 for a
   * timeout that is no number from 0 on, E314 where there is no shared memory.
   */
  lock(options?: WaitOptions & PoisonOptions): Promise<MutexGuard<T>> {
    try {
      // Who comes while others of this thread wait goes behind them: a loop of `lock` and `unlock` would otherwise never let them in.
      if (options === undefined && this.queue.empty && tryLock(this.ready(), this.door, this.me))
        return Promise.resolve(new MutexGuard(this, false))
      return options === undefined ? this.waitBehind(undefined) : this.lockWith(options)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Takes the lock if it is free, else returns undefined.
   *
   * @throws R538 (`PoisonedError`) when a thread ended while it held the lock, E314 where there is no shared memory.
   */
  tryLock(options?: PoisonOptions): MutexGuard<T> | undefined {
    return tryLock(this.words, this.at, this.me) ? new MutexGuard(this, false) : this.accepted(this.takeOver(), options)
  }

  /**
   * Waits for the lock and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R531 when this thread holds the lock, R537 (`TimeoutError`) when the timeout is up, R538 (`PoisonedError`) when a thread
   * ended while it held the lock, R539 for a timeout that is no number from 0 on, E314 where there is no shared memory.
   */
  blockingLock(options?: BlockingOptions & PoisonOptions): MutexGuard<T> {
    assertMayBlock('blockingLock', 'await lock()')
    if (options !== undefined) deadlineOf(options)
    return tryLock(this.words, this.door, this.me) ? new MutexGuard(this, false) : this.block(options)
  }

  /**
   * Says that what the lock protects is sound again, after the end of a thread that held it. Needs no guard; who holds one has seen to it that it is true.
   *
   * @throws E314 where there is no shared memory.
   */
  clearPoison(): void {
    clearPoison(this.ready(), this.at)
  }

  get [Symbol.toStringTag](): string {
    return 'Mutex'
  }

  /** Words of this lock, given to it now if it has none. */
  private ready(): Int32Array {
    if (this.words === NO_WORDS) this.settle(wordsFor(this, MUTEX_WORDS))
    return this.words
  }

  private settle(at: number): void {
    const { words, agent } = arena()
    this.words = words
    this.me = agent << 3
    this.at = at
    this.door = at
  }

  private lockWith(options: WaitOptions & PoisonOptions): Promise<MutexGuard<T>> {
    const { signal, timeout } = options
    this.ready()
    deadlineOf(options)
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (timeout === 0 || (this.queue.empty && this.door === this.at)) {
      const guard = this.tryLock(options)
      if (guard !== undefined) return Promise.resolve(guard)
    }
    return this.waitBehind(options)
  }

  private block(options: (BlockingOptions & PoisonOptions) | undefined): MutexGuard<T> {
    const words = this.ready()
    const share = this.yields()
    if (share === undefined && tryLock(words, this.at, this.me)) return new MutexGuard(this, false)
    if (ownerOf(words, this.at) === this.me >>> 3) throw reentrant()
    const since = performance.now()
    const deadline = deadlineOf(options)
    const taken = whileBlocked(this.at, deadline, () => {
      share?.wasYielded(letOthersFirst(words, this.at, Math.min(share.until, deadline)))
      return lockBlocking(words, this.at, this.me, deadline)
    })
    if (!taken) throw lateFor(this, Math.round(performance.now() - since))
    this.share?.begins()
    return this.accepted(new MutexGuard(this, isPoisoned(words, this.at)), options)!
  }

  /** The share of this thread if others go first now. Gives it once. */
  private yields(): LockShare | undefined {
    if (this.door === this.at) return undefined
    this.door = this.at
    return this.share!.until > performance.now() ? this.share : undefined
  }

  private waitBehind(options: (WaitOptions & PoisonOptions) | undefined): Promise<MutexGuard<T>> {
    this.ready()
    return this.queue.wait(options, options) as Promise<MutexGuard<T>>
  }

  /** A guard of a poisoned lock is given to those only who ask for it. */
  private accepted(guard: MutexGuard<T> | undefined, options: PoisonOptions | undefined): MutexGuard<T> | undefined {
    const refusal = guard === undefined ? undefined : refusalOf(this, guard, options)
    if (refusal === undefined) return guard
    guard!.dispose()
    throw refusal
  }

  /** Waits as the algorithm does, for whoever is first in the queue by then. Calls `taken` in the step in which the lock is taken. */
  private async takeLater(taken: () => void): Promise<void> {
    const words = this.ready()
    const lane = arena().host ? HOST_LANE : WORKER_LANE
    const share = this.yields()
    if (share !== undefined) share.wasYielded(await letOthersFirstAsync(words, this.at, lane, share.until))
    return lockAsync(words, this.at, this.me, lane, () => {
      this.share?.begins()
      taken()
    })
  }

  /** Takes the lock if it is free, poisoned or not, or if its owner is dead. */
  private takeOver(): MutexGuard<T> | undefined {
    const words = this.ready()
    if (!takeOver(words, this.at, this.me)) return undefined
    return new MutexGuard(this, isPoisoned(words, this.at))
  }

  /** @internal Has been taken; the turn for its guard. A method, as `free` is: a free lock is taken and given back faster than a static one is found. */
  hold(): number {
    noteHeld(this)
    return this.turn
  }

  /** @internal Frees the lock that a guard of this turn holds. */
  free(turn: number): void {
    if (this.turn !== (turn & -TURN)) throw lostLock()
    noteFreed(this)
    const done = unlock(this.words, this.at, this.me)
    if (done !== FREED) this.freed(done)
  }

  private freed(done: number): void {
    if (done === NOT_OWNER) throw lostLock()
    this.share ??= new LockShare()
    if (this.share.isUsedUp()) this.door = NEXT_WORD
  }

  /** @internal */
  get heldName(): string {
    return describeShared(this)
  }

  /** @internal */
  get heldAt(): number {
    return this.at
  }

  /** @internal */
  get owned(): number {
    return MUTEX_HOLD
  }

  /** @internal Its guard does not know: the unlock says that the lock was lost. */
  forfeit(): void {
    this.turn = (this.turn + TURN) | 0
    noteFreed(this)
    forfeit(this.words, this.at, this.me)
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Mutex<unknown>> = registerKind<Mutex<unknown>>({
    number: 1,
    revive(at, data) {
      const mutex = new Mutex<unknown>(data)
      if (at !== UNPLACED) mutex.settle(at)
      return mutex
    },
    placeOf: (mutex) => (mutex.words === NO_WORDS ? UNPLACED : mutex.at),
    dataOf: (mutex) => mutex.data,
    place(mutex, data: SharedData) {
      mutex.ready()
      mutex.data = data
      return mutex.at
    },
  })

  static {
    registerSharedTravel('mutex', Mutex.sharedKind)
    inspectable(this.prototype, ({ words, at }: Mutex<unknown>) => {
      if (words === NO_WORDS) return 'free'
      const owner = ownerOf(words, at)
      return `${owner === 0 ? 'free' : `held by ${describeAgent(owner)}`}${isPoisoned(words, at) ? ', poisoned' : ''}`
    })
  }
}
