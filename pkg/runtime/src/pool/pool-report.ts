// What the pool tells of itself: counts, latencies and events.

import type { Outcome, TaskHead } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { runtimeState } from '../state.ts'

/** What happens in the pool, for `configure({ onEvent })`. */
export type PoolEvent =
  /** A worker starts. */
  | { type: 'worker-started'; worker: string }
  /** A worker has ended. */
  | { type: 'worker-ended'; worker: string; why: string }
  /** A thread has ended; `milliseconds` since its spawn. */
  | { type: 'thread-ended'; thread: string; at: string; how: 'done' | 'failed' | 'aborted'; milliseconds: number }

/** How many threads took at most so many milliseconds, from spawn to end. */
export interface LatencyCount {
  readonly upTo: number
  readonly count: number
}

/** The first bucket ends at a sixty-fourth of a millisecond; each further one at twice the one before. */
const FIRST = 1 / 64

const BUCKETS = 32

export class PoolReport {
  done = 0
  failed = 0
  aborted = 0
  readonly #latencies = new Float64Array(BUCKETS)
  readonly #settings = runtimeState().settings

  /** When a task starts, if anybody will ask; else 0. Asking the clock costs a good part of a spawn. */
  now(): number {
    return this.#settings.onEvent !== undefined || this.#settings.latency ? performance.now() : 0
  }

  ended({ name, at }: TaskHead, since: number, { kind }: Outcome): void {
    if (kind === OUTCOME.DONE) this.done++
    else if (kind === OUTCOME.ABORTED) this.aborted++
    else this.failed++
    if (since === 0) return
    const how = kind === OUTCOME.DONE ? 'done' : kind === OUTCOME.ABORTED ? 'aborted' : 'failed'
    const milliseconds = performance.now() - since
    this.#latencies[bucketOf(milliseconds)]!++
    this.tell({ type: 'thread-ended', thread: name, at, how, milliseconds })
  }

  tell(event: PoolEvent): void {
    try {
      this.#settings.onEvent?.(event)
    } catch (error) {
      // Who listens must not be able to break what it listens to.
      console.error(error)
    }
  }

  get latency(): LatencyCount[] {
    return [...this.#latencies]
      .map((count, index) => ({ upTo: FIRST * 2 ** index, count }))
      .filter(({ count }) => count > 0)
  }
}

function bucketOf(milliseconds: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log2(milliseconds / FIRST))))
}
