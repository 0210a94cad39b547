/**
 * The wait group, as words and the steps on them. Nothing here waits for another thread but who calls `wait`, so every step may run on a page's main thread.
 *
 *   word           meaning
 *   EPOCH          how often the group was empty << 16 | how often something was added: 16 bits each, both start anew
 *   COUNT          what was added and not done yet, no matter by whom
 *   RECORDS        the roster of agents that have members (`roster-algorithm.ts`)
 *
 *   word of a record   meaning
 *   MEMBERS            how many members this agent has; those of a dead agent do not count
 *
 * The group is empty when COUNT and the members of all that live are 0. They lie in several words, so whoever has taken the last away looks through them and then
 * says so by a compare-and-swap of EPOCH, which fails when something was added meanwhile.
 *
 * Who is kept from running while the group was empty exactly a multiple of 65,536 times goes on when it is empty once more.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { NEXT, OWNER, enlist, inherit } from './roster-algorithm.ts'
import { block, isOver, wait } from './wait.ts'

export const WAIT_GROUP_WORDS = 8
export const MEMBER_WORDS = 8

/** The largest count. */
export const MAX_COUNT = 0x3fffffff

const EPOCH = 0
const COUNT = 1
/** Where the roster begins. */
export const RECORDS = 2

const MEMBERS = 2

/** What EPOCH says of additions; the rest counts how often the group was empty. */
const ADDITIONS = 65535
const EMPTIED = 65536

const EVERYBODY = 0x7fffffff

/** Gives this agent a record: one left by a dead agent, else `fresh`, which nobody uses. Which of the two it is. */
export function join(words: Int32Array, at: number, fresh: number, agent: number): number {
  const left = inherit(words, at + RECORDS, agent)
  if (left === 0) {
    enlist(words, at + RECORDS, fresh, agent)
    return fresh
  }
  // Since it has an owner that lives, its members count, until they are taken away.
  Atomics.store(words, left + MEMBERS, 0)
  settle(words, at)
  return left
}

/** Adds `count`. False, and nothing done, when the group cannot count that many. */
export function add(words: Int32Array, at: number, count: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + COUNT)
    if (seen + count > MAX_COUNT) return false
    if (Atomics.compareExchange(words, at + COUNT, seen, seen + count) === seen) break
  }
  noteAddition(words, at)
  return true
}

/** Takes `count` away. False, and nothing done, when less was added. */
export function done(words: Int32Array, at: number, count: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + COUNT)
    if (seen < count) return false
    if (Atomics.compareExchange(words, at + COUNT, seen, seen - count) === seen) {
      if (seen === count) settle(words, at)
      return true
    }
  }
}

/** Adds a member of this agent. */
export function addMember(words: Int32Array, at: number, record: number): void {
  Atomics.add(words, record + MEMBERS, 1)
  noteAddition(words, at)
}

/** Takes a member of this agent away. */
export function removeMember(words: Int32Array, at: number, record: number): void {
  if (Atomics.sub(words, record + MEMBERS, 1) === 1) settle(words, at)
}

/** What a waiter gives to the functions below: what EPOCH held when it came. */
export function begin(words: Int32Array, at: number): number {
  return Atomics.load(words, at + EPOCH)
}

/** Whether the group is empty, or was after `begun`; if not, sleeps until somebody is woken, without blocking the thread, and gives false. */
export async function emptyOrWoken(words: Int32Array, at: number, begun: number): Promise<boolean> {
  const seen = Atomics.load(words, at + EPOCH)
  if (wasEmpty(words, at, begun, seen)) return true
  await wait(words, at + EPOCH, seen)
  return false
}

/** Ends the sleep of this thread, since nobody in it waits any more. The engine cannot wake one thread alone; the others go on sleeping. */
export function endSleep(words: Int32Array, at: number): void {
  Atomics.notify(words, at + EPOCH, EVERYBODY)
}

/** Waits until the group is empty, or was after `begun`, blocking the thread. False at the deadline. */
export function emptyBlocking(words: Int32Array, at: number, begun: number, deadline: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + EPOCH)
    if (wasEmpty(words, at, begun, seen)) return true
    if (isOver(deadline)) return false
    block(words, at + EPOCH, seen, deadline)
  }
}

/** Whether the group is empty, or was after `begun`. `seen`: what EPOCH held just before. */
export function wasEmpty(words: Int32Array, at: number, begun: number, seen: number): boolean {
  if (seen - (seen & ADDITIONS) !== begun - (begun & ADDITIONS)) return true
  // Also when a member has died and nobody else looks.
  return settle(words, at)
}

/** How much is in the group. */
export function size(words: Int32Array, at: number): number {
  let sum = Atomics.load(words, at + COUNT)
  let record = Atomics.load(words, at + RECORDS)
  while (record !== 0) {
    const members = Atomics.load(words, record + MEMBERS)
    if (members !== 0 && isAlive(words, Atomics.load(words, record + OWNER))) sum += members
    record = Atomics.load(words, record + NEXT)
  }
  return sum
}

/** Says that the group is empty, if it is, and lets those go on who wait for that. */
function settle(words: Int32Array, at: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + EPOCH)
    if (size(words, at) !== 0) return false
    if (Atomics.compareExchange(words, at + EPOCH, seen, (seen + EMPTIED) | 0) === seen) {
      Atomics.notify(words, at + EPOCH, EVERYBODY)
      return true
    }
  }
}

/** To be called after something was added: who is looking whether the group is empty looks again. */
function noteAddition(words: Int32Array, at: number): void {
  for (;;) {
    const seen = Atomics.load(words, at + EPOCH)
    const next = seen - (seen & ADDITIONS) + ((seen + 1) & ADDITIONS)
    if (Atomics.compareExchange(words, at + EPOCH, seen, next) === seen) return
  }
}
