// How long the pool waits for a worker to show that its loop turns, after it was told that one of its threads is aborted.

import { macrotask, timer } from '#host'

import type { PoolTask } from './pool-task.ts'
import { runtimeState } from '../state.ts'

/** How long the host's own loop gets to take what a worker has said meanwhile. Milliseconds. */
const HEARING = 100

export class Graces {
  /** For each aborted task that the worker has not yet answered for: cancels the timer. */
  readonly #waiting = new Map<PoolTask, () => void>()
  readonly #expired: (task: PoolTask, graceTime: number) => void

  constructor(expired: (task: PoolTask, graceTime: number) => void) {
    this.#expired = expired
  }

  /** The worker has been told. One that has not booted cannot answer yet: its time begins with `startAll`. */
  add(task: PoolTask, isReady: boolean): void {
    if (isReady) this.#start(task)
    else this.#waiting.set(task, () => {})
  }

  startAll(): void {
    for (const task of this.#waiting.keys()) this.#start(task)
  }

  #start(task: PoolTask): void {
    const { graceTime } = runtimeState().settings
    if (graceTime === Infinity) return
    const cancel = timer(() => {
      // A host that was busy, or a page that was frozen, hears of its timers before it hears what its workers have said.
      const cancelLast = timer(
        () => macrotask(() => this.#waiting.has(task) && this.#expired(task, graceTime)),
        Math.min(HEARING, graceTime),
      )
      this.#waiting.set(task, cancelLast)
    }, graceTime)
    this.#waiting.set(task, cancel)
  }

  /** The worker has answered, or the task has ended. */
  end(task: PoolTask | undefined): void {
    if (task === undefined || this.#waiting.size === 0) return
    this.#waiting.get(task)?.()
    this.#waiting.delete(task)
  }

  clear(): void {
    for (const cancel of this.#waiting.values()) cancel()
    this.#waiting.clear()
  }
}
