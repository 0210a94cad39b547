/**
 * The barrier, as words and the steps on them. Nothing here waits for another thread but a party for the others, so every step may run on a page's main thread.
 *
 *   word           meaning
 *   STATE          generation << 13 | BROKEN when somebody gave up or died in this generation | how many parties have arrived
 *   RECORDS        the roster of agents that come to the barrier (`roster-algorithm.ts`)
 *   PARTIES        how many parties there are; written before anybody else knows of the barrier
 *
 *   word of a record   meaning
 *   PARTY              0, or the generation in which this agent waits << 2 | WAITS; FAILED when that generation was broken and the barrier has been reset since
 *
 * Who completes a generation begins the next with the same step, so a party sees that its generation is complete when the number has changed. A reset changes the
 * number too: before, it writes FAILED into the record of each agent that still waits.
 *
 * The generation has 19 bits. A party that is kept from running during exactly a multiple of 524,288 generations goes on one generation late.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { NEXT, OWNER, enlist, inherit } from './roster-algorithm.ts'
import { block, isOver, wait } from './wait.ts'

export const BARRIER_WORDS = 8
export const PARTY_WORDS = 8

/** The largest number of parties. */
export const MAX_PARTIES = 4095

const STATE = 0
/** Where the roster begins. */
export const RECORDS = 1
const PARTIES = 2

const PARTY = 2

const ARRIVED = 4095
const BROKEN = 4096
const GENERATION = 13

const WAITS = 1
const FAILED = 2

const EVERYBODY = 0x7fffffff

/** What becomes of a party: all have come and it was the last, all have come, the generation is broken, or it must wait. */
export const LED = 1
export const MET = 2
export const BROKE = 3
export const WAITING = 4
/** The generation was whole until this party gave up. */
export const GAVE_UP = 5
/** Others of this agent have waited for a generation that has ended: they must be told first. */
export const AGAIN = 6

/** Gives this agent a record: one left by a dead agent, else `fresh`, which nobody uses. Which of the two it is. */
export function join(words: Int32Array, at: number, fresh: number, agent: number): number {
  const left = inherit(words, at + RECORDS, agent)
  if (left === 0) {
    enlist(words, at + RECORDS, fresh, agent)
    return fresh
  }
  giveUp(words, at, left)
  Atomics.store(words, left + PARTY, 0)
  return left
}

export function setParties(words: Int32Array, at: number, parties: number): void {
  Atomics.store(words, at + PARTIES, parties)
}

export function partiesOf(words: Int32Array, at: number): number {
  return Atomics.load(words, at + PARTIES)
}

/** How many have come. */
export function arrivedAt(words: Int32Array, at: number): number {
  return Atomics.load(words, at + STATE) & ARRIVED
}

/** Comes to the barrier: LED, BROKE, WAITING or AGAIN. */
export function arrive(words: Int32Array, at: number, record: number, parties: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    const generation = seen >>> GENERATION
    const party = Atomics.load(words, record + PARTY)
    if (party !== 0 && party >>> 2 !== generation) return AGAIN
    if ((seen & BROKEN) !== 0) return BROKE
    if (hasDead(words, at, generation)) {
      breakAt(words, at, seen)
    } else if ((seen & ARRIVED) + 1 === parties) {
      if (complete(words, at, seen)) return LED
    } else {
      // Before it counts: of an agent that dies from here on, the others know that it was expected.
      Atomics.store(words, record + PARTY, (generation << 2) | WAITS)
      if (Atomics.compareExchange(words, at + STATE, seen, seen + 1) === seen) return WAITING
    }
  }
}

/** Comes to the barrier if it is the last that is missing: LED, BROKE, or WAITING when it has not come. */
export function tryArrive(words: Int32Array, at: number, parties: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    const generation = seen >>> GENERATION
    if ((seen & BROKEN) !== 0) return BROKE
    if (hasDead(words, at, generation)) {
      breakAt(words, at, seen)
    } else {
      if ((seen & ARRIVED) + 1 !== parties) return WAITING
      if (complete(words, at, seen)) return LED
    }
  }
}

