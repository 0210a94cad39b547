/**
 * The semaphore, as words and the steps on them. Nothing here waits for another thread but a waiter for its own permits, so every step, `release` included, may run
 * on a page's main thread.
 *
 *   word           meaning
 *   STATE          free permits << 2, with QUEUED when somebody waits who cannot be served: then arrivals queue too, and releases call `serve`. With GRANTING
 *                  while the permits of the first waiter are taken out and it has not been told
 *   SERVER         0, or the agent << 1 that serves for everybody, with ASKED when it must go on since somebody has asked again
 *   NEWEST         the last waiter that has come; from each the word OLDER leads to the one before. Threads push themselves here
 *   FIRST, LAST    the queue in the other direction, oldest first, as far as the server has seen it; touched by the server alone
 *   LEFT           1 when a waiter has gone away, so that the server looks through the queue
 *
 * A waiter has a node of its own with the word that it sleeps on; who is granted is woken, and nobody else is. Requests are granted strictly from the front, so a request
 * for many permits cannot starve.
 *
 * Threads may die at any step. The chain from NEWEST is the truth about who waits: each step changes one word of it, and the rest can be made from it. So whoever finds
 * that the server is dead serves in its place, from that chain. Waiters that are dead are dropped. What a dead thread had been granted stays taken: a semaphore counts,
 * and does not know whose permits are out. A node of a waiter whose server died just before it was told that the node is out of the chain is not used again.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { block, isOver, wait } from './wait.ts'

export const SEMAPHORE_WORDS = 8
export const NODE_WORDS = 5

/** The largest number of permits a semaphore can hold. */
export const MAX_PERMITS = 0x3fffffff

const STATE = 0
const SERVER = 1
const NEWEST = 2
const FIRST = 3
const LAST = 4
const LEFT = 5

const QUEUED = 1
const GRANTING = 2
const FLAGS = 3

const ASKED = 1

const NODE_STATE = 0
const NODE_NEED = 1
const NODE_OWNER = 2
const NODE_OLDER = 3
const NODE_NEWER = 4

/** Out of the chain: its owner may use it again. A waiter that finds it so has been granted, or has gone away itself. */
const FREE = 0
const PENDING = 1
const ASLEEP = 2
const GRANTED = 3
const GONE = 4

/** Takes `need` permits if they are free and nobody waits for some. */
export function tryAcquire(words: Int32Array, at: number, need: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen & FLAGS) !== 0 || seen >>> 2 < need) return false
    if (Atomics.compareExchange(words, at + STATE, seen, seen - (need << 2)) === seen) return true
  }
}

/** Gives back `count` permits and serves waiters. False, and nothing done, when there would be more than `MAX_PERMITS`. */
export function release(words: Int32Array, at: number, count: number, me: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen >>> 2) + count > MAX_PERMITS) return false
    if (Atomics.compareExchange(words, at + STATE, seen, seen + (count << 2)) === seen) {
      if ((seen & QUEUED) !== 0) serve(words, at, me)
      return true
    }
  }
}

/** How many permits are free. */
export function freePermits(words: Int32Array, at: number): number {
  return Atomics.load(words, at + STATE) >>> 2
}

/** Takes `need` permits through `node`, without blocking the thread; or ends since `cancel` was called meanwhile. */
export async function acquireAsync(
  words: Int32Array,
  at: number,
  node: number,
  need: number,
  me: number,
): Promise<void> {
  enqueue(words, at, node, need, me)
  while (mustSleep(words, node)) {
    await wait(words, node + NODE_STATE, ASLEEP)
    // Woken and not granted: a thread has died, which may have stood in the way.
    if (Atomics.load(words, node + NODE_STATE) === ASLEEP) serve(words, at, me)
  }
}

/** Takes `need` permits through `node`, blocking the thread. False when `deadline` has passed before. */
export function acquireBlocking(
  words: Int32Array,
  at: number,
  node: number,
  need: number,
  me: number,
  deadline: number,
): boolean {
  enqueue(words, at, node, need, me)
  while (mustSleep(words, node)) {
    if (isOver(deadline)) return !cancel(words, at, node, me)
    block(words, node + NODE_STATE, ASLEEP, deadline)
    if (Atomics.load(words, node + NODE_STATE) === ASLEEP) serve(words, at, me)
  }
  return true
}

/** Takes the waiter of `node` away, and ends its sleep. False when it has been granted before. */
export function cancel(words: Int32Array, at: number, node: number, me: number): boolean {
  for (;;) {
    const state = Atomics.load(words, node + NODE_STATE)
    if (state !== PENDING && state !== ASLEEP) return false
    if (Atomics.compareExchange(words, node + NODE_STATE, state, GONE) === state) break
  }
  Atomics.notify(words, node + NODE_STATE, 1)
  Atomics.store(words, at + LEFT, 1)
  serve(words, at, me)
  return true
}

/** Whether the node can be used for another wait. */
export function isFree(words: Int32Array, node: number): boolean {
  return Atomics.load(words, node + NODE_STATE) === FREE
}

