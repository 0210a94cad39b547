/**
 * The channel: a ring of slots, as words and the steps on them. Several threads write and read different slots at the same time; none waits for another but for a
 * message or for room.
 *
 *   word           meaning
 *   STATE          OPEN, CLOSED, or FREED: nobody holds an end any more, and the memory of the slots belongs to others
 *   side           SEND_SIDE and RECEIVE_SIDE have the same words: the position of the next slot to claim, how many wait for one, and three lanes as the mutex has
 *                  them: a wake-up counter that a kind of waiter sleeps on, and how many of that kind wait
 *
 * A position is lap << bits | index of the slot. A slot begins with a word of its own, and the lap in it decides to whom it belongs now:
 *
 *   lap << 2 | FREE                             nobody has claimed it in this lap
 *   agent << 4 | lap mod 4 << 2 | WRITING       this agent writes the message of this lap
 *   lap << 2 | FULL                             the message can be read
 *   agent << 4 | lap mod 4 << 2 | READING       this agent reads it
 *   lap + 1 << 2 | FREE                         it has been read, or given up by whoever wrote it
 *
 * Who swaps FREE for WRITING, or FULL for READING, has claimed the slot; the position follows, by the same thread or by whoever comes next and sees that it lags. So a
 * thread may die between any two steps: everything that others need to know is in the slot. A dead writer's slot is passed over, once it is the next to be read; a
 * dead reader's is freed, once it is the next to be written.
 *
 * `ring` is the memory of the slots, `base` where they begin in it, `limit` the index of the last, `me` the agent's number shifted left by 4.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

import { isAlive } from './agent-algorithm.ts'
import { RECEIVERS, SENDERS, anyHolds } from './holders-algorithm.ts'
import { block, wait } from './wait.ts'

export const CHANNEL_WORDS = 48

/** Distance between slots, as a shift: 256 bytes, into which most messages fit. */
export const SLOT_SHIFT = 6

const STATE = 0
const OPEN = 0
const CLOSED = 1
const FREED = 2

const SEND_SIDE = 16
const RECEIVE_SIDE = 32

const WAITING = 1
export const BLOCKING_LANE = 2
export const WORKER_LANE = 4
export const HOST_LANE = 6

const FREE = 0
const WRITING = 1
const FULL = 2
const READING = 3

/** Nothing to do but to sleep. */
export const IDLE = 0
/** A slot can be claimed. */
export const READY = 1
/** The channel is closed: nothing can be sent, or nothing will come any more. */
export const ENDED = 2

/** Positions are never negative: the lap begins again before that. */
const POSITIONS = 0x7fffffff
const EVERY_SLEEPER = 0x7fffffff

/** Claims the next slot for a message. Its position + 1; 0 when the ring is full or the channel closed. */
export function claimToSend(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  me: number,
): number {
  for (;;) {
    const position = Atomics.load(words, at + SEND_SIDE)
    const lap = position >>> bits
    const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
    const seen = Atomics.load(ring, slot)
    if (seen === ((lap << 2) | FREE)) {
      if (Atomics.compareExchange(ring, slot, seen, me | ((lap & 3) << 2) | WRITING) === seen) {
        Atomics.compareExchange(words, at + SEND_SIDE, position, next(position, limit, bits))
        // After the claim: who closes first and then finds nothing claimed knows that nothing will come.
        if (Atomics.load(words, at + STATE) === OPEN) return position + 1
        giveUp(words, at, ring, base, bits, position)
        return 0
      }
    } else if (((seen >> 2) & 3) === ((lap + 3) & 3)) {
      // The message of the lap before is there still.
      if (Atomics.load(words, at + SEND_SIDE) === position) return 0
    } else {
      Atomics.compareExchange(words, at + SEND_SIDE, position, next(position, limit, bits))
    }
  }
}

/** Makes the message in a claimed slot readable. */
export function publish(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  bits: number,
  position: number,
): void {
  const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
  Atomics.store(ring, slot, ((position >>> bits) << 2) | FULL)
  if (Atomics.load(words, at + RECEIVE_SIDE + WAITING) !== 0) wake(words, at + RECEIVE_SIDE)
}

/** Gives up a slot that was claimed for a message: receivers pass over it. */
export function giveUp(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  bits: number,
  position: number,
): void {
  const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
  Atomics.store(ring, slot, (lapAfter(position, bits) << 2) | FREE)
  wake(words, at + RECEIVE_SIDE)
  wake(words, at + SEND_SIDE)
}

