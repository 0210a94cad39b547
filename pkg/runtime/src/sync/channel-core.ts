/** A channel as one thread sees it: where its memory lies, who waits in this thread, and what this thread holds of its ends. */

import { allocateWords, arena } from '../memory/arena.ts'
import { arrived, receiveWords, ticketFor, wordsFor } from './dynamic-words.ts'
import type { Ticket } from './dynamic-words.ts'
import { DEATHS, LINE_WORDS } from '../memory/layout.ts'
import { LockError } from '../memory/shared-errors.ts'
import { UNPLACED } from '../memory/shared-kind.ts'
import {
  CHANNEL_WORDS,
  ENDED,
  SLOT_SHIFT,
  claimToReceive,
  claimToReceiveBlocking,
  claimToSend,
  claimToSendBlocking,
  close,
  finish,
  giveUp,
  isClosed,
  lookToReceive,
  lookToSend,
  publish,
  takeApart,
} from './channel-algorithm.ts'
import { ChannelQueue } from './channel-queue.ts'
import type { Heap } from './heap.ts'
import { heap } from './heap.ts'
import {
  HOLDERS,
  HOLDER_WORDS,
  RECEIVERS,
  SENDERS,
  anyHolds,
  hold,
  joinHolders,
  putOnWay,
  takeFromWay,
  takeOffWay,
  unhold,
} from './holders-algorithm.ts'
import type { Parcel } from './message.ts'
import { Arrived, ArrivedPacket, clean, Packed, take, write } from './message.ts'
import { isOver } from './wait.ts'

/** SENDERS or RECEIVERS. */
export type EndKind = typeof SENDERS | typeof RECEIVERS

/** Words of a channel that say what does not change: capacity, the first page of its ring, and whether a module declares it. */
const CAPACITY = 8
const RING_PAGE = 9
const DECLARED = 10
/** Where between the words of a channel there is room for records of holders, which then need no memory of their own. */
const RECORDS = [12, 24, 28, 40, 44]

/** Nothing can be received now. */
export const NOTHING: unique symbol = Symbol('nothing')

/** An end of a channel on its way to another thread. */
export interface EndOnWay {
  readonly at: number
  readonly kind: EndKind
  readonly record: number
  readonly number: number
  /** Keeps the channel's words from being used again on the way. */
  readonly ticket?: Ticket | undefined
}

const NO_WORDS = new Int32Array(0)
const freeRecords: number[] = []

export class ChannelCore {
  capacity: number
  at: number = UNPLACED
  words: Int32Array = NO_WORDS
  ring: Int32Array = NO_WORDS
  limit = 0
  /** How large the message is that last found no memory; 0 when there may be some. */
  starves = 0
  bits = 0
  /** Those in this thread who wait to send, and to receive. */
  readonly sending: ChannelQueue = new ChannelQueue(this, SENDERS)
  readonly receiving: ChannelQueue = new ChannelQueue(this, RECEIVERS)
  private me = 0
  private memory!: Heap
  /** This thread's record among the holders. */
  private holder = 0
  /** Ends that were made before there was a record. */
  private readonly early: [senders: number, receivers: number] = [0, 0]
  /** Records of ends on their way, with the last number of each. */
  private readonly ways: { readonly record: number; number: number }[] = []
  private deaths = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** The channel whose words lie at `at`, and have come with this ticket if they may be used again. */
  static at(at: number, ticket?: Ticket): ChannelCore {
    let core = cores.get(at)?.deref()
    if (core === undefined) {
      const refer = ticket === undefined ? undefined : receiveWords(at, ticket)
      core = new ChannelCore(Atomics.load(arena().words, at + CAPACITY))
      core.settle(at)
      refer?.(core)
    }
    if (ticket !== undefined) arrived(ticket)
    return core
  }

  /** Gives the channel its memory, if it has none. */
  ready(): void {
    if (this.at !== UNPLACED) return
    const bytes = ringBytes(this.capacity)
    const at = wordsFor(this, CHANNEL_WORDS)
    const page = heap().takeRing(bytes, at)
    const { words } = arena()
    RECORDS.reduce((last, record) => {
      Atomics.store(words, at + last, at + record)
      return record
    }, HOLDERS)
    Atomics.store(words, at + CAPACITY, this.capacity)
    Atomics.store(words, at + RING_PAGE, page)
    this.settle(at)
    const [senders, receivers] = this.early
    if (senders + receivers === 0) return
    for (let count = senders; count > 0; count--) this.hold(SENDERS)
    for (let count = receivers; count > 0; count--) this.hold(RECEIVERS)
    // All of one kind were given back before the channel was used.
    if (senders === 0 || receivers === 0) close(words, at)
  }

