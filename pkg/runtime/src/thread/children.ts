// Inside a worker: the threads that are spawned there. Each is told to the host, which may give it to another worker, and
// lies in the worker's own queue as well: whoever claims it first runs it. So a busy host costs parallelism, never progress.

import { ClaimSlots, UNCLAIMABLE } from '../pool/claims.ts'
import type { Packet } from '../codec/packet.ts'
import { cloneOutcome, clonePacket } from '../codec/packet.ts'
import { messageUnreadable } from '../errors.ts'
import type { Link } from '../pool/link.ts'
import { isSmallLoad, isSmallResult, toLoad, transferOf } from '../loading/load.ts'
import type { Claim, ClaimRange, Entry, Outcome, TaskHead, TaskRequest } from '../protocol.ts'
import * as MESSAGE from '../message-kinds.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import type { TaskHandle, TaskOwner } from '../state.ts'
import { claim } from '../sync/claim-algorithm.ts'
import { abortFor, WorkerTask } from './worker-task.ts'

/** One thread that was spawned in this worker. */
interface Child {
  readonly head: TaskHead
  readonly owner: TaskOwner
  /** While it can be run here, or is. */
  task: WorkerTask | null
  /** The host has heard of it. */
  told: boolean
}

export class Children {
  readonly #link: Link
  /** Puts a task into the queue of this worker. */
  readonly #queue: (task: WorkerTask) => void
  readonly #children = new Map<number, Child>()
  #claims: ClaimSlots | null = null
  #lastId = 0
  /** What the host is to be told of as soon as there is a claim for it. */
  readonly #untold = new Set<number>()

  constructor(link: Link, queue: (task: WorkerTask) => void) {
    this.#link = link
    this.#queue = queue
  }

  /** Without claims, all that is spawned here runs where the host says. */
  lend(words: Int32Array, range: ClaimRange): void {
    this.#claims = new ClaimSlots(words, range)
  }

  /** `mayRunHere`: nobody else would be kept waiting by it. Throws when the values cannot be cloned. */
  start(request: TaskRequest, owner: TaskOwner, mayRunHere: boolean): TaskHandle {
    const id = ++this.#lastId
    const child: Child = { head: request.head, owner, task: null, told: true }
    if (this.#claims === null || !mayRunHere || request.head.dedicated || transferOf(request.load) !== undefined) {
      this.#tell(id, request, UNCLAIMABLE)
    } else {
      this.#startHere(id, request, child)
    }
    this.#children.set(id, child)
    return {
      abort: (reason) => this.#abort(id, reason),
      unref: () => {
        if (this.#children.has(id)) this.#link.send([MESSAGE.UNREF, id])
      },
    }
  }

  #startHere(id: number, request: TaskRequest, child: Child): void {
    const claimed = this.#claims!.take()
    // First, since it throws for what cannot be cloned.
    if (claimed !== null) this.#tellOrFree(id, request, claimed)
    const load = isSmallLoad(request.load) ? request.load : clonePacket(request.load as Packet)
    child.task = new WorkerTask(id, { ...request, load }, claimed ?? UNCLAIMABLE, true)
    child.told = claimed !== null
    if (claimed === null) this.#untold.add(id)
    this.#queue(child.task)
  }

  #tellOrFree(id: number, request: TaskRequest, claimed: Claim): void {
    try {
      this.#tell(id, request, claimed)
    } catch (error) {
      this.#claims!.release(claimed)
      throw error
    }
  }

  #tell(id: number, { head, load, recipes }: TaskRequest, { slot, word }: Claim): void {
    const small = isSmallLoad(load)
    const entry: Entry = [MESSAGE.SPAWN, id, this.#link.numberOf(head), slot, word, small ? toLoad(load) : load]
    if (recipes !== undefined) entry.push(recipes)
    if (small) {
      this.#link.add(entry)
      this.#link.flushSoon()
      return
    }
    this.#link.send(entry, transferOf(load), () => {
      const error = messageUnreadable('captured values or arguments', head.at)
      const child = this.#children.get(id)
      // It can still run here.
      if (child?.task == null) this.ended(id, { kind: OUTCOME.FAILED, packet: null, error })
    })
  }

  /** Claims a thread to run it here, and tells the host. False when it runs elsewhere. */
  take(task: WorkerTask): boolean {
    const { slot, word } = task.claim
    const child = this.#children.get(task.id)
    if (child === undefined || (slot >= 0 && !claim(this.#claims!.words, slot, word))) return false
    child.told = true
    this.#link.add([MESSAGE.TAKEN, task.id, this.#link.numberOf(task.head)])
    return true
  }

  /** A thread that ran here has ended; with an `ownOutcome`. */
  endedHere(task: WorkerTask, outcome: Outcome): void {
    this.#link.add([MESSAGE.CHILD_ENDED, task.id, outcome.kind])
    this.ended(task.id, outcome)
  }

  ended(id: number, outcome: Outcome): void {
    const child = this.#children.get(id)
    if (child === undefined) return
    this.#children.delete(id)
    if (child.task !== null) {
      this.#claims!.release(child.task.claim)
      this.#tellMore()
    }
    child.owner.settled(outcome, child.head)
  }

  /** A claim is free again: the host hears of one more. */
  #tellMore(): void {
    for (const id of this.#untold) {
      this.#untold.delete(id)
      const child = this.#children.get(id)
      if (child === undefined || child.told) continue
      const claimed = this.#claims!.take()
      if (claimed === null) return void this.#untold.add(id)
      const task = child.task!
      task.claim = claimed
      child.told = true
      this.#tell(id, { head: task.head, load: task.packet, recipes: task.recipes }, claimed)
      return
    }
  }

  #abort(id: number, reason: () => Packet): void {
    const child = this.#children.get(id)
    if (child === undefined) return
    const { task } = child
    if (task !== null && task.context !== null) {
      task.aborted = true
      return abortFor(task, clonePacket(reason()))
    }
    if (task !== null && this.take(task)) return this.endedHere(task, { kind: OUTCOME.ABORTED, packet: null })
    this.#link.send([MESSAGE.ABORT, id, reason()])
  }
}

/** What a thread still holds of its result is not what the other one gets. Throws for what cannot be cloned. */
export function ownOutcome(outcome: Outcome): Outcome {
  const { kind, packet } = outcome
  return packet === null || isSmallResult(packet) ? outcome : { kind, packet: cloneOutcome(packet) }
}
