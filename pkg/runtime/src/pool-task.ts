// One task, as the pool sees it: from its start to its end.

import type { Packet } from './codec.ts'
import { encodeThrown } from './codec.ts'
import type { Pool } from './pool.ts'
import type { PoolWorker } from './pool-worker.ts'
import type { Outcome, TaskRequest } from './protocol.ts'
import { OUTCOME } from './protocol.ts'
import type { TaskHandle } from './state.ts'

/** Whoever starts a task from inside a worker is remembered, so that what it waits for in the queue goes with it. */
export type Origin = PoolWorker | null

export class PoolTask implements TaskHandle {
  readonly id: number
  readonly origin: Origin
  request: TaskRequest
  worker: PoolWorker | null = null
  aborted = false
  /** Its word among the aborts while a worker has it. */
  word = -1
  keepsAlive = true
  readonly #pool: Pool
  #settled: ((outcome: Outcome) => void) | null

  constructor(id: number, pool: Pool, request: TaskRequest, origin: Origin, settled: (outcome: Outcome) => void) {
    this.id = id
    this.origin = origin
    this.request = request
    this.#pool = pool
    this.#settled = settled
  }

  abort(reason: () => Packet): void {
    if (this.#settled === null || this.aborted) return
    this.aborted = true
    this.#pool.abort(this, reason)
  }

  unref(): void {
    if (this.#settled === null || !this.keepsAlive) return
    this.keepsAlive = false
    this.#pool.release()
  }

  /** Ends the task. Later calls do nothing. */
  settle(outcome: Outcome): void {
    const settled = this.#settled
    if (settled === null) return
    this.#settled = null
    this.#pool.forget(this)
    settled(this.aborted ? { kind: OUTCOME.ABORTED, packet: null } : outcome)
  }

  fail(error: Error): void {
    this.settle(failure(error))
  }
}

/** The outcome of a task that the runtime itself makes fail. */
export function failure(error: Error): Outcome {
  return { kind: OUTCOME.FAILED, packet: encodeThrown(error, () => error) }
}
