// How long the program lives, and the workers of its pool: the program as long as tasks hold it, a worker until it has been idle for a
// while, and all of them until the pool is shut down.

import { clock, timer } from '#host'

import type { PoolTask } from './pool-task.ts'
import type { PoolWorker } from './pool-worker.ts'
import { runtimeState } from '../state.ts'

export class PoolLifetime {
  /** Workers that can be given tasks, now or later. */
  readonly workers: Set<PoolWorker> = new Set()
  /** Workers that are ending. */
  readonly #leaving = new Set<PoolWorker>()
  /** Unsettled tasks. */
  tasks = 0
  /** Unsettled tasks (and shutdowns) that keep the program alive. */
  #holds = 0
  /** The pool is being shut down, and nothing is to start any more. */
  deadlinePassed = false
  readonly #settings = runtimeState().settings
  readonly #context = runtimeState().task
  readonly #failQueue: () => void
  #cancelSweep: (() => void) | null = null
  #closing: { promise: Promise<void>; finish: () => void } | null = null

  /** `failQueue`: the deadline of a shutdown has passed, and what waits fails. */
  constructor(failQueue: () => void) {
    this.#failQueue = failQueue
  }

  taskBegan(): void {
    this.#count(1)
    this.hold()
  }

  taskEnded({ keepsAlive }: PoolTask): void {
    this.#count(-1)
    if (keepsAlive) this.release()
    if (this.tasks === 0) this.#closing?.finish()
  }

  #count(change: number): void {
    this.tasks += change
    this.#context.unsettled = this.tasks
  }

  hold(): void {
    if (++this.#holds === 1) this.#keepAlive(true)
  }

  release(): void {
    if (--this.#holds === 0) this.#keepAlive(false)
  }

  #keepAlive(yes: boolean): void {
    for (const worker of this.workers) worker.keepAlive(yes)
    for (const worker of this.#leaving) worker.keepAlive(yes)
  }

  /** The worker has started. */
  add(worker: PoolWorker): void {
    this.workers.add(worker)
    worker.keepAlive(this.#holds > 0)
  }

  /** The worker is not to be given tasks any more. */
  leave(worker: PoolWorker): void {
    if (this.workers.delete(worker)) this.#leaving.add(worker)
  }

  /** The worker has ended. */
  remove(worker: PoolWorker): void {
    this.workers.delete(worker)
    this.#leaving.delete(worker)
  }

  settingsChanged(): void {
    this.#stopSweep()
    this.sweepLater()
  }

  /** A worker has become idle. */
  sweepLater(): void {
    const { idleTimeout } = this.#settings
    if (this.#cancelSweep !== null || idleTimeout === Infinity) return
    this.#cancelSweep = timer(() => this.#sweep(), idleTimeout)
  }

  #sweep(): void {
    this.#cancelSweep = null
    const { idleTimeout } = this.#settings
    const now = clock()
    let next = Infinity
    for (const worker of this.workers) {
      if (worker.size > 0) continue
      // Timers may fire a little early.
      const left = worker.idleSince + idleTimeout - now
      if (left <= 1) void worker.end('it was idle', undefined)
      else next = Math.min(next, left)
    }
    if (next !== Infinity) this.#cancelSweep = timer(() => this.#sweep(), next)
  }

  #stopSweep(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = null
  }

  get isClosing(): boolean {
    return this.#closing !== null
  }

  shutdown(deadline: number | undefined): Promise<void> {
    const cancel = deadline === undefined ? null : timer(() => this.#endEverything(), deadline)
    if (this.#closing === null) this.#closing = this.#close()
    const { promise } = this.#closing
    return promise.finally(() => cancel?.())
  }

  #close(): { promise: Promise<void>; finish: () => void } {
    let finish!: () => void
    const empty = new Promise<void>((resolve) => (finish = resolve))
    this.hold()
    for (const worker of this.#all()) worker.leave()
    if (this.tasks === 0) finish()
    return { promise: this.#endWorkers(empty), finish }
  }

  async #endWorkers(empty: Promise<void>): Promise<void> {
    await empty
    this.#stopSweep()
    await this.#endAll()
    this.release()
    this.#closing = null
    this.deadlinePassed = false
  }

  #endEverything(): void {
    this.deadlinePassed = true
    this.#failQueue()
    void this.#endAll()
  }

  async #endAll(): Promise<void> {
    await Promise.all(this.#all().map((worker) => worker.end('the pool was shut down', undefined)))
  }

  #all(): PoolWorker[] {
    return [...this.workers, ...this.#leaving]
  }
}