/** Waits after `arrive`, without blocking the thread: MET or BROKE. */
export async function meetAsync(words: Int32Array, at: number, record: number): Promise<number> {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    const fate = fateOf(words, at, record, seen)
    if (fate !== WAITING) return fate
    await wait(words, at + STATE, seen)
  }
}

/** Waits after `arrive`, blocking the thread: MET, BROKE, or GAVE_UP when the deadline has broken the generation. */
export function meetBlocking(words: Int32Array, at: number, record: number, deadline: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    const fate = fateOf(words, at, record, seen)
    if (fate !== WAITING) return fate
    if (isOver(deadline)) return giveUp(words, at, record)
    block(words, at + STATE, seen, deadline)
  }
}

/** What has become of the generation in which this agent waits, as the value of STATE `seen` tells it: MET, BROKE or WAITING. */
export function fateOf(words: Int32Array, at: number, record: number, seen: number): number {
  // After STATE: a reset writes FAILED before it changes the generation.
  const party = Atomics.load(words, record + PARTY)
  if ((party & FAILED) !== 0) return BROKE
  const generation = party >>> 2
  if (seen >>> GENERATION !== generation) return MET
  if ((seen & BROKEN) !== 0) return BROKE
  // If the state has changed meanwhile, whoever waits for a change of it looks again at once.
  if (hasDead(words, at, generation) && breakAt(words, at, seen)) return BROKE
  return WAITING
}

/** The same, as it is now. */
export function fateNow(words: Int32Array, at: number, record: number): number {
  return fateOf(words, at, record, Atomics.load(words, at + STATE))
}

/** A party goes away before its generation is complete, and breaks it: GAVE_UP. MET or BROKE when that had come first. */
export function giveUp(words: Int32Array, at: number, record: number): number {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    const fate = fateOf(words, at, record, seen)
    if (fate !== WAITING) return fate
    if (breakAt(words, at, seen)) return GAVE_UP
  }
}

/** This agent waits no more. */
export function leave(words: Int32Array, record: number): void {
  Atomics.store(words, record + PARTY, 0)
}

/** Whether somebody has broken the generation that is open. */
export function isBroken(words: Int32Array, at: number): boolean {
  const seen = Atomics.load(words, at + STATE)
  return (seen & BROKEN) !== 0 || hasDead(words, at, seen >>> GENERATION)
}

/** Begins a new generation. Who waits in the old one finds it broken. */
export function reset(words: Int32Array, at: number): void {
  for (;;) {
    const seen = Atomics.load(words, at + STATE)
    if ((seen & (BROKEN | ARRIVED)) === 0) return
    if ((seen & BROKEN) === 0) {
      breakAt(words, at, seen)
      continue
    }
    const generation = seen >>> GENERATION
    let record = Atomics.load(words, at + RECORDS)
    while (record !== 0) {
      Atomics.compareExchange(words, record + PARTY, (generation << 2) | WAITS, (generation << 2) | FAILED)
      record = Atomics.load(words, record + NEXT)
    }
    if (Atomics.compareExchange(words, at + STATE, seen, (generation + 1) << GENERATION) === seen) return
  }
}

/** Begins the next generation. */
function complete(words: Int32Array, at: number, seen: number): boolean {
  const next = ((seen >>> GENERATION) + 1) << GENERATION
  if (Atomics.compareExchange(words, at + STATE, seen, next) !== seen) return false
  Atomics.notify(words, at + STATE, EVERYBODY)
  return true
}

function breakAt(words: Int32Array, at: number, seen: number): boolean {
  if (Atomics.compareExchange(words, at + STATE, seen, seen | BROKEN) !== seen) return false
  Atomics.notify(words, at + STATE, EVERYBODY)
  return true
}

/** Whether an agent that waited in this generation has died. */
function hasDead(words: Int32Array, at: number, generation: number): boolean {
  let record = Atomics.load(words, at + RECORDS)
  while (record !== 0) {
    if (Atomics.load(words, record + PARTY) === ((generation << 2) | WAITS)) {
      if (!isAlive(words, Atomics.load(words, record + OWNER))) return true
    }
    record = Atomics.load(words, record + NEXT)
  }
  return false
}
