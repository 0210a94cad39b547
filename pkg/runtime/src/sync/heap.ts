/**
 * Memory for the messages of channels: one buffer of the bank for all channels of a program, cut into pages. It grows as it is needed. Which page belongs to whom stands
 * at its beginning, so any thread can take and free pages, and nothing is lost with a thread (`page-algorithm.ts`).
 */

import { allocateWords, arena } from '../memory/arena.ts'
import { allocateBuffer } from '../memory/bank.ts'
import { DEATHS, LINE_WORDS } from '../memory/layout.ts'
import { heapFull } from './channel-errors.ts'
import { blockAt, isBlock } from './dynamic-words.ts'
import { fillEntry, findEntry, keyOf, readEntry } from '../memory/registry.ts'
import { freeOwned, freePage, takePage, takeRun } from './page-algorithm.ts'
import { block, RETRY_MS, wait } from './wait.ts'

export const PAGE_BYTES = 4096

/** Owner of a page while what a dead channel has left is freed. Pages of a ring have numbers below 0, too, those of messages that of their slot, above 0. */
const SWEPT = -0x80000000

/** Pages that the heap has at first, and gets more of at a time at least. */
const SOME_PAGES = 256

const LARGE = 65_536

/** The heap as this thread sees it. */
export class Heap {
  private readonly buffer: SharedArrayBuffer
  private readonly maxPages: number
  /** Where the pages begin, in bytes. */
  private readonly start: number
  /** Owners of the pages, then for each the next page of the same message. */
  private readonly table: Int32Array
  private bytes: Uint8Array = new Uint8Array(0)
  private pages = 0
  private hint = 0
  /** Where the count of the times lies that pages became free while somebody waited for some, and next to it how many wait. */
  private readonly room: number
  /** Up to which death rings without a channel have been looked for. */
  private swept = 0

  constructor(buffer: SharedArrayBuffer, maxBytes: number, room: number) {
    this.buffer = buffer
    this.room = room
    this.maxPages = maxPagesOf(maxBytes)
    this.start = tableBytes(this.maxPages)
    this.table = new Int32Array(buffer, 0, this.maxPages * 2)
    this.look()
  }

  /** Takes pages for the ring of the channel whose words lie at `at`, so many bytes, zeroed. The number of the first. */
  takeRing(bytes: number, at: number): number {
    const length = Math.ceil(bytes / PAGE_BYTES)
    const owner = -1 - blockAt(at)
    for (;;) {
      const first = takeRun(this.table, 0, this.pages, length, owner) - 1
      if (first >= 0) {
        this.bytesOf(first, bytes).fill(0)
        return first
      }
      this.grow(length)
    }
  }

  /** The words of a ring. */
  ring(first: number, bytes: number): Int32Array {
    return new Int32Array(this.buffer, this.start + first * PAGE_BYTES, bytes >> 2)
  }

  /** The number that the slot at this word of a ring has as an owner of pages. */
  static ownerOf(ring: Int32Array, slot: number): number {
    return (ring.byteOffset >> 6) + (slot >> 4)
  }

  /** Puts bytes into pages that belong to `owner`; the number of the first. */
  write(owner: number, bytes: Uint8Array, length: number): number {
    let first = -1
    let last = -1
    // A large message is worth a search for the lowest free pages: those are in use already, and in caches.
    if (length > LARGE) this.hint = 0
    // Pages that follow each other are filled at once.
    let run = -1
    let done = 0
    for (let taken = 0; taken < length; taken += PAGE_BYTES) {
      const page = this.take(owner)
      if (last >= 0) this.table[this.maxPages + last] = page
      if (first < 0) first = run = page
      else if (page !== last + 1) {
        done += this.fill(run, last, bytes, done, length)
        run = page
      }
      last = page
    }
    this.fill(run, last, bytes, done, length)
    return first
  }

