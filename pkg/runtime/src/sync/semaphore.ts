import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { arena } from '../memory/arena.ts'
import { badCount, released, tooManyPermits } from './lock-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { timedOut } from './wait-errors.ts'
import { whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import { NodePool } from './node-pool.ts'
import {
  MAX_PERMITS,
  NODE_WORDS,
  SEMAPHORE_WORDS,
  acquireAsync,
  acquireBlocking,
  cancel,
  freePermits,
  isFree,
  release,
  serve,
  tryAcquire,
} from './semaphore-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import { heldOrReleased, inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'
import type { WaitingRoom } from './waiter.ts'
import { Waiter } from './waiter.ts'

const NO_WORDS = new Int32Array(0)

const nodes = new NodePool(NODE_WORDS, (node) => isFree(arena().words, node))

/**
 * A number of permits that threads share. Requests are served strictly in the order in which they came, also when a later one would fit.
 *
 * Written at the top level of a module it is the same semaphore in every thread that uses it. Made anywhere else it can be captured by a closure.
 *
 * ```ts
 * const downloads = new Semaphore(4)
 *
 * await spawn(async () => {
 *   using permit = await downloads.acquire()
 *   await fetch(url)
 * })
 * ```
 *
 * A semaphore counts and does not know whose permits are out. So the permits of a thread that was killed stay taken, as those of one that never gives them back; who is
 * told of its end can `release` them. What a thread waits for when it dies goes to those behind it.
 */
export class Semaphore {
  private words: Int32Array = NO_WORDS
  private at: number = UNPLACED
  private me = 0
  private readonly permits: number

  /**
   * Makes a semaphore: as many threads as it has permits may be at something at the same time.
   *
   * ```ts
   * using permit = await semaphore.acquire()
   * ```
   *
   * @param permits How many permits are free at first, from 0 to 1,073,741,823.
   * @throws R533 for another number.
   */
  constructor(permits: number) {
    this.permits = checkCount('the number of permits of a semaphore', permits, 0)
  }

  /**
   * Waits for `count` permits without blocking the thread.
   *
   * @throws (rejects) R533 when `count` is not a whole number from 1 on, the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is no
   * number from 0 on, E314 where there is no shared memory.
   */
  acquire(count = 1, options?: WaitOptions): Promise<Permit> {
    try {
      if (options !== undefined) {
        deadlineOf(options)
        if (options.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
      }
      if (this.take(count)) return Promise.resolve(new Permit(this, count))
      if (options?.timeout !== 0) return this.wait(count, options)
      const permit = this.tryAcquire(count)
      return permit === undefined ? Promise.reject(Semaphore.late(this, count, 0)) : Promise.resolve(permit)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Takes `count` permits if they are free and nobody waits, else returns undefined.
   *
   * @throws R533 when `count` is not a whole number from 1 on, E314 where there is no shared memory.
   */
  tryAcquire(count = 1): Permit | undefined {
    if (this.take(count)) return new Permit(this, count)
    if (freePermits(this.words, this.at) < count) return undefined
    // Somebody waits in front, who may be dead.
    serve(this.words, this.at, this.me)
    return this.take(count) ? new Permit(this, count) : undefined
  }

  /**
   * Waits for `count` permits and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R533 when `count` is not a whole number from 1 on, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is
   * no number from 0 on, E314 where there is no shared memory.
   */
  blockingAcquire(count = 1, options?: BlockingOptions): Permit {
    assertMayBlock('blockingAcquire', 'await acquire()')
    const deadline = deadlineOf(options)
    if (this.take(count)) return new Permit(this, count)
    const since = performance.now()
    const node = nodes.take()
    const acquire = (): boolean => acquireBlocking(this.words, this.at, node, count, this.me, deadline)
    const granted = whileBlocked(this.at, deadline, acquire)
    nodes.giveBack(node)
    if (!granted) throw Semaphore.late(this, count, Math.round(performance.now() - since))
    return new Permit(this, count)
  }

  /**
   * Adds `count` permits and serves who waits for them. Never blocks, so it can be called anywhere. Permits that were acquired are better given back through their
   * `Permit`, which does it once.
   *
   * @throws R533 when `count` is not a whole number from 1 on, R534 when the semaphore cannot count that many, E314 where there is no shared memory.
   */
  release(count = 1): void {
    checkCount('the number of permits', count, 1)
    if (!release(this.ready(), this.at, count, this.me)) throw tooManyPermits(MAX_PERMITS)
  }

  get [Symbol.toStringTag](): string {
    return 'Semaphore'
  }

  private take(count: number): boolean {
    checkCount('the number of permits', count, 1)
    return tryAcquire(this.ready(), this.at, count)
  }

  private wait(count: number, options: WaitOptions | undefined): Promise<Permit> {
    const acquisition = new Acquisition(this, this.words, this.at, this.me, count)
    return acquisition.start(options)
  }

  /** Words of this semaphore, given to it now if it has none. */
  private ready(): Int32Array {
    if (this.at === UNPLACED) {
      this.settle(wordsFor(this, SEMAPHORE_WORDS))
      release(this.words, this.at, this.permits, this.me)
    }
    return this.words
  }

  private settle(at: number): void {
    const { words, agent } = arena()
    this.words = words
    this.me = agent
    this.at = at
  }

  /** @internal */
  static late(semaphore: Semaphore, count: number, waited: number): Error {
    const free = freePermits(semaphore.words, semaphore.at)
    return timedOut(Semaphore.wanted(semaphore, count), waited, `which has ${free} free`)
  }

  /** @internal What somebody waits for, for messages. */
  static wanted(semaphore: Semaphore, count: number): string {
    return `${count} ${count === 1 ? 'permit' : 'permits'} of ${describeShared(semaphore)}`
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Semaphore> = registerKind<Semaphore>({
    number: 2,
    revive(at) {
      const semaphore = new Semaphore(0)
      if (at !== UNPLACED) semaphore.settle(at)
      return semaphore
    },
    placeOf: (semaphore) => semaphore.at,
    dataOf: () => undefined,
    place(semaphore) {
      semaphore.ready()
      return semaphore.at
    },
  })

  static {
    registerSharedTravel('semaphore', Semaphore.sharedKind)
    inspectable(
      this.prototype,
      ({ words, at, permits }: Semaphore) => `${at === UNPLACED ? permits : freePermits(words, at)} free`,
    )
  }
}

/** Permits taken from a semaphore, until they are given back: by `using`, `release()` or `dispose()`. */
export class Permit {
  private semaphore: Semaphore | undefined
  /** How many permits these are. */
  readonly count: number

  /** @internal */
  constructor(semaphore: Semaphore, count: number) {
    this.semaphore = semaphore
    this.count = count
  }

  /**
   * Gives the permits back.
   *
   * @throws R530 when that was done before.
   */
  release(): void {
    if (this.semaphore === undefined) throw released('permit')
    this.dispose()
  }

  /** Gives the permits back. Does nothing when that was done before. */
  dispose(): void {
    const { semaphore } = this
    this.semaphore = undefined
    semaphore?.release(this.count)
  }

  static {
    nameDisposal(this.prototype, DISPOSE)
    inspectable(this.prototype, ({ count, semaphore }: Permit) => `${count} ${heldOrReleased(semaphore)}`, 'Permit')
  }

  /** Gives the permits back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

function checkCount(what: string, value: number, min: number): number {
  if (Number.isInteger(value) && value >= min && value <= MAX_PERMITS) return value
  throw badCount(what, value, min, MAX_PERMITS)
}

/** One who waits for permits in this thread. Each has a node of its own, and a wait of the engine on it. */
class Acquisition implements WaitingRoom<Permit> {
  readonly at: number
  private readonly semaphore: Semaphore
  private readonly words: Int32Array
  private readonly me: number
  private readonly count: number
  private readonly node: number = nodes.take()
  private hasLeft = false

  constructor(semaphore: Semaphore, words: Int32Array, at: number, me: number, count: number) {
    this.semaphore = semaphore
    this.words = words
    this.at = at
    this.me = me
    this.count = count
  }

  start(options: WaitOptions | undefined): Promise<Permit> {
    const waiter = new Waiter<Permit>(this, options)
    void this.acquire(waiter)
    return waiter.promise
  }

  left(): void {
    this.hasLeft = true
    if (cancel(this.words, this.at, this.node, this.me)) return
    // Granted just now. It goes back in the same step: this thread may block or end before it hears of the grant.
    release(this.words, this.at, this.count, this.me)
  }

  late(waited: number): Error {
    return Semaphore.late(this.semaphore, this.count, waited)
  }

  get takes(): string {
    return Semaphore.wanted(this.semaphore, this.count)
  }

  /** Whoever is granted is woken, so there is nothing that a second look could find. */
  retry(): void {}

  private async acquire(waiter: Waiter<Permit>): Promise<void> {
    await acquireAsync(this.words, this.at, this.node, this.count, this.me)
    nodes.giveBack(this.node)
    if (!this.hasLeft) waiter.resolve(new Permit(this.semaphore, this.count))
  }
}
