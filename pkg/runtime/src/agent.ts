/**
 * The table of agents. An agent is one thread of the engine (a page, a Node main thread, a worker) that takes part in the shared memory. Its number is what a lock
 * word holds as the owner.
 *
 *   word           meaning
 *   LIFE           generation << 2 | one of FREE, ALIVE, STOPPING, DEAD
 *   1 … 7          kept for what the agent waits for and what it holds
 *
 * Slots are used again; the generation makes the numbers differ, so that a word left by a dead agent is never taken for one of its successor.
 */

import { AGENT_SLOTS, AGENT_WORDS, AGENTS } from './layout.ts'
import { tooManyAgents } from './shared-errors.ts'

/** The number of an agent: generation << SLOT_BITS | slot. Never 0; fits in 28 bits. */
export type AgentId = number

const SLOT_BITS = 10
const GENERATIONS = 1 << 18

const LIFE_MASK = 3
const ALIVE = 1
const STOPPING = 2
const DEAD = 3

/** Takes a slot of the table for a new agent. */
export function claimAgent(words: Int32Array): AgentId {
  // Slot 0 stays empty, so that no agent's number is 0.
  for (let slot = 1; slot < AGENT_SLOTS; slot++) {
    const life = AGENTS + slot * AGENT_WORDS
    const seen = Atomics.load(words, life)
    if ((seen & LIFE_MASK) === ALIVE || (seen & LIFE_MASK) === STOPPING) continue
    const generation = ((seen >>> 2) + 1) % GENERATIONS
    if (Atomics.compareExchange(words, life, seen, (generation << 2) | ALIVE) === seen)
      return (generation << SLOT_BITS) | slot
  }
  throw tooManyAgents(AGENT_SLOTS - 1)
}

/** Notes that an agent has ended, once. Its slot may be taken by the next agent. */
export function retireAgent(words: Int32Array, agent: AgentId): void {
  const life = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
  const alive = ((agent >>> SLOT_BITS) << 2) | ALIVE
  Atomics.compareExchange(words, life, alive, alive - ALIVE + DEAD)
}

/** Whether the agent with this number has not ended. */
export function isAlive(words: Int32Array, agent: AgentId): boolean {
  const seen = Atomics.load(words, AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS)
  return seen >>> 2 === agent >>> SLOT_BITS && (seen & LIFE_MASK) !== DEAD
}
