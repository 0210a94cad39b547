import { DISPOSE } from '../dispose-symbols.ts'
import { arena } from '../memory/arena.ts'
import { reentrant } from './lock-errors.ts'
import type { SharedData, SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, registerKind } from '../memory/shared-kind.ts'
import { whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import { recordAt } from './roster.ts'
import {
  RECORDS,
  RWLOCK_WORDS,
  clearPoison,
  isPoisoned,
  join,
  readBlocking,
  allReaders,
  readersOf,
  tryRead,
  tryWrite,
  wantWrite,
  whoWrites,
  writeBlocking,
} from './rwlock-algorithm.ts'
import { ReadGuard, WriteGuard } from './rwlock-guards.ts'
import type { LockOptions, Place } from './rwlock-rooms.ts'
import { ReadRoom, WriteRoom, lateFor, poisonOf } from './rwlock-rooms.ts'
import { registerSharedTravel } from './travel.ts'
import { describeAgent } from './describe-agent.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** How to take a lock while the thread is blocked. */
export interface BlockingLockOptions extends BlockingOptions {
  /** Take the lock also when a thread has died in it. Without this, it is an error (R538). */
  poisoned?: 'accept' | undefined
}

/** What a lock has in a thread once it has been used there. */
interface Inside<T> {
  readonly place: Place
  readonly reading: ReadRoom<ReadGuard<T>>
  readonly writing: WriteRoom<WriteGuard<T>>
}

/**
 * A lock that many may read under at the same time, or one may write under. It can carry the data that it protects.
 *
 * Written at the top level of a module it is the same lock in every thread that uses it. Made anywhere else it can be captured by a closure. The data of a lock that
 * threads share must be shared memory itself: a `SharedArrayBuffer`, or a typed array or `DataView` over one.
 *
 * ```ts
 * const rates = new RwLock(new Float64Array(new SharedArrayBuffer(800)))
 *
 * await spawn(async () => {
 *   using guard = await rates.read()
 *   return guard.value[3]
 * })
 * ```
 *
 * Nobody starves. While a writer waits, no new reader comes in; a reader that waits is let in when one writer has left, whoever else wants to write; writers take turns
 * in the order in which their threads asked. The price: a thread that is let in and is too busy to go on keeps the next writer waiting.
 *
 * A thread that ends gives back what it held. One that ended while it wrote leaves the lock poisoned: see `clearPoison`.
 *
 * Reading again while this thread reads waits when a writer does, and never returns if the first guard is held meanwhile. So does writing while reading.
 */
export class RwLock<T = undefined> {
  private at: number = UNPLACED
  private data: T
  private inside: Inside<T> | undefined

  /**
   * Makes a lock that many threads have to read, or one to write. `using` gives it back.
   *
   * ```ts
   * using guard = await lock.read()   // or write(); guard.value is what it protects
   * ```
   *
   * @param value The data that the lock protects; reachable through the guards.
   */
  constructor(value?: T) {
    this.data = value as T
  }

  /**
   * Waits until it can read, without blocking the thread.
   *
   * @throws R537 (rejects) at the timeout, the signal's reason when it fires, R538 when the lock is poisoned, E314 where there is no shared memory.
   */
  read(options?: LockOptions): Promise<ReadGuard<T>> {
    try {
      const { place, reading } = this.ready()
      deadlineOf(options)
      // Who comes while others of this thread wait comes in with them.
      if (reading.empty && options?.signal?.aborted !== true && tryRead(place.words, place.at, place.record))
        return Promise.resolve(this.checked(new ReadGuard<T>(place, this.data), options))
      return reading.wait(options)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Comes in as a reader if no writer has the lock or waits for it, else returns undefined.
   *
   * @throws R538 when the lock is poisoned, E314 where there is no shared memory.
   */
  tryRead(options?: Pick<LockOptions, 'poisoned'>): ReadGuard<T> | undefined {
    const { place, reading } = this.ready()
    if (!reading.empty || !tryRead(place.words, place.at, place.record)) return undefined
    return this.checked(new ReadGuard<T>(place, this.data), options)
  }

  /**
   * Waits until it can read and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R531 when this thread writes, R537 at the timeout, R538 when the lock is poisoned, E314 where there is no shared memory.
   */
  blockingRead(options?: BlockingLockOptions): ReadGuard<T> {
    assertMayBlock('blockingRead', 'await read()')
    deadlineOf(options)
    const { place, reading } = this.ready()
    const { words, at, record } = place
    if (!tryRead(words, at, record)) {
      if (whoWrites(words, at) === place.me >>> 4) throw reentrant('blockingRead')
      blocking(place, options, (deadline) => readBlocking(words, at, record, deadline))
      reading.follow()
    }
    return this.checked(new ReadGuard<T>(place, this.data), options)
  }

  /**
   * Waits until it can write, without blocking the thread.
   *
   * @throws R537 (rejects) at the timeout, the signal's reason when it fires, R538 when the lock is poisoned, E314 where there is no shared memory.
   */
  write(options?: LockOptions): Promise<WriteGuard<T>> {
    try {
      const { place, writing } = this.ready()
      deadlineOf(options)
      if (writing.empty && options?.signal?.aborted !== true && tryWrite(place.words, place.at, place.record, place.me))
        return Promise.resolve(this.checked(new WriteGuard<T>(place, this.data), options))
      return writing.wait(options)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Comes in as a writer if nobody is inside and nobody waits, else returns undefined.
   *
   * @throws R538 when the lock is poisoned, E314 where there is no shared memory.
   */
  tryWrite(options?: Pick<LockOptions, 'poisoned'>): WriteGuard<T> | undefined {
    const { place } = this.ready()
    if (!tryWrite(place.words, place.at, place.record, place.me)) return undefined
    return this.checked(new WriteGuard<T>(place, this.data), options)
  }

  /**
   * Waits until it can write and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R531 when this thread reads or writes, R537 at the timeout, R538 when the lock is poisoned, E314 where there is no
   * shared memory.
   */
  blockingWrite(options?: BlockingLockOptions): WriteGuard<T> {
    assertMayBlock('blockingWrite', 'await write()')
    deadlineOf(options)
    const { place, writing } = this.ready()
    const { words, at, record, me } = place
    if (!tryWrite(words, at, record, me)) {
      if (whoWrites(words, at) === me >>> 4 || readersOf(words, record) > 0) throw reentrant('blockingWrite')
      wantWrite(words, at, record)
      try {
        blocking(place, options, (deadline) => writeBlocking(words, at, record, me, deadline))
      } finally {
        writing.again()
      }
    }
    return this.checked(new WriteGuard<T>(place, this.data), options)
  }

  /**
   * Whether a thread has ended while it wrote, so that the data may be half changed.
   *
   * @throws E314 where there is no shared memory.
   */
  get isPoisoned(): boolean {
    const { words, at } = this.ready().place
    return isPoisoned(words, at)
  }

  /**
   * Says that the data is right again after a thread has died in the lock. Best called by who holds it: `using guard = await lock.write({ poisoned: 'accept' })`.
   *
   * @throws E314 where there is no shared memory.
   */
  clearPoison(): void {
    const { words, at } = this.ready().place
    clearPoison(words, at)
  }

  get [Symbol.toStringTag](): string {
    return 'RwLock'
  }

  private checked<G extends Disposable>(guard: G, options: Pick<LockOptions, 'poisoned'> | undefined): G {
    const problem = poisonOf(this.ready().place, options?.poisoned === 'accept')
    if (problem === undefined) return guard
    guard[DISPOSE]()
    throw problem
  }

  /** What this lock has in this thread, given to it now if it has nothing yet. */
  private ready(): Inside<T> {
    if (this.inside !== undefined) return this.inside
    if (this.at === UNPLACED) this.at = wordsFor(this, RWLOCK_WORDS)
    const { words, agent } = arena()
    const place = { words, at: this.at, record: recordAt(this.at, RECORDS, join), me: agent << 4, lock: this }
    this.inside = {
      place,
      reading: new ReadRoom(place, () => new ReadGuard<T>(place, this.data)),
      writing: new WriteRoom(place, () => new WriteGuard<T>(place, this.data)),
    }
    return this.inside
  }

  /** @internal */
  static readonly sharedKind: SharedKind<RwLock<unknown>> = registerKind<RwLock<unknown>>({
    number: 4,
    revive(at, data) {
      const lock = new RwLock<unknown>(data)
      lock.at = at
      return lock
    },
    placeOf: (lock) => lock.at,
    dataOf: (lock) => lock.data,
    place(lock, data: SharedData) {
      lock.ready()
      lock.data = data
      return lock.at
    },
  })

  static {
    registerSharedTravel('rwlock', RwLock.sharedKind)
    inspectable(this.prototype, ({ at }: RwLock<unknown>) => {
      if (at === UNPLACED) return 'free'
      const { words } = arena()
      const readers = allReaders(words, at)
      const writer = whoWrites(words, at)
      if (readers > 0) return `read by ${readers}`
      return writer === 0 ? 'free' : `written by ${describeAgent(writer)}`
    })
  }
}

/** Blocks the thread until `wait` is true, which is false when the deadline has passed. */
function blocking(place: Place, options: BlockingOptions | undefined, wait: (deadline: number) => boolean): void {
  const since = performance.now()
  const deadline = deadlineOf(options)
  const inside = whileBlocked(place.at, deadline, () => wait(deadline))
  if (!inside) throw lateFor(place, Math.round(performance.now() - since))
}
