import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { arena } from '../memory/arena.ts'
import { NEXT_WORD } from '../memory/layout.ts'
import { lostLock, reentrant, released } from './lock-errors.ts'
import type { SharedData, SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { guardWaits, poisoned, timedOut } from './wait-errors.ts'
import { describeAgent, whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import type { HeldToken } from './held.ts'
import { MUTEX_HOLD, noteFreed, noteHeld } from './held.ts'
import type { Source } from './local-queue.ts'
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
  victimOf,
} from './mutex-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import { heldOrReleased, inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** What to do with a lock that was held by a thread when it ended. */
export interface PoisonOptions {
  /** `'accept'` takes the lock all the same, to mend what it protects. Otherwise the operation fails with a `PoisonedError` (R538). */
  poisoned?: 'accept' | undefined
}

/** In the turn of a guard: the lock was poisoned when it was taken; a `Condvar` has given it back, and takes it again. */
const POISONED = 1
const WAITS = 2
/** From one turn to the next. */
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
    return tryLock(this.words, this.at, this.me)
      ? new MutexGuard(this, false)
      : this.accepted(Mutex.takeOver(this), options)
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
    if (!taken) throw Mutex.late(this, Math.round(performance.now() - since))
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
    const refusal = guard === undefined ? undefined : Mutex.refusal(this, guard, options)
    if (refusal === undefined) return guard
    guard!.dispose()
    throw refusal
  }

  /** @internal */
  static async wait(mutex: Mutex<unknown>, taken: () => void): Promise<void> {
    const words = mutex.ready()
    const lane = arena().host ? HOST_LANE : WORKER_LANE
    const share = mutex.yields()
    if (share !== undefined) share.wasYielded(await letOthersFirstAsync(words, mutex.at, lane, share.until))
    return lockAsync(words, mutex.at, mutex.me, lane, () => {
      mutex.share?.begins()
      taken()
    })
  }

  /** @internal */
  static takeOver<T>(mutex: Mutex<T>): MutexGuard<T> | undefined {
    const words = mutex.ready()
    if (!takeOver(words, mutex.at, mutex.me)) return undefined
    return new MutexGuard(mutex, isPoisoned(words, mutex.at))
  }

  /** @internal */
  static refusal(
    mutex: Mutex<unknown>,
    guard: MutexGuard<unknown>,
    options: PoisonOptions | undefined,
  ): Error | undefined {
    if (!guard.poisoned || options?.poisoned === 'accept') return undefined
    return poisoned(describeShared(mutex), describeAgent(victimOf(mutex.words, mutex.at)))
  }

  /** @internal */
  static late(mutex: Mutex<unknown>, waited: number): Error {
    const owner = ownerOf(mutex.words, mutex.at)
    const holder = owner === 0 ? 'which is free now' : `which ${describeAgent(owner)} holds`
    return timedOut(describeShared(mutex), waited, holder)
  }

  /** @internal */
  static place(mutex: Mutex<unknown>): number {
    return mutex.at
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
  static poisonedNow(mutex: Mutex<unknown>): boolean {
    return isPoisoned(mutex.words, mutex.at)
  }

  /** @internal */
  static dataOf<T>(mutex: Mutex<T>): T {
    return mutex.data
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
    return Mutex.dataOf(this.held())
  }

  /**
   * Whether a thread ended while it held the lock, and nobody has called `clearPoison` since. True only for a guard that was asked for with `{ poisoned: 'accept' }`.
   *
   * @throws R530 after the guard was released, R581 while `Condvar.wait` waits with it.
   */
  get poisoned(): boolean {
    const mutex = this.held()
    return (this.turn & POISONED) !== 0 && Mutex.poisonedNow(mutex)
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
class MutexSource implements Source<MutexGuard<unknown>, PoisonOptions | undefined> {
  private readonly mutex: Mutex<unknown>

  constructor(mutex: Mutex<unknown>) {
    this.mutex = mutex
  }

  get at(): number {
    return Mutex.place(this.mutex)
  }

  get takes(): string {
    return describeShared(this.mutex)
  }

  take(grant: (guard: MutexGuard<unknown>) => void): Promise<void> {
    return Mutex.wait(this.mutex, () => grant(new MutexGuard(this.mutex, Mutex.poisonedNow(this.mutex))))
  }

  tryTake(): MutexGuard<unknown> | undefined {
    return Mutex.takeOver(this.mutex)
  }

  giveBack(guard: MutexGuard<unknown>): void {
    guard.dispose()
  }

  refusal(guard: MutexGuard<unknown>, options: PoisonOptions | undefined): Error | undefined {
    return Mutex.refusal(this.mutex, guard, options)
  }

  late(waited: number): Error {
    return Mutex.late(this.mutex, waited)
  }
}
