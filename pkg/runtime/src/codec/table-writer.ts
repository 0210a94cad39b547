// Writes the table beside the data of a packet. `codec.ts` says why there is one, `table-reader.ts` reads it.

import { assign } from './assign.ts'
import type { Packet } from './packet.ts'
import { encodeError } from './error-codec.ts'
import type { Knowledge } from './sendable.ts'
import { isPlainPrototype } from './plain.ts'
import { isError, isSpecial, travelTag } from './sendable.ts'
import { runtimeState } from '../state.ts'
import { TAGS } from './table-tags.ts'

type Entry = NonNullable<Packet['table']>[number]

/** Copies containers, so that the user's own are not written to, and leaves holes where the table's values belong. */
export class TableWriter {
  readonly table: Entry[] = []
  readonly patches: [container: object, key: string, index: number][] = []
  /** Indexes of the table, each after those of what it holds. */
  readonly order: number[] = []
  readonly #transferred: ReadonlySet<unknown>
  readonly #knowledge: Knowledge
  readonly #copies = new Map<object, object>()
  readonly #indexes = new Map<object, number>()

  constructor(transferred: ReadonlySet<unknown>, knowledge: Knowledge) {
    this.#transferred = transferred
    this.#knowledge = knowledge
  }

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.#transferred.has(value)) return value
    const known = this.#copies.get(value)
    if (known !== undefined) return known
    if (Array.isArray(value)) return this.#copyKeys(value, emptyArray(value.length))
    if (isPlainPrototype(Object.getPrototypeOf(value) as object | null)) return this.#copyKeys(value, {})
    if (value instanceof Map) return this.#copyEntries(value, new Map(), [...value].flat(1))
    if (value instanceof Set) return this.#copyEntries(value, new Set(), [...value])
    return value
  }

  #copyKeys(from: object, to: object): object {
    this.#copies.set(from, to)
    for (const key of Object.keys(from)) this.#put(to, key, (from as Record<string, unknown>)[key])
    return to
  }

  #copyEntries(from: object, to: object, entries: unknown[]): object {
    this.#copies.set(from, to)
    const list: unknown[] = []
    entries.forEach((entry, index) => this.#put(list, String(index), entry))
    this.order.push(this.table.push({ tag: TAGS.fill, data: [to, list] }) - 1)
    return to
  }

  #put(container: object, key: string, value: unknown): void {
    if (isObject(value) && !this.#transferred.has(value) && this.#isSpecial(value)) {
      assign(container, key, null)
      this.patches.push([container, key, this.#indexOf(value)])
    } else {
      assign(container, key, this.copy(value))
    }
  }

  #isSpecial(value: object): boolean {
    if (isSpecial(value)) return true
    const prototype = Object.getPrototypeOf(value) as object | null
    return prototype !== null && (this.#knowledge.classes?.keyOf(prototype) ?? null) !== null
  }

  #indexOf(value: object): number {
    const known = this.#indexes.get(value)
    if (known !== undefined) return known
    const { classes, hooked } = this.#knowledge
    const written = classes?.write(value, hooked)
    if (written !== undefined) return this.#add(value, ...written)
    if (isError(value)) return this.#add(value, TAGS.error, () => encodeError(value, this.#knowledge))
    const tag = travelTag(value)
    if (tag === null) return this.#add(value, TAGS.buffer, () => bytesOf(value as Uint8Array))
    return this.#add(value, tag, () =>
      runtimeState()
        .travels.get(tag)!
        .encode(value as never),
    )
  }

  /** A value has its index before its parts are looked at, as an error or an instance may hold itself. */
  #add(value: object, tag: string, data: () => unknown): number {
    const entry: Entry = { tag, data: null }
    const index = this.table.push(entry) - 1
    this.#indexes.set(value, index)
    this.#put(entry, 'data', data())
    this.order.push(index)
    return index
  }
}

/** Functions are objects too: callbacks travel. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Holes stay holes. */
function emptyArray(length: number): unknown[] {
  const array: unknown[] = []
  array.length = length
  return array
}

/** A small Buffer lies in a pool of 8 KB that must not travel with it. */
function bytesOf(buffer: Uint8Array): Uint8Array {
  const whole = buffer.byteLength === buffer.buffer.byteLength || !(buffer.buffer instanceof ArrayBuffer)
  return whole ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer)
}
