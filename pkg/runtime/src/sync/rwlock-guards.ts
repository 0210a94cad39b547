import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { lostLock, released } from './lock-errors.ts'
import { describeShared } from '../memory/shared-kind.ts'
import type { HeldToken } from './held.ts'
import { SHARED_HOLD, WRITE_HOLD, noteFreed, noteHeld } from './held.ts'
import { heldOrReleased, inspectable } from './inspect.ts'
import { downgrade, forfeitWrite, unlockRead, unlockWrite } from './rwlock-algorithm.ts'
import type { Place } from './rwlock-rooms.ts'

/** What the two guards have in common. */
abstract class Guard<T> implements HeldToken {
  private place: Place | undefined
  private readonly data: T

  /** @internal */
  constructor(place: Place, data: T) {
    this.place = place
    this.data = data
    noteHeld(this)
  }

  /**
   * The data of the lock.
   *
   * @throws R530 after the guard was released.
   */
  get value(): T {
    if (this.place === undefined) throw released('guard')
    return this.data
  }

  /**
   * Gives the lock back. Never blocks.
   *
   * @throws R530 when that was done before: then the second caller may believe that it holds a lock that it does not hold.
   */
  unlock(): void {
    if (this.place === undefined) throw released('guard')
    this.dispose()
  }

  /** Gives the lock back. Does nothing when that was done before. */
  dispose(): void {
    const place = this.release()
    if (place !== undefined) this.free(place)
  }

  static {
    nameDisposal(this.prototype, DISPOSE)
  }

  /** Gives the lock back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** @internal */
  static held(guard: Guard<unknown>): string {
    return heldOrReleased(guard.place)
  }

  /** @internal */
  get heldName(): string {
    return this.place === undefined ? '' : describeShared(this.place.lock)
  }

  /** @internal */
  get heldAt(): number {
    return this.place?.at ?? 0
  }

  /** @internal */
  abstract readonly owned: number

  /** @internal */
  forfeit(): void {
    const place = this.release()
    if (place !== undefined) this.lose(place)
  }

  /** @internal From now on this guard holds nothing. */
  protected release(): Place | undefined {
    const { place } = this
    if (place !== undefined) noteFreed(this)
    this.place = undefined
    return place
  }

  protected abstract free(place: Place): void
  protected abstract lose(place: Place): void

  /** @internal */
  protected get contents(): T {
    return this.data
  }
}

/** The right to read what a lock protects, until it is given back: by `using`, `unlock()` or `dispose()`. It belongs to the thread that got it. */
export class ReadGuard<T> extends Guard<T> {
  static {
    inspectable(this.prototype, Guard.held, 'ReadGuard')
  }

  /** @internal */
  override get owned(): number {
    return SHARED_HOLD
  }

  protected free({ words, at, record }: Place): void {
    unlockRead(words, at, record)
  }

  protected lose(place: Place): void {
    this.free(place)
  }
}

/** The right to change what a lock protects, until it is given back: by `using`, `unlock()` or `dispose()`. It belongs to the thread that got it. */
export class WriteGuard<T> extends Guard<T> {
  static {
    inspectable(this.prototype, Guard.held, 'WriteGuard')
  }

  /** @internal */
  override get owned(): number {
    return WRITE_HOLD
  }

  /**
   * Gives up the right to change the data and goes on reading it. No other writer comes between.
   *
   * @throws R530 after the guard was released.
   */
  downgrade(): ReadGuard<T> {
    const place = this.release()
    if (place === undefined) throw released('guard')
    if (!downgrade(place.words, place.at, place.record, place.me)) throw lostLock()
    return new ReadGuard<T>(place, this.contents)
  }

  protected free({ words, at, me }: Place): void {
    if (!unlockWrite(words, at, me)) throw lostLock()
  }

  protected lose({ words, at, me }: Place): void {
    forfeitWrite(words, at, me)
  }
}
