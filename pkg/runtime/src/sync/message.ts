/**
 * Messages in the slots of a ring.
 *
 *   word           meaning
 *   0              whose the slot is (`channel-algorithm.ts`)
 *   INFO           what kind of message it is, and its length << 4
 *   2 … 63         the message, when it fits: a number, 56 characters of Latin-1, 248 bytes. Else the first page that holds its bytes
 *
 * INFO stays PAGED or RAW from before the first page is taken until the last one is free: then whoever writes the slot next knows that a dead thread may have left pages.
 */

import { cannotCarry } from './channel-errors.ts'
import { encode, Unsendable } from '../codec/codec.ts'
import { wayOut } from '../errors.ts'
import { decode, missingForTravels } from '../codec/packet.ts'
import type { Packet } from '../codec/packet.ts'
import { isStackOverflow, TOO_DEEP } from '../codec/sendable.ts'
import { runtimeState } from '../state.ts'
import { PACKET } from './bytes.ts'
import { BytesReader, textIn } from './bytes-reader.ts'
import { BytesWriter, NOT_PLAIN, wholeWords } from './bytes-writer.ts'
import { Heap } from './heap.ts'
import { pathTo } from './path-to.ts'

const INFO = 1
const BODY = 2
const BODY_BYTES = 248
/** Longer texts are written by the platform. */
const TEXT_LENGTH = 56

const UNDEFINED = 0
const NULL = 1
const TRUE = 2
const FALSE = 3
const INTEGER = 4
const DOUBLE = 5
const TEXT = 6
const BYTES = 7
const PAGED = 8
/** Pages that hold the bytes of a `Uint8Array`, and nothing else. */
const RAW = 9

/** Above this size, the memory into which a message is copied is not kept for the next. */
const KEPT_BYTES = 1 << 20

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** A value that is ready to be written: a small primitive as it is, anything else as bytes. */
export type Parcel = number | boolean | null | undefined | string | Packed

export class Packed {
  bytes: Uint8Array
  length: number
  /** The bytes are the message itself. */
  readonly isRaw: boolean

  constructor(bytes: Uint8Array, length: number, isRaw = false) {
    this.bytes = bytes
    this.length = length
    this.isRaw = isRaw
  }
}

const writer = new BytesWriter()
let writes = false

/** What was packed last; the bytes are those of the writer, until something else is packed. */
const packed = new Packed(writer.bytes, 0)

/**
 * Makes a value ready to be written.
 *
 * @throws R592 with the path of what cannot be sent.
 */
export function pack(value: unknown): Parcel {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return value
    case 'string':
      return isShortLatin(value) ? value : packBytes(value)
    default:
      if (value === null) return null
      return isLargeBytes(value) ? new Packed(value, value.length, true) : packBytes(value)
  }
}

/** A parcel that stays as it is when something else is packed. */
export function keep(parcel: Parcel): Parcel {
  if (!(parcel instanceof Packed)) return parcel
  const { bytes, length, isRaw } = parcel
  const kept = new Uint8Array(wholeWords(length))
  kept.set(bytes.subarray(0, length))
  return new Packed(kept, length, isRaw)
}

/** Frees pages that a dead thread may have left in a slot that was claimed. */
export function clean(ring: Int32Array, slot: number, heap: Heap): void {
  if ((ring[slot + INFO]! & 15) < PAGED) return
  heap.freeOwned(Heap.ownerOf(ring, slot))
  ring[slot + INFO] = UNDEFINED
}

/** Writes a parcel into a claimed slot. Throws R594 when there is no memory for it; then the slot is to be given up. */
export function write(ring: Int32Array, slot: number, heap: Heap, parcel: Parcel): void {
  if (typeof parcel === 'number') return writeNumber(ring, slot, parcel)
  if (typeof parcel === 'string') return writeText(ring, slot, parcel)
  if (parcel instanceof Packed) return writePacked(ring, slot, heap, parcel)
  ring[slot + INFO] = parcel === undefined ? UNDEFINED : parcel === null ? NULL : parcel ? TRUE : FALSE
}

let scratch = new Uint8Array(1024)

/** What goes into a slot, or has come out of one. */
const body = new Int32Array(BODY_BYTES >> 2)
const bodyBytes = new Uint8Array(body.buffer)

/** Reads a claimed slot and frees its pages: a primitive, or what has still to be opened. The slot can be freed then. */
export function take(ring: Int32Array, slot: number, heap: Heap): unknown {
  const info = ring[slot + INFO]!
  switch (info & 15) {
    case UNDEFINED:
      return undefined
    case NULL:
      return null
    case TRUE:
      return true
    case FALSE:
      return false
    case INTEGER:
      return ring[slot + BODY]
    case DOUBLE:
      halves[0] = ring[slot + BODY]!
      halves[1] = ring[slot + BODY + 1]!
      return double[0]
    case TEXT:
      return textIn(copyBody(ring, slot, info >> 4), 0, info >> 4)
    case BYTES:
      return new Arrived(copyBody(ring, slot, info >> 4))
    case RAW:
      return takePages(ring, slot, heap, new Uint8Array(ring[slot + BODY]!))
    default:
      return new Arrived(takePages(ring, slot, heap, memoryFor(ring[slot + BODY]!)))
  }
}

