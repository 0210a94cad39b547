/**
 * The roster of a primitive: a list of records, one for each agent that takes part. What an agent alone may undo (its holds, its place in a queue) lies in its
 * record, so when the agent has died the others only need to overlook it.
 *
 *   word of a record   meaning
 *   OWNER              the agent whose record it is
 *   NEXT               the next record, 0 behind the last
 *   2 …                what the primitive keeps there; written by the owner alone, unless it says otherwise
 *
 * Records are added and never taken away. An agent that comes new takes over the record of one that has died, so there are never more of them than agents have
 * lived at the same time.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'

export const OWNER = 0
export const NEXT = 1

/** Adds a record, which nobody else knows yet, to the roster whose first word is `head`. */
export function enlist(words: Int32Array, head: number, record: number, agent: number): void {
  Atomics.store(words, record + OWNER, agent)
  for (;;) {
    const first = Atomics.load(words, head)
    Atomics.store(words, record + NEXT, first)
    if (Atomics.compareExchange(words, head, first, record) === first) return
  }
}

/** Takes over the record of an agent that has died, with whatever it left there; 0 if there is none. */
export function inherit(words: Int32Array, head: number, agent: number): number {
  let record = Atomics.load(words, head)
  while (record !== 0) {
    const owner = Atomics.load(words, record + OWNER)
    if (!isAlive(words, owner) && Atomics.compareExchange(words, record + OWNER, owner, agent) === owner) return record
    record = Atomics.load(words, record + NEXT)
  }
  return 0
}
