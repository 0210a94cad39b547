/**
 * Claims: who runs a task that two threads could run.
 *
 *   bits           meaning
 *   0              CLAIMED: somebody has taken the task
 *   1              ABORTED: its owner does not want it any more
 *   2 …            generation: how often the slot has been used
 *
 * A task given ahead lies in a worker's queue, and its host keeps a copy. The worker takes the word before the first statement; the host takes it to give the task
 * to another worker. One compare-and-swap decides, so a task never runs twice. A message may come long after its claim was lost and the slot was used again: the
 * generation makes the word it names differ from the one that lies there now.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

const CLAIMED = 1
const ABORTED = 2
const GENERATION = 4

/** Puts a claim into a slot that nobody uses; what the word holds until somebody takes it. */
export function offer(words: Int32Array, slot: number): number {
  const word = (Atomics.load(words, slot) & ~(CLAIMED | ABORTED)) + GENERATION
  Atomics.store(words, slot, word | 0)
  return word | 0
}

/** Takes the task. False when somebody else has. */
export function claim(words: Int32Array, slot: number, word: number): boolean {
  if ((word & CLAIMED) !== 0) return true
  return Atomics.compareExchange(words, slot, word, word | CLAIMED) === word
}

/** Gives a task that was just offered to whoever gets it; what the word holds from then on. */
export function commit(words: Int32Array, slot: number, word: number): number {
  Atomics.store(words, slot, word | CLAIMED)
  return word | CLAIMED
}

/** Whether nobody has taken the task yet. */
export function isOpen(words: Int32Array, slot: number, word: number): boolean {
  return Atomics.load(words, slot) === word
}

/** Tells who has taken the task that it is not wanted any more. */
export function markAborted(words: Int32Array, slot: number, word: number): void {
  Atomics.compareExchange(words, slot, word | CLAIMED, word | CLAIMED | ABORTED)
}

/** Whether the one who owns the task does not want it any more. */
export function isMarkedAborted(words: Int32Array, slot: number, word: number): boolean {
  return Atomics.load(words, slot) === (word | CLAIMED | ABORTED)
}
