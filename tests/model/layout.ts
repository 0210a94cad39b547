// The arena in small: `pkg/runtime/src/memory/layout.ts` with so few agents and numbers that their words fit into the explorer's bytes.

/** Slots of agents; slot 0 is never used. */
export const SLOTS = 4
/** In a slot. */
export const LIFE = 0
export const SLEEPS = 1
const SLOT_WORDS = 2
const AGENTS = 2
/** The first word that is not the arena's own. */
export const FIRST_WORD: number = AGENTS + SLOTS * SLOT_WORDS
export const DEATHS = 1

/** The text that stands in for `layout.ts`. Words from `FIRST_WORD` to `words` have been handed out. */
export const LAYOUT = `
const NEXT_WORD = 0
const DEATHS = ${DEATHS}
const AGENTS = ${AGENTS}
const AGENT_SLOTS = ${SLOTS}
const AGENT_WORDS = ${SLOT_WORDS}
const SLOT_BITS = 2
const GENERATIONS = 4
const AGENT_LIFE = ${LIFE}
const AGENT_SLEEPS = ${SLEEPS}
const FIRST_WORD = ${FIRST_WORD}
const ARENA_WORDS = 255
`

/** The number of the agent that has a slot in `arenaOf`. */
export const agentIn = (slot: number): number => (1 << 2) | slot

/** A word of a slot. */
export const slotWord = (slot: number, word: number): number => AGENTS + slot * SLOT_WORDS + word

/** An arena with agents in some slots, all alive, and `words` words that were handed out. */
export function arenaOf(slots: readonly number[], words: number): number[] {
  const memory = Array.from({ length: FIRST_WORD + words }, () => 0)
  memory[0] = memory.length
  for (const slot of slots) memory[slotWord(slot, LIFE)] = (1 << 2) | 1
  return memory
}
