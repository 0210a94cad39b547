/**
 * The life of agents, as words and the steps on them. An agent is one thread of the engine (a page, a Node main thread, a worker) that takes part in the shared
 * memory; its number is what a lock word holds as the owner. `layout.ts` says where the words of an agent's slot lie.
 *
 *   word           meaning
 *   LIFE           generation << 2 | FREE, ALIVE, DYING (what it left behind is being taken over) or FREE again
 *   SLEEPS         0, or while the agent falls asleep and sleeps, seen << 1 | 1: how many deaths it knew of when it last looked
 *   DEATHS         (of the arena) how many deaths have been announced
 *
 * Slots are used again; the generation makes the numbers differ, so that a word left by a dead agent is never taken for one of its successor.
 *
 * A death is announced once, when the agent has stopped: it is marked first, and then everybody who sleeps on any word is woken, and looks again at what it waits
 * for. One who looked before the mark and falls asleep after the wake-ups would miss them. So who is about to block says how many deaths it knows of, and then counts
 * again: either it finds the new death itself and does not sleep, or the announcer finds the old number and wakes again (`someoneMissed`). Who awaits can count when
 * it is in the wait list already (`wait.ts`).
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text, with a smaller layout.
 */

import {
  AGENT_LIFE,
  AGENT_SLEEPS,
  AGENT_SLOTS,
  AGENT_WORDS,
  AGENTS,
  ARENA_WORDS,
  DEATHS,
  FIRST_WORD,
  GENERATIONS,
  NEXT_WORD,
  SLOT_BITS,
} from '../memory/layout.ts'

const LIFE_MASK = 3
const FREE = 0
const ALIVE = 1
const DYING = 2

/** More waiters than there can be. */
const EVERYBODY = 0x7fffffff

/** Takes a slot of the table for a new agent: its number, or 0 when all are taken. */
export function claimAgent(words: Int32Array): number {
  // Slot 0 stays empty, so that no agent's number is 0.
  for (let slot = 1; slot < AGENT_SLOTS; slot += 1) {
    const at = AGENTS + slot * AGENT_WORDS
    const seen = Atomics.load(words, at + AGENT_LIFE)
    if ((seen & LIFE_MASK) !== FREE) continue
    const generation = ((seen >>> 2) + 1) % GENERATIONS
    if (Atomics.compareExchange(words, at + AGENT_LIFE, seen, (generation << 2) | ALIVE) === seen) {
      Atomics.store(words, at + AGENT_SLEEPS, 0)
      return (generation << SLOT_BITS) | slot
    }
  }
  return 0
}

/** Whether the agent with this number has not ended. */
export function isAlive(words: Int32Array, agent: number): boolean {
  const slot = agent & (AGENT_SLOTS - 1)
  return Atomics.load(words, AGENTS + slot * AGENT_WORDS + AGENT_LIFE) === (((agent >>> SLOT_BITS) << 2) | ALIVE)
}

/**
 * Marks an agent as dead, and wakes everybody who sleeps on shared memory. False, and nothing done, when that has happened before. To be called only when the agent
 * has stopped: from now on others take over what it held. `freeSlot` follows.
 */
export function announceDeath(words: Int32Array, agent: number): boolean {
  const at = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
  const alive = ((agent >>> SLOT_BITS) << 2) | ALIVE
  if (Atomics.compareExchange(words, at + AGENT_LIFE, alive, alive - ALIVE + DYING) !== alive) return false
  Atomics.add(words, DEATHS, 1)
  wakeEverybody(words)
  return true
}

/** Gives the slot of an agent whose death was announced to the next one. */
export function freeSlot(words: Int32Array, agent: number): void {
  const at = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
  Atomics.store(words, at + AGENT_LIFE, ((agent >>> SLOT_BITS) << 2) | FREE)
}

/** Wakes everybody who sleeps on a word that was handed out. */
export function wakeEverybody(words: Int32Array): void {
  // Who asks for more words than there are raises NEXT_WORD for a moment.
  const end = Atomics.load(words, NEXT_WORD)
  for (let at = FIRST_WORD; at < end && at < ARENA_WORDS; at += 1) Atomics.notify(words, at, EVERYBODY)
}

/** Whether somebody who does not know of the last death may have fallen asleep after the wake-ups. */
export function someoneMissed(words: Int32Array): boolean {
  for (let slot = 1; slot < AGENT_SLOTS; slot += 1) {
    const at = AGENTS + slot * AGENT_WORDS
    const sleeps = Atomics.load(words, at + AGENT_SLEEPS)
    if (sleeps === 0 || sleeps >>> 1 === Atomics.load(words, DEATHS)) continue
    if ((Atomics.load(words, at + AGENT_LIFE) & LIFE_MASK) === ALIVE) return true
  }
  return false
}

/** To be called before a sleep that blocks. False when a death was announced that the agent does not know of: then it must not sleep, but look again. */
export function fallAsleep(words: Int32Array, agent: number, seen: number): boolean {
  const at = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
  Atomics.store(words, at + AGENT_SLEEPS, (seen << 1) | 1)
  if (Atomics.load(words, DEATHS) === seen) return true
  Atomics.store(words, at + AGENT_SLEEPS, 0)
  return false
}

/** To be called after a sleep that blocked. */
export function wakeUp(words: Int32Array, agent: number): void {
  Atomics.store(words, AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS + AGENT_SLEEPS, 0)
}
