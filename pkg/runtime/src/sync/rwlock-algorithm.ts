/**
 * The readers-writer lock, as words and the steps on them. It is phase-fair: a reader that waits is let in by the next writer that leaves, whoever else wants to
 * write; writers take turns in the order in which they asked, and while one has the turn no reader comes in that did not wait for the writer before it.
 *
 *   word           meaning
 *   STATE          the writer that has the turn << 4, or 0, and four bits:
 *     PHASE          changes when a writer leaves, and lets those in that wait for that
 *     WAITED         somebody sleeps or is about to: whoever ends a turn wakes
 *     POISONED       a writer has died inside
 *     INSIDE         the writer is inside; else it waits until the readers have left
 *   RECORDS        the roster of agents that use the lock (`roster-algorithm.ts`)
 *   GATE           what readers sleep on: changes when a turn ends
 *   TURN           record of the writer that has the turn
 *   TICKETS        the ticket of the last writer that asked
 *   DIED           the writer that has died inside, the last one
 *
 *   word of a record   meaning
 *   HOLD               how many readers of this agent are inside << 2; WAITING and a phase when others wait for the end of that phase
 *   WANT               ticket of the writer that waits, 0 when none does
 *   WAKE               what this agent's writer sleeps on: changes when it should look again
 *
 * Readers of different agents touch different words, and a writer looks at all of them. A reader says so in HOLD before it looks for a writer; a writer takes the
 * turn before it looks at HOLD; so at least one of the two sees the other. WAITING with another phase than the lock's counts as being inside: the end of a turn lets
 * all readers in that wait for it with one step, without touching their words.
 *
 * A writer that gives up, or dies, does not change the phase. So a phase ends only when every reader that was let in by the phase before has noticed, one bit is
 * enough, and a reader waits for those that read when it came and for one writer.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { NEXT, OWNER, enlist, inherit } from './roster-algorithm.ts'
import { block, isOver, wait } from './wait.ts'

export const RWLOCK_WORDS = 8
export const READER_WORDS = 8

const STATE = 0
/** Where the roster begins. */
export const RECORDS = 1
const GATE = 2
const TURN = 3
const TICKETS = 4
const DIED = 5

const HOLD = 2
const WANT = 3
const WAKE = 4

const PHASE = 1
const WAITED = 2
const POISONED = 4
const INSIDE = 8
/** What stays when a turn ends. */
const LASTING = 7

const WAITING = 2
const ONE_READER = 4

const EVERYBODY = 1024

/** What came of one look of a writer. */
export const IN = 1
export const GONE = 2
export const WAIT = 3

/** Gives this agent a record: one left by a dead agent, else `fresh`, which nobody uses. Which of the two it is. */
export function join(words: Int32Array, at: number, fresh: number, agent: number): number {
  const left = inherit(words, at + RECORDS, agent)
  if (left === 0) {
    enlist(words, at + RECORDS, fresh, agent)
    return fresh
  }
  Atomics.store(words, left + HOLD, 0)
  Atomics.store(words, left + WANT, 0)
  // Since it has an owner that lives, others may have begun to wait for it.
  wakeDrain(words, at)
  wakeIfFree(words, at)
  return left
}

/** Whether a writer has died inside and nobody has said that the data is right again. */
export function isPoisoned(words: Int32Array, at: number): boolean {
  return (look(words, at) & POISONED) !== 0
}

/** The agent that died inside, if the lock is poisoned. */
export function whoDied(words: Int32Array, at: number): number {
  return Atomics.load(words, at + DIED)
}

/** The writer that has the turn, 0 if none has. */
export function whoWrites(words: Int32Array, at: number): number {
  return Atomics.load(words, at + STATE) >>> 4
}

/** How many readers of an agent are inside. */
export function readersOf(words: Int32Array, record: number): number {
  return Atomics.load(words, record + HOLD) >> 2
}

/** How many readers are inside. */
export function allReaders(words: Int32Array, at: number): number {
  let sum = 0
  let record = Atomics.load(words, at + RECORDS)
  while (record !== 0) {
    const readers = readersOf(words, record)
    if (readers !== 0 && isAlive(words, Atomics.load(words, record + OWNER))) sum += readers
    record = Atomics.load(words, record + NEXT)
  }
  return sum
}

