/** This thread's records in the rosters of primitives; `roster-algorithm.ts` says what they are. */

import { allocateWords, arena } from '../memory/arena.ts'
import { LINE_WORDS } from '../memory/layout.ts'
import { NEXT } from './roster-algorithm.ts'

/** A function of an algorithm that gives this thread a record: `fresh`, or one that a dead thread has left. */
export type Join = (words: Int32Array, at: number, fresh: number, agent: number) => number

/** By where the roster begins. */
const own = new Map<number, number>()
/** Lines that were handed out for records and are not used. */
const spare: number[] = []

/**
 * This thread's record of the primitive at `at`, whose roster begins `head` words behind; it joins the roster now if it is not in it. A record takes a line of memory
 * for itself, so that threads do not slow each other down.
 */
export function recordAt(at: number, head: number, join: Join): number {
  const { words, agent } = arena()
  const known = own.get(at)
  if (known !== undefined && isIn(words, at + head, known)) return known
  // The words are used again, and with them the record that this thread had in what lay here before.
  const fresh = known ?? spare.pop() ?? allocateWords(LINE_WORDS)
  words.fill(0, fresh, fresh + LINE_WORDS)
  const record = join(words, at, fresh, agent)
  if (record !== fresh) spare.push(fresh)
  own.set(at, record)
  return record
}

function isIn(words: Int32Array, head: number, wanted: number): boolean {
  for (let record = Atomics.load(words, head); record !== 0; record = Atomics.load(words, record + NEXT))
    if (record === wanted) return true
  return false
}