/** Claims the oldest message. Its position + 1; 0 when there is none, or it is being written. */
export function claimToReceive(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  me: number,
): number {
  for (;;) {
    const position = Atomics.load(words, at + RECEIVE_SIDE)
    const lap = position >>> bits
    const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
    const seen = Atomics.load(ring, slot)
    if (seen === ((lap << 2) | FULL)) {
      if (Atomics.compareExchange(ring, slot, seen, me | ((lap & 3) << 2) | READING) === seen) {
        Atomics.compareExchange(words, at + RECEIVE_SIDE, position, next(position, limit, bits))
        return position + 1
      }
    } else if (isEmpty(seen, lap)) {
      if (Atomics.load(words, at + RECEIVE_SIDE) === position) return 0
    } else {
      Atomics.compareExchange(words, at + RECEIVE_SIDE, position, next(position, limit, bits))
    }
  }
}

/** Frees a slot whose message has been read. */
export function finish(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  bits: number,
  position: number,
): void {
  const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
  Atomics.store(ring, slot, (lapAfter(position, bits) << 2) | FREE)
  if (Atomics.load(words, at + SEND_SIDE + WAITING) !== 0) wake(words, at + SEND_SIDE)
}

/** Whether a message can be sent: IDLE, READY or ENDED. Frees what a dead reader has left in the way, and closes a channel that nobody reads. */
export function lookToSend(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
): number {
  for (;;) {
    if (Atomics.load(words, at + STATE) !== OPEN) return ENDED
    const position = Atomics.load(words, at + SEND_SIDE)
    const lap = position >>> bits
    const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
    const seen = Atomics.load(ring, slot)
    if (seen === ((lap << 2) | FREE)) return READY
    if (((seen >> 2) & 3) !== ((lap + 3) & 3)) {
      Atomics.compareExchange(words, at + SEND_SIDE, position, next(position, limit, bits))
    } else if (Atomics.load(words, at + SEND_SIDE) === position) {
      if ((seen & 3) === READING && !isAlive(words, seen >>> 4)) {
        Atomics.compareExchange(ring, slot, seen, (lap << 2) | FREE)
      } else {
        if (anyHolds(words, at, RECEIVERS)) return IDLE
        close(words, at)
      }
    }
  }
}

/** Whether a message can be received: IDLE, READY or ENDED. Passes over what a dead writer has left, and closes a channel that nobody writes. */
export function lookToReceive(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
): number {
  for (;;) {
    // Before the look at the slot: who claims one later sees that the channel is closed.
    const state = Atomics.load(words, at + STATE)
    if (state === FREED) return ENDED
    const position = Atomics.load(words, at + RECEIVE_SIDE)
    const lap = position >>> bits
    const slot = base + ((position & ((1 << bits) - 1)) << SLOT_SHIFT)
    const seen = Atomics.load(ring, slot)
    if (seen === ((lap << 2) | FULL)) return READY
    if (!isEmpty(seen, lap)) {
      Atomics.compareExchange(words, at + RECEIVE_SIDE, position, next(position, limit, bits))
    } else if (Atomics.load(words, at + RECEIVE_SIDE) === position) {
      if ((seen & 3) === WRITING) {
        if (isAlive(words, seen >>> 4)) return IDLE
        if (Atomics.compareExchange(ring, slot, seen, (lapAfter(position, bits) << 2) | FREE) === seen)
          wake(words, at + SEND_SIDE)
      } else {
        if (state === CLOSED) return ENDED
        if (anyHolds(words, at, SENDERS)) return IDLE
        close(words, at)
      }
    }
  }
}

/**
 * Waits for room, without blocking the thread. What there is must be claimed, or passed on with `passSend`, in `taken`: whoever awaits this goes on some microtasks
 * later, and among those may be one of this thread that blocks.
 */
export async function awaitToSend(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  lane: number,
  taken: () => void,
): Promise<void> {
  startWaiting(words, at + SEND_SIDE, lane)
  for (;;) {
    const ticket = Atomics.load(words, at + SEND_SIDE + lane)
    if (lookToSend(words, at, ring, base, limit, bits) !== IDLE) break
    await wait(words, at + SEND_SIDE + lane, ticket)
  }
  stopWaiting(words, at + SEND_SIDE, lane)
  taken()
}

/** Waits for a message, without blocking the thread. What there is must be claimed, or passed on with `passReceive`, in `taken`. */
export async function awaitToReceive(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  lane: number,
  taken: () => void,
): Promise<void> {
  startWaiting(words, at + RECEIVE_SIDE, lane)
  for (;;) {
    const ticket = Atomics.load(words, at + RECEIVE_SIDE + lane)
    if (lookToReceive(words, at, ring, base, limit, bits) !== IDLE) break
    await wait(words, at + RECEIVE_SIDE + lane, ticket)
  }
  stopWaiting(words, at + RECEIVE_SIDE, lane)
  taken()
}

