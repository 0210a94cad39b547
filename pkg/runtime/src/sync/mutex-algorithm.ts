/**
 * The mutex, as words and the steps on them.
 *
 *   word           meaning
 *   OWNER          FREE, or the owner's agent << 3, with WAITED when somebody sleeps or is about to; bits 1 and 2 are kept for poison
 *   lane           wake-up counter of one kind of waiter: it sleeps on this word
 *   lane + 1       how many of that kind wait; an unlock wakes nobody where this is 0
 *
 * There are three lanes, since the engine's wait list is first-in first-out across every kind of waiter: with one list, a host that is busy could sit on the only
 * wake-up while blocked workers sleep beside a free lock. So an unlock wakes at most one waiter in each lane, three in all.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { block, wait } from './wait.ts'

export const MUTEX_WORDS = 8

export const BLOCKING_LANE = 1
export const WORKER_LANE = 3
export const HOST_LANE = 5

const FREE = 0
const WAITED = 1

/** Takes the lock if it is free. `me` is the agent's number shifted left by 3. */
export function tryLock(words: Int32Array, at: number, me: number): boolean {
  return Atomics.compareExchange(words, at, FREE, me) === FREE
}

/** Frees the lock and wakes. False, and nothing done, when `me` is not the owner. */
export function unlock(words: Int32Array, at: number, me: number): boolean {
  const seen = Atomics.compareExchange(words, at, me, FREE)
  if (seen === me) return true
  if (seen !== (me | WAITED)) return false
  Atomics.store(words, at, FREE)
  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) {
    if (Atomics.load(words, at + lane + 1) > 0) {
      Atomics.add(words, at + lane, 1)
      Atomics.notify(words, at + lane, 1)
    }
  }
  return true
}

/** Takes the lock, sleeping in `lane` without blocking the thread. */
export async function lockAsync(words: Int32Array, at: number, me: number, lane: number): Promise<void> {
  Atomics.add(words, at + lane + 1, 1)
  for (;;) {
    // Before the look at the owner: an unlock after that look changes the ticket, and the wait returns at once.
    const ticket = Atomics.load(words, at + lane)
    if (takeOrMark(words, at, me)) break
    await wait(words, at + lane, ticket)
  }
  Atomics.sub(words, at + lane + 1, 1)
}

/** Takes the lock, blocking the thread. */
export function lockBlocking(words: Int32Array, at: number, me: number): void {
  Atomics.add(words, at + BLOCKING_LANE + 1, 1)
  for (;;) {
    const ticket = Atomics.load(words, at + BLOCKING_LANE)
    if (takeOrMark(words, at, me)) break
    block(words, at + BLOCKING_LANE, ticket)
  }
  Atomics.sub(words, at + BLOCKING_LANE + 1, 1)
}

/**
 * One try of a waiter: the lock is taken, or its owner is told that somebody waits.
 *
 * A waiter always takes with WAITED, even if it was the last one: others may sleep, and it cannot know. That costs at most one look at the counts in its unlock.
 */
function takeOrMark(words: Int32Array, at: number, me: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at)
    if (seen === FREE) {
      if (Atomics.compareExchange(words, at, FREE, me | WAITED) === FREE) return true
    } else {
      if ((seen & WAITED) !== 0) return false
      if (Atomics.compareExchange(words, at, seen, seen | WAITED) === seen) return false
    }
  }
}
