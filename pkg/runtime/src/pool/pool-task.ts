// One task, as the pool sees it: from its start to its end.

import { UNCLAIMABLE } from './claims.ts'
import type { Packet } from '../codec/packet.ts'
import type { Pool } from './pool.ts'
import type { PoolWorker } from './pool-worker.ts'
import { isSmallLoad, toLoad } from '../loading/load.ts'
import type { Claim, Load, Outcome, OutcomeKind, RecipeUse, TaskHead, TaskRequest } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import type { Waiting } from './queue.ts'
import type { TaskHandle, TaskOwner } from '../state.ts'

/** Whoever starts a task from inside a worker is remembered, so that what it waits for in the queue goes with it. */
export type Origin = PoolWorker | null

export const NOTHING: readonly unknown[] = []

/** What is left to do with the values of a task that has not started. */
export const HELD = {
  /** The pool has no copy: the task is where it was posted. */
  NOT: 0,
  /** Large, and nobody else's any more. */
  LARGE: 1,
  /** Few primitives. */
  SMALL: 2,
} as const

export class PoolTask implements TaskHandle, Waiting {
  readonly id: number
  readonly origin: Origin
  readonly head: TaskHead
  /** Its values, as long as they may be posted. */
  load: Load
  readonly recipes: readonly RecipeUse[] | undefined
  worker: PoolWorker | null = null
  aborted = false
  keepsAlive = true
  since = 0
  /** When it was spawned, if anybody will ask. */
  readonly spawned: number
  waits = false
  held: (typeof HELD)[keyof typeof HELD]
  /** In a worker: the claim under which it lies there. */
  claim: Claim = UNCLAIMABLE
  /** In the queue, and spawned in a worker that may run it too: the claim that has to be won first. */
  parents: Claim | null = null
  /** The worker that spawned it runs it too. */
  taken = false
  /** How many workers have ended with this task lying in them, unstarted. */
  losses = 0
  readonly #pool: Pool
  #owner: TaskOwner | null

  constructor(id: number, pool: Pool, { head, load, recipes }: TaskRequest, origin: Origin, owner: TaskOwner) {
    this.id = id
    this.origin = origin
    this.head = head
    const small = isSmallLoad(load)
    this.held = small ? HELD.SMALL : HELD.NOT
    this.load = small ? toLoad(load) : load
    this.recipes = recipes
    this.#pool = pool
    this.spawned = pool.report.now()
    this.#owner = owner
  }

  get rank(): number {
    return this.head.priority
  }

  abort(reason: () => Packet): void {
    if (this.#owner === null || this.aborted) return
    this.aborted = true
    this.#pool.abort(this, reason)
  }

  unref(): void {
    if (this.#owner === null || !this.keepsAlive) return
    this.keepsAlive = false
    this.#pool.lifetime.release()
  }

  ref(): void {
    if (this.#owner === null || this.keepsAlive) return
    this.keepsAlive = true
    this.#pool.lifetime.hold()
  }

  /** Ends the task. Later calls do nothing. */
  settle(outcome: Outcome): void {
    const owner = this.#owner
    if (owner === null) return
    this.#owner = null
    this.load = NOTHING
    const end = this.aborted ? STOPPED : outcome
    this.#pool.lifetime.taskEnded(this)
    this.#pool.report.ended(this.head, this.spawned, end)
    owner.settled(end, this.head)
  }

  fail(error: Error): void {
    this.settle(failure(error))
  }
}

/** What the task needs could not be loaded in its worker. */
export const isNotLoaded = (kind: OutcomeKind): boolean => kind === OUTCOME.NOT_LOADED || kind === OUTCOME.NOT_MADE

export const STOPPED: Outcome = { kind: OUTCOME.ABORTED, packet: null }

/** The outcome of a task that the runtime itself makes fail. */
export function failure(error: Error): Outcome {
  return { kind: OUTCOME.FAILED, packet: null, error }
}