  /** Gives the channel its memory and its first two ends to the program as a whole, which never dies. */
  placeForProgram(): number {
    this.early.fill(0)
    this.ready()
    Atomics.store(this.words, this.at + DECLARED, 1)
    hold(this.words, this.at + HOLDERS, SENDERS)
    hold(this.words, this.at + HOLDERS, RECEIVERS)
    return this.at
  }

  private settle(at: number): void {
    const { words, agent } = arena()
    this.memory = heap()
    this.words = words
    this.me = agent << 4
    this.ring = this.memory.ring(Atomics.load(words, at + RING_PAGE), ringBytes(this.capacity))
    this.limit = this.capacity - 1
    this.bits = Math.max(1, 32 - Math.clz32(this.limit))
    this.deaths = Atomics.load(words, DEATHS)
    this.at = at
    cores.set(at, new WeakRef(this))
  }

  get closed(): boolean {
    return isClosed(this.words, this.at)
  }

  close(): void {
    this.ready()
    close(this.words, this.at)
  }

  // Messages

  /** Sends, if there is room. */
  trySend(parcel: Parcel): boolean {
    const { words, at, ring, limit, bits } = this
    if (Atomics.load(words, DEATHS) !== this.deaths) this.afterDeath()
    if (this.starves > 0 && !this.hasMemory(parcel)) return false
    const claimed = claimToSend(words, at, ring, 0, limit, bits, this.me)
    return claimed !== 0 && this.put(claimed - 1, parcel)
  }

  /** Sends, blocking the thread. False when the channel is closed, or time is up. */
  sendBlocking(parcel: Parcel, deadline: number): boolean {
    const { words, at, ring, limit, bits } = this
    for (;;) {
      while (this.starves > 0 && !this.hasMemory(parcel)) {
        if (isOver(deadline) || this.cannotSend()) return false
        this.memory.blockForRoom(this.starves, deadline)
      }
      const claimed = claimToSendBlocking(words, at, ring, 0, limit, bits, this.me, deadline)
      if (claimed === 0) return false
      if (this.put(claimed - 1, parcel)) return true
    }
  }

  /** Sleeps until there may be memory for the message that did not get any. */
  awaitMemory(): Promise<void> {
    return this.memory.awaitRoom(this.starves)
  }

  /** Nobody in this thread waits for memory any more. */
  forgetMemory(): void {
    this.starves = 0
    this.memory.wakeAll()
  }

  private hasMemory(parcel: Parcel): boolean {
    if (parcel instanceof Packed && !this.memory.hasRoom(parcel.length)) return false
    this.starves = 0
    return true
  }

  /** A value, a packet, or NOTHING. */
  tryReceive(): unknown {
    const { words, at, ring, limit, bits } = this
    const claimed = claimToReceive(words, at, ring, 0, limit, bits, this.me)
    return claimed === 0 ? NOTHING : this.get(claimed - 1)
  }

  /** As `tryReceive`, blocking the thread. NOTHING when nothing will come any more, or time is up. */
  receiveBlocking(deadline: number): unknown {
    const { words, at, ring, limit, bits } = this
    const claimed = claimToReceiveBlocking(words, at, ring, 0, limit, bits, this.me, deadline)
    return claimed === 0 ? NOTHING : this.get(claimed - 1)
  }

  /** Whether the channel is closed, for a sender. Sees that all receivers have died, too. */
  cannotSend(): boolean {
    return lookToSend(this.words, this.at, this.ring, 0, this.limit, this.bits) === ENDED
  }

  /** Whether nothing will come any more. */
  hasEnded(): boolean {
    return lookToReceive(this.words, this.at, this.ring, 0, this.limit, this.bits) === ENDED
  }

  /** False when there is no memory for it now: then the slot is given up. */
  private put(position: number, parcel: Parcel): boolean {
    const { words, at, ring, bits } = this
    const slot = (position & ((1 << bits) - 1)) << SLOT_SHIFT
    try {
      clean(ring, slot, this.memory)
      write(ring, slot, this.memory, parcel)
    } catch (error) {
      // At once: what it has taken is missing elsewhere.
      clean(ring, slot, this.memory)
      giveUp(words, at, ring, 0, bits, position)
      if (!this.isPassing(error, parcel)) throw error
      this.starves = (parcel as Packed).length
      return false
    }
    publish(words, at, ring, 0, bits, position)
    return true
  }

