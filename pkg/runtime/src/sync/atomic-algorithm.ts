/**
 * Counters and flags that can be waited for, as words and the steps on them.
 *
 *   word           meaning
 *   VALUE          the number, or 0 and 1
 *   WAITERS        how many wait in one of the lanes
 *   lane           wake-up counter of one kind of waiter, and how many of that kind wait; as the mutex has them
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { block, wait } from './wait.ts'

export const ATOMIC_WORDS = 8

export const ATOMIC_BLOCKING_LANE = 2
export const ATOMIC_WORKER_LANE = 4
export const ATOMIC_HOST_LANE = 6

const VALUE = 0
const WAITERS = 1

/** More waiters than there can be. */
const EVERYBODY = 0x7fffffff

/** Wakes up to `count` waiters in each lane, who look at the value again. */
export function notifyAtomic(words: Int32Array, at: number, count: number): void {
  if (Atomics.load(words, at + WAITERS) === 0) return
  for (let lane = ATOMIC_BLOCKING_LANE; lane <= ATOMIC_HOST_LANE; lane += 2) {
    if (Atomics.load(words, at + lane + 1) > 0) {
      Atomics.add(words, at + lane, 1)
      Atomics.notify(words, at + lane, count)
    }
  }
}

/** Begins to wait in a lane, with `changedOrWoken`. */
export function beginWait(words: Int32Array, at: number, lane: number): void {
  Atomics.add(words, at + lane + 1, 1)
  Atomics.add(words, at + WAITERS, 1)
}

/** Whether the value is another than `expected`; if not, sleeps until somebody is woken in this lane, without blocking the thread, and gives false. */
export async function changedOrWoken(words: Int32Array, at: number, expected: number, lane: number): Promise<boolean> {
  const ticket = Atomics.load(words, at + lane)
  if (Atomics.load(words, at + VALUE) !== expected) return true
  await wait(words, at + lane, ticket)
  return false
}

/** Ends what `beginWait` began. */
export function endWait(words: Int32Array, at: number, lane: number): void {
  Atomics.sub(words, at + WAITERS, 1)
  Atomics.sub(words, at + lane + 1, 1)
}

/**
 * Ends the sleep of this thread, since nobody in it waits any more. The engine cannot wake one thread alone. The others look again and go on sleeping, unless this thread was
 * notified just now, in their stead.
 */
export function endSleep(words: Int32Array, at: number, lane: number): void {
  Atomics.notify(words, at + lane, EVERYBODY)
}

/** Waits until the value is another than `expected`, blocking the thread. False when time is up. */
export function blockUntilChange(words: Int32Array, at: number, expected: number, deadline: number): boolean {
  let changed = true
  Atomics.add(words, at + ATOMIC_BLOCKING_LANE + 1, 1)
  Atomics.add(words, at + WAITERS, 1)
  for (;;) {
    const ticket = Atomics.load(words, at + ATOMIC_BLOCKING_LANE)
    if (Atomics.load(words, at + VALUE) !== expected) break
    if (!block(words, at + ATOMIC_BLOCKING_LANE, ticket, deadline)) {
      changed = Atomics.load(words, at + VALUE) !== expected
      break
    }
  }
  Atomics.sub(words, at + WAITERS, 1)
  Atomics.sub(words, at + ATOMIC_BLOCKING_LANE + 1, 1)
  return changed
}
