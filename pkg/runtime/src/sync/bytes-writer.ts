/**
 * Plain data to bytes. What structured clone copies without help is plain: primitives, arrays, objects, maps, sets, dates, regular expressions, buffers and views, and
 * any graph of them. The bytes lie in memory of this thread; `message.ts` puts them where other threads see them.
 */

import { arena } from '../memory/arena.ts'
import { isNamespace, isPlainPrototype } from '../codec/plain.ts'
import { dataTypeOf, lengthOf } from '../memory/shared-data.ts'
import {
  ARRAY,
  ASCII,
  BIGINT,
  BOXED,
  BUFFER,
  BYTES,
  DATE,
  DOUBLE,
  FALSE,
  HOLE,
  INTEGER,
  MAP,
  NULL,
  OBJECT,
  REFERENCE,
  REGEXP,
  SET,
  SHARED_BUFFER,
  TRUE,
  UNDEFINED,
  UTF16,
  VIEW,
  WIDE_ARRAY,
} from './bytes.ts'

/** Thrown for a value that is not plain data. */
export const NOT_PLAIN: unique symbol = Symbol('not plain')

/** From this length on, a string is written by the platform. */
const LONG_STRING = 64

/** Up to so many objects are searched one by one. */
const FEW_OBJECTS = 16

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const encoder = new TextEncoder()

export class BytesWriter {
  /** A buffer of its own, a whole number of words long. */
  bytes: Uint8Array = new Uint8Array(1024)
  length = 0
  /** Objects that have begun. Few messages hold many, so they are searched one by one at first. */
  private readonly objects: (object | undefined)[] = []
  private begun = 0
  private numbers: Map<object, number> | null = null

  /** Starts anew. */
  reset(): void {
    this.length = 0
    // A list that is cut off gets new memory when it grows again.
    if (this.begun > FEW_OBJECTS) this.objects.length = 0
    else for (let number = 0; number < this.begun; number++) this.objects[number] = undefined
    this.begun = 0
    this.numbers = null
  }

