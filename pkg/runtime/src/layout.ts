/** Where things lie in the arena, counted in 32-bit words. Part of the protocol: every thread of a program must use the same numbers. */

/** The next free word, taken with `Atomics.add`. */
export const NEXT_WORD = 0
/** The next unused buffer of the bank, taken with `Atomics.add`. */
export const NEXT_BUFFER = 1

/** The table of agents. */
export const AGENTS = 16
export const AGENT_SLOTS = 1024
export const AGENT_WORDS = 8

/** The registry: an open-addressing table of shared values. */
export const REGISTRY: number = AGENTS + AGENT_SLOTS * AGENT_WORDS
export const ENTRIES = 4096
export const ENTRY_WORDS = 16

/** From here on, words are handed out to locks and their waiters. */
export const FIRST_WORD: number = REGISTRY + ENTRIES * ENTRY_WORDS

/** All words: 16 MiB of addresses. The system gives real memory to the touched part only. */
export const ARENA_WORDS = 4_194_304

/** Words are handed out in lines of 64 bytes, so that two locks never share a cache line. */
export const LINE_WORDS = 16
