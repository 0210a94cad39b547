// One task, as the worker sees it that may run it.

import type { Packet } from '../codec/packet.ts'
import { decode, missingReader } from '../codec/packet.ts'
import { fromLoad } from '../loading/load.ts'
import type { Claim, RecipeUse, TaskHead, TaskRequest } from '../protocol.ts'
import type { Waiting } from '../pool/queue.ts'
import type { ThreadContext } from './thread-context.ts'
import type { Travellers } from '../codec/travellers.ts'

export class WorkerTask implements Waiting {
  /** The host's number for it; that of the child when it was spawned here. */
  readonly id: number
  readonly head: TaskHead
  readonly packet: Packet
  readonly recipes: readonly RecipeUse[] | undefined
  /** It was spawned in this worker, and not sent by the host. */
  readonly isChild: boolean
  claim: Claim
  since = 0
  waits = false
  aborted = false
  /** It has been started, and has not ended. */
  runs = false
  /** The classes that its chunk lists; set when that is there. */
  classes: Travellers | undefined
  /** Set when it starts. */
  context: ThreadContext | null = null

  constructor(id: number, { head, load, recipes }: TaskRequest, claimed: Claim, isChild: boolean) {
    this.id = id
    this.head = head
    this.packet = fromLoad(load)
    this.recipes = recipes
    this.claim = claimed
    this.isChild = isChild
  }

  get rank(): number {
    return this.head.priority
  }
}

/** Tells a task that runs why it was aborted, as far as that could be sent. */
export function abortFor(task: WorkerTask, reason: Packet): void {
  const { context } = task
  if (context === null) return
  const abort = (): void => context.abort(reasonIn(reason))
  const reading = missingReader(reason)
  if (reading === undefined) abort()
  else void reading.then(abort, (error: unknown) => context.abort(error))
}

function reasonIn(packet: Packet): unknown {
  try {
    return decode(packet)[0]
  } catch (error) {
    return error
  }
}