/** The writer inside cannot leave in order: it is taken out, and the lock is poisoned. */
export function forfeitWrite(words: Int32Array, at: number, me: number): void {
  Atomics.store(words, at + DIED, me >>> 4)
  poison(words, at)
  unlockWrite(words, at, me)
}

function poison(words: Int32Array, at: number): void {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if (Atomics.compareExchange(words, at + STATE, seen, seen | POISONED) === seen) return
  }
}

/** Says that the data is right again. */
export function clearPoison(words: Int32Array, at: number): void {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen & POISONED) === 0 || Atomics.compareExchange(words, at + STATE, seen, seen - POISONED) === seen) return
  }
}

/** Comes in as a reader unless a writer has the turn. Not for an agent that has readers waiting. */
export function tryRead(words: Int32Array, at: number, record: number): boolean {
  Atomics.add(words, record + HOLD, ONE_READER)
  if (Atomics.load(words, at + STATE) >>> 4 === 0) return true
  if (look(words, at) >>> 4 === 0) return true
  unlockRead(words, at, record)
  return false
}

/**
 * Comes in as a reader, without blocking the thread. False when `cancelRead` was called meanwhile. `taken` is called in the step in which it is inside: whoever awaits
 * this goes on some microtasks later, and among those may be one of this thread that gives up or blocks.
 */
export async function readAsync(words: Int32Array, at: number, record: number, taken: () => void): Promise<boolean> {
  for (;;) {
    const gate = Atomics.load(words, at + GATE)
    if (readOrWait(words, at, record)) {
      taken()
      return true
    }
    await wait(words, at + GATE, gate)
    if ((Atomics.load(words, record + HOLD) & WAITING) === 0) return false
  }
}

/** Comes in as a reader, blocking the thread. False when it was not let in before the deadline. */
export function readBlocking(words: Int32Array, at: number, record: number, deadline: number): boolean {
  for (;;) {
    const gate = Atomics.load(words, at + GATE)
    if (readOrWait(words, at, record)) return true
    if (isOver(deadline)) break
    block(words, at + GATE, gate, deadline)
  }
  cancelRead(words, at, record)
  return false
}

/** One look of a reader that waits: it is inside, as one more reader of its agent, or its record says that it waits. */
export function readOrWait(words: Int32Array, at: number, record: number): boolean {
  const before = Atomics.load(words, record + HOLD)
  if ((before & WAITING) !== 0 && waitsOn(words, at, before & PHASE)) return false
  const others = before - (before & (WAITING | PHASE))
  Atomics.store(words, record + HOLD, others + ONE_READER)
  for (;;) {
    const seen = look(words, at)
    if (seen >>> 4 === 0) return true
    // The writer that it waited for has left. The one that has the turn now saw it inside all the time.
    if ((before & WAITING) !== 0 && (before & PHASE) !== (seen & PHASE)) return true
    if (isMarked(words, at, seen)) {
      Atomics.store(words, record + HOLD, others | WAITING | (seen & PHASE))
      if (others === 0) wakeDrain(words, at)
      return false
    }
  }
}

/** No reader of this agent waits any more. */
export function cancelRead(words: Int32Array, at: number, record: number): void {
  const hold = Atomics.load(words, record + HOLD)
  if ((hold & WAITING) === 0) return
  Atomics.store(words, record + HOLD, hold - (hold & (WAITING | PHASE)))
  wakeDrain(words, at)
}

/** Lets `count` more readers of an agent in that has one inside. */
export function admit(words: Int32Array, record: number, count: number): void {
  Atomics.add(words, record + HOLD, count * ONE_READER)
}

/** A reader leaves. */
export function unlockRead(words: Int32Array, at: number, record: number): void {
  if (Atomics.sub(words, record + HOLD, ONE_READER) < ONE_READER + ONE_READER) wakeDrain(words, at)
}

