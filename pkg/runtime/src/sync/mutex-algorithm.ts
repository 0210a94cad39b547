/**
 * The mutex, as words and the steps on them.
 *
 *   word           meaning
 *   OWNER          owner's agent << 3, with WAITED when somebody sleeps or is about to; 0 << 3 when it is free. POISONED stays until somebody clears it
 *   lane           wake-up counter of one kind of waiter: it sleeps on this word
 *   lane + 1       how many of that kind wait; an unlock wakes nobody where this is 0
 *   VICTIM         the agent whose end poisoned the lock
 *
 * There are three lanes, since the engine's wait list is first-in first-out across every kind of waiter: with one list, a host that is busy could sit on the only
 * wake-up while blocked workers sleep beside a free lock. So an unlock wakes at most one waiter in each lane, three in all.
 *
 * Whoever finds that the owner is dead takes the lock from it and poisons it. Nobody misses a death: it wakes every sleeper (`agent-algorithm.ts`), so what a dead
 * thread did with a wake-up does not matter. A waiter that died still counts in its lane; then unlocks of a lock that was waited for wake nobody there once more.
 *
 * Waiters are woken first-in first-out in each lane, but whoever is awake may come first. A thread that has had more than its share lets others go first
 * (`letOthersFirst`, `lock-share.ts`); the words do not know of that.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { block, isOver, nap, napAsync, wait } from './wait.ts'

export const MUTEX_WORDS = 8

export const BLOCKING_LANE = 1
export const WORKER_LANE = 3
export const HOST_LANE = 5
const VICTIM = 7

/** What `unlock` has done. */
export const NOT_OWNER = 0
export const FREED = 1
/** It has freed the lock, and somebody waits for it. */
export const WOKE = 2

const FREE = 0
const WAITED = 1
const POISONED = 2

/** Takes the lock if it is free and not poisoned. `me` is the agent's number shifted left by 3. */
export function tryLock(words: Int32Array, at: number, me: number): boolean {
  return Atomics.compareExchange(words, at, FREE, me) === FREE
}

/** Takes the lock if it is free, poisoned or not, or if its owner is dead. */
export function takeOver(words: Int32Array, at: number, me: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at)
    if (seen >>> 3 === 0) {
      if (Atomics.compareExchange(words, at, seen, me | seen) === seen) return true
    } else {
      if (isAlive(words, seen >>> 3)) return false
      if (inherit(words, at, me, seen)) return true
    }
  }
}

/** Frees the lock and wakes; it stays poisoned if it is. Gives what it has done; nothing when `me` is not the owner. */
export function unlock(words: Int32Array, at: number, me: number): number {
  const seen = Atomics.compareExchange(words, at, me, FREE)
  return seen === me ? FREED : unlockFlagged(words, at, me, seen)
}

/** Poisons and frees a lock of `me`, when nobody is left there who could do it. */
export function forfeit(words: Int32Array, at: number, me: number): void {
  Atomics.store(words, at + VICTIM, me >>> 3)
  Atomics.or(words, at, POISONED)
  unlock(words, at, me)
}

/**
 * Takes the lock, poisoned or not, sleeping in `lane` without blocking the thread. `taken` is called in the step in which it has it: whoever awaits this goes on some
 * microtasks later, and among those may be one of this thread that blocks.
 */
export async function lockAsync(
  words: Int32Array,
  at: number,
  me: number,
  lane: number,
  taken: () => void,
): Promise<void> {
  Atomics.add(words, at + lane + 1, 1)
  for (;;) {
    // Before the look at the owner: an unlock after that look changes the ticket, and the wait returns at once.
    const ticket = Atomics.load(words, at + lane)
    if (takeOrMark(words, at, me)) break
    await wait(words, at + lane, ticket)
  }
  Atomics.sub(words, at + lane + 1, 1)
  taken()
}

/** Takes the lock, poisoned or not, blocking the thread. False when `deadline` has passed before. */
export function lockBlocking(words: Int32Array, at: number, me: number, deadline: number): boolean {
  let taken = false
  Atomics.add(words, at + BLOCKING_LANE + 1, 1)
  for (;;) {
    const ticket = Atomics.load(words, at + BLOCKING_LANE)
    taken = takeOrMark(words, at, me)
    // Only now may it go: the owner was told, and wakes another for the wake-up that this one may have had.
    if (taken || isOver(deadline)) break
    block(words, at + BLOCKING_LANE, ticket, deadline)
  }
  Atomics.sub(words, at + BLOCKING_LANE + 1, 1)
  return taken
}

