/**
 * Blocks of words for primitives that come and go, as words and the steps on them. A block is one or more lines of the arena, named by the number of its first.
 *
 *   word           meaning
 *   REFERENCES + line   size << (COUNT_BITS + BLOCK_GENERATION_BITS) | generation << COUNT_BITS | how many refer to the block
 *   FREE_BLOCKS + size  the first of a list of free blocks of 2 ** size lines, linked through their first words; anybody adds to it
 *   AGENT_BLOCKS + size of an agent's slot: such a list that the agent has taken for itself
 *   AGENT_REFERENCES    of an agent's slot: its list of lines of cells; the first word of each leads to the next line, every other is a cell
 *   cell                0, or a mark: the block that the agent refers to, by an object of it or in a message that it has sent, with a number above LINE_BITS that
 *                       makes it differ from what the cell held before
 *
 * Whoever refers to a block has a cell for it, so that its references can be taken back when it dies. The count goes up before the cell is written and down after it
 * was emptied: who dies between them leaves a block that is never used again, and never one that is used too early. A word that is a cell stays one: the
 * next agent of the slot uses it, since a message of the last one may still come and look whether it is its turn to empty it.
 *
 * A list is always taken as a whole. So no step compares the front of a list with what it was: a block that has left the list and come back cannot be mistaken.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text, with a smaller layout.
 */

import {
  AGENT_BLOCKS,
  AGENT_REFERENCES,
  AGENT_SLOTS,
  AGENT_WORDS,
  AGENTS,
  BLOCK_GENERATION_BITS,
  BLOCK_SIZES,
  COUNT_BITS,
  FREE_BLOCKS,
  LINE_BITS,
  LINE_WORDS,
  REFERENCES,
} from '../memory/layout.ts'

/** The first reference to a block that was just taken. The generation, by which late messages tell it from what lay there before. */
export function firstReference(words: Int32Array, line: number, size: number): number {
  const generation = (Atomics.load(words, REFERENCES + line) >>> COUNT_BITS) & ((1 << BLOCK_GENERATION_BITS) - 1)
  const word = (size << (COUNT_BITS + BLOCK_GENERATION_BITS)) | (generation << COUNT_BITS) | 1
  Atomics.store(words, REFERENCES + line, word)
  return generation
}

/** One more reference. False when the block has been given back since `generation`. */
export function addReference(words: Int32Array, line: number, generation: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, REFERENCES + line)
    if (((seen >>> COUNT_BITS) & ((1 << BLOCK_GENERATION_BITS) - 1)) !== generation) return false
    if (Atomics.compareExchange(words, REFERENCES + line, seen, seen + 1) === seen) return true
  }
}

/** One reference less. With the last one the block becomes free; then true. */
export function dropReference(words: Int32Array, line: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, REFERENCES + line)
    if ((seen & ((1 << COUNT_BITS) - 1)) !== 1) {
      if (Atomics.compareExchange(words, REFERENCES + line, seen, seen - 1) === seen) return false
      continue
    }
    const size = seen >>> (COUNT_BITS + BLOCK_GENERATION_BITS)
    const generation = (((seen >>> COUNT_BITS) & ((1 << BLOCK_GENERATION_BITS) - 1)) + 1) % (1 << BLOCK_GENERATION_BITS)
    const next = (size << (COUNT_BITS + BLOCK_GENERATION_BITS)) | (generation << COUNT_BITS)
    if (Atomics.compareExchange(words, REFERENCES + line, seen, next) !== seen) continue
    giveBlock(words, line, size)
    return true
  }
}

/** Empties a cell and drops its reference. False, and nothing done, when that has happened before. */
export function dropCell(words: Int32Array, cell: number, mark: number): boolean {
  if (Atomics.compareExchange(words, cell, mark, 0) !== mark) return false
  dropReference(words, mark & ((1 << LINE_BITS) - 1))
  return true
}

/** Adds a block to the free ones. */
export function giveBlock(words: Int32Array, line: number, size: number): void {
  for (;;) {
    const first = Atomics.load(words, FREE_BLOCKS + size)
    Atomics.store(words, line * LINE_WORDS, first)
    if (Atomics.compareExchange(words, FREE_BLOCKS + size, first, line) === first) return
  }
}

/** Takes a free block for an agent: its line, or 0 when there is none. The words are as they were left. */
export function takeBlock(words: Int32Array, agent: number, size: number): number {
  const own = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS + AGENT_BLOCKS + size
  let line = Atomics.exchange(words, own, 0)
  if (line === 0) line = Atomics.exchange(words, FREE_BLOCKS + size, 0)
  if (line !== 0) Atomics.store(words, own, Atomics.load(words, line * LINE_WORDS))
  return line
}

/** Takes what other agents have taken for themselves, where nothing else is left: a block, or 0. */
export function takeFromOthers(words: Int32Array, agent: number, size: number): number {
  const own = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS + AGENT_BLOCKS + size
  for (let slot = 1; slot < AGENT_SLOTS; slot += 1) {
    const line = Atomics.exchange(words, AGENTS + slot * AGENT_WORDS + AGENT_BLOCKS + size, 0)
    if (line !== 0) {
      Atomics.store(words, own, Atomics.load(words, line * LINE_WORDS))
      return line
    }
  }
  return 0
}

/** Gives a new line of cells to an agent. Only the agent itself calls this. */
export function addCells(words: Int32Array, agent: number, line: number): void {
  const list = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS + AGENT_REFERENCES
  Atomics.store(words, line * LINE_WORDS, Atomics.load(words, list))
  Atomics.store(words, list, line)
}

/** Takes back what a dead agent referred to and kept for itself. To be called once, before its slot can be taken by the next agent. */
export function inherit(words: Int32Array, agent: number): void {
  const slot = AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS
  let line = Atomics.load(words, slot + AGENT_REFERENCES)
  while (line !== 0) {
    for (let cell = line * LINE_WORDS + 1; cell < (line + 1) * LINE_WORDS; cell += 1) {
      const mark = Atomics.load(words, cell)
      // A message of the dead may arrive in this very moment, and empty its cell.
      if (mark !== 0) dropCell(words, cell, mark)
    }
    line = Atomics.load(words, line * LINE_WORDS)
  }
  for (let size = 0; size < BLOCK_SIZES; size += 1) {
    let free = Atomics.exchange(words, slot + AGENT_BLOCKS + size, 0)
    while (free !== 0) {
      const next = Atomics.load(words, free * LINE_WORDS)
      giveBlock(words, free, size)
      free = next
    }
  }
}
