// What crosses in a few words of shared memory, without a message: where it lies in a ring, and how small values are written.

import type { Claim } from '../protocol.ts'

/** How many messages the worker had received when it answered last; only the worker writes it. Among the words of the algorithm, in its line. */
export const CONFIRMED = 3

/** A task in shared memory. */
export interface Called {
  /** How many messages the host has received. */
  readonly seen: number
  readonly id: number
  readonly head: number
  readonly claim: Claim
  readonly values: readonly unknown[]
}

/** Where the task of a call lies, behind the words of the algorithm; where that of a knock lies; and how many words each may take. */
export const CALL = 48
export const KNOCK = 192
export const CALL_WORDS = 144

/** Where answers begin. */
export const FIRST_ANSWER = 336

/** A value takes no more words. */
export const MOST_VALUE_WORDS = 33

/** Words of answers; a power of two, as positions are counted on and on. */
export const SPAN = 4096

/** An answer: the number of its task, after how many messages it comes, and its value. It does not go round the end. */
export const MOST_WORDS: number = 2 + MOST_VALUE_WORDS

/** Where an answer begins that comes next at a position. */
export function fitting(position: number): number {
  const left = SPAN - (position & (SPAN - 1))
  return left < MOST_WORDS ? (position + left) | 0 : position
}

const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const WHOLE = 4
const NUMBER = 5
/** And the length, in the bits above. */
const TEXT = 6

const TAG_BITS = 3

/** Longer strings go by message. */
const MOST_UNITS = 64

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** Writes a value at `at`. Gives where the next one goes; -1 when the value is not small. */
export function writeSmall(words: Int32Array, at: number, value: unknown): number {
  switch (typeof value) {
    case 'number':
      if (value === (value | 0) && (value !== 0 || 1 / value > 0)) {
        words[at] = WHOLE
        words[at + 1] = value
        return at + 2
      }
      double[0] = value
      words[at] = NUMBER
      words[at + 1] = halves[0]!
      words[at + 2] = halves[1]!
      return at + 3
    case 'string':
      return writeText(words, at, value)
    case 'boolean':
      words[at] = value ? TRUE : FALSE
      return at + 1
    case 'undefined':
      words[at] = UNDEFINED
      return at + 1
    default:
      if (value !== null) return -1
      words[at] = NULL
      return at + 1
  }
}

/** Two code units in a word. */
function writeText(words: Int32Array, at: number, text: string): number {
  const { length } = text
  if (length > MOST_UNITS) return -1
  words[at++] = TEXT | (length << TAG_BITS)
  for (let index = 0; index < length; index += 2)
    words[at++] = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16)
  return at
}

/** Where the last value that was read ends. */
export let readTo = 0

/** Reads what `writeSmall` has written at `at`. */
export function readSmall(words: Int32Array, at: number): unknown {
  const tag = words[at]!
  readTo = at + 1
  switch (tag & ((1 << TAG_BITS) - 1)) {
    case UNDEFINED:
      return undefined
    case NULL:
      return null
    case FALSE:
      return false
    case TRUE:
      return true
    case WHOLE:
      return words[readTo++]
    case NUMBER:
      halves[0] = words[readTo++]!
      halves[1] = words[readTo++]!
      return double[0]
    default:
      return readText(words, tag >> TAG_BITS)
  }
}

function readText(words: Int32Array, length: number): string {
  const units: number[] = []
  for (let index = 0; index < length; index += 2) {
    const pair = words[readTo++]!
    units.push(pair & 0xffff)
    if (index + 1 < length) units.push(pair >>> 16)
  }
  return String.fromCharCode(...units)
}
