/** Bytes to values; what `bytes-writer.ts` wrote. */

import { arena } from '../memory/arena.ts'
import { makeData } from '../memory/shared-data.ts'
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

/** Up to this length, a string is put together here; the platform takes a while to begin. */
const SHORT_STRING = 48
const LONGEST_KEY = 32
const KEYS = 256
/** `String.fromCharCode` takes its characters as arguments. */
const CHUNK = 4096

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
// Each byte is one character below 128, for which all encodings agree; engines are fastest at this one.
const decoder = new TextDecoder()

/** Names of properties that were read, by a hash of their bytes: most messages have the names of the one before. */
const keys: (string | undefined)[] = Array.from({ length: KEYS })

export class BytesReader {
  private bytes: Uint8Array
  private at = 0
  private readonly objects: unknown[] = []

  /** Reads bytes of this thread's own memory: text decoders of browsers refuse shared memory. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  byte(): number {
    return this.bytes[this.at++]!
  }

  value(): unknown {
    const tag = this.bytes[this.at++]!
    switch (tag) {
      case UNDEFINED:
        return undefined
      case NULL:
        return null
      case TRUE:
        return true
      case FALSE:
        return false
      case INTEGER: {
        const coded = this.count()
        return (coded >>> 1) ^ -(coded & 1)
      }
      case DOUBLE:
        return this.double()
      case BIGINT:
        return this.bigint()
      case ASCII:
        return this.ascii(this.count())
      case UTF16:
        return this.wide(this.count())
      case REFERENCE:
        return this.objects[this.count()]
      default:
        return this.object(tag)
    }
  }

  private count(): number {
    let value = 0
    const first = this.bytes[this.at]!
    if (first < 128) {
      this.at++
      return first
    }
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++]!
      if (byte < 128) return value + byte * scale
      value += (byte - 128) * scale
    }
  }

  private double(): number {
    const { bytes, at } = this
    for (let index = 0; index < 8; index++) doubleBytes[index] = bytes[at + index]!
    this.at = at + 8
    return double[0]!
  }

  private bigint(): bigint {
    const isNegative = this.byte() === 1
    const bytes = this.take(this.count())
    let text = '0x0'
    for (let index = bytes.length - 1; index >= 0; index--) text += bytes[index]!.toString(16).padStart(2, '0')
    return isNegative ? -BigInt(text) : BigInt(text)
  }

  private ascii(length: number): string {
    if (length > SHORT_STRING) return decoder.decode(this.take(length))
    this.at += length
    return textIn(this.bytes, this.at - length, this.at)
  }

  private wide(length: number): string {
    let text = ''
    for (let left = length; left > 0; left -= CHUNK) {
      const codes = new Uint16Array(Math.min(left, CHUNK))
      for (let index = 0; index < codes.length; index++) {
        codes[index] = this.bytes[this.at]! | (this.bytes[this.at + 1]! << 8)
        this.at += 2
      }
      text += String.fromCharCode.apply(null, codes as unknown as number[])
    }
    return text
  }

  private take(length: number): Uint8Array {
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  private object(tag: number): unknown {
    const number = this.objects.push(null) - 1
    switch (tag) {
      case OBJECT:
        return this.properties((this.objects[number] = {}))
      case ARRAY:
      case WIDE_ARRAY:
        return this.array(tag, (this.objects[number] = []))
      case MAP:
        return this.map((this.objects[number] = new Map<unknown, unknown>()))
      case SET:
        return this.set((this.objects[number] = new Set<unknown>()))
      case DATE:
        return (this.objects[number] = new Date(this.double()))
      case REGEXP:
        return (this.objects[number] = new RegExp(this.value() as string, this.value() as string))
      case BOXED:
        return (this.objects[number] = Object(this.value()))
      case BUFFER:
        return (this.objects[number] = this.take(this.count()).slice().buffer)
      case BYTES: {
        const bytes = this.take(this.count()).slice()
        this.objects.push(bytes.buffer)
        return (this.objects[number] = bytes)
      }
      case VIEW: {
        const [type, offset, length] = [this.byte(), this.count(), this.count()]
        return (this.objects[number] = makeData(type, this.value() as SharedArrayBuffer, offset, length))
      }
      case SHARED_BUFFER:
        return (this.objects[number] = arena().bank[this.count()])
      default:
        throw new Error(`unknown tag ${tag}`)
    }
  }

  private properties(to: object): object {
    for (let left = this.count(); left > 0; left--) {
      const key = this.key()
      const value = this.value()
      // `__proto__` is data like any other key, and plain assignment would take it for something else.
      if (key === '__proto__')
        Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true })
      else (to as Record<string, unknown>)[key] = value
    }
    return to
  }

  private array(tag: number, to: unknown[]): unknown[] {
    const length = this.count()
    if (tag === ARRAY) {
      for (let index = 0; index < length; index++) to.push(this.value())
      return to
    }
    to.length = length
    for (let index = 0; index < length; index++) {
      if (this.bytes[this.at] === HOLE) this.at++
      else to[index] = this.value()
    }
    return this.properties(to) as unknown[]
  }

  private map(to: Map<unknown, unknown>): Map<unknown, unknown> {
    for (let left = this.count(); left > 0; left--) {
      const key = this.value()
      to.set(key, this.value())
    }
    return to
  }

  private set(to: Set<unknown>): Set<unknown> {
    for (let left = this.count(); left > 0; left--) to.add(this.value())
    return to
  }

  /** A name: the string that was made of the same bytes before, if it is remembered. */
  private key(): string {
    const start = this.at
    const { bytes } = this
    const length = bytes[start + 1]!
    if (bytes[start] !== ASCII || length > LONGEST_KEY) return this.value() as string
    let hash = length
    for (let index = 0; index < length; index++) hash = (hash * 31 + bytes[start + 2 + index]!) & (KEYS - 1)
    const known = keys[hash]
    if (known !== undefined && known.length === length && this.matches(known, start + 2)) {
      this.at = start + 2 + length
      return known
    }
    return (keys[hash] = this.value() as string)
  }

  private matches(text: string, at: number): boolean {
    const { bytes } = this
    for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[at + index]) return false
    return true
  }
}

/** A short text of which each byte is one character. */
export function textIn(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let at = start
  // Eight at a time: engines link what is added character by character, and copy it when somebody looks at it.
  for (; at + 8 <= end; at += 8) text += eightFrom(bytes, at)
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!)
  return text
}

function eightFrom(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(
    bytes[at]!,
    bytes[at + 1]!,
    bytes[at + 2]!,
    bytes[at + 3]!,
    bytes[at + 4]!,
    bytes[at + 5]!,
    bytes[at + 6]!,
    bytes[at + 7]!,
  )
}
