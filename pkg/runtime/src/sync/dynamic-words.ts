/**
 * Words of primitives that come and go: made in a loop, sent to threads, dropped. They are used again when no thread has an object for them any more and none is on
 * its way. Each thread counts as one reference from its first object until the engine has collected it; what a thread sends counts as one of its own until it arrives.
 *
 * What a thread that ended referred to is taken back with its slot (`inherit` in `block-algorithm.ts`).
 */

import { slotOf } from '../memory/agent.ts'
import type { Arena } from '../memory/arena.ts'
import { allocateWords, arena, sizeOf } from '../memory/arena.ts'
import {
  AGENT_REFERENCES,
  BLOCK_GENERATION_BITS,
  COUNT_BITS,
  LINE_BITS,
  LINE_WORDS,
  REFERENCES,
} from '../memory/layout.ts'
import { wordsGone } from './lock-errors.ts'
import { runtimeState } from '../state.ts'
import { addCells, addReference, dropCell, firstReference } from './block-algorithm.ts'

/** A reference of this thread: the word that stands for it, and what that holds. */
interface Reference {
  readonly cell: number
  readonly mark: number
}

/** What goes with an address that is sent: the generation of its block and, unless the sender keeps the object until the thread has ended, the sender's reference. */
export type Ticket = readonly [generation: number, cell: number, mark: number]

const GENERATION_MASK = (1 << BLOCK_GENERATION_BITS) - 1
const COUNT_MASK = (1 << COUNT_BITS) - 1
const MARKS = 1 << (32 - LINE_BITS)

/** After so many blocks of which none has come back the engine is told that there is something to collect. */
const REMIND_AFTER = 32_768
const REMINDER_BYTES = 2 ** 26

/** Blocks handed out since the engine has collected an object. */
let handedOut = 0

const collected = new FinalizationRegistry<Reference>((reference) => {
  const { words, cells } = arena()
  handedOut = 0
  dropCell(words, reference.cell, reference.mark)
  cells.free.push(reference.cell)
})

/** References in messages, of which some have arrived. */
let sent: Reference[] = []
let sweepAt = 64

/** Zeroed words for an object: they are used again when it, and those of other threads for the same words, have been collected. */
export function wordsFor(owner: object, count: number): number {
  const at = allocateWords(count)
  const line = at / LINE_WORDS
  firstReference(arena().words, line, sizeOf(count))
  if (++handedOut === REMIND_AFTER) remind()
  collected.register(owner, referenceTo(line))
  return at
}

/**
 * Engines collect when their own memory grows, of which a lock takes little: hundreds of thousands, which is all that there is room for, may lie around before they
 * look. Memory outside of the heap counts for them, whether it is used or not; these bytes are never touched, and so never given by the system.
 */
function remind(): void {
  handedOut = 0
  try {
    void new ArrayBuffer(REMINDER_BYTES)
  } catch {
    // No addresses are left: the engine has collected before it said so.
  }
}

/** A number, above 0, for the block at these words and for no other before or after it. */
export function blockAt(at: number): number {
  const line = at / LINE_WORDS
  return line | (generationOf(arena().words, line) << LINE_BITS)
}

/** Whether the block with this number is referred to. */
export function isBlock(number: number): boolean {
  const { words } = arena()
  const line = number & ((1 << LINE_BITS) - 1)
  return isCounted(words, line) && generationOf(words, line) === number >>> LINE_BITS
}

/** Keeps words for as long as the program runs: they are found by their id. */
export function keepWords(at: number): void {
  const { words } = arena()
  const line = at / LINE_WORDS
  if (isCounted(words, line)) addReference(words, line, generationOf(words, line))
}

/** What goes with words that are sent, so that they are not used again on the way; undefined for words that never are. */
export function ticketFor(owner: object, at: number): Ticket | undefined {
  const { words, cells } = arena()
  const line = at / LINE_WORDS
  if (!isCounted(words, line)) return undefined
  const generation = generationOf(words, line)
  const pins = runtimeState().crossing?.pins
  if (pins !== undefined) {
    pins.push(owner)
    return [generation, 0, 0]
  }
  if (sent.length >= sweepAt) {
    const arrived = sent.filter(({ cell, mark }) => Atomics.load(words, cell) !== mark)
    for (const { cell } of arrived) cells.free.push(cell)
    sent = sent.filter(({ cell, mark }) => Atomics.load(words, cell) === mark)
    sweepAt = Math.max(64, sent.length * 2)
  }
  addReference(words, line, generation)
  const reference = referenceTo(line)
  sent.push(reference)
  return [generation, reference.cell, reference.mark]
}

/**
 * Takes part in words that have arrived, before an object is made for them.
 *
 * @throws E321 when they are used for something else: whoever sent them has died meanwhile.
 */
export function receiveWords(at: number, [generation]: Ticket): (owner: object) => void {
  const line = at / LINE_WORDS
  if (!addReference(arena().words, line, generation)) throw wordsGone()
  const reference = referenceTo(line)
  return (owner) => collected.register(owner, reference)
}

/** The sender need not keep its reference any more. */
export function arrived([, cell, mark]: Ticket): void {
  if (cell !== 0) dropCell(arena().words, cell, mark)
}

/** A cell of this thread that stands for a reference that was counted. */
function referenceTo(line: number): Reference {
  const { words, cells } = arena()
  const cell = freeCell(arena())
  cells.serial = (cells.serial + 1) % MARKS
  const mark = line | (cells.serial << LINE_BITS)
  Atomics.store(words, cell, mark)
  return { cell, mark }
}

function freeCell({ words, agent, cells }: Arena): number {
  // Cells of the one that had this agent's slot before.
  if (cells.free.length === 0 && !cells.known) {
    cells.known = true
    for (let line = Atomics.load(words, slotOf(agent) + AGENT_REFERENCES); line !== 0; line = words[line * LINE_WORDS]!)
      addFree(cells.free, line)
  }
  if (cells.free.length === 0) {
    const line = allocateWords(LINE_WORDS) / LINE_WORDS
    addCells(words, agent, line)
    addFree(cells.free, line)
  }
  return cells.free.pop()!
}

function addFree(free: number[], line: number): void {
  for (let cell = line * LINE_WORDS + 1; cell < (line + 1) * LINE_WORDS; cell++) free.push(cell)
}

function isCounted(words: Int32Array, line: number): boolean {
  return (Atomics.load(words, REFERENCES + line) & COUNT_MASK) !== 0
}

function generationOf(words: Int32Array, line: number): number {
  return (Atomics.load(words, REFERENCES + line) >>> COUNT_BITS) & GENERATION_MASK
}
