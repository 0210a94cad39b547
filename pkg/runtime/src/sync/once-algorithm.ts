/**
 * Something that is done once, as words and the steps on them.
 *
 *   word           meaning
 *   STATE          DONE, or the agent that is doing it << 2, 0 when nobody is; with WAITED when somebody sleeps or is about to
 *   BELL           what waiters sleep on: changes when the one who was doing it ends, either way
 *
 * What an agent was doing when it died is not done: the next that looks may begin anew.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { block, isOver, wait } from './wait.ts'

export const ONCE_WORDS = 8

const STATE = 0
const BELL = 1

const DONE = 1
const WAITED = 2

const EVERYBODY = 0x7fffffff

/** What came of a try to begin. */
export const IS_DONE = 1
export const BEGUN = 2
export const BUSY = 3
export const LATE = 4

export function isDone(words: Int32Array, at: number): boolean {
  return Atomics.load(words, at + STATE) === DONE
}

/** The agent that is doing it, 0 when nobody is. */
export function doer(words: Int32Array, at: number): number {
  return Atomics.load(words, at + STATE) >>> 2
}

/** Begins if it is neither done nor being done: IS_DONE, BEGUN or BUSY. `me` is the agent's number shifted left by 2. */
export function tryBegin(words: Int32Array, at: number, me: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if (seen === DONE) return IS_DONE
    if (isDoing(words, seen)) return BUSY
    // Those who waited for one that died have been woken, and say anew that they wait.
    if (Atomics.compareExchange(words, at + STATE, seen, me) === seen) return BEGUN
  }
}

/** Begins, or waits until it is done, without blocking the thread: IS_DONE or BEGUN. `taken` is told the same, in the step in which that happens. */
export async function beginAsync(
  words: Int32Array,
  at: number,
  me: number,
  taken: (step: number) => void,
): Promise<number> {
  for (;;) {
    const bell = Atomics.load(words, at + BELL)
    const step = beginOrMark(words, at, me)
    if (step !== BUSY) {
      taken(step)
      return step
    }
    await wait(words, at + BELL, bell)
  }
}

/** Begins, or waits until it is done, blocking the thread: IS_DONE, BEGUN, or LATE at the deadline. */
export function beginBlocking(words: Int32Array, at: number, me: number, deadline: number): number {
  for (;;) {
    const bell = Atomics.load(words, at + BELL)
    const step = beginOrMark(words, at, me)
    if (step !== BUSY) return step
    if (isOver(deadline)) return LATE
    block(words, at + BELL, bell, deadline)
  }
}

/** Ends what this agent has begun: it is done, or it is to be done anew. */
export function end(words: Int32Array, at: number, done: boolean): void {
  const seen = Atomics.exchange(words, at + STATE, done ? DONE : 0)
  if ((seen & WAITED) === 0) return
  Atomics.add(words, at + BELL, 1)
  Atomics.notify(words, at + BELL, EVERYBODY)
}

/** One look of who waits in order to begin. */
function beginOrMark(words: Int32Array, at: number, me: number): number {
  for (;;) {
    const step = tryBegin(words, at, me)
    if (step !== BUSY) return step
    const seen = Atomics.load(words, at + STATE)
    if (isDoing(words, seen) && isMarked(words, at, seen)) return BUSY
  }
}

function isMarked(words: Int32Array, at: number, seen: number): boolean {
  return (seen & WAITED) !== 0 || Atomics.compareExchange(words, at + STATE, seen, seen | WAITED) === seen
}

/** Whether somebody who lives is doing it. */
function isDoing(words: Int32Array, seen: number): boolean {
  return seen >>> 2 !== 0 && isAlive(words, seen >>> 2)
}
