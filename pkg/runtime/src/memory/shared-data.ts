/** The data that threads can share: nothing, a SharedArrayBuffer, or a view of one. */

import { arena } from './arena.ts'
import { allocateBuffer } from './bank.ts'
import type { SharedData } from './shared-kind.ts'

/** Types of data by the number that stands for them in the registry: views are counted from FIRST_VIEW. */
type ViewType = new (buffer: SharedArrayBuffer, offset: number, length: number) => ArrayBufferView
const NO_DATA = 0
const WHOLE_BUFFER = 1
const FIRST_VIEW = 2
const VIEWS = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as unknown as readonly ViewType[]

/** Data of a kind of its own, each in a whole buffer of the bank. */
interface OtherData {
  /** Beyond the numbers of views. */
  readonly type: number
  test(value: unknown): boolean
  bufferOf(value: object): SharedArrayBuffer
  make(buffer: SharedArrayBuffer): object
  /** Goes on in a buffer of the bank, where it was made in another one. */
  move?(value: object, toBank: (buffer: SharedArrayBuffer) => SharedArrayBuffer): void
}

const others: OtherData[] = []

/** Makes a kind of data known to this thread; called by the module that defines it. */
export function registerData(other: OtherData): void {
  others.push(other)
}

const otherOf = (data: unknown): OtherData | undefined => others.find((other) => other.test(data))

/** The number of a type of data. */
export function dataTypeOf(data: SharedData): number {
  if (data === undefined) return NO_DATA
  const other = otherOf(data)
  if (other !== undefined) return other.type
  return ArrayBuffer.isView(data) ? FIRST_VIEW + viewType(data) : WHOLE_BUFFER
}

/** Data of a type over a buffer; the inverse of `dataTypeOf`. */
export function makeData(type: number, buffer: SharedArrayBuffer, offset: number, length: number): SharedData {
  if (type === NO_DATA) return undefined
  const other = others.find((candidate) => candidate.type === type)
  if (other !== undefined) return other.make(buffer) as SharedArrayBuffer
  return type === WHOLE_BUFFER ? buffer : new VIEWS[type - FIRST_VIEW]!(buffer, offset, length)
}

/** Whether threads can share this as it is, or after a move onto the bank. */
export function isSharedData(value: unknown): value is SharedData {
  if (value === undefined || value instanceof SharedArrayBuffer || otherOf(value) !== undefined) return true
  return ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer && viewType(value) >= 0
}

/** Buffers of this thread's user that were moved onto the bank, so that two values over one buffer still share it. */
const moved = new WeakMap<SharedArrayBuffer, SharedArrayBuffer>()

/** The same data in a buffer that every thread has: same type, offset, length and contents. */
export function ontoBank(data: SharedData): SharedData {
  const other = otherOf(data)
  other?.move?.(data!, bankBuffer)
  if (data === undefined || other !== undefined) return data
  if (!ArrayBuffer.isView(data)) return bankBuffer(data)
  const buffer = bankBuffer(data.buffer as SharedArrayBuffer)
  return makeData(dataTypeOf(data), buffer, data.byteOffset, lengthOf(data))
}

/** The buffer that data lies in. */
export function bufferOf(data: SharedArrayBuffer | ArrayBufferView): SharedArrayBuffer {
  const other = otherOf(data)
  if (other !== undefined) return other.bufferOf(data)
  return (ArrayBuffer.isView(data) ? data.buffer : data) as SharedArrayBuffer
}

function bankBuffer(buffer: SharedArrayBuffer): SharedArrayBuffer {
  const { bank } = arena()
  if (bank.includes(buffer)) return buffer
  let target = moved.get(buffer)
  if (target === undefined) {
    target = bank[allocateBuffer(buffer.byteLength)]!
    new Uint8Array(target).set(new Uint8Array(buffer))
    moved.set(buffer, target)
  }
  return target
}

/** A subclass, or Node's Buffer, has none: the other threads could not make one. */
function viewType(view: ArrayBufferView): number {
  return VIEWS.findIndex((View) => Object.getPrototypeOf(view) === View.prototype)
}

/** In elements, or in bytes for a DataView and a buffer. */
export function lengthOf(data: SharedArrayBuffer | ArrayBufferView): number {
  return 'length' in data ? (data.length as number) : data.byteLength
}

/** A value, for the message that refuses it. */
export function describeData(value: unknown): string {
  if (value === null) return '`null`'
  if (ArrayBuffer.isView(value)) {
    const name = value.constructor.name
    return value.buffer instanceof SharedArrayBuffer
      ? `a \`${name}\``
      : `a \`${name}\` over an \`ArrayBuffer\` of one thread`
  }
  if (typeof value === 'object') return `an object of class \`${value.constructor?.name ?? 'none'}\``
  return value === undefined ? 'nothing' : `a ${typeof value}`
}
