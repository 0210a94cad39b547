import { arena } from '../memory/arena.ts'
import { badCount } from './lock-errors.ts'
import { brokenBarrier } from './group-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { timedOut } from './wait-errors.ts'
import { whileBlocked } from './agent-notes.ts'
import {
  BARRIER_WORDS,
  BROKE,
  GAVE_UP,
  LED,
  MAX_PARTIES,
  MET,
  RECORDS,
  AGAIN,
  WAITING,
  arrive,
  arrivedAt,
  fateNow,
  giveUp,
  isBroken,
  join,
  leave,
  meetAsync,
  meetBlocking,
  partiesOf,
  reset,
  setParties,
  tryArrive,
} from './barrier-algorithm.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import { recordAt } from './roster.ts'
import { registerSharedTravel } from './travel.ts'
import { Waiter } from './waiter.ts'
import type { WaitingRoom } from './waiter.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** What a party of a barrier gets when all have come. */
export interface BarrierResult {
  /** True for exactly one party, the last that came. */
  readonly isLeader: boolean
}

/** Where a barrier lies once it has been used in this thread. */
interface Place {
  readonly words: Int32Array
  readonly at: number
  readonly record: number
}

/**
 * A place where a fixed number of parties wait for each other. When all have come, all go on, and the barrier can be used again at once.
 *
 * Written at the top level of a module it is the same barrier in every thread that uses it. Made anywhere else it can be captured by a closure.
 *
 * ```ts
 * const stage = new Barrier(4)
 *
 * await parallelMap([0, 1, 2, 3], async (part) => {
 *   firstHalf(part)
 *   const { isLeader } = await stage.wait()
 *   if (isLeader) console.log('all four are half done')
 *   secondHalf(part)
 * })
 * ```
 *
 * A party that gives up (timeout, signal) or whose thread ends while it waits breaks the barrier: the others would wait for ever. All who wait then, and all who come
 * later, get a `BrokenBarrierError`, until somebody calls `reset()`. Parties are not known before they come: one whose thread ends before that is missing like any that is
 * late, and another may come in its place. Who must not wait for it for ever gives a timeout.
 */
export class Barrier {
  private at: number = UNPLACED
  private readonly count: number
  private place: Place | undefined
  private readonly room: BarrierRoom = new BarrierRoom(this)

  /**
   * Makes a place where threads wait for each other: `await barrier.wait()` goes on when all parties have come. Then it begins anew.
   *
   * @param parties How many wait for each other, from 1 to 4,095.
   * @throws R533 for another number.
   */
  constructor(parties: number) {
    if (!Number.isInteger(parties) || parties < 1 || parties > MAX_PARTIES)
      throw badCount('the number of parties of a barrier', parties, 1, MAX_PARTIES)
    this.count = parties
  }