/** Bytes of a message that has left its slot. */
export class Arrived {
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** The value, or a packet that holds it. To be called at once: the bytes are those of the next message soon. */
  open(): unknown {
    const reader = new BytesReader(this.bytes)
    if (this.bytes[0] !== PACKET) return reader.value()
    reader.byte()
    return new ArrivedPacket(reader.value() as Packet)
  }
}

/** A message with values that need more than bytes: errors, instances, shared types. */
export class ArrivedPacket {
  private readonly packet: Packet

  constructor(packet: Packet) {
    this.packet = packet
  }

  /** Loads what this thread needs to know of the values; undefined when it knows all. */
  missing(): Promise<unknown> | undefined {
    const { missingParts } = runtimeState()
    return missingParts === null ? missingForTravels(this.packet) : missingParts(this.packet)
  }

  value(): unknown {
    return decode(this.packet, runtimeState().classes?.())[0]
  }
}

function isShortLatin(text: string): boolean {
  if (text.length > TEXT_LENGTH) return false
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 255) return false
  return true
}

function packBytes(value: unknown): Packed {
  // A getter in the value may send something itself.
  const target = writes ? new BytesWriter() : writer
  const result = writes ? new Packed(target.bytes, 0) : packed
  const outer = writes
  writes = true
  try {
    target.reset()
    appendTo(target, value)
  } catch (error) {
    if (isStackOverflow(error)) throw cannotCarry('value', TOO_DEEP, '')
    throw error
  } finally {
    writes = outer
  }
  result.bytes = target.bytes
  result.length = target.length
  return result
}

function appendTo(target: BytesWriter, value: unknown): void {
  try {
    return target.value(value)
  } catch (error) {
    if (error !== NOT_PLAIN) throw error
  }
  target.reset()
  target.byte(PACKET)
  try {
    target.value(packetOf(value))
  } catch (error) {
    if (error !== NOT_PLAIN) throw error
    const { path, what, help } = pathTo(value)
    throw cannotCarry(path, what, help)
  }
}

function packetOf(value: unknown): Packet {
  try {
    const classes = runtimeState().classes?.()
    return encode({ values: [value], roots: [value], names: () => 'value', transfer: [], classes })
  } catch (error) {
    if (!(error instanceof Unsendable)) throw error
    const { path, what, cause } = error.refusal
    throw cannotCarry(path, what, wayOut(error.refusal, 'R592').slice(2), cause)
  }
}

function writeNumber(ring: Int32Array, slot: number, value: number): void {
  if (value === (value | 0) && !Object.is(value, -0)) {
    ring[slot + INFO] = INTEGER
    ring[slot + BODY] = value
    return
  }
  double[0] = value
  ring[slot + INFO] = DOUBLE
  ring[slot + BODY] = halves[0]!
  ring[slot + BODY + 1] = halves[1]!
}

function writeText(ring: Int32Array, slot: number, text: string): void {
  ring[slot + INFO] = TEXT | (text.length << 4)
  for (let index = 0; index < text.length; index++) bodyBytes[index] = text.charCodeAt(index)
  writeBody(ring, slot, body, text.length)
}

/** Bytes with a buffer of their own. Those that fit into a slot are written as anything else. */
function isLargeBytes(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array) || Object.getPrototypeOf(value) !== Uint8Array.prototype) return false
  return value.length > BODY_BYTES && value.length === value.buffer.byteLength && value.buffer instanceof ArrayBuffer
}

function writePacked(ring: Int32Array, slot: number, heap: Heap, { bytes, length, isRaw }: Packed): void {
  if (length > BODY_BYTES) {
    ring[slot + INFO] = isRaw ? RAW : PAGED
    ring[slot + BODY + 1] = heap.write(Heap.ownerOf(ring, slot), bytes, length)
    ring[slot + BODY] = length
    return
  }
  ring[slot + INFO] = BYTES | (length << 4)
  writeBody(ring, slot, wordsOf(bytes), length)
}

/** All threads of a program run on one machine, so words of one are words of the other. */
function writeBody(ring: Int32Array, slot: number, words: Int32Array, length: number): void {
  const count = (length + 3) >> 2
  for (let index = 0; index < count; index++) ring[slot + BODY + index] = words[index]!
}

function copyBody(ring: Int32Array, slot: number, length: number): Uint8Array {
  const count = (length + 3) >> 2
  for (let index = 0; index < count; index++) body[index] = ring[slot + BODY + index]!
  return bodyBytes
}

let viewed = new Uint8Array(0)
let view = new Int32Array(0)

/** The same memory, a whole number of words; most often that of the writer. */
function wordsOf(bytes: Uint8Array): Int32Array {
  if (bytes !== viewed) {
    viewed = bytes as Uint8Array<ArrayBuffer>
    view = new Int32Array(viewed.buffer)
  }
  return view
}

function takePages(ring: Int32Array, slot: number, heap: Heap, bytes: Uint8Array): Uint8Array {
  const length = ring[slot + BODY]!
  const first = ring[slot + BODY + 1]!
  heap.read(first, bytes, length)
  heap.free(first, length)
  ring[slot + INFO] = UNDEFINED
  return bytes
}

function memoryFor(length: number): Uint8Array {
  if (length <= scratch.length) return scratch
  const bytes = new Uint8Array(Math.min(Math.max(length, scratch.length * 2), Math.max(length, KEPT_BYTES)))
  if (bytes.length <= KEPT_BYTES) scratch = bytes
  return bytes
}
