import { allocateWords, arena } from '../arena.ts'
import type { SharedData, SharedKind } from '../shared-kind.ts'
import { UNPLACED, registerKind } from '../shared-kind.ts'
import { lostLock, reentrant, released } from '../lock-errors.ts'
import { assertMayBlock } from './blocking.ts'
import { HOST_LANE, MUTEX_WORDS, WORKER_LANE, lockAsync, lockBlocking, tryLock, unlock } from './mutex-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import type { Retried } from './wait.ts'
import { keepAlive, letGo } from './wait.ts'

type Grant<T> = (guard: MutexGuard<T>) => void

/** No words yet, and none needed to make a mutex: the first operation gets them. */
const NO_WORDS = new Int32Array(0)

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
 *   using guard = await hits.lock()
 *   guard.value[0]++
 * })
 * ```
 *
 * A lock belongs to the thread of the engine that took it, and only its guard gives it back. Taking it again before that waits, also in the same task: a second
 * `lock()` that is awaited while the first guard is held never returns.
 */
export class Mutex<T = undefined> {
  private words: Int32Array = NO_WORDS
  private at: number = UNPLACED
  private me = 0
  private data: T
  private readonly queue: MutexQueue<T> = new MutexQueue<T>(this)

  /** @param value The data that the lock protects; reachable through the guard. */
  constructor(value?: T) {
    this.data = value as T
  }

  /**
   * Waits for the lock without blocking the thread.
   *
   * @throws E314 (rejects) where there is no shared memory.
   */
  lock(): Promise<MutexGuard<T>> {
    try {
      // Who comes while others of this thread wait goes behind them: a loop of `lock` and `unlock` would otherwise never let them in.
      if (this.queue.empty && tryLock(this.ready(), this.at, this.me)) return Promise.resolve(new MutexGuard(this))
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve) => this.queue.push(resolve))
  }

  /**
   * Takes the lock if it is free, else returns undefined.
   *
   * @throws E314 where there is no shared memory.
   */
  tryLock(): MutexGuard<T> | undefined {
    return tryLock(this.ready(), this.at, this.me) ? new MutexGuard(this) : undefined
  }

  /**
   * Waits for the lock and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R531 when this thread holds the lock, E314 where there is no shared memory.
   */
  blockingLock(): MutexGuard<T> {
    assertMayBlock('blockingLock', 'await lock()')
    const words = this.ready()
    if (!tryLock(words, this.at, this.me)) {
      if (Atomics.load(words, this.at) >> 3 === this.me >> 3) throw reentrant()
      lockBlocking(words, this.at, this.me)
    }
    return new MutexGuard(this)
  }

  get [Symbol.toStringTag](): string {
    return 'Mutex'
  }

  /** Words of this lock, given to it now if it has none. */
  private ready(): Int32Array {
    if (this.at === UNPLACED) this.settle(allocateWords(MUTEX_WORDS))
    return this.words
  }

  private settle(at: number): void {
    const { words, agent } = arena()
    this.words = words
    this.me = agent << 3
    this.at = at
  }

  /** @internal */
  static wait(mutex: Mutex<unknown>): Promise<void> {
    const words = mutex.ready()
    return lockAsync(words, mutex.at, mutex.me, arena().host ? HOST_LANE : WORKER_LANE)
  }

  /** @internal */
  static free(mutex: Mutex<unknown>): boolean {
    return unlock(mutex.words, mutex.at, mutex.me)
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
    placeOf: (mutex) => mutex.at,
    dataOf: (mutex) => mutex.data,
    place(mutex, data: SharedData) {
      mutex.ready()
      mutex.data = data
      return mutex.at
    },
  })

  static {
    registerSharedTravel('mutex', Mutex.sharedKind)
  }
}

/**
 * The right to use what a mutex protects, until it is given back: by `using`, `unlock()` or `dispose()`. It belongs to the thread that got it.
 */
export class MutexGuard<T> {
  private mutex: Mutex<T> | undefined

  /** @internal */
  constructor(mutex: Mutex<T>) {
    this.mutex = mutex
  }

  /**
   * The data of the mutex.
   *
   * @throws R530 after the guard was released.
   */
  get value(): T {
    if (this.mutex === undefined) throw released('guard')
    return Mutex.dataOf(this.mutex)
  }

  /**
   * Gives the lock back.
   *
   * @throws R530 when that was done before: then the second caller may believe that it holds a lock that it does not hold.
   */
  unlock(): void {
    if (this.mutex === undefined) throw released('guard')
    this.dispose()
  }

  /** Gives the lock back. Does nothing when that was done before. */
  dispose(): void {
    const { mutex } = this
    if (mutex === undefined) return
    this.mutex = undefined
    if (!Mutex.free(mutex as Mutex<unknown>)) throw lostLock()
  }

  /** Gives the lock back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

/**
 * Those in this thread who await one mutex, first-in first-out. However many they are, one native wait stands for all: nothing native needs cancelling when one of
 * them goes away, and a wake-up that finds nobody left takes the lock and frees it again, which wakes the next thread.
 */
class MutexQueue<T> implements Retried {
  private readonly mutex: Mutex<T>
  private readonly waiting: Grant<T>[] = []
  private waits = false

  constructor(mutex: Mutex<T>) {
    this.mutex = mutex
  }

  get empty(): boolean {
    return this.waiting.length === 0
  }

  push(grant: Grant<T>): void {
    if (this.waiting.push(grant) === 1) keepAlive(this)
    if (!this.waits) void this.serve()
  }

  retry(): void {
    const guard = this.mutex.tryLock()
    if (guard !== undefined) this.grant(guard)
  }

  private async serve(): Promise<void> {
    this.waits = true
    while (this.waiting.length > 0) {
      await Mutex.wait(this.mutex as Mutex<unknown>)
      this.grant(new MutexGuard(this.mutex))
    }
    this.waits = false
  }

  private grant(guard: MutexGuard<T>): void {
    const grant = this.waiting.shift()
    if (grant === undefined) return guard.dispose()
    if (this.waiting.length === 0) letGo(this)
    grant(guard)
  }
}
