/**
 * A JSON value in one buffer, as words. Nothing here is atomic: whoever uses it holds a lock.
 *
 *   word           meaning
 *   FREE_WORD      the first word that was never used
 *   GENERATION     how many nodes were made
 *   ROOT           the node of the whole value
 *   FREE_BLOCKS …  for each size, 4 words times a power of two, the first free block; a free block begins with 0 and the next one
 *
 * A slot is three words: tag, and 64 bits of number, or where a string or node lies. A string is its length << 1, with 1 for two bytes a character, then its characters.
 * A node is an array or object: its generation, kind, length, capacity, and where its items lie: slots, for an object each behind the string of its name and the hash of
 * it. No block of another kind begins with a word as large as a generation: so a node that is no more is never taken for one.
 */

import { arena } from '../memory/arena.ts'
import { allocateBuffer } from '../memory/bank.ts'
import { heapFull } from './channel-errors.ts'

const FREE_WORD = 0
const GENERATION = 1
const ROOT = 2
const FREE_BLOCKS = 4
const FIRST_BLOCK = 64
const SMALLEST = 4
const GROW_BYTES = 65_536
const FIRST_GENERATION = 0x40000000

export const SLOT = 3
const NAMED_SLOT = 5

export const UNDEFINED = 0
export const NULL = 1
export const TRUE = 2
export const FALSE = 3
export const NUMBER = 4
export const STRING = 5
export const NODE = 6

export const ARRAY = 0
export const OBJECT = 1

const NODE_GENERATION = 0
const NODE_KIND = 1
const NODE_LENGTH = 2
const NODE_CAPACITY = 3
const NODE_ITEMS = 4
const NODE_WORDS = 8

const CHUNK = 4096

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

