/**
 * The condition variable, as words and the steps on them.
 *
 *   word           meaning
 *   CALLS          how often somebody was notified; waiters sleep on this word
 *   WAITERS        how many sleep or are about to; a notification does nothing when this is 0
 *   ALL            how often everybody was notified
 *
 * Who waits reads CALLS while it holds the mutex, gives the mutex back, and sleeps while CALLS is still the same. So a notification that comes after the mutex was given back
 * is never missed. A wake-up may come without a notification; callers look again at what they wait for. A death wakes everybody who sleeps (`agent-algorithm.ts`), so
 * a notification that went to a dying thread is not lost to the others. A waiter that died still counts; then a notification of nobody costs a little more.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { block, wait } from './wait.ts'

export const CONDVAR_WORDS = 4

const CALLS = 0
const WAITERS = 1
const ALL = 2

/** More waiters than there can be. */
const EVERYBODY = 0x7fffffff

/** Begins to wait, with the mutex held; what `sleep` and `sleepBlocking` are to be given. */
export function begin(words: Int32Array, at: number): number {
  Atomics.add(words, at + WAITERS, 1)
  return Atomics.load(words, at + CALLS)
}

/** Sleeps until somebody has been notified since `calls`, or nothing has happened; without blocking the thread. */
export async function sleep(words: Int32Array, at: number, calls: number): Promise<void> {
  await wait(words, at + CALLS, calls)
}

/** The same, blocking the thread. False when it slept until `deadline`. */
export function sleepBlocking(words: Int32Array, at: number, calls: number, deadline: number): boolean {
  return block(words, at + CALLS, calls, deadline)
}

/** Ends what `begin` began. */
export function end(words: Int32Array, at: number): void {
  Atomics.sub(words, at + WAITERS, 1)
}

/** Wakes one who waits, if somebody does. */
export function notifyOne(words: Int32Array, at: number): void {
  if (Atomics.load(words, at + WAITERS) === 0) return
  Atomics.add(words, at + CALLS, 1)
  Atomics.notify(words, at + CALLS, 1)
}

/** Wakes all who wait. */
export function notifyAll(words: Int32Array, at: number): void {
  if (Atomics.load(words, at + WAITERS) === 0) return
  Atomics.add(words, at + ALL, 1)
  Atomics.add(words, at + CALLS, 1)
  Atomics.notify(words, at + CALLS, EVERYBODY)
}

/** How often somebody was notified. */
export function callsOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at + CALLS)
}

/** How often everybody was notified. */
export function allOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at + ALL)
}

/** Ends the sleep of this thread, since nobody in it waits any more. The engine cannot wake one thread alone; the others go on sleeping. */
export function endSleep(words: Int32Array, at: number): void {
  Atomics.notify(words, at + CALLS, EVERYBODY)
}
