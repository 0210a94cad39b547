// The threads that were spawned in one worker, as its pool sees them.

import { encodeThrown } from '../codec/codec.ts'
import { messageUnreadable } from '../errors.ts'
import type { Link } from './link.ts'
import { toSettled } from '../loading/load.ts'
import type { Pool } from './pool.ts'
import type { PoolTask } from './pool-task.ts'
import { failure, NOTHING } from './pool-task.ts'
import type { PoolWorker } from './pool-worker.ts'
import type * as MESSAGE from '../message-kinds.ts'
import type { Entry, Outcome, TaskHead, TaskRequest } from '../protocol.ts'
import type { TaskOwner } from '../state.ts'

export class PoolChildren {
  readonly #pool: Pool
  readonly #parent: PoolWorker
  readonly #link: Link
  /** By the worker's own numbers. */
  readonly #children = new Map<number, PoolTask>()

  constructor(pool: Pool, parent: PoolWorker, link: Link) {
    this.#pool = pool
    this.#parent = parent
    this.#link = link
  }

  get(id: number): PoolTask | undefined {
    return this.#children.get(id)
  }

  start([, id, head, slot, word, load, recipes]: Extract<Entry, { 0: typeof MESSAGE.SPAWN }>): void {
    const request: TaskRequest = { head: this.#link.head(head), load, recipes }
    const claim = slot < 0 ? null : { slot, word }
    this.#add(id, request.head, (owner) => this.#pool.start(request, owner, this.#parent, claim))
  }

  /** The worker runs one itself. */
  taken(id: number, head: TaskHead): PoolTask | undefined {
    const request: TaskRequest = { head, load: NOTHING }
    const child =
      this.#children.get(id) ?? this.#add(id, head, (owner) => this.#pool.register(request, owner, this.#parent))
    if (child !== undefined) this.#pool.taken(child)
    return child
  }

  /** The worker has ended: what has not started does not. */
  drop(): void {
    for (const child of this.#children.values()) this.#pool.drop(child)
  }

  #add(id: number, head: TaskHead, start: (owner: TaskOwner) => PoolTask): PoolTask | undefined {
    let settled = false
    const owner: TaskOwner = {
      settled: (outcome, of) => {
        settled = true
        const child = this.#children.get(id)
        this.#children.delete(id)
        // The worker knows the end of what it ran itself.
        if (!this.#parent.ended && child?.taken !== true) this.#answer(id, outcome, of)
      },
    }
    try {
      const child = start(owner)
      if (!settled) this.#children.set(id, child)
      return child
    } catch (error) {
      owner.settled(failure(error as Error), head)
      return undefined
    }
  }

  #answer(id: number, outcome: Outcome, head: TaskHead): void {
    const { error } = outcome
    const told: Outcome =
      error === undefined ? outcome : { kind: outcome.kind, packet: encodeThrown(error, () => error as Error) }
    const { entry, small } = toSettled(id, told)
    if (small) {
      this.#link.add(entry)
      this.#link.flushSoon()
      return
    }
    const unreadable = (): void => this.#answer(id, failure(messageUnreadable('result', head.at)), head)
    this.#link.send(entry, told.packet?.transfer, unreadable)
  }
}
