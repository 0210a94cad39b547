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

/** Waits until the value is another than `expected`, without blocking the thread. */
export async function awaitChange(words: Int32Array, at: number, expected: number, lane: number): Promise<void> {
  Atomics.add(words, at + lane + 1, 1)
  Atomics.add(words, at + WAITERS, 1)
  for (;;) {
    const ticket = Atomics.load(words, at + lane)
    if (Atomics.load(words, at + VALUE) !== expected) break
    await wait(words, at + lane, ticket)
  }
  Atomics.sub(words, at + WAITERS, 1)
  Atomics.sub(words, at + lane + 1, 1)
}

/** As `awaitChange`, blocking the thread. False when time is up. */
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