  /** Copies what `write` wrote. */
  read(first: number, target: Uint8Array, length: number): void {
    let run = first
    let last = first
    let done = 0
    for (let seen = PAGE_BYTES; seen < length; seen += PAGE_BYTES) {
      const page = this.table[this.maxPages + last]!
      if (page !== last + 1) {
        done += this.copy(run, last, target, done, length)
        run = page
      }
      last = page
    }
    this.copy(run, last, target, done, length)
  }

  /** Frees the pages of `write`, and tells who waits for some. */
  free(first: number, length: number): void {
    let page = first
    for (let left = length; left > 0; left -= PAGE_BYTES) {
      const next = this.table[this.maxPages + page]!
      freePage(this.table, 0, page)
      page = next
    }
    this.tell()
  }

  /** Whether so many bytes could be written if nothing but rings took pages. */
  couldHold(length: number): boolean {
    let rings = 0
    for (let page = 0; page < this.pages; page++) if (Atomics.load(this.table, page) < 0) rings++
    return Math.ceil(length / PAGE_BYTES) <= this.maxPages - rings
  }

  /** Whether there are pages for so many bytes now. */
  hasRoom(length: number): boolean {
    this.look()
    let missing = Math.ceil(length / PAGE_BYTES) - (this.maxPages - this.pages)
    for (let page = 0; page < this.pages && missing > 0; page++) if (Atomics.load(this.table, page) === 0) missing--
    return missing <= 0
  }

  /** Sleeps, without blocking the thread, until pages have become free. May end early. */
  async awaitRoom(length: number): Promise<void> {
    const { words } = arena()
    Atomics.add(words, this.room + 1, 1)
    const times = Atomics.load(words, this.room)
    if (!this.hasRoom(length)) await wait(words, this.room, times)
    Atomics.sub(words, this.room + 1, 1)
  }

  /** The same, and blocks the thread meanwhile. */
  blockForRoom(length: number, deadline: number): void {
    const { words } = arena()
    Atomics.add(words, this.room + 1, 1)
    const times = Atomics.load(words, this.room)
    // Two that each took what the other needed are not told when both have given up.
    const soon = Math.min(deadline, performance.now() + RETRY_MS)
    if (!this.hasRoom(length)) block(words, this.room, times, soon)
    Atomics.sub(words, this.room + 1, 1)
  }

  /** Ends `awaitRoom` everywhere: who still waits looks again. */
  wakeAll(): void {
    const { words } = arena()
    Atomics.add(words, this.room, 1)
    Atomics.notify(words, this.room)
  }

  private tell(): void {
    if (Atomics.load(arena().words, this.room + 1) > 0) this.wakeAll()
  }

  /** Frees what a thread has left behind that ended while it held the slot with this number. */
  freeOwned(owner: number): void {
    this.look()
    freeOwned(this.table, 0, this.pages, owner)
  }

  freeRing(first: number, bytes: number): void {
    for (let page = Math.ceil(bytes / PAGE_BYTES) - 1; page >= 0; page--) freePage(this.table, 0, first + page)
    this.tell()
  }

  /**
   * Frees the rings of channels of which the last thread has died, and the messages in them. Whether there were any. A page of such a ring is taken first, so that
   * nobody else frees, or uses again, what belongs to its slots.
   */
  private sweep(): boolean {
    const deaths = Atomics.load(arena().words, DEATHS)
    if (deaths === this.swept) return false
    this.swept = deaths
    let found = false
    for (let page = 0; page < this.pages; page++) {
      const owner = Atomics.load(this.table, page)
      if (owner >= 0 || owner === SWEPT || isBlock(-1 - owner)) continue
      if (Atomics.compareExchange(this.table, page, owner, SWEPT) !== owner) continue
      this.freeMessagesIn(page)
      freePage(this.table, 0, page)
      found = true
    }
    return found
  }