export class JsonMemory {
  readonly buffer: SharedArrayBuffer
  words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.words = new Int32Array(buffer, 0, buffer.byteLength >> 2)
  }

  /** Memory for a new value, in a buffer that all threads have. */
  static make(bytes: number): JsonMemory {
    const buffer = arena().bank[allocateBuffer(Math.max(GROW_BYTES, Math.ceil(bytes / 8) * 8))]!
    const memory = new JsonMemory(buffer)
    memory.words[FREE_WORD] = FIRST_BLOCK
    return memory
  }

  get root(): number {
    return this.look()[ROOT]!
  }

  set root(node: number) {
    this.words[ROOT] = node
  }

  // Nodes

  makeNode(kind: number, capacity: number): number {
    const width = kind === ARRAY ? SLOT : NAMED_SLOT
    const items = this.take(Math.max(1, capacity) * width)
    const node = this.take(NODE_WORDS)
    const { words } = this
    words[node + NODE_GENERATION] = words[GENERATION] =
      ((words[GENERATION]! + 1) & (FIRST_GENERATION - 1)) | FIRST_GENERATION
    words[node + NODE_KIND] = kind
    words[node + NODE_LENGTH] = 0
    words[node + NODE_CAPACITY] = Math.max(1, capacity)
    words[node + NODE_ITEMS] = items
    return node
  }

  generation(node: number): number {
    return this.look()[node + NODE_GENERATION]!
  }

  kind(node: number): number {
    return this.words[node + NODE_KIND]!
  }

  length(node: number): number {
    return this.words[node + NODE_LENGTH]!
  }

  /** Where the slot of an item lies. */
  slot(node: number, index: number): number {
    const items = this.words[node + NODE_ITEMS]!
    return this.words[node + NODE_KIND] === ARRAY ? items + index * SLOT : items + index * NAMED_SLOT + 2
  }

  /** Makes room for items at `index`, which are undefined. */
  insert(node: number, index: number, count: number): void {
    const length = this.length(node)
    const width = this.kind(node) === ARRAY ? SLOT : NAMED_SLOT
    this.reserve(node, length + count, width)
    const items = this.words[node + NODE_ITEMS]!
    const { words } = this
    words.copyWithin(items + (index + count) * width, items + index * width, items + length * width)
    words.fill(0, items + index * width, items + (index + count) * width)
    words[node + NODE_LENGTH] = length + count
  }

  /** Takes items out and frees them. */
  remove(node: number, index: number, count: number): void {
    const length = this.length(node)
    const isArray = this.kind(node) === ARRAY
    const width = isArray ? SLOT : NAMED_SLOT
    for (let item = index; item < index + count; item++) {
      this.freeValue(this.slot(node, item))
      if (!isArray) this.freeString(this.words[this.slot(node, item) - 2]!)
    }
    const items = this.words[node + NODE_ITEMS]!
    this.words.copyWithin(items + index * width, items + (index + count) * width, items + length * width)
    this.words[node + NODE_LENGTH] = length - count
  }

  /** Puts the items of an array into another order: at `index` comes what was at `order[index]`. */
  reorder(node: number, order: readonly number[]): void {
    const items = this.words[node + NODE_ITEMS]!
    const before = this.words.slice(items, items + order.length * SLOT)
    order.forEach((from, to) => this.words.set(before.subarray(from * SLOT, (from + 1) * SLOT), items + to * SLOT))
  }

  /** The index of a property, or -1. `hint` is looked at first. */
  find(node: number, name: string, hint: number): number {
    const hash = hashOf(name)
    const length = this.length(node)
    if (hint >= 0 && hint < length && this.isNamed(node, hint, hash, name)) return hint
    for (let index = 0; index < length; index++) if (this.isNamed(node, index, hash, name)) return index
    return -1
  }

  name(node: number, index: number): string {
    return this.string(this.words[this.slot(node, index) - 2]!)
  }

  /** Adds a property, undefined at first; where its slot lies. */
  addProperty(node: number, name: string): number {
    const text = this.makeString(name)
    const index = this.length(node)
    this.insert(node, index, 1)
    const slot = this.slot(node, index)
    this.words[slot - 2] = text
    this.words[slot - 1] = hashOf(name)
    return slot
  }

  private isNamed(node: number, index: number, hash: number, name: string): boolean {
    const slot = this.slot(node, index)
    return this.words[slot - 1] === hash && this.string(this.words[slot - 2]!) === name
  }

  private reserve(node: number, count: number, width: number): void {
    const capacity = this.words[node + NODE_CAPACITY]!
    if (count <= capacity) return
    const larger = Math.max(count, capacity * 2)
    const items = this.take(larger * width)
    const old = this.words[node + NODE_ITEMS]!
    this.words.copyWithin(items, old, old + this.length(node) * width)
    this.words[node + NODE_ITEMS] = items
    this.words[node + NODE_CAPACITY] = larger
    this.free(old, capacity * width)
  }

  // Values

  tag(slot: number): number {
    return this.words[slot]!
  }

  pointer(slot: number): number {
    return this.words[slot + 1]!
  }

  number(slot: number): number {
    halves[0] = this.words[slot + 1]!
    halves[1] = this.words[slot + 2]!
    return double[0]!
  }

  setSimple(slot: number, tag: number): void {
    this.freeValue(slot)
    this.words[slot] = tag
  }

  setNumber(slot: number, value: number): void {
    this.freeValue(slot)
    double[0] = value
    this.words[slot] = NUMBER
    this.words[slot + 1] = halves[0]!
    this.words[slot + 2] = halves[1]!
  }

  setPointer(slot: number, tag: number, at: number): void {
    this.freeValue(slot)
    this.words[slot] = tag
    this.words[slot + 1] = at
  }

  freeValue(slot: number): void {
    const tag = this.words[slot]!
    this.words[slot] = UNDEFINED
    if (tag === STRING) this.freeString(this.words[slot + 1]!)
    else if (tag === NODE) this.freeNode(this.words[slot + 1]!)
  }

  private freeNode(node: number): void {
    const capacity = this.words[node + NODE_CAPACITY]!
    this.remove(node, 0, this.length(node))
    this.free(this.words[node + NODE_ITEMS]!, capacity * (this.kind(node) === ARRAY ? SLOT : NAMED_SLOT))
    this.free(node, NODE_WORDS)
  }

  makeString(text: string): number {
    const isWide = !isLatin(text)
    const at = this.take(1 + stringWords(text.length, isWide))
    const { words } = this
    words[at] = (text.length << 1) | (isWide ? 1 : 0)
    const [bits, mask, shift] = isWide ? [1, 1, 4] : [2, 3, 3]
    words.fill(0, at + 1, at + 1 + stringWords(text.length, isWide))
    for (let index = 0; index < text.length; index++)
      words[at + 1 + (index >> bits)]! |= text.charCodeAt(index) << ((index & mask) << shift)
    return at
  }

  string(at: number): string {
    const { words } = this
    const length = words[at]! >>> 1
    const [bits, mask, shift, ones] = (words[at]! & 1) === 1 ? [1, 1, 4, 65535] : [2, 3, 3, 255]
    let text = ''
    for (let start = 0; start < length; start += CHUNK) {
      const codes: number[] = []
      for (let index = start; index < Math.min(length, start + CHUNK); index++)
        codes.push((words[at + 1 + (index >> bits)]! >>> ((index & mask) << shift)) & ones)
      text += String.fromCharCode(...codes)
    }
    return text
  }

  private freeString(at: number): void {
    const info = this.words[at]!
    this.free(at, 1 + stringWords(info >>> 1, (info & 1) === 1))
  }

  // Blocks

  private take(count: number): number {
    const size = sizeOf(count)
    const words = this.look()
    const list = FREE_BLOCKS + Math.log2(size / SMALLEST)
    const free = words[list]!
    if (free !== 0) {
      words[list] = words[free + 1]!
      return free
    }
    const at = words[FREE_WORD]!
    if (at + size > words.length) this.grow(at + size)
    this.words[FREE_WORD] = at + size
    return at
  }

  private free(at: number, count: number): void {
    const size = sizeOf(count)
    const list = FREE_BLOCKS + Math.log2(size / SMALLEST)
    this.words[at] = 0
    this.words[at + 1] = this.words[list]!
    this.words[list] = at
  }

  private grow(count: number): void {
    const { maxSharedBytes } = arena()
    const wished = Math.min(maxSharedBytes, Math.max(count * 4, this.buffer.byteLength * 2))
    if (wished < count * 4) throw heapFull(maxSharedBytes)
    try {
      ;(this.buffer as SharedArrayBuffer & { grow(bytes: number): void }).grow(wished - (wished % 8))
    } catch (error) {
      throw heapFull(this.buffer.byteLength, error)
    }
    this.look()
  }

  /** The words, of which another thread may have made more. */
  look(): Int32Array {
    if (this.words.length * 4 < this.buffer.byteLength)
      this.words = new Int32Array(this.buffer, 0, this.buffer.byteLength >> 2)
    return this.words
  }
}

function sizeOf(count: number): number {
  return count <= SMALLEST ? SMALLEST : 2 ** (32 - Math.clz32(count - 1))
}

function stringWords(length: number, isWide: boolean): number {
  return isWide ? (length + 1) >> 1 : (length + 3) >> 2
}

function isLatin(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 255) return false
  return true
}

function hashOf(text: string): number {
  let hash = text.length
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}
