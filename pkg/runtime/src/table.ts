// The table beside the data of a packet: written on one side, read on the other. `codec.ts` says why there is one.

import type { Packet, Travel } from './codec.ts'
import type { ErrorData } from './error-codec.ts'
import { encodeError, errorShell, fillError } from './error-codec.ts'
import { isError, isNodeBuffer, isPlainPrototype, isSpecial, travelTag } from './sendable.ts'
import { runtimeState } from './state.ts'

// Tags of ours start with a character that `registerTravel` callers have no reason to use; tags never meet user data.
const ERROR = '!error'
const BUFFER = '!buffer'

/** Copies containers, so that the user's own are not written to, and leaves holes where the table's values belong. */
export class TableWriter {
  readonly table: { tag: string; data: unknown }[] = []
  readonly patches: [container: object, key: string, index: number][] = []
  readonly fills: [container: object, entries: unknown[]][] = []
  readonly #transferred: ReadonlySet<unknown>
  readonly #copies = new Map<object, object>()
  readonly #indexes = new Map<object, number>()

  constructor(transferred: ReadonlySet<unknown>) {
    this.#transferred = transferred
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
    this.fills.push([to, list])
    entries.forEach((entry, index) => this.#put(list, String(index), entry))
    return to
  }

  #put(container: object, key: string, value: unknown): void {
    if (typeof value === 'object' && value !== null && !this.#transferred.has(value) && isSpecial(value)) {
      assign(container, key, null)
      this.patches.push([container, key, this.#indexOf(value)])
    } else {
      assign(container, key, this.copy(value))
    }
  }

  #indexOf(value: object): number {
    const known = this.#indexes.get(value)
    if (known !== undefined) return known
    // An error may hold itself (`error.cause = error`), so it has its index before its parts are looked at. Others get
    // theirs after, which puts what they hold before them: the reader decodes in this order.
    if (isError(value)) return this.#add(value, ERROR, (entry) => this.#put(entry, 'data', encodeError(value)))
    const tag = travelTag(value)
    const data =
      tag !== null
        ? runtimeState()
            .travels.get(tag)!
            .encode(value as never)
        : isNodeBuffer(value)
          ? bytesOf(value)
          : null
    const entry = { tag: tag ?? BUFFER, data: null }
    this.#put(entry, 'data', data)
    this.#indexes.set(value, this.table.length)
    return this.table.push(entry) - 1
  }

  #add(value: object, tag: string, fill: (entry: { tag: string; data: unknown }) => void): number {
    const entry = { tag, data: null }
    const index = this.table.push(entry) - 1
    this.#indexes.set(value, index)
    fill(entry)
    return index
  }
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

/** `__proto__` is data like any other key, and plain assignment would take it for something else. */
function assign(container: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(container as Record<string, unknown>)[key] = value
  }
}

/** Puts every value of the table where it belongs. */
export function readTable(
  table: NonNullable<Packet['table']>,
  patches: NonNullable<Packet['patches']>,
  fills: NonNullable<Packet['fills']>,
): void {
  const places = new Map<number, [container: object, key: string][]>()
  for (const [container, key, index] of patches) {
    const list = places.get(index)
    if (list === undefined) places.set(index, [[container, key]])
    else list.push([container, key])
  }
  const put = (index: number, value: unknown): void =>
    places.get(index)?.forEach(([container, key]) => assign(container, key, value))
  // Empty errors go to their places first, as they may hold each other; they are filled when all else is in place.
  const errors: [Error, ErrorData][] = []
  table.forEach(({ tag, data }, index) => {
    if (tag !== ERROR) return
    const shell = errorShell(data as ErrorData)
    errors.push([shell, data as ErrorData])
    put(index, shell)
  })
  table.forEach((entry, index) => {
    if (entry.tag !== ERROR) put(index, decodeEntry(entry.tag, entry.data))
  })
  for (const [container, entries] of fills) fill(container, entries)
  for (const [shell, data] of errors) fillError(shell, data)
}

function decodeEntry(tag: string, data: unknown): unknown {
  if (tag === BUFFER) return decodeBuffer(data as Uint8Array)
  const travel = runtimeState().travels.get(tag) as Travel<unknown, unknown> | undefined
  // Nobody here has loaded the class: there is nothing that could use the value, so its data stands in for it.
  return travel === undefined ? data : travel.decode(data)
}

function decodeBuffer(bytes: Uint8Array): Uint8Array {
  const { Buffer } = globalThis as {
    Buffer?: { from(data: ArrayBufferLike, offset: number, length: number): Uint8Array }
  }
  return Buffer === undefined ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function fill(container: object, entries: unknown[]): void {
  if (container instanceof Set) entries.forEach((entry) => container.add(entry))
  else
    for (let index = 0; index < entries.length; index += 2)
      (container as Map<unknown, unknown>).set(entries[index], entries[index + 1])
}
