/** What is known of agents besides their life (`sync/agent-algorithm.ts`): their names, and the end of one. */

import { timer } from '#host'

import {
  AGENT_HELD_COUNT,
  AGENT_LIFE,
  AGENT_NAME,
  AGENT_NAME_LENGTH,
  AGENT_NAME_MOST,
  AGENT_PARENT,
  AGENT_SLOTS,
  AGENT_THREAD,
  AGENT_WORDS,
  AGENTS,
  AGENT_WAITS,
  SLOT_BITS,
} from './layout.ts'
import { tooManyAgents } from './shared-errors.ts'
import { announceDeath, claimAgent, freeSlot, isAlive, someoneMissed, wakeEverybody } from '../sync/agent-algorithm.ts'
import { inherit } from '../sync/block-algorithm.ts'

/** The number of an agent: generation << SLOT_BITS | slot. Never 0; fits in 28 bits. */
export type AgentId = number

/** How long after a death it is first looked whether somebody missed it, and the longest pause between two looks. Milliseconds. */
const FIRST_LOOK = 1
const LONGEST_PAUSE = 64

/** Where an agent comes from, as far as that is known. */
export interface Origin {
  /** The agent whose end is its own end, too. */
  readonly parent?: AgentId
  /** What Node calls its thread, plus 1. */
  readonly thread?: number
}

/**
 * Takes a slot of the table for a new agent with this name.
 *
 * @throws E316 when there are too many.
 */
export function newAgent(words: Int32Array, name: string, { parent = 0, thread = 0 }: Origin = {}): AgentId {
  const agent = claimAgent(words)
  if (agent === 0) throw tooManyAgents(AGENT_SLOTS - 1)
  Atomics.store(words, slotOf(agent) + AGENT_THREAD, thread)
  Atomics.store(words, slotOf(agent) + AGENT_PARENT, parent)
  // What the slot says of its last agent.
  Atomics.store(words, slotOf(agent) + AGENT_WAITS, 0)
  Atomics.store(words, slotOf(agent) + AGENT_HELD_COUNT, 0)
  nameAgent(words, agent, name)
  return agent
}

/** Gives an agent this name, cut to 64 UTF-16 code units. */
export function nameAgent(words: Int32Array, agent: AgentId, name: string): void {
  const at = slotOf(agent)
  const length = Math.min(name.length, AGENT_NAME_MOST)
  for (let index = 0; index < length; index += 2) {
    Atomics.store(words, at + AGENT_NAME + index / 2, name.charCodeAt(index) | (name.charCodeAt(index + 1) << 16))
  }
  Atomics.store(words, at + AGENT_NAME_LENGTH, length)
}

/** The name of an agent, or of the last one that had its slot; cut to 64 UTF-16 code units. */
export function agentName(words: Int32Array, agent: AgentId): string {
  const at = slotOf(agent)
  const length = Atomics.load(words, at + AGENT_NAME_LENGTH)
  let name = ''
  for (let index = 0; index < length; index++) {
    const pair = Atomics.load(words, at + AGENT_NAME + (index >> 1))
    name += String.fromCharCode((index & 1) === 0 ? pair & 0xffff : pair >>> 16)
  }
  return name
}

/** The first word of an agent's slot. */
export function slotOf(agent: AgentId): number {
  return AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
}

/** Announces the death of the agent of a thread of Node that has joined by itself, if it has. */
export function buryThread(words: Int32Array, thread: number): void {
  bury(words, agentWith(words, AGENT_THREAD, thread))
}

/** The living agent of whose slot this word has this value; 0 when there is none. */
function agentWith(words: Int32Array, word: number, value: number): AgentId {
  for (let slot = 1; slot < AGENT_SLOTS; slot++) {
    const at = slotOf(slot)
    if (Atomics.load(words, at + word) !== value) continue
    const agent = ((Atomics.load(words, at + AGENT_LIFE) >>> 2) << SLOT_BITS) | slot
    if (isAlive(words, agent)) return agent
  }
  return 0
}

/** Announces the death of an agent, once, and sees to it that every waiter hears of it. Those whose end it is, too, are announced with it. */
export function bury(words: Int32Array, agent: AgentId): void {
  if (agent === 0 || !announceDeath(words, agent)) return
  for (let child = agentWith(words, AGENT_PARENT, agent); child !== 0; child = agentWith(words, AGENT_PARENT, agent))
    bury(words, child)
  inherit(words, agent)
  freeSlot(words, agent)
  wakeAgain(words, FIRST_LOOK)
}

/** Until nobody can have missed it: who was about to fall asleep does so within microseconds, unless the system keeps its thread from running. */
function wakeAgain(words: Int32Array, pause: number): void {
  timer(() => {
    if (!someoneMissed(words)) return
    wakeEverybody(words)
    wakeAgain(words, Math.min(pause * 2, LONGEST_PAUSE))
  }, pause)
}
