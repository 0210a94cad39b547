import { arena } from '../memory/arena.ts'
import { recursive } from './group-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { timedOut } from './wait-errors.ts'
import { describeAgent, whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import { wordsFor } from './dynamic-words.ts'
import {
  BEGUN,
  BUSY,
  IS_DONE,
  LATE,
  ONCE_WORDS,
  beginAsync,
  beginBlocking,
  doer,
  end,
  isDone,
  tryBegin,
} from './once-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import { Waiter } from './waiter.ts'
import type { WaitingRoom } from './waiter.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/**
 * Something that is done once in the whole program, whichever thread comes first.
 *
 * Written at the top level of a module it is the same in every thread that uses it. Made anywhere else it can be captured by a closure.
 *
 * ```ts
 * const migrated = new Once()
 *
 * await spawn(async () => {
 *   await migrated.call(() => migrate(database))
 *   return query(database)
 * })
 * ```
 *
 * While one thread runs the function, the others wait. If it throws, or its thread ends, it was not done: the error goes to who called, and the next of those who wait
 * runs the function that it gave itself.
 */
export class Once {
  private at: number = UNPLACED
  private words: Int32Array | undefined
  private me = 0
  private readonly room: OnceRoom = new OnceRoom(this)
  /** @internal What messages name. */
  owner: object = this
  /** Whether a function that was given to `call` runs now, before its first `await`. */
  private isInside = false

  /**
   * Runs `initialise` if that was not done yet, or waits until another thread has done it. True when it ran here.
   *
   * @throws R586 (rejects) when `initialise` calls it again before its first `await`, R537 at the timeout, the signal's reason when it fires, whatever `initialise` throws,
   * E314 where there is no shared memory.
   */
  async call(initialise: () => unknown, options?: WaitOptions): Promise<boolean> {
    const words = this.ready()
    this.assertOutside()
    if (isDone(words, this.at)) return false
    if (options?.signal?.aborted === true) throw options.signal.reason
    if (!(await this.room.begin(options))) return false
    return this.run(initialise)
  }

  /**
   * Runs `initialise`, which must not be async, if that was not done yet. True when it is done now, false while another thread is doing it.
   *
   * @throws R586 when `initialise` calls it again, whatever `initialise` throws, E314 where there is no shared memory.
   */
  tryCall(initialise: () => unknown): boolean {
    const words = this.ready()
    this.assertOutside()
    const step = tryBegin(words, this.at, this.me)
    if (step === BEGUN) this.runNow(initialise)
    return step !== BUSY
  }

  /**
   * Runs `initialise`, which must not be async, if that was not done yet, or blocks the thread until another has done it. True when it ran here. Only in a dedicated
   * thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, R586 when `initialise` calls it again or another task of this thread is doing it, R537 at the timeout, whatever
   * `initialise` throws, E314 where there is no shared memory.
   */
  blockingCall(initialise: () => unknown, options?: BlockingOptions): boolean {
    assertMayBlock('blockingCall', 'await call()')
    const words = this.ready()
    this.assertOutside()
    const since = performance.now()
    const deadline = deadlineOf(options)
    let step = tryBegin(words, this.at, this.me)
    if (step === BUSY) {
      if (doer(words, this.at) === this.me >>> 2) throw recursive(describeShared(this.owner))
      step = whileBlocked(this.at, deadline, () => beginBlocking(words, this.at, this.me, deadline))
    }
    if (step === LATE) throw this.late(performance.now() - since)
    if (step === IS_DONE) return false
    this.runNow(initialise)
    return true
  }

  /**
   * Whether it was done.
   *
   * @throws E314 where there is no shared memory.
   */
  get isDone(): boolean {
    return isDone(this.ready(), this.at)
  }

  get [Symbol.toStringTag](): string {
    return 'Once'
  }

  private async run(initialise: () => unknown): Promise<boolean> {
    let done = false
    try {
      await this.enter(initialise)
      done = true
    } finally {
      end(this.ready(), this.at, done)
    }
    return true
  }

  private runNow(initialise: () => unknown): void {
    let done = false
    try {
      this.enter(initialise)
      done = true
    } finally {
      end(this.ready(), this.at, done)
    }
  }

  private enter(initialise: () => unknown): unknown {
    this.isInside = true
    try {
      return initialise()
    } finally {
      this.isInside = false
    }
  }

  private assertOutside(): void {
    if (this.isInside) throw recursive(describeShared(this.owner))
  }

  /** @internal */
  late(waited: number): Error {
    const agent = doer(this.ready(), this.at)
    const holder = agent === 0 ? 'which nobody is doing now' : `which ${describeAgent(agent)} is doing`
    return timedOut(describeShared(this.owner), Math.round(waited), holder)
  }

  /** @internal */
  ready(): Int32Array {
    if (this.words !== undefined) return this.words
    const { words, agent } = arena()
    if (this.at === UNPLACED) this.at = wordsFor(this, ONCE_WORDS)
    this.me = agent << 2
    return (this.words = words)
  }

  /** @internal Where it lies, and who this thread is. */
  here(): { words: Int32Array; at: number; me: number } {
    const words = this.ready()
    return { words, at: this.at, me: this.me }
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Once> = registerKind<Once>({
    number: 7,
    revive(at) {
      const once = new Once()
      once.at = at
      return once
    },
    placeOf: (once) => once.at,
    dataOf: () => undefined,
    place: (once) => once.here().at,
  })

  static {
    registerSharedTravel('once', Once.sharedKind)
    inspectable(this.prototype, ({ at }: Once) => {
      if (at === UNPLACED) return 'not done'
      const { words } = arena()
      if (isDone(words, at)) return 'done'
      const agent = doer(words, at)
      return agent === 0 ? 'not done' : `${describeAgent(agent)} is doing it`
    })
  }
}

/** Those in this thread who wait for their turn to do it, or for somebody else to have done it. One sleep of the engine stands for all. */
class OnceRoom implements WaitingRoom<boolean> {
  private readonly once: Once
  private readonly waiting: Set<Waiter<boolean>> = new Set()
  private serves = false

  constructor(once: Once) {
    this.once = once
  }

  get at(): number {
    return this.once.here().at
  }

  /** True when the caller is to do it, false when it was done. */
  begin(options: WaitOptions | undefined): boolean | Promise<boolean> {
    const { words, at, me } = this.once.here()
    const step = tryBegin(words, at, me)
    if (step !== BUSY) return step === BEGUN
    if (options?.timeout === 0) throw this.once.late(0)
    const waiter = new Waiter<boolean>(this, options)
    this.waiting.add(waiter)
    if (!this.serves) void this.serve()
    return waiter.promise
  }

  left(waiter: Waiter<boolean>): void {
    this.waiting.delete(waiter)
  }

  late(waited: number): Error {
    return this.once.late(waited)
  }

  retry(): void {
    const { words, at, me } = this.once.here()
    if (this.waiting.size > 0) this.settle(tryBegin(words, at, me))
  }

  private async serve(): Promise<void> {
    const { words, at, me } = this.once.here()
    this.serves = true
    while (this.waiting.size > 0) await beginAsync(words, at, me, (step) => this.settle(step))
    this.serves = false
  }

  private settle(step: number): void {
    if (step === BUSY) return
    const waiters = [...this.waiting]
    if (step === IS_DONE) {
      this.waiting.clear()
      for (const waiter of waiters) waiter.resolve(false)
      return
    }
    // One begins; if nobody wants to any more, another thread may.
    const [first] = waiters
    if (first === undefined) return end(this.once.ready(), this.at, false)
    this.waiting.delete(first)
    first.resolve(true)
  }
}