  private freeMessagesIn(ringPage: number): void {
    for (let page = 0; page < this.pages; page++) {
      const owner = Atomics.load(this.table, page)
      if (owner > 0 && Math.floor((owner * 64 - this.start) / PAGE_BYTES) === ringPage) freePage(this.table, 0, page)
    }
  }

  private take(owner: number): number {
    for (;;) {
      const page = takePage(this.table, 0, this.pages, this.hint, owner) - 1
      if (page >= 0) {
        this.hint = page + 1
        return page
      }
      this.grow(1)
    }
  }

  private fill(run: number, last: number, bytes: Uint8Array, from: number, length: number): number {
    const count = Math.min((last - run + 1) * PAGE_BYTES, length - from)
    this.bytesOf(run, count).set(bytes.subarray(from, from + count))
    return count
  }

  private copy(run: number, last: number, target: Uint8Array, to: number, length: number): number {
    const count = Math.min((last - run + 1) * PAGE_BYTES, length - to)
    target.set(this.bytesOf(run, count), to)
    return count
  }

  private bytesOf(page: number, count: number): Uint8Array {
    const at = this.start + page * PAGE_BYTES
    if (at + count > this.bytes.length) this.look()
    return this.bytes.subarray(at, at + count)
  }

  /** Gets more pages, at least `count`; also when another thread was faster. */
  private grow(count: number): void {
    const before = this.pages
    this.look()
    if (this.pages - before >= count || this.sweep()) return
    const wished = Math.min(this.maxPages, this.pages + Math.max(count, SOME_PAGES, this.pages))
    if (wished < this.pages + count) throw heapFull(this.start + this.maxPages * PAGE_BYTES)
    growTo(this.buffer, this.start + wished * PAGE_BYTES)
    this.look()
    if (this.pages === before) throw heapFull(this.start + this.maxPages * PAGE_BYTES)
  }

  private look(): void {
    const { byteLength } = this.buffer
    if (byteLength === this.bytes.length) return
    // Of a fixed length: views that follow the length of a buffer are several times slower.
    this.bytes = new Uint8Array(this.buffer, 0, byteLength)
    this.pages = Math.min(this.maxPages, Math.max(0, Math.floor((byteLength - this.start) / PAGE_BYTES)))
  }
}

/** Grows a buffer of the bank. Does nothing when another thread has made it as large already. */
function growTo(buffer: SharedArrayBuffer, bytes: number): void {
  try {
    ;(buffer as SharedArrayBuffer & { grow(bytes: number): void }).grow(bytes)
  } catch (error) {
    if (buffer.byteLength < bytes) throw heapFull(buffer.byteLength, error)
  }
}

function maxPagesOf(maxBytes: number): number {
  return Math.max(1, Math.floor((maxBytes - PAGE_BYTES) / (PAGE_BYTES + 8)))
}

function tableBytes(maxPages: number): number {
  return Math.ceil((maxPages * 8) / PAGE_BYTES) * PAGE_BYTES
}

let known: Heap | undefined
let knownFor: Int32Array | undefined

/**
 * The heap of this program, made now if nobody has needed it before.
 *
 * @throws E311, E312 or E319 when there is no buffer for it.
 */
export function heap(): Heap {
  const { words, bank, maxSharedBytes } = arena()
  if (known !== undefined && knownFor === words) return known
  const key = keyOf('experimental-threads/heap', '1')
  let { entry, ready } = findEntry(key)
  while (!ready) {
    const bytes = tableBytes(maxPagesOf(maxSharedBytes)) + PAGE_BYTES
    const make = (): { type: number; at: number; data: SharedArrayBuffer } => ({
      type: 0,
      at: allocateWords(LINE_WORDS),
      data: bank[allocateBuffer(bytes)]!,
    })
    if (fillEntry(entry, key, make)) break
    ;({ entry, ready } = findEntry(key))
  }
  knownFor = words
  const { data, at } = readEntry(entry)
  return (known = new Heap(data as SharedArrayBuffer, maxSharedBytes, at))
}
