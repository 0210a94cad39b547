/**
 * What others can read of this thread when they ask who waits for what: which primitive it waits for, and what it holds. Written when a wait begins, never on a fast
 * path: nobody asks what a thread holds that does not wait.
 */

import { nameAgent, slotOf } from '../memory/agent.ts'
import { arena, canShare } from '../memory/arena.ts'
import { AGENT_HELD, AGENT_HELD_COUNT, AGENT_HELD_MOST, AGENT_WAITS } from '../memory/layout.ts'
import { runtimeState } from '../state.ts'
import { BLOCKS, ENDS, LOOK_MS, beginToLook, lookForDeadlock } from './deadlock.ts'
import { heldHere } from './held.ts'
import { takeVerdict } from './verdict.ts'

/** Something that this thread waits for. */
interface Wait {
  /** Where its words lie. */
  readonly at: number
  /** BLOCKS, ENDS, both, or 0. */
  readonly mode: number
}

/** In the order in which the waits began. */
const waits: Wait[] = []

/** Where the task that ran last was spawned. */
let site = ''

let timer: ReturnType<typeof setInterval> | undefined

/** To be called when this thread begins to wait for the primitive whose words lie at `at`, and does other things meanwhile. */
export function noteWait(at: number): void {
  begin({ at, mode: 0 })
  if (timer !== undefined) return
  timer = setInterval(lookOrRest, LOOK_MS)
  ;(timer as { unref?(): void }).unref?.()
}

/** To be called when that wait has ended. */
export function noteWaitOver(at: number): void {
  let index = waits.length - 1
  while (waits[index]!.at !== at) index--
  waits.splice(index, 1)
  publish()
}

/** Runs `wait`, which blocks this thread until `deadline` at most, for the primitive whose words lie at `at`. It may be ended with a verdict, by `isOver`. */
export function whileBlocked<T>(at: number, deadline: number, wait: () => T): T {
  begin({ at, mode: deadline === Infinity ? BLOCKS : BLOCKS | ENDS })
  try {
    return wait()
  } finally {
    noteWaitOver(at)
  }
}

function begin(wait: Wait): void {
  // That of a wait which got what it waited for at the last moment.
  takeVerdict()
  beginToLook()
  waits.push(wait)
  publish()
}

/** To be called once a second while this thread waits: looks whether the wait can ever end. */
export function lookAtWaits(): void {
  if (waits.length === 0) return
  publish()
  lookForDeadlock(site)
}

function lookOrRest(): void {
  if (waits.length > 0) return lookAtWaits()
  clearInterval(timer)
  timer = undefined
}

/** The last wait is the one that is told: a thread that blocks has begun no other since. */
function publish(): void {
  const { words, agent } = arena()
  const slot = slotOf(agent)
  const held = heldHere()
  for (let index = Math.min(held.length, AGENT_HELD_MOST) - 1; index >= 0; index--) {
    const { heldAt, owned } = held[held.length - 1 - index]!
    Atomics.store(words, slot + AGENT_HELD + index, heldAt | owned)
  }
  Atomics.store(words, slot + AGENT_HELD_COUNT, held.length)
  const last = waits[waits.length - 1]
  Atomics.store(words, slot + AGENT_WAITS, last === undefined ? 0 : last.at | last.mode)
}

let named = ''

// A worker is named after the first thing that it runs; from now on after the last thing that it has begun.
runtimeState().entering.add((context) => {
  if (context !== null) site = context.at
  if (context === null || context.name === named || !runtimeState().task.isWorker || !canShare()) return
  named = context.name
  const { words, agent } = arena()
  nameAgent(words, agent, named)
})

export { describeAgent } from './describe-agent.ts'
