import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { arena } from '../memory/arena.ts'
import { tooOftenDone } from './group-errors.ts'
import { badCount, released } from './lock-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { timedOut } from './wait-errors.ts'
import { whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import type { HeldToken } from './held.ts'
import { SHARED_HOLD, noteFreed, noteHeld } from './held.ts'
import { wordsFor } from './dynamic-words.ts'
import { recordAt } from './roster.ts'
import { registerSharedTravel } from './travel.ts'
import {
  MAX_COUNT,
  RECORDS,
  WAIT_GROUP_WORDS,
  add,
  begin,
  done,
  emptyBlocking,
  emptyOrWoken,
  endSleep,
  addMember,
  removeMember,
  join,
  size,
  wasEmpty,
} from './wait-group-algorithm.ts'
import { Waiter } from './waiter.ts'
import type { WaitingRoom } from './waiter.ts'
import { heldOrReleased, inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** Where a group lies once it has been used in this thread. */
interface Place {
  readonly words: Int32Array
  readonly at: number
  /** The group, for messages. */
  readonly group: WaitGroup
}

/**
 * A count of work that is under way, and a way to wait until none is left. It can be used again and again.
 *
 * Written at the top level of a module it is the same group in every thread that uses it. Made anywhere else it can be captured by a closure.
 *
 * ```ts
 * const pages = new WaitGroup()
 *
 * for (const url of urls) {
 *   pages.add()
 *   spawn(async () => {
 *     try { await fetchPage(url) } finally { pages.done() }
 *   })
 * }
 * await pages.wait()
 * ```
 *
 * What `add` counts belongs to nobody: when the thread that should call `done` ends, nobody does. A member (`enter`) belongs to its thread, and does not count any more
 * when that has ended.
 */
export class WaitGroup {
  private at: number = UNPLACED
  private place: Place | undefined
  private readonly room: GroupRoom = new GroupRoom(this)

  /**
   * Adds `count`.
   *
   * @throws R533 when `count` is not a whole number from 1 to 1,073,741,823, or the sum would be larger, E314 where there is no shared memory.
   */
  add(count = 1): void {
    const { words, at } = this.ready()
    checkCount(count)
    if (!add(words, at, count)) throw badCount('the count of a wait group', size(words, at) + count, 0, MAX_COUNT)
  }

  /**
   * Takes `count` away. Never blocks, so it can be called anywhere.
   *
   * @throws R588 when less was added, R533 when `count` is not a whole number from 1 on, E314 where there is no shared memory.
   */
  done(count = 1): void {
    const { words, at } = this.ready()
    checkCount(count)
    if (!done(words, at, count)) throw tooOftenDone(describeShared(this), count)
  }

  /**
   * Adds a member: what counts until it is released, by `using`, `release()` or `dispose()`, or until this thread ends.
   *
   * @throws E314 where there is no shared memory.
   */
  enter(): WaitGroupMember {
    const place = this.ready()
    return new WaitGroupMember(place, recordAt(place.at, RECORDS, join))
  }

  /**
   * Waits until nothing is left, without blocking the thread. Goes on at once when that is so, and when it was so for a moment after the call.
   *
   * @throws R537 (rejects) at the timeout, the signal's reason when it fires, E314 where there is no shared memory.
   */
  wait(options?: WaitOptions): Promise<void> {
    try {
      return this.room.wait(options)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Waits until nothing is left and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R537 at the timeout, E314 where there is no shared memory.
   */
  blockingWait(options?: BlockingOptions): void {
    assertMayBlock('blockingWait', 'await wait()')
    const { words, at } = this.ready()
    const since = performance.now()
    const deadline = deadlineOf(options)
    const isEmpty = whileBlocked(at, deadline, () => emptyBlocking(words, at, begin(words, at), deadline))
    if (!isEmpty) throw this.late(performance.now() - since)
  }

  /**
   * Whether nothing is left.
   *
   * @throws E314 where there is no shared memory.
   */
  tryWait(): boolean {
    const { words, at } = this.ready()
    const now = begin(words, at)
    return wasEmpty(words, at, now, now)
  }

  /**
   * How much is left.
   *
   * @throws E314 where there is no shared memory.
   */
  get count(): number {
    const { words, at } = this.ready()
    return size(words, at)
  }

  get [Symbol.toStringTag](): string {
    return 'WaitGroup'
  }

  /** @internal */
  late(waited: number): Error {
    return timedOut(describeShared(this), Math.round(waited), `where ${this.count} of what was added was left`)
  }

  /** @internal */
  ready(): Place {
    if (this.place !== undefined) return this.place
    const { words } = arena()
    if (this.at === UNPLACED) this.at = wordsFor(this, WAIT_GROUP_WORDS)
    return (this.place = { words, at: this.at, group: this })
  }

  /** @internal */
  static readonly sharedKind: SharedKind<WaitGroup> = registerKind<WaitGroup>({
    number: 8,
    revive(at) {
      const group = new WaitGroup()
      group.at = at
      return group
    },
    placeOf: (group) => group.at,
    dataOf: () => undefined,
    place: (group) => group.ready().at,
  })

  static {
    registerSharedTravel('wait-group', WaitGroup.sharedKind)
    inspectable(this.prototype, ({ at }: WaitGroup) => `${at === UNPLACED ? 0 : size(arena().words, at)} left`)
  }
}

/** Something that a `WaitGroup` waits for, until it is released: by `using`, `release()` or `dispose()`. It belongs to the thread that entered. */
export class WaitGroupMember implements HeldToken {
  private place: Place | undefined
  private readonly record: number

  /** @internal */
  constructor(place: Place, record: number) {
    this.place = place
    this.record = record
    addMember(place.words, place.at, record)
    noteHeld(this)
  }

  /**
   * Leaves the group. Never blocks.
   *
   * @throws R530 when that was done before.
   */
  release(): void {
    if (this.place === undefined) throw released('member')
    this.dispose()
  }

  /** Leaves the group. Does nothing when that was done before. */
  dispose(): void {
    const { place } = this
    if (place === undefined) return
    this.place = undefined
    noteFreed(this)
    removeMember(place.words, place.at, this.record)
  }

  static {
    nameDisposal(this.prototype, DISPOSE)
    inspectable(this.prototype, (member: WaitGroupMember) => heldOrReleased(member.place), 'WaitGroupMember')
  }

  /** Leaves the group; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** @internal */
  get heldName(): string {
    return this.place === undefined ? '' : `a member of ${describeShared(this.place.group)}`
  }

  /** @internal */
  get heldAt(): number {
    return this.place?.at ?? 0
  }

  /** @internal */
  get owned(): number {
    return SHARED_HOLD
  }

  /** @internal */
  forfeit(): void {
    this.dispose()
  }
}

/** Those in this thread who wait for one group, and what its words said when each came. One sleep of the engine stands for all. */
class GroupRoom implements WaitingRoom<void> {
  private readonly group: WaitGroup
  private readonly waiting: Map<Waiter<void>, number> = new Map()
  private serves = false

  constructor(group: WaitGroup) {
    this.group = group
  }

  get at(): number {
    return this.group.ready().at
  }

  wait(options: WaitOptions | undefined): Promise<void> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    if (this.group.tryWait()) return Promise.resolve()
    if (options?.timeout === 0) return Promise.reject(this.group.late(0))
    const { words, at } = this.group.ready()
    const begun = begin(words, at)
    const waiter = new Waiter<void>(this, options)
    this.waiting.set(waiter, begun)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  left(waiter: Waiter<void>): void {
    this.waiting.delete(waiter)
    const { words, at } = this.group.ready()
    if (this.waiting.size === 0) endSleep(words, at)
  }

  late(waited: number): Error {
    return this.group.late(waited)
  }

  /** Lets those go on for whom the group was empty. */
  retry(): void {
    const { words, at } = this.group.ready()
    for (const [waiter, begun] of this.waiting) {
      if (!wasEmpty(words, at, begun, begin(words, at))) continue
      this.waiting.delete(waiter)
      waiter.resolve()
    }
  }

  private async serve(): Promise<void> {
    const { words, at } = this.group.ready()
    this.serves = true
    while (this.waiting.size > 0) {
      // For whoever came first; those who came later look as well.
      const [begun] = this.waiting.values()
      if (await emptyOrWoken(words, at, begun!)) this.retry()
    }
    this.serves = false
  }
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT)
    throw badCount('the number for a wait group', count, 1, MAX_COUNT)
}