/** Comes in as a writer if nobody is inside and nobody waits. `me` is the agent's number shifted left by 4. */
export function tryWrite(words: Int32Array, at: number, record: number, me: number): boolean {
  const seen = look(words, at)
  if (seen >>> 4 !== 0 || (seen & WAITED) !== 0) return false
  if (Atomics.compareExchange(words, at + STATE, seen, seen | me) !== seen) return false
  Atomics.store(words, at + TURN, record)
  if (drained(words, at)) {
    Atomics.add(words, at + STATE, INSIDE)
    return true
  }
  endTurn(words, at, 0)
  return false
}

/** Asks for a turn as a writer; at most one wish of an agent at a time. */
export function wantWrite(words: Int32Array, at: number, record: number): void {
  const ticket = Atomics.add(words, at + TICKETS, 1) + 1
  Atomics.store(words, record + WANT, ticket === 0 ? 1 : ticket)
}

/** Comes in as a writer after `wantWrite`, without blocking the thread. False when `cancelWrite` was called meanwhile. `taken` as in `readAsync`. */
export async function writeAsync(
  words: Int32Array,
  at: number,
  record: number,
  me: number,
  taken: () => void,
): Promise<boolean> {
  for (;;) {
    const wake = Atomics.load(words, record + WAKE)
    const step = writeOrWait(words, at, record, me)
    if (step === GONE) return false
    if (step === IN) {
      taken()
      return true
    }
    await wait(words, record + WAKE, wake)
  }
}

/** Comes in as a writer after `wantWrite`, blocking the thread. False when it was not let in before the deadline. */
export function writeBlocking(words: Int32Array, at: number, record: number, me: number, deadline: number): boolean {
  for (;;) {
    const wake = Atomics.load(words, record + WAKE)
    if (writeOrWait(words, at, record, me) === IN) return true
    if (isOver(deadline)) break
    block(words, record + WAKE, wake, deadline)
  }
  cancelWrite(words, at, record, me)
  return false
}

/** One look of a writer: takes the turn if it is free, and comes in if the readers have left. IN, WAIT, or GONE when it does not want to any more. */
export function writeOrWait(words: Int32Array, at: number, record: number, me: number): number {
  if (Atomics.load(words, record + WANT) === 0) return GONE
  if (!hasTurn(words, at, record, me) && !takeTurn(words, at, record, me)) return WAIT
  if (!drained(words, at)) return WAIT
  Atomics.add(words, at + STATE, INSIDE)
  Atomics.store(words, record + WANT, 0)
  return IN
}

/** This agent's writer does not want to come in any more. */
export function cancelWrite(words: Int32Array, at: number, record: number, me: number): void {
  if (Atomics.exchange(words, record + WANT, 0) === 0) return
  if (hasTurn(words, at, record, me)) endTurn(words, at, 0)
  else wakeIfFree(words, at)
}

/** The writer leaves. False, and nothing done, when `me` is not inside. */
export function unlockWrite(words: Int32Array, at: number, me: number): boolean {
  const seen = Atomics.load(words, at + STATE)
  if (seen >>> 4 !== me >>> 4 || (seen & INSIDE) === 0) return false
  endTurn(words, at, PHASE)
  return true
}

/** The writer goes on as a reader, and no other writer comes between. False, and nothing done, when `me` is not inside. */
export function downgrade(words: Int32Array, at: number, record: number, me: number): boolean {
  Atomics.add(words, record + HOLD, ONE_READER)
  if (unlockWrite(words, at, me)) return true
  unlockRead(words, at, record)
  return false
}

/** What STATE holds. A writer that has died loses the turn. Nobody needs to be woken then: a death wakes everybody. */
function look(words: Int32Array, at: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if (seen >>> 4 === 0 || isAlive(words, seen >>> 4)) return seen
    if ((seen & INSIDE) === 0) {
      Atomics.compareExchange(words, at + STATE, seen, seen & LASTING)
    } else {
      Atomics.store(words, at + DIED, seen >>> 4)
      Atomics.compareExchange(words, at + STATE, seen, (seen & LASTING) | POISONED)
    }
  }
}

/** Whether somebody who sleeps will be woken at the end of the turn that STATE tells of: it says so now, unless it has changed. */
function isMarked(words: Int32Array, at: number, seen: number): boolean {
  return (seen & WAITED) !== 0 || Atomics.compareExchange(words, at + STATE, seen, seen | WAITED) === seen
}

