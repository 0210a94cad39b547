/**
 * Who holds the ends of a channel, as words and the steps on them. A channel closes when nobody holds a sender any more, or nobody a receiver; a dead agent holds
 * nothing. So each agent has a record of its own in the list of a channel, and who wants to know looks through it.
 *
 *   word           meaning
 *   NEXT           the next record, 0 for the last
 *   AGENT          whose it is: agent << 1, with JOINING while it is being taken over from a dead one. 0: the program's, which lives as long as the channel
 *   SENDERS        how many senders the agent holds
 *   RECEIVERS      how many receivers
 *
 * An end on its way to another agent is held by a record of its own, with a number in SENDERS or RECEIVERS that it never had before: whoever gets the end, or hears
 * that nobody will, swaps that number for 0. One step, so no death leaves it behind.
 *
 * An end that moves is held in the new record before it leaves the old one. VERSION changes between, so that one who looks through the list, and passes the new
 * record before the one step and the old one after the other, sees that he must look again.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'

export const HOLDER_WORDS = 4

export const SENDERS = 2
export const RECEIVERS = 3

const HOLDER_NEXT = 0
const HOLDER_AGENT = 1
const JOINING = 1

/** Where the words of a channel's holders lie among those of the channel. The first record lies there too: the program's. */
export const VERSION = 2
export const HOLDERS = 4

/**
 * A record of this agent in the list of a channel: one that a dead agent has left, or `fresh`, which is zeroed.
 */
export function joinHolders(words: Int32Array, at: number, agent: number, fresh: number): number {
  let holder = Atomics.load(words, at + HOLDERS + HOLDER_NEXT)
  while (holder !== 0) {
    const owner = Atomics.load(words, holder + HOLDER_AGENT)
    if (!isAlive(words, owner >>> 1)) {
      if (Atomics.compareExchange(words, holder + HOLDER_AGENT, owner, (agent << 1) | JOINING) === owner) {
        Atomics.store(words, holder + SENDERS, 0)
        Atomics.store(words, holder + RECEIVERS, 0)
        Atomics.store(words, holder + HOLDER_AGENT, agent << 1)
        return holder
      }
    }
    holder = Atomics.load(words, holder + HOLDER_NEXT)
  }
  Atomics.store(words, fresh + HOLDER_AGENT, agent << 1)
  for (;;) {
    const first = Atomics.load(words, at + HOLDERS + HOLDER_NEXT)
    Atomics.store(words, fresh + HOLDER_NEXT, first)
    if (Atomics.compareExchange(words, at + HOLDERS + HOLDER_NEXT, first, fresh) === first) return fresh
  }
}

/** Notes one more end of a kind, SENDERS or RECEIVERS, in a record. Somebody must hold one of this kind meanwhile. */
export function hold(words: Int32Array, holder: number, kind: number): void {
  Atomics.add(words, holder + kind, 1)
}

/** Gives back an end. True when the record holds no other of its kind, so that somebody should look whether anybody does. */
export function unhold(words: Int32Array, holder: number, kind: number): boolean {
  return Atomics.sub(words, holder + kind, 1) === 1
}

/** Puts one more end on its way, in a record that holds nothing. */
export function putOnWay(words: Int32Array, at: number, record: number, kind: number, number: number): void {
  Atomics.store(words, record + kind, number)
  Atomics.add(words, at + VERSION, 1)
}

/** Takes an end that was on its way into a record of this agent. */
export function takeFromWay(
  words: Int32Array,
  at: number,
  holder: number,
  kind: number,
  record: number,
  number: number,
): void {
  Atomics.add(words, holder + kind, 1)
  Atomics.add(words, at + VERSION, 1)
  Atomics.compareExchange(words, record + kind, number, 0)
}

/** Takes an end off its way that nobody will get, or does nothing when somebody has got it. True as for `unhold`. */
export function takeOffWay(words: Int32Array, record: number, kind: number, number: number): boolean {
  return Atomics.compareExchange(words, record + kind, number, 0) === number
}

/** Whether anybody holds an end of this kind. */
export function anyHolds(words: Int32Array, at: number, kind: number): boolean {
  for (;;) {
    const version = Atomics.load(words, at + VERSION)
    let changed = false
    let holder = at + HOLDERS
    while (holder !== 0) {
      const owner = Atomics.load(words, holder + HOLDER_AGENT)
      if ((owner & JOINING) === 0 && Atomics.load(words, holder + kind) !== 0) {
        if (owner === 0 || isAlive(words, owner >>> 1)) {
          // The record may have been another agent's when its count was read.
          if (Atomics.load(words, holder + HOLDER_AGENT) === owner) return true
          changed = true
        }
      }
      holder = Atomics.load(words, holder + HOLDER_NEXT)
    }
    if (!changed && Atomics.load(words, at + VERSION) === version) return false
  }
}
