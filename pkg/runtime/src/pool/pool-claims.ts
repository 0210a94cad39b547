// The host's side of claims: which task has which word, and who has won it.

import { allocateWords, arena, canShare } from '../memory/arena.ts'
import { ClaimSlots, UNCLAIMABLE } from './claims.ts'
import type { PoolTask } from './pool-task.ts'
import { HELD } from './pool-task.ts'
import type { Claim, ClaimRange } from '../protocol.ts'
import { claim, commit, isOpen, markAborted } from '../sync/claim-algorithm.ts'

/** How many claims there are: for what lies in workers, started or not. */
const CLAIMS = 32_768

/** The same for what one worker spawns. */
const WORKER_CLAIMS = 256

/** Takes words for claims out of the arena; null where there is no shared memory, or none left. */
function claimRange(count: number): ClaimRange | null {
  if (!canShare()) return null
  try {
    return { first: allocateWords(count), count }
  } catch {
    // Tasks then go to workers one by one, which is slower and nothing else.
    return null
  }
}

export class PoolClaims {
  /** Null until the first worker, and where there is no shared memory. */
  #slots: ClaimSlots | null = null
  /** Ranges of workers that have ended. */
  readonly #returned: ClaimRange[] = []

  /** Tasks can be given ahead to workers that are busy, and taken back. */
  get available(): boolean {
    return this.#slots !== null
  }

  /** There is a worker, and with it the memory that it shares. */
  open(): void {
    if (this.#slots !== null) return
    const range = claimRange(CLAIMS)
    if (range !== null) this.#slots = new ClaimSlots(arena().words, range)
  }

  /** Claims for what is spawned in a worker; null when there are none to have. */
  lend(): ClaimRange | null {
    return this.#returned.pop() ?? claimRange(WORKER_CLAIMS)
  }

  giveBack(range: ClaimRange | null): void {
    if (range !== null) this.#returned.push(range)
  }

  /** Takes a task that the worker which spawned it may run as well. False when it does. */
  win({ slot, word }: Claim): boolean {
    return this.#slots === null || claim(this.#slots.words, slot, word)
  }

  /** A claim for a task that goes to a worker: already taken when the worker is to run it in any case. */
  take({ held }: PoolTask): Claim {
    const slots = this.#slots
    const taken = slots?.take() ?? UNCLAIMABLE
    if (held !== HELD.NOT || taken.slot < 0) return taken
    return { slot: taken.slot, word: commit(slots!.words, taken.slot, taken.word) }
  }

  /** Takes back a task that lies unstarted in a worker. False when it has started, or cannot be told. */
  takeBack(task: PoolTask): boolean {
    const { slot, word } = task.claim
    if (slot < 0 || task.held === HELD.NOT) return false
    if (!claim(this.#slots!.words, slot, word)) return false
    this.drop(task)
    return true
  }

  /** The task is not in a worker any more. */
  drop(task: PoolTask): void {
    this.#slots?.release(task.claim)
    task.claim = UNCLAIMABLE
  }

  markAborted({ claim: { slot, word } }: PoolTask): void {
    if (slot >= 0) markAborted(this.#slots!.words, slot, word)
  }

  hasStarted({ held, claim: { slot, word } }: PoolTask): boolean {
    return slot >= 0 && (held === HELD.NOT || !isOpen(this.#slots!.words, slot, word))
  }
}
