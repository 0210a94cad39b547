import { allocateWords, arena } from '../arena.ts'
import { LINE_WORDS } from '../layout.ts'
import type { SharedKind } from '../shared-kind.ts'
import { UNPLACED, registerKind } from '../shared-kind.ts'
import { badCount, released, tooManyPermits } from '../lock-errors.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import {
  MAX_PERMITS,
  NODE_WORDS,
  SEMAPHORE_WORDS,
  acquireAsync,
  acquireBlocking,
  release,
  tryAcquire,
} from './semaphore-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import type { Retried } from './wait.ts'
import { keepAlive, letGo } from './wait.ts'

const NO_WORDS = new Int32Array(0)

/** Nodes of waiters that this thread has used and may use again. */
const freeNodes: number[] = []

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
 */
export class Semaphore {
  private words: Int32Array = NO_WORDS
  private at: number = UNPLACED
  private readonly permits: number
  private readonly waiting: Retried = { retry() {} }
  private waiters = 0

  /**
   * @param permits How many permits are free at first, from 0 to 1,073,741,823.
   * @throws R533 for another number.
   */
  constructor(permits: number) {
    this.permits = checkCount('the number of permits of a semaphore', permits, 0)
  }

  /**
   * Waits for `count` permits without blocking the thread.
   *
   * @throws R533 (rejects) when `count` is not a whole number from 1 on, E314 (rejects) where there is no shared memory.
   */
  acquire(count = 1): Promise<Permit> {
    try {
      if (this.take(count)) return Promise.resolve(new Permit(this, count))
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return this.wait(count)
  }

  /**
   * Takes `count` permits if they are free and nobody waits, else returns undefined.
   *
   * @throws R533 when `count` is not a whole number from 1 on, E314 where there is no shared memory.
   */
  tryAcquire(count = 1): Permit | undefined {
    return this.take(count) ? new Permit(this, count) : undefined
  }

  /**
   * Waits for `count` permits and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R533 when `count` is not a whole number from 1 on, E314 where there is no shared memory.
   */
  blockingAcquire(count = 1): Permit {
    assertMayBlock('blockingAcquire', 'await acquire()')
    if (!this.take(count)) {
      const node = takeNode()
      acquireBlocking(this.words, this.at, node, count)
      freeNodes.push(node)
    }
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
    if (!release(this.ready(), this.at, count)) throw tooManyPermits(MAX_PERMITS)
  }

  get [Symbol.toStringTag](): string {
    return 'Semaphore'
  }

  private take(count: number): boolean {
    checkCount('the number of permits', count, 1)
    return tryAcquire(this.ready(), this.at, count)
  }

  private async wait(count: number): Promise<Permit> {
    const node = takeNode()
    if (this.waiters++ === 0) keepAlive(this.waiting)
    await acquireAsync(this.words, this.at, node, count)
    if (--this.waiters === 0) letGo(this.waiting)
    freeNodes.push(node)
    return new Permit(this, count)
  }

  /** Words of this semaphore, given to it now if it has none. */
  private ready(): Int32Array {
    if (this.at === UNPLACED) {
      this.settle(wordsFor(this, SEMAPHORE_WORDS))
      release(this.words, this.at, this.permits)
    }
    return this.words
  }

  private settle(at: number): void {
    this.words = arena().words
    this.at = at
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

  /** Gives the permits back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

function checkCount(what: string, value: number, min: number): number {
  if (Number.isInteger(value) && value >= min && value <= MAX_PERMITS) return value
  throw badCount(what, value, min, MAX_PERMITS)
}

/** A node for one wait. Taken from the arena a line at a time; a node stays with its thread. */
function takeNode(): number {
  const used = freeNodes.pop()
  if (used !== undefined) return used
  const line = allocateWords(LINE_WORDS)
  for (let node = line + NODE_WORDS; node < line + LINE_WORDS; node += NODE_WORDS) freeNodes.push(node)
  return line
}