/** Serves waiters, or leaves it to the thread that is serving now and will see that it was asked again. */
export function serve(words: Int32Array, at: number, me: number): void {
  if (!beginServing(words, at, me)) return
  for (;;) {
    adopt(words, at)
    grant(words, at)
    if (Atomics.exchange(words, at + LEFT, 0) === 1) {
      // Who has left may have come since.
      adopt(words, at)
      dropThoseWhoLeft(words, at)
      // The mark goes when nobody is left, and who made them go may have died before it asked for that.
      grant(words, at)
    }
    if (Atomics.compareExchange(words, at + SERVER, me << 1, 0) === me << 1) return
    Atomics.store(words, at + SERVER, me << 1)
  }
}

/** False when a living thread serves already; it has been asked to go on. */
function beginServing(words: Int32Array, at: number, me: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + SERVER)
    if (seen === 0) {
      if (Atomics.compareExchange(words, at + SERVER, 0, me << 1) === 0) return true
    } else if (isAlive(words, seen >>> 1)) {
      if ((seen & ASKED) !== 0) return false
      if (Atomics.compareExchange(words, at + SERVER, seen, seen | ASKED) === seen) return false
    } else {
      if (Atomics.compareExchange(words, at + SERVER, seen, me << 1) === seen) {
        // What the dead one knew of the queue may be half written.
        Atomics.store(words, at + FIRST, 0)
        Atomics.store(words, at + LAST, 0)
        Atomics.store(words, at + LEFT, 1)
        return true
      }
    }
  }
}

function enqueue(words: Int32Array, at: number, node: number, need: number, me: number): void {
  Atomics.store(words, node + NODE_NEED, need)
  Atomics.store(words, node + NODE_OWNER, me)
  Atomics.store(words, node + NODE_STATE, PENDING)
  for (;;) {
    const newest = Atomics.load(words, at + NEWEST)
    Atomics.store(words, node + NODE_OLDER, newest)
    if (Atomics.compareExchange(words, at + NEWEST, newest, node) === newest) break
  }
  serve(words, at, me)
}

function mustSleep(words: Int32Array, node: number): boolean {
  const state = Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP)
  return state === PENDING || state === ASLEEP
}

/** Adds the arrivals to the end of the queue. */
function adopt(words: Int32Array, at: number): void {
  const newest = Atomics.load(words, at + NEWEST)
  const last = Atomics.load(words, at + LAST)
  if (newest === last) return
  let node = newest
  for (;;) {
    const older = Atomics.load(words, node + NODE_OLDER)
    if (older === last) break
    Atomics.store(words, older + NODE_NEWER, node)
    node = older
  }
  if (last === 0) Atomics.store(words, at + FIRST, node)
  else Atomics.store(words, last + NODE_NEWER, node)
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
    } else if ((seen & GRANTING) !== 0) {
      deliver(words, at, first)
    } else if (!waits(words, first)) {
      remove(words, at, first)
    } else {
      const need = Atomics.load(words, first + NODE_NEED)
      if (seen >>> 2 >= need) {
        Atomics.compareExchange(words, at + STATE, seen, seen - (need << 2) + GRANTING)
      } else {
        // Marked when it did not fit: who adds permits later sees the mark and serves.
        if ((seen & QUEUED) !== 0) return
        Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)
      }
    }
  }
}

/** Whether a waiter is to be granted: not yet, not gone away, and not dead. */
function waits(words: Int32Array, node: number): boolean {
  const state = Atomics.load(words, node + NODE_STATE)
  if (state !== PENDING && state !== ASLEEP) return false
  return isAlive(words, Atomics.load(words, node + NODE_OWNER))
}

/** Tells the first waiter that its permits have been taken out, or puts them back when it has gone. The server before may have died on the way. */
function deliver(words: Int32Array, at: number, first: number): void {
  while (waits(words, first)) {
    const state = Atomics.load(words, first + NODE_STATE)
    if (state === PENDING || state === ASLEEP) {
      if (Atomics.compareExchange(words, first + NODE_STATE, state, GRANTED) === state && state === ASLEEP)
        Atomics.notify(words, first + NODE_STATE, 1)
    }
  }
  if (Atomics.load(words, first + NODE_STATE) === GRANTED) Atomics.sub(words, at + STATE, GRANTING)
  else Atomics.add(words, at + STATE, (Atomics.load(words, first + NODE_NEED) << 2) - GRANTING)
  remove(words, at, first)
}

/** Takes a node out of the chain; the one behind it, 0 if there is none. */
function remove(words: Int32Array, at: number, node: number): number {
  const older = Atomics.load(words, node + NODE_OLDER)
  let newer = 0
  if (Atomics.load(words, at + LAST) === node) {
    if (Atomics.compareExchange(words, at + NEWEST, node, older) === node) Atomics.store(words, at + LAST, older)
    // Somebody has come behind it.
    else adopt(words, at)
  }
  if (Atomics.load(words, at + LAST) !== older) {
    newer = Atomics.load(words, node + NODE_NEWER)
    Atomics.store(words, newer + NODE_OLDER, older)
  }
  if (older === 0) Atomics.store(words, at + FIRST, newer)
  else Atomics.store(words, older + NODE_NEWER, newer)
  Atomics.store(words, node + NODE_STATE, FREE)
  return newer
}

/** Waiters that have gone away do not have to get to the front first. */
function dropThoseWhoLeft(words: Int32Array, at: number): void {
  let node = Atomics.load(words, at + FIRST)
  while (node !== 0) {
    if (!waits(words, node)) node = remove(words, at, node)
    else if (Atomics.load(words, at + LAST) === node) node = 0
    else node = Atomics.load(words, node + NODE_NEWER)
  }
}