/**
 * Lets others have the lock first if it is free and somebody waits for it: blocks the thread until one of them gives it back, at most until `until`. False when nobody
 * has taken it. What wakes this one may have been meant for another, so `lockBlocking` must follow.
 */
export function letOthersFirst(words: Int32Array, at: number, until: number): boolean {
  const ticket = Atomics.load(words, at + BLOCKING_LANE)
  if (!isLeft(words, at)) return true
  Atomics.add(words, at + BLOCKING_LANE + 1, 1)
  const woken = nap(words, at + BLOCKING_LANE, ticket, until)
  Atomics.sub(words, at + BLOCKING_LANE + 1, 1)
  return woken || ownerOf(words, at) !== 0
}

/** The same in `lane`, without blocking the thread; `lockAsync` must follow. */
export async function letOthersFirstAsync(
  words: Int32Array,
  at: number,
  lane: number,
  until: number,
): Promise<boolean> {
  const ticket = Atomics.load(words, at + lane)
  if (!isLeft(words, at)) return true
  Atomics.add(words, at + lane + 1, 1)
  const woken = await napAsync(words, at + lane, ticket, until)
  Atomics.sub(words, at + lane + 1, 1)
  return woken || ownerOf(words, at) !== 0
}

/** Whether a thread ended while it held the lock, and nobody has cleared that. */
export function isPoisoned(words: Int32Array, at: number): boolean {
  return (Atomics.load(words, at) & POISONED) !== 0
}

/** The agent whose end has poisoned the lock. */
export function victimOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at + VICTIM)
}

/** The agent that holds the lock; 0 when it is free. */
export function ownerOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at) >>> 3
}

/** The lock is sound again. One that a dead thread holds is freed. */
export function clearPoison(words: Int32Array, at: number): void {
  for (;;) {
    const seen = Atomics.load(words, at)
    if (seen >>> 3 === 0 || isAlive(words, seen >>> 3)) {
      if ((seen & POISONED) === 0) return
      if (Atomics.compareExchange(words, at, seen, seen - POISONED) === seen) return
    } else if (Atomics.compareExchange(words, at, seen, FREE) === seen) {
      wakeNext(words, at)
      return
    }
  }
}

/**
 * One try of a waiter: the lock is taken, or its owner is told that somebody waits.
 *
 * A waiter always takes with WAITED, even if it was the last one: others may sleep, and it cannot know. That costs at most one look at the counts in its unlock.
 */
function takeOrMark(words: Int32Array, at: number, me: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at)
    if (seen >>> 3 === 0) {
      if (Atomics.compareExchange(words, at, seen, me | WAITED | seen) === seen) return true
    } else if (isAlive(words, seen >>> 3)) {
      if ((seen & WAITED) !== 0) return false
      if (Atomics.compareExchange(words, at, seen, seen | WAITED) === seen) return false
    } else {
      if (inherit(words, at, me, seen)) return true
    }
  }
}

/** Whether the lock is free although somebody waits for it. */
function isLeft(words: Int32Array, at: number): boolean {
  let waiting = 0
  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) waiting += Atomics.load(words, at + lane + 1)
  return waiting > 0 && ownerOf(words, at) === 0
}

/** `unlock` of a lock that is waited for or poisoned, as it was seen. */
function unlockFlagged(words: Int32Array, at: number, me: number, word: number): number {
  let seen = word
  for (;;) {
    if (seen >>> 3 !== me >>> 3) return NOT_OWNER
    const now = Atomics.compareExchange(words, at, seen, seen & POISONED)
    if (now === seen) break
    seen = now
  }
  if ((seen & WAITED) !== 0) return wakeNext(words, at) > 0 ? WOKE : FREED
  return FREED
}

/** Takes the lock from its dead owner. */
function inherit(words: Int32Array, at: number, me: number, seen: number): boolean {
  if (Atomics.compareExchange(words, at, seen, me | WAITED | POISONED) !== seen) return false
  // A lock that was poisoned before keeps the name of the first one, in whose section things went wrong.
  if ((seen & POISONED) === 0) Atomics.store(words, at + VICTIM, seen >>> 3)
  return true
}

/** Wakes one waiter in each lane; how many that were. */
function wakeNext(words: Int32Array, at: number): number {
  let woken = 0
  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) {
    if (Atomics.load(words, at + lane + 1) > 0) {
      Atomics.add(words, at + lane, 1)
      woken += Atomics.notify(words, at + lane, 1)
    }
  }
  return woken
}