  /**
   * Waits until all parties have come, without blocking the thread. A timeout, or a signal that fires meanwhile, breaks the barrier.
   *
   * @throws R585 (rejects) when the barrier is broken, R537 at the timeout, the signal's reason when it fires, E314 where there is no shared memory.
   */
  wait(options?: WaitOptions): Promise<BarrierResult> {
    try {
      return this.room.wait(options)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Goes on if this is the last party that is missing, else returns undefined and has not come.
   *
   * @throws R585 when the barrier is broken, E314 where there is no shared memory.
   */
  tryWait(): BarrierResult | undefined {
    const { words, at } = this.ready()
    const fate = tryArrive(words, at, partiesOf(words, at))
    this.room.settle()
    return fate === WAITING ? undefined : this.result(fate)
  }

  /**
   * Waits until all parties have come and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R585 when the barrier is broken, R537 at the timeout, E314 where there is no shared memory.
   */
  blockingWait(options?: BlockingOptions): BarrierResult {
    assertMayBlock('blockingWait', 'await wait()')
    const { words, at, record } = this.ready()
    const deadline = deadlineOf(options)
    const since = performance.now()
    let fate = this.room.arrive()
    if (fate === WAITING) fate = whileBlocked(at, deadline, () => meetBlocking(words, at, record, deadline))
    this.room.settle()
    if (fate === GAVE_UP) throw lateAt(this, performance.now() - since)
    return this.result(fate)
  }

  /**
   * Whether somebody has broken the barrier.
   *
   * @throws E314 where there is no shared memory.
   */
  get isBroken(): boolean {
    const { words, at } = this.ready()
    return isBroken(words, at)
  }

  /**
   * Makes a broken barrier usable again. Who waits meanwhile gets a `BrokenBarrierError`.
   *
   * @throws E314 where there is no shared memory.
   */
  reset(): void {
    const { words, at } = this.ready()
    reset(words, at)
    this.room.settle()
  }

  /** How many parties wait for each other. */
  get parties(): number {
    return this.at === UNPLACED ? this.count : partiesOf(arena().words, this.at)
  }

  get [Symbol.toStringTag](): string {
    return 'Barrier'
  }

  private result(fate: number): BarrierResult {
    if (fate === LED || fate === MET) return { isLeader: fate === LED }
    throw brokenBarrier(describeShared(this))
  }

  /** @internal */
  ready(): Place {
    if (this.place !== undefined) return this.place
    const { words } = arena()
    if (this.at === UNPLACED) {
      this.at = wordsFor(this, BARRIER_WORDS)
      setParties(words, this.at, this.count)
    }
    return (this.place = { words, at: this.at, record: recordAt(this.at, RECORDS, join) })
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Barrier> = registerKind<Barrier>({
    number: 6,
    revive(at) {
      const barrier = new Barrier(1)
      barrier.at = at
      return barrier
    },
    placeOf: (barrier) => barrier.at,
    dataOf: () => undefined,
    place: (barrier) => barrier.ready().at,
  })

  static {
    registerSharedTravel('barrier', Barrier.sharedKind)
    inspectable(this.prototype, ({ at, parties }: Barrier) => {
      if (at !== UNPLACED && isBroken(arena().words, at)) return 'broken'
      return `${at === UNPLACED ? 0 : arrivedAt(arena().words, at)} of ${parties} have come`
    })
  }
}

/** Those in this thread who wait at one barrier, all of one generation. One sleep of the engine stands for all. */
class BarrierRoom implements WaitingRoom<BarrierResult> {
  private readonly barrier: Barrier
  private readonly waiting: Set<Waiter<BarrierResult>> = new Set()
  private serves = false

  constructor(barrier: Barrier) {
    this.barrier = barrier
  }

  get at(): number {
    return this.barrier.ready().at
  }

  get empty(): boolean {
    return this.waiting.size === 0
  }

  wait(options: WaitOptions | undefined): Promise<BarrierResult> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    deadlineOf(options)
    const fate = this.arrive()
    if (fate === WAITING) {
      const waiter = new Waiter<BarrierResult>(this, options)
      this.waiting.add(waiter)
      if (options?.timeout === 0) waiter.expire()
      else if (!this.serves) void this.serve()
      return waiter.promise
    }
    this.settle()
    if (fate === LED) return Promise.resolve({ isLeader: true })
    return Promise.reject(brokenBarrier(describeShared(this.barrier)))
  }

  /** Comes to the barrier: LED, BROKE or WAITING. */
  arrive(): number {
    const { words, at, record } = this.barrier.ready()
    const parties = partiesOf(words, at)
    for (;;) {
      // Those of an earlier generation are told first: the record has room for one.
      this.settle()
      const fate = arrive(words, at, record, parties)
      if (fate !== AGAIN) return fate
    }
  }

  /** A party gives up, and so breaks the generation for all. */
  left(waiter: Waiter<BarrierResult>): void {
    const { words, at, record } = this.barrier.ready()
    const fate = giveUp(words, at, record)
    if (fate === GAVE_UP) this.waiting.delete(waiter)
    this.settle()
  }

  late(waited: number): Error {
    return lateAt(this.barrier, waited)
  }

  retry(): void {
    this.settle()
  }

  /** Tells those who wait what has become of their generation, if something has. */
  settle(): void {
    const { words, at, record } = this.barrier.ready()
    if (this.empty) return leave(words, record)
    const fate = fateNow(words, at, record)
    if (fate === WAITING) return
    const waiters = [...this.waiting]
    this.waiting.clear()
    leave(words, record)
    for (const waiter of waiters) {
      if (fate === BROKE) waiter.reject(brokenBarrier(describeShared(this.barrier)))
      else waiter.resolve({ isLeader: false })
    }
  }

  private async serve(): Promise<void> {
    const { words, at, record } = this.barrier.ready()
    this.serves = true
    while (!this.empty) {
      await meetAsync(words, at, record)
      this.settle()
    }
    this.serves = false
  }
}

function lateAt(barrier: Barrier, waited: number): Error {
  const { words, at } = barrier.ready()
  const holder = `where ${arrivedAt(words, at)} of ${partiesOf(words, at)} parties had come`
  return timedOut(describeShared(barrier), Math.round(waited), holder)
}