  /** Appends a value. Throws {@link NOT_PLAIN}, having appended a part of it. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return this.number(value)
      case 'string':
        return this.string(value)
      case 'object':
        return value === null ? this.byte(NULL) : this.object(value)
      case 'boolean':
        return this.byte(value ? TRUE : FALSE)
      case 'undefined':
        return this.byte(UNDEFINED)
      case 'bigint':
        return this.bigint(value)
      default:
        throw NOT_PLAIN
    }
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.room(1)
    this.bytes[this.length++] = value
  }

  private pair(first: number, second: number): void {
    this.room(2)
    const { bytes, length } = this
    bytes[length] = first
    bytes[length + 1] = second
    this.length = length + 2
  }

  /** A whole number from 0 on. */
  count(value: number): void {
    this.room(8)
    if (value < 128) {
      this.bytes[this.length++] = value
      return
    }
    let rest = value
    while (rest > 127) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length++] = rest
  }

  private number(value: number): void {
    if (value === (value | 0) && !Object.is(value, -0)) {
      if (value >= 0 && value < 64) return this.pair(INTEGER, value << 1)
      this.byte(INTEGER)
      this.count(((value << 1) ^ (value >> 31)) >>> 0)
    } else {
      this.byte(DOUBLE)
      this.double(value)
    }
  }

  private double(value: number): void {
    this.room(8)
    double[0] = value
    const { bytes, length } = this
    for (let index = 0; index < 8; index++) bytes[length + index] = doubleBytes[index]!
    this.length = length + 8
  }

  private bigint(value: bigint): void {
    const text = (value < 0n ? -value : value).toString(16)
    this.byte(BIGINT)
    this.byte(value < 0n ? 1 : 0)
    this.count((text.length + 1) >> 1)
    for (let end = text.length; end > 0; end -= 2) this.byte(Number.parseInt(text.slice(Math.max(0, end - 2), end), 16))
  }

  string(value: string): void {
    if (value.length >= LONG_STRING) return this.longString(value)
    this.room(2 + value.length)
    // Locals: what a field says must be read anew after each byte.
    const { bytes } = this
    const { length } = value
    let at = this.length
    bytes[at++] = ASCII
    bytes[at++] = length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 127) return this.wideString(value)
      bytes[at++] = code
    }
    this.length = at
  }

  private longString(value: string): void {
    const start = this.length
    this.byte(ASCII)
    this.count(value.length)
    this.room(value.length)
    const target = this.bytes.subarray(this.length, this.length + value.length)
    const { read, written } = encoder.encodeInto(value, target)
    // As many bytes as code units, and all of it: every character is one byte.
    if (read === value.length && written === value.length) {
      this.length += value.length
      return
    }
    this.length = start
    this.wideString(value)
  }

  private wideString(value: string): void {
    this.byte(UTF16)
    this.count(value.length)
    this.room(value.length * 2)
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      this.bytes[this.length++] = code & 255
      this.bytes[this.length++] = code >> 8
    }
  }

  private object(value: object): void {
    const known = this.numberOf(value)
    if (known >= 0) {
      this.byte(REFERENCE)
      return this.count(known)
    }
    this.note(value)
    const prototype = Object.getPrototypeOf(value) as object | null
    if (Array.isArray(value)) return prototype === Array.prototype ? this.array(value) : notPlain()
    if (isPlainPrototype(prototype)) return this.properties(OBJECT, value as Record<string, unknown>)
    if (ArrayBuffer.isView(value)) return this.view(value)
    if (value instanceof ArrayBuffer) return this.raw(BUFFER, new Uint8Array(value))
    this.builtIn(value, prototype!)
  }

  private builtIn(value: object, prototype: object): void {
    if (prototype === Map.prototype) return this.map(value as Map<unknown, unknown>)
    if (prototype === Set.prototype) return this.set(value as Set<unknown>)
    if (prototype === Date.prototype) {
      this.byte(DATE)
      return this.double((value as Date).getTime())
    }
    if (prototype === RegExp.prototype) {
      this.byte(REGEXP)
      this.string((value as RegExp).source)
      return this.string((value as RegExp).flags)
    }
    if ([Number.prototype, String.prototype, Boolean.prototype, BigInt.prototype].includes(prototype as never)) {
      this.byte(BOXED)
      return this.value(value.valueOf())
    }
    if (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer) return this.shared(value)
    throw NOT_PLAIN
  }

  private array(value: readonly unknown[]): void {
    const keys = Object.keys(value).length
    this.byte(keys === value.length ? ARRAY : WIDE_ARRAY)
    this.count(value.length)
    for (let index = 0; index < value.length; index++) {
      if (index in value) this.value(value[index])
      else this.byte(HOLE)
    }
    if (keys === value.length) return
    const others = Object.keys(value).filter((key) => !isIndex(key))
    this.count(others.length)
    for (const key of others) this.property(key, (value as unknown as Record<string, unknown>)[key])
  }

  private properties(tag: number, value: Record<string, unknown>): void {
    const keys = Object.keys(value)
    if (keys.length === 0 && isNamespace(value)) notPlain()
    this.byte(tag)
    this.count(keys.length)
    for (const key of keys) this.property(key, value[key])
  }

  private property(key: string, value: unknown): void {
    this.string(key)
    this.value(value)
  }

  private map(value: ReadonlyMap<unknown, unknown>): void {
    // A getter of a key may change the map: what is written is what is there now.
    const entries = [...value]
    this.byte(MAP)
    this.count(entries.length)
    for (const [key, item] of entries) {
      this.value(key)
      this.value(item)
    }
  }

  private set(value: ReadonlySet<unknown>): void {
    const items = [...value]
    this.byte(SET)
    this.count(items.length)
    for (const item of items) this.value(item)
  }

  private view(value: ArrayBufferView): void {
    const type = dataTypeOf(value)
    if (Object.getPrototypeOf(value) === Uint8Array.prototype && value.byteLength === value.buffer.byteLength) {
      if (value.buffer instanceof ArrayBuffer && this.numberOf(value.buffer) < 0) {
        this.note(value.buffer)
        return this.raw(BYTES, value as Uint8Array)
      }
    }
    if (type < 2) throw NOT_PLAIN
    this.byte(VIEW)
    this.byte(type)
    this.count(value.byteOffset)
    this.count(lengthOf(value))
    this.value(value.buffer)
  }

  private raw(tag: number, bytes: Uint8Array): void {
    this.byte(tag)
    this.count(bytes.length)
    this.room(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  private shared(value: SharedArrayBuffer): void {
    const index = arena().bank.indexOf(value)
    if (index < 0) throw NOT_PLAIN
    this.byte(SHARED_BUFFER)
    this.count(index)
  }

  private numberOf(value: object): number {
    if (this.numbers !== null) return this.numbers.get(value) ?? -1
    for (let number = 0; number < this.begun; number++) if (this.objects[number] === value) return number
    return -1
  }

  private note(value: object): void {
    const number = this.begun++
    this.objects[number] = value
    if (this.numbers !== null) this.numbers.set(value, number)
    else if (number === FEW_OBJECTS) this.numbers = new Map(this.objects.map((item, index) => [item!, index]))
  }

  /** Makes room for `count` more bytes. */
  private room(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = new Uint8Array(wholeWords(Math.max(this.bytes.length * 2, this.length + count)))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}

/** So many bytes, or a few more. */
export function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}

function notPlain(): never {
  throw NOT_PLAIN
}

function isIndex(key: string): boolean {
  const number = Number(key)
  return Number.isInteger(number) && number >= 0 && number < 4_294_967_295 && String(number) === key
}
