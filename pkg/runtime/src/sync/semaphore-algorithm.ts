/**
 * The semaphore, as words and the steps on them. Nothing here waits for another thread but a waiter for its own permits, so every step, `release` included, may run
 * on a page's main thread.
 *
 *   word           meaning
 *   STATE          free permits << 1, with QUEUED when somebody waits who cannot be served: then arrivals queue too, and releases call `serve`
 *   BUSY           0, or how often `serve` was asked for since one thread began to serve; that thread goes on until nobody asked again
 *   INBOX          waiters that have arrived and are not in the queue yet, newest first, pushed by any thread
 *   FIRST, LAST    the queue, oldest first; touched by the serving thread alone
 *
 * A waiter has a node of its own, four words, with the word that it sleeps on; who is granted is woken, and nobody else is. Requests are granted strictly from the
 * front, so a request for many permits cannot starve.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { block, wait } from './wait.ts'

export const SEMAPHORE_WORDS = 8
export const NODE_WORDS = 4

/** The largest number of permits a semaphore can hold. */
export const MAX_PERMITS = 0x3fffffff

const STATE = 0
const BUSY = 1
const INBOX = 2
const FIRST = 3
const LAST = 4

const NODE_STATE = 0
const NODE_NEED = 1
const NODE_NEXT = 2

const GRANTED = 0
const PENDING = 1
const ASLEEP = 2

const QUEUED = 1

/** Takes `need` permits if they are free and nobody waits for some. */
export function tryAcquire(words: Int32Array, at: number, need: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen & QUEUED) !== 0 || seen >> 1 < need) return false
    if (Atomics.compareExchange(words, at + STATE, seen, seen - (need << 1)) === seen) return true
  }
}

/** Gives back `count` permits and serves waiters. False, and nothing done, when there would be more than `MAX_PERMITS`. */
export function release(words: Int32Array, at: number, count: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen >> 1) + count > MAX_PERMITS) return false
    if (Atomics.compareExchange(words, at + STATE, seen, seen + (count << 1)) === seen) {
      if ((seen & QUEUED) !== 0) serve(words, at)
      return true
    }
  }
}

/** Takes `need` permits through `node`, without blocking the thread. */
export async function acquireAsync(words: Int32Array, at: number, node: number, need: number): Promise<void> {
  enqueue(words, at, node, need)
  while (Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP) !== GRANTED) {
    await wait(words, node + NODE_STATE, ASLEEP)
  }
}

/** Takes `need` permits through `node`, blocking the thread. */
export function acquireBlocking(words: Int32Array, at: number, node: number, need: number): void {
  enqueue(words, at, node, need)
  while (Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP) !== GRANTED) {
    block(words, node + NODE_STATE, ASLEEP)
  }
}

function enqueue(words: Int32Array, at: number, node: number, need: number): void {
  Atomics.store(words, node + NODE_STATE, PENDING)
  Atomics.store(words, node + NODE_NEED, need)
  for (;;) {
    const newest = Atomics.load(words, at + INBOX)
    Atomics.store(words, node + NODE_NEXT, newest)
    if (Atomics.compareExchange(words, at + INBOX, newest, node) === newest) break
  }
  serve(words, at)
}

/** Serves waiters, or leaves it to the thread that is serving now and will see that it was asked again. */
function serve(words: Int32Array, at: number): void {
  let asked = 1
  if (Atomics.add(words, at + BUSY, 1) !== 0) return
  for (;;) {
    adopt(words, at)
    grant(words, at)
    const now = Atomics.compareExchange(words, at + BUSY, asked, 0)
    if (now === asked) return
    asked = now
  }
}

/** Moves the arrivals to the end of the queue, oldest first. */
function adopt(words: Int32Array, at: number): void {
  const newest = Atomics.exchange(words, at + INBOX, 0)
  if (newest === 0) return
  let oldest = 0
  let node = newest
  while (node !== 0) {
    const before = Atomics.load(words, node + NODE_NEXT)
    Atomics.store(words, node + NODE_NEXT, oldest)
    oldest = node
    node = before
  }
  const last = Atomics.load(words, at + LAST)
  if (last === 0) Atomics.store(words, at + FIRST, oldest)
  else Atomics.store(words, last + NODE_NEXT, oldest)
  Atomics.store(words, at + LAST, newest)
}

/** Grants from the front while the first fits. Ends with QUEUED saying, in the same word as the permits, whether somebody waits. */
function grant(words: Int32Array, at: number): void {
  for (;;) {
    const first = Atomics.load(words, at + FIRST)
    const seen = Atomics.load(words, at + STATE)
    if (first === 0) {
      if ((seen & QUEUED) === 0) return
      Atomics.compareExchange(words, at + STATE, seen, seen - QUEUED)
    } else {
      const need = Atomics.load(words, first + NODE_NEED)
      if (seen >> 1 >= need) {
        if (Atomics.compareExchange(words, at + STATE, seen, seen - (need << 1)) === seen) pop(words, at, first)
      } else {
        // Marked when it did not fit: who adds permits later sees the mark and serves.
        if ((seen & QUEUED) !== 0) return
        Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)
      }
    }
  }
}

/** Takes the first node out of the queue and tells its waiter. The node belongs to the waiter again from the exchange on. */
function pop(words: Int32Array, at: number, first: number): void {
  const next = Atomics.load(words, first + NODE_NEXT)
  Atomics.store(words, at + FIRST, next)
  if (next === 0) Atomics.store(words, at + LAST, 0)
  if (Atomics.exchange(words, first + NODE_STATE, GRANTED) === ASLEEP) Atomics.notify(words, first + NODE_STATE, 1)
}
