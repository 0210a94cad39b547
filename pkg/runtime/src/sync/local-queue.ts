import { Waiter } from './waiter.ts'
import type { WaitingRoom } from './waiter.ts'
import type { WaitOptions } from './wait-options.ts'

/**
 * What those in one thread wait for, as a `LocalQueue` sees it. `T` is what each of them gets, a guard for instance; `N` is what the queue keeps of a waiter.
 */
export interface Source<T extends object, N> {
  /** Where the words of the primitive lie. */
  readonly at: number
  /**
   * Waits for what the next waiter gets, as the algorithm of the primitive does. It takes it for this thread, whoever is waiting here by then, and calls `grant` in the
   * same step. Never rejects.
   */
  take(grant: (taken: T) => void): Promise<void>
  /** Takes without waiting, or gives undefined. */
  tryTake(): T | undefined
  /** Gives back what nobody here wants any more. That must wake the next thread: the wake-up that came to this one was meant for one who waits. */
  giveBack(taken: T): void
  /** Why the waiter of this note cannot have what was taken; undefined when it can. */
  refusal(taken: T, note: N): unknown
  /** The error of a waiter that has waited for so many milliseconds. */
  late(waited: number): Error
  /** What is waited for, for messages. */
  readonly takes: string
}

/**
 * Those in this thread who wait for one primitive, first-in first-out. However many they are, one wait of the engine stands for all of them.
 *
 * So nothing of the engine needs cancelling when one of them goes away, be it by time-out, by abort or with its closure: a `waitAsync` cannot be cancelled, and one that
 * was abandoned would swallow a wake-up that another thread needs. A wake-up that finds nobody left is passed on like a baton: the queue takes what it was woken for and
 * gives it back, which wakes the next thread.
 *
 * ```ts
 * class ReadQueue implements Source<ReadGuard, undefined> {
 *   private readonly queue = new LocalQueue(this)
 *   read(options?: WaitOptions): Promise<ReadGuard> {
 *     // Who comes while others of this thread wait goes behind them.
 *     const guard = this.queue.empty ? this.tryTake() : undefined
 *     return guard === undefined ? this.queue.wait(options, undefined) : Promise.resolve(guard)
 *   }
 *   …
 * }
 * ```
 */
export class LocalQueue<T extends object, N> implements WaitingRoom<T> {
  private readonly source: Source<T, N>
  private readonly waiting = new Map<Waiter<T>, N>()
  private serves = false

  constructor(source: Source<T, N>) {
    this.source = source
  }

  get empty(): boolean {
    return this.waiting.size === 0
  }

  /** @internal Asked by a waiter. */
  get at(): number {
    return this.source.at
  }

  /** @internal Asked by a waiter. */
  get takes(): string {
    return this.source.takes
  }

  /**
   * Waits behind those who wait here already. Rejects with what `Source.late` gives when the timeout of `options` is up, and with the reason of their signal.
   *
   * @throws R539 when the timeout is no number from 0 on.
   */
  wait(options: WaitOptions | undefined, note: N): Promise<T> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason as Error)
    if (options?.timeout === 0) return Promise.reject(this.source.late(0))
    const waiter = new Waiter<T>(this, options)
    this.waiting.set(waiter, note)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  /** @internal Called by a waiter. */
  left(waiter: Waiter<T>): void {
    this.waiting.delete(waiter)
  }

  /** @internal Called by a waiter. */
  late(waited: number): Error {
    return this.source.late(waited)
  }

  /** @internal Called by the timer. */
  retry(): void {
    const taken = this.source.tryTake()
    if (taken !== undefined) this.grant(taken)
  }

  private async serve(): Promise<void> {
    this.serves = true
    while (this.waiting.size > 0) await this.source.take((taken) => this.grant(taken))
    this.serves = false
  }

  /** Gives what was taken to the first who can have it. */
  private grant(taken: T): void {
    for (const [waiter, note] of this.waiting) {
      this.waiting.delete(waiter)
      const refusal = this.source.refusal(taken, note)
      if (refusal === undefined) {
        waiter.resolve(taken)
        return
      }
      waiter.reject(refusal)
    }
    this.source.giveBack(taken)
  }
}
