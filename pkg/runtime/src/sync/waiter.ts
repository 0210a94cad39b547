import type { TaskHead } from '../protocol.ts'
import { offAbort, onAbort } from '../spawn/abort-listeners.ts'
import { runtimeState } from '../state.ts'
import { noteWait, noteWaitOver } from './agent-notes.ts'
import type { Timed } from './deadlines.ts'
import { unwatch, watch } from './deadlines.ts'
import type { Retried } from './wait.ts'
import { keepAlive, letGo } from './wait.ts'
import { leftWaiting } from './wait-errors.ts'
import type { WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** What a waiter belongs to. */
export interface WaitingRoom<T> extends Retried {
  /** Where the words of the primitive lie. */
  readonly at: number
  /** The waiter's time is up, or it was aborted: it is to be forgotten. Called once, before its promise rejects. */
  left(waiter: Waiter<T>): void
  /** The error of a waiter that has waited for so many milliseconds. */
  late(waited: number): Error
  /** What a waiter gets here and must give back, such as "the `Mutex` `hits`"; absent where nothing is to be given back. */
  readonly takes?: string
}

interface Taker {
  readonly takes: string
  withdraw(reason: Error): void
}

/** Those in this thread who wait for something that they must give back. */
const takers = new Set<Taker>()

// When the last task of a worker has ended, nobody is left there who could give anything back. What comes nevertheless, since it was granted in this very moment, finds no
// waiter, and its room passes it on.
runtimeState().emptied.add(({ name, at }: TaskHead) => {
  for (const waiter of takers) {
    const error = leftWaiting(name, at, waiter.takes)
    console.error(`R597: ${error.message}`)
    waiter.withdraw(error)
  }
})

/**
 * One who waits in this thread without blocking it: a promise that is settled by what was waited for, by a deadline or by an `AbortSignal`, whichever comes first.
 * As long as it waits, it keeps the program alive (unless `unref`) and its room is retried.
 */
export class Waiter<T> implements Timed {
  readonly promise: Promise<T>
  readonly deadline: number
  before: Timed | null = null
  after: Timed | null = null
  /** It was ended since its worker has no task any more. */
  withdrawn = false
  private readonly room: WaitingRoom<T>
  private readonly signal: AbortSignal | undefined
  private readonly unref: boolean
  private readonly since: number = performance.now()
  private resolvePromise!: (value: T) => void
  private rejectPromise!: (reason: unknown) => void
  private waits = true

  /** The signal of the options must not have fired yet. */
  constructor(room: WaitingRoom<T>, options: WaitOptions | undefined) {
    this.room = room
    this.deadline = deadlineOf(options)
    this.signal = options?.signal
    this.unref = options?.unref ?? false
    this.promise = new Promise((resolve, reject) => {
      this.resolvePromise = resolve
      this.rejectPromise = reject
    })
    keepAlive(room, this.unref)
    noteWait(room.at)
    if (room.takes !== undefined) takers.add(this)
    if (this.deadline !== Infinity) watch(this)
    onAbort(this.signal, this.abort)
  }

  resolve(value: T): void {
    if (this.end()) this.resolvePromise(value)
  }

  reject(reason: unknown): void {
    if (this.end()) this.rejectPromise(reason)
  }

  /** Called by the timer. */
  expire(): void {
    this.giveUp(this.room.late(Math.round(performance.now() - this.since)))
  }

  /** Ends the wait before it has got anything. */
  giveUp(reason: unknown): void {
    if (!this.waits) return
    this.room.left(this)
    this.reject(reason)
  }

  /** Ends the wait of a worker that has no task any more. Nobody need look at that failure: it has been reported. */
  withdraw(reason: Error): void {
    this.withdrawn = true
    this.promise.catch(() => {})
    this.giveUp(reason)
  }

  /** What it waits for, for messages. */
  get takes(): string {
    return this.room.takes ?? ''
  }

  private readonly abort = (): void => this.giveUp(this.signal?.reason)

  /** Nothing is left of the wait afterwards. False when it had ended before. */
  private end(): boolean {
    if (!this.waits) return false
    this.waits = false
    if (this.deadline !== Infinity) unwatch(this)
    offAbort(this.signal, this.abort)
    letGo(this.room, this.unref)
    noteWaitOver(this.room.at)
    takers.delete(this)
    return true
  }
}
