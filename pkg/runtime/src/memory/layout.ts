/** Where things lie in the arena, counted in 32-bit words. Part of the protocol: every thread of a program must use the same numbers. */

/** The next free word, taken with `Atomics.add`. */
export const NEXT_WORD = 0
/** The next unused buffer of the bank, taken with `Atomics.add`. */
export const NEXT_BUFFER = 1
/** How many deaths of agents have been announced. */
export const DEATHS = 2

/** Blocks of lines that nobody uses any more, a list for each size: 1, 2, 4, … lines. */
export const FREE_BLOCKS = 3
export const BLOCK_SIZES = 13

/** How many shared structs have a number. */
export const NEXT_STRUCT = 16

/** How often declared values were reset. */
export const RESETS = 17

/** The table of agents. */
export const AGENTS = 32
export const AGENT_SLOTS = 1024
export const AGENT_WORDS = 64

/** An agent's number is generation << SLOT_BITS | slot, 28 bits. */
export const SLOT_BITS = 10
export const GENERATIONS: number = 1 << 18

/** In an agent's slot: whether it lives, and how it sleeps; `sync/agent-algorithm.ts` says what the words mean. */
export const AGENT_LIFE = 0
export const AGENT_SLEEPS = 1
/** Where the words of the primitive lie that the agent waits for, and how it waits in the lowest bits (`sync/deadlock.ts`); 0 when for none. */
export const AGENT_WAITS = 2
/** How many primitives it holds, and where the words of those taken last lie, with the way of holding each in the lowest bits (`sync/held.ts`). */
export const AGENT_HELD_COUNT = 3
export const AGENT_HELD = 4
export const AGENT_HELD_MOST = 10
/** Where it has written down what it tells others of a deadlock; the words stay with the slot. 0 when it never has. */
export const AGENT_TELLS = 14
/** Its name: how many UTF-16 code units, and then the units, two in each word. */
export const AGENT_NAME_LENGTH = 15
export const AGENT_NAME = 16
export const AGENT_NAME_MOST = 64
/** The last line of its list of references, and the free blocks that it has taken for itself, by size: BLOCK_SIZES words. */
export const AGENT_REFERENCES = 48
export const AGENT_BLOCKS = 49

/** The thread of Node that it is, where it has joined by itself, plus 1; and the agent in whose thread its own was started, which it does not outlive. 0: unknown. */
export const AGENT_THREAD = 62
export const AGENT_PARENT = 63

/** The registry: an open-addressing table of shared values. */
export const REGISTRY: number = AGENTS + AGENT_SLOTS * AGENT_WORDS
export const ENTRIES = 4096
export const ENTRY_WORDS = 16

/** All words: 16 MiB of addresses. The system gives real memory to the touched part only. */
export const ARENA_WORDS = 4_194_304

/** Words are handed out in lines of 64 bytes, so that two locks never share a cache line. */
export const LINE_WORDS = 16

/** For each line of the arena, how many refer to the block that begins there: `sync/block-algorithm.ts`. */
export const REFERENCES: number = REGISTRY + ENTRIES * ENTRY_WORDS
/** Bits of the number of a line. */
export const LINE_BITS = 18
/** What a word of references holds: a count, a generation and the size of the block. */
export const COUNT_BITS = 20
export const BLOCK_GENERATION_BITS = 7

/** From here on, words are handed out to locks and their waiters. */
export const FIRST_WORD: number = REFERENCES + ARENA_WORDS / LINE_WORDS