/** Whether a reader that waits for the end of a phase must go on with that. */
function waitsOn(words: Int32Array, at: number, phase: number): boolean {
  const seen = look(words, at)
  return seen >>> 4 !== 0 && (seen & PHASE) === phase && isMarked(words, at, seen)
}

function hasTurn(words: Int32Array, at: number, record: number, me: number): boolean {
  const seen = Atomics.load(words, at + STATE)
  // A second copy of the runtime in this thread has the same number and a record of its own.
  return seen >>> 4 === me >>> 4 && (seen & INSIDE) === 0 && Atomics.load(words, at + TURN) === record
}

/** Takes the turn if it is free and no writer asked earlier, or says that somebody waits. */
function takeTurn(words: Int32Array, at: number, record: number, me: number): boolean {
  for (;;) {
    const seen = look(words, at)
    if (seen >>> 4 === 0 && firstWriter(words, at) === record) {
      // With WAITED: it cannot know whether others sleep.
      if (Atomics.compareExchange(words, at + STATE, seen, seen | me | WAITED) === seen) {
        Atomics.store(words, at + TURN, record)
        return true
      }
    } else if (isMarked(words, at, seen)) {
      return false
    }
  }
}

/** The record whose writer asked first, 0 if none waits. The dead do not count. */
function firstWriter(words: Int32Array, at: number): number {
  let first = 0
  let ticket = 0
  let record = Atomics.load(words, at + RECORDS)
  while (record !== 0) {
    const want = Atomics.load(words, record + WANT)
    // A difference, since tickets start anew after 2^32.
    if (
      want !== 0 &&
      (first === 0 || ((want - ticket) | 0) < 0) &&
      isAlive(words, Atomics.load(words, record + OWNER))
    ) {
      first = record
      ticket = want
    }
    record = Atomics.load(words, record + NEXT)
  }
  return first
}

/** Whether no reader is inside whom the writer that has the turn must wait for. */
function drained(words: Int32Array, at: number): boolean {
  const phase = Atomics.load(words, at + STATE) & PHASE
  let record = Atomics.load(words, at + RECORDS)
  while (record !== 0) {
    const hold = Atomics.load(words, record + HOLD)
    const isInside = hold >= ONE_READER || ((hold & WAITING) !== 0 && (hold & PHASE) !== phase)
    if (isInside && isAlive(words, Atomics.load(words, record + OWNER))) return false
    record = Atomics.load(words, record + NEXT)
  }
  return true
}

/** Tells the writer that waits for readers, if there is one, that one has left. */
function wakeDrain(words: Int32Array, at: number): void {
  const seen = Atomics.load(words, at + STATE)
  if (seen >>> 4 !== 0 && (seen & INSIDE) === 0) wakeWriter(words, Atomics.load(words, at + TURN))
}

function wakeWriter(words: Int32Array, record: number): void {
  if (record === 0) return
  Atomics.add(words, record + WAKE, 1)
  Atomics.notify(words, record + WAKE, EVERYBODY)
}

/** Gives the turn back and wakes. `flip` is PHASE when the writer was inside, else 0. */
function endTurn(words: Int32Array, at: number, flip: number): void {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if (Atomics.compareExchange(words, at + STATE, seen, (seen & LASTING) ^ flip) === seen) {
      if ((seen & WAITED) !== 0) wakeNext(words, at)
      return
    }
  }
}

function wakeIfFree(words: Int32Array, at: number): void {
  if (Atomics.load(words, at + STATE) >>> 4 === 0) wakeNext(words, at)
}

/** Wakes all readers and the writer that asked first; when there is no such writer, says that nobody waits. */
function wakeNext(words: Int32Array, at: number): void {
  Atomics.add(words, at + GATE, 1)
  Atomics.notify(words, at + GATE, EVERYBODY)
  const first = firstWriter(words, at)
  if (first !== 0) return wakeWriter(words, first)
  const seen = Atomics.load(words, at + STATE)
  if (seen >>> 4 !== 0 || (seen & WAITED) === 0) return
  if (Atomics.compareExchange(words, at + STATE, seen, seen - WAITED) !== seen) return
  // Who asked after the first look may have seen WAITED, and sleep.
  wakeWriter(words, firstWriter(words, at))
}