  /** Whether there will be memory for a message for which there was none, when others have been received. */
  private isPassing(error: unknown, parcel: Parcel): boolean {
    if (!(parcel instanceof Packed) || !(error instanceof LockError)) return false
    return error.cause === undefined && this.memory.couldHold(parcel.length)
  }

  private get(position: number): unknown {
    const { words, at, ring, bits } = this
    const slot = (position & ((1 << bits) - 1)) << SLOT_SHIFT
    const taken = take(ring, slot, this.memory)
    finish(words, at, ring, 0, bits, position)
    return taken instanceof Arrived ? taken.open() : taken
  }

  /** A thread has died since the last message: it may have held the last receiver. */
  private afterDeath(): void {
    this.deaths = Atomics.load(this.words, DEATHS)
    if (!anyHolds(this.words, this.at, RECEIVERS)) close(this.words, this.at)
  }

  // Ends

  /** Notes that this thread holds one more end. */
  hold(kind: EndKind): void {
    if (this.at === UNPLACED) this.early[kind - SENDERS]!++
    else hold(this.words, this.record(), kind)
  }

  /** Notes that it holds one less. */
  release(kind: EndKind): void {
    if (this.at === UNPLACED) this.early[kind - SENDERS]!--
    else this.look(unhold(this.words, this.record(), kind), kind)
  }

  /** Gives up the end that the program holds. False when that was done before. */
  releaseForProgram(kind: EndKind): boolean {
    const wasHeld = takeOffWay(this.words, this.at + HOLDERS, kind, 1)
    this.look(wasHeld, kind)
    return wasHeld
  }

  programHolds(kind: EndKind): boolean {
    return Atomics.load(this.words, this.at + HOLDERS + kind) !== 0
  }

  /** Puts one more end on its way to another thread. */
  depart(kind: EndKind): EndOnWay {
    this.ready()
    const { words, at } = this
    let way = this.ways.find(
      ({ record }) => Atomics.load(words, record + SENDERS) === 0 && Atomics.load(words, record + RECEIVERS) === 0,
    )
    if (way === undefined) {
      way = { record: newRecord(words, at), number: 0 }
      this.ways.push(way)
    }
    // Never 0, and another one than before: who comes late must not take this end for the last one.
    way.number = (way.number % 0x3fffffff) + 1
    putOnWay(words, at, way.record, kind, way.number)
    return { at, kind, record: way.record, number: way.number, ticket: ticketFor(this, at) }
  }

  /** Takes an end that has arrived. */
  arrive({ kind, record, number }: EndOnWay): void {
    takeFromWay(this.words, this.at, this.record(), kind, record, number)
  }

  /** Takes back an end that has not arrived, and will not. */
  recall({ kind, record, number }: EndOnWay): void {
    this.look(takeOffWay(this.words, record, kind, number), kind)
  }

  private record(): number {
    if (this.holder === 0) this.holder = newRecord(this.words, this.at)
    return this.holder
  }

  /** After an end was given back: nobody may hold one of its kind any more, or any at all. */
  private look(wasLast: boolean, kind: EndKind): void {
    const { words, at } = this
    if (!wasLast || anyHolds(words, at, kind)) return
    close(words, at)
    // The program's ends are used in all threads, without asking: one may be about to write a slot while another gives up the last end.
    if (Atomics.load(words, at + DECLARED) !== 0) return
    if (!anyHolds(words, at, kind === SENDERS ? RECEIVERS : SENDERS) && takeApart(words, at)) this.free()
  }

  /** Frees the slots, and the messages in them that nobody has received. */
  private free(): void {
    for (let index = 0; index < this.capacity; index++) clean(this.ring, index << SLOT_SHIFT, this.memory)
    this.memory.freeRing(Atomics.load(this.words, this.at + RING_PAGE), ringBytes(this.capacity))
  }
}

/** Channels of this thread, by their words. */
const cores = new Map<number, WeakRef<ChannelCore>>()

function ringBytes(capacity: number): number {
  return capacity << (SLOT_SHIFT + 2)
}

/** A record of this thread in the list of a channel. */
function newRecord(words: Int32Array, at: number): number {
  if (freeRecords.length === 0) {
    const line = allocateWords(LINE_WORDS)
    for (let record = line; record < line + LINE_WORDS; record += HOLDER_WORDS) freeRecords.push(record)
  }
  const fresh = freeRecords.pop()!
  const record = joinHolders(words, at, arena().agent, fresh)
  if (record !== fresh) freeRecords.push(fresh)
  return record
}

export { ArrivedPacket, RECEIVERS, SENDERS }
