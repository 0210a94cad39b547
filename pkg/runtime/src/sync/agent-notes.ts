/**
 * What others can read of this thread when they ask who waits for what: which primitive it waits for, and what it holds. Written when a wait begins, never on a fast
 * path: nobody asks what a thread holds that does not wait.
 */

import { agentName, nameAgent, slotOf } from '../agent.ts'
import { arena, canShare } from '../arena.ts'
import { AGENT_HELD, AGENT_HELD_COUNT, AGENT_HELD_MOST, AGENT_LIFE, AGENT_WAITS, SLOT_BITS } from '../layout.ts'
import { runtimeState } from '../state.ts'
import { heldHere } from './held.ts'

/** Where the words of what is waited for here lie, in the order in which the waits began. */
const waits: number[] = []

/** To be called when this thread begins to wait for the primitive whose words lie at `at`, in whatever way. */
export function noteWait(at: number): void {
  waits.push(at)
  publish()
}

/** To be called when that wait has ended. */
export function noteWaitOver(at: number): void {
  waits.splice(waits.lastIndexOf(at), 1)
  publish()
}

/** The last wait is the one that is told: a thread that blocks has begun no other since. */
function publish(): void {
  const { words, agent } = arena()
  const slot = slotOf(agent)
  const held = heldHere()
  for (let index = Math.min(held.length, AGENT_HELD_MOST) - 1; index >= 0; index--)
    Atomics.store(words, slot + AGENT_HELD + index, held[held.length - 1 - index]!.heldAt)
  Atomics.store(words, slot + AGENT_HELD_COUNT, held.length)
  Atomics.store(words, slot + AGENT_WAITS, waits[waits.length - 1] ?? 0)
}

let named = ''

// A worker is named after the first thing that it runs; from now on after the last thing that it has begun.
runtimeState().entering.add((context) => {
  if (context === null || context.name === named || !runtimeState().task.isWorker || !canShare()) return
  named = context.name
  const { words, agent } = arena()
  nameAgent(words, agent, named)
})

/** An agent, for messages: "this thread", "the main thread", "the thread `resize`". */
export function describeAgent(agent: number): string {
  const { words, agent: me } = arena()
  if (agent === me) return 'this thread'
  const isTold = Atomics.load(words, slotOf(agent) + AGENT_LIFE) >>> 2 === agent >>> SLOT_BITS
  const name = isTold ? agentName(words, agent) : ''
  if (name === 'main') return 'the main thread'
  return name === '' ? 'a thread that has ended' : `the thread \`${name}\``
}