/** Claims a slot for a message, blocking the thread. 0 when the channel is closed, or time is up. */
export function claimToSendBlocking(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  me: number,
  deadline: number,
): number {
  startWaiting(words, at + SEND_SIDE, BLOCKING_LANE)
  let claimed = 0
  for (;;) {
    const ticket = Atomics.load(words, at + SEND_SIDE + BLOCKING_LANE)
    const look = lookToSend(words, at, ring, base, limit, bits)
    if (look === ENDED) break
    if (look === READY) {
      claimed = claimToSend(words, at, ring, base, limit, bits, me)
      if (claimed !== 0) break
    } else {
      if (!block(words, at + SEND_SIDE + BLOCKING_LANE, ticket, deadline)) break
    }
  }
  stopWaiting(words, at + SEND_SIDE, BLOCKING_LANE)
  passSend(words, at, ring, base, limit, bits)
  return claimed
}

/** Claims the oldest message, blocking the thread. 0 when none will come any more, or time is up. */
export function claimToReceiveBlocking(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
  me: number,
  deadline: number,
): number {
  startWaiting(words, at + RECEIVE_SIDE, BLOCKING_LANE)
  let claimed = 0
  for (;;) {
    const ticket = Atomics.load(words, at + RECEIVE_SIDE + BLOCKING_LANE)
    const look = lookToReceive(words, at, ring, base, limit, bits)
    if (look === ENDED) break
    if (look === READY) {
      claimed = claimToReceive(words, at, ring, base, limit, bits, me)
      if (claimed !== 0) break
    } else {
      if (!block(words, at + RECEIVE_SIDE + BLOCKING_LANE, ticket, deadline)) break
    }
  }
  stopWaiting(words, at + RECEIVE_SIDE, BLOCKING_LANE)
  passReceive(words, at, ring, base, limit, bits)
  return claimed
}

/**
 * Wakes another sender if there is room for it. To be called by everybody who has waited, whatever came of it: the wake-up that he took may have been meant for more
 * than the one slot that he claimed, since one who is woken and finds the next slot not free yet sleeps on.
 */
export function passSend(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
): void {
  if (Atomics.load(words, at + SEND_SIDE + WAITING) === 0) return
  if (lookToSend(words, at, ring, base, limit, bits) === READY) wake(words, at + SEND_SIDE)
}

/**
 * Wakes another receiver if there is a message for it, as `passSend`, or none will come any more: who closes wakes them all, but while a message is being written then
 * they sleep on, and whoever writes or gives it up wakes one.
 */
export function passReceive(
  words: Int32Array,
  at: number,
  ring: Int32Array,
  base: number,
  limit: number,
  bits: number,
): void {
  if (Atomics.load(words, at + RECEIVE_SIDE + WAITING) === 0) return
  if (lookToReceive(words, at, ring, base, limit, bits) !== IDLE) wake(words, at + RECEIVE_SIDE)
}

/** Closes the channel: nothing more can be sent, and receivers end when they have read what there is. */
export function close(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at + STATE, OPEN, CLOSED) !== OPEN) return
  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) {
    Atomics.add(words, at + SEND_SIDE + lane, 1)
    Atomics.notify(words, at + SEND_SIDE + lane, EVERY_SLEEPER)
    Atomics.add(words, at + RECEIVE_SIDE + lane, 1)
    Atomics.notify(words, at + RECEIVE_SIDE + lane, EVERY_SLEEPER)
  }
}

export function isClosed(words: Int32Array, at: number): boolean {
  return Atomics.load(words, at + STATE) !== OPEN
}

/** Takes a closed channel of which nobody holds an end any more, to free the memory of its slots. True once. */
export function takeApart(words: Int32Array, at: number): boolean {
  return Atomics.compareExchange(words, at + STATE, CLOSED, FREED) === CLOSED
}

/** Wakes one waiter in each lane that has some. */
function wake(words: Int32Array, side: number): void {
  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) {
    if (Atomics.load(words, side + lane + 1) > 0) {
      Atomics.add(words, side + lane, 1)
      Atomics.notify(words, side + lane, 1)
    }
  }
}

/** The lane first: who wakes looks at the sum, and then at the lanes. */
function startWaiting(words: Int32Array, side: number, lane: number): void {
  Atomics.add(words, side + lane + 1, 1)
  Atomics.add(words, side + WAITING, 1)
}

function stopWaiting(words: Int32Array, side: number, lane: number): void {
  Atomics.sub(words, side + WAITING, 1)
  Atomics.sub(words, side + lane + 1, 1)
}

/** Whether the message of a lap is not there yet: nobody has written it to its end, or the message before it is still being read. */
function isEmpty(seen: number, lap: number): boolean {
  if (((seen >> 2) & 3) === (lap & 3)) return (seen & 3) < FULL
  return ((seen >> 2) & 3) === ((lap + 3) & 3)
}

function next(position: number, limit: number, bits: number): number {
  if ((position & ((1 << bits) - 1)) === limit) return lapAfter(position, bits) << bits
  return position + 1
}

function lapAfter(position: number, bits: number): number {
  return ((position >>> bits) + 1) & (POSITIONS >>> bits)
}
