// Values of a `SharedJsonBuffer`: out of its memory as plain values, and plain values into it.

import { cannotCarry, partGone } from './channel-errors.ts'
import { isPlainPrototype, step } from '../codec/plain.ts'
import type { JsonMemory } from './json-memory.ts'
import { ARRAY, FALSE, NODE, NULL, NUMBER, OBJECT, STRING, TRUE, UNDEFINED } from './json-memory.ts'

/** An array or object of a value, as the proxy for it sees it. */
export interface Part {
  readonly memory: JsonMemory
  readonly node: number
  /** When the node was made: one that has been removed, and its words used again, is another. */
  readonly generation: number
  /** Where properties were found the last time. */
  readonly hints: Map<string, number>
}

/** What the proxies of this thread stand for. */
export const parts: WeakMap<object, Part> = new WeakMap()

/** The part that a proxy stands for. Throws R591 when it was removed. */
export function partOf(proxy: object): Part {
  const part = parts.get(proxy)!
  check(part)
  return part
}

export function check({ memory, node, generation }: Part): void {
  if (memory.generation(node) !== generation) throw partGone()
}

/** The value in a slot that is no array or object. */
export function readSimple(memory: JsonMemory, slot: number): unknown {
  switch (memory.tag(slot)) {
    case NULL:
      return null
    case TRUE:
      return true
    case FALSE:
      return false
    case NUMBER:
      return memory.number(slot)
    case STRING:
      return memory.string(memory.pointer(slot))
    default:
      return undefined
  }
}

/** The value in a slot, with nothing shared in it. */
export function copySlot(memory: JsonMemory, slot: number): unknown {
  return memory.tag(slot) === NODE ? copyNode(memory, memory.pointer(slot)) : readSimple(memory, slot)
}

export function copyNode(memory: JsonMemory, node: number): unknown {
  const length = memory.length(node)
  if (memory.kind(node) === ARRAY)
    return Array.from({ length }, (_, index) => copySlot(memory, memory.slot(node, index)))
  const copy: Record<string, unknown> = {}
  for (let index = 0; index < length; index++) {
    const value = copySlot(memory, memory.slot(node, index))
    const name = memory.name(node, index)
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value, writable: true, enumerable: true, configurable: true })
    else copy[name] = value
  }
  return copy
}

/** What JSON would make of a value. Throws R592 for what it has no word for. */
export function toPlain(value: unknown, path: string, open: readonly object[] = []): unknown {
  if (value === undefined || value === null) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') throw cannotCarry(path, 'a bigint', HELP)
  if (typeof value !== 'object') throw cannotCarry(path, `a ${typeof value}`, HELP)
  const part = parts.get(value)
  if (part !== undefined) {
    check(part)
    return copyNode(part.memory, part.node)
  }
  if (open.includes(value)) throw cannotCarry(path, 'an object that holds itself', HELP)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return toPlain(toJSON.call(value, ''), path, [...open, value])
  if (Array.isArray(value)) return value.map((item, index) => toPlain(item, `${path}[${index}]`, [...open, value]))
  if (!isPlainPrototype(Object.getPrototypeOf(value) as object | null))
    throw cannotCarry(path, `an instance of ${value.constructor?.name ?? 'a class'}`, HELP)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, toPlain(item, path + step(key), [...open, value])]),
  )
}

/** What is said of a value that cannot be held. */
export const HELP = 'it holds what JSON can say'

/** Puts a plain value into a slot. */
export function writeSlot(memory: JsonMemory, slot: () => number, value: unknown): void {
  // Whatever takes memory comes first: that may move the words, and fail.
  if (typeof value === 'string') {
    const text = memory.makeString(value)
    memory.setPointer(slot(), STRING, text)
  } else if (typeof value === 'object' && value !== null) {
    const node = makeNode(memory, value)
    memory.setPointer(slot(), NODE, node)
  } else if (typeof value === 'number') memory.setNumber(slot(), value)
  else memory.setSimple(slot(), value === undefined ? UNDEFINED : value === null ? NULL : value === true ? TRUE : FALSE)
}

export function makeNode(memory: JsonMemory, value: object): number {
  if (Array.isArray(value)) {
    const node = memory.makeNode(ARRAY, value.length)
    memory.insert(node, 0, value.length)
    value.forEach((item, index) => writeSlot(memory, () => memory.slot(node, index), item))
    return node
  }
  const entries = Object.entries(value)
  const node = memory.makeNode(OBJECT, entries.length)
  entries.forEach(([name, item], index) => {
    memory.addProperty(node, name)
    writeSlot(memory, () => memory.slot(node, index), item)
  })
  return node
}
