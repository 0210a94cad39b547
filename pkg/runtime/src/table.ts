// The table beside the data of a packet: written on one side, read on the other. `codec.ts` says why there is one.

import type { Packet, Travel } from './codec.ts'
import type { ErrorData } from './error-codec.ts'
import { encodeError, errorShell, fillError } from './error-codec.ts'
import { deserialize, hasHooks, serialize } from './class-hooks.ts'
import { hookFailed, unknownClass } from './errors.ts'
import type { Knowledge } from './sendable.ts'
import { isError, isPlainPrototype, isSpecial, travelTag } from './sendable.ts'
import { runtimeState } from './state.ts'
import type { InstanceData, Travellers } from './travellers.ts'

// Tags of ours start with a character that `registerTravel` callers have no reason to use; tags never meet user data.
const ERROR = '!error'
const BUFFER = '!buffer'
const INSTANCE = '!instance'
const HOOKED = '!hooked'
const FILL = '!fill'

type Table = NonNullable<Packet['table']>
type Entry = Table[number]

/** What {@link HOOKED} entries hold. */
interface HookedData {
  readonly key: string
  readonly data: unknown
}

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
    this.order.push(this.table.push({ tag: FILL, data: [to, list] }) - 1)
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
    return isSpecial(value) || this.#keyOf(value) !== null
  }

  #keyOf(value: object): string | null {
    const prototype = Object.getPrototypeOf(value) as object | null
    return prototype === null ? null : (this.#knowledge.classes?.keyOf(prototype) ?? null)
  }

  #indexOf(value: object): number {
    const known = this.#indexes.get(value)
    if (known !== undefined) return known
    const { classes, hooked } = this.#knowledge
    const key = this.#keyOf(value)
    if (key !== null && hasHooks(classes!.typeOf(key))) {
      const type = classes!.typeOf(key)
      // What a registered type holds has not been looked through.
      const data = (): unknown => (hooked.has(value) ? hooked.get(value) : type[serialize]!(value))
      return this.#add(value, HOOKED, () => ({ key, data: data() }) satisfies HookedData)
    }
    if (isError(value)) return this.#add(value, ERROR, () => encodeError(value, this.#knowledge))
    if (key !== null) return this.#add(value, INSTANCE, () => classes!.takeApart(value, key))
    const tag = travelTag(value)
    if (tag === null) return this.#add(value, BUFFER, () => bytesOf(value as Uint8Array))
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

/** `__proto__` is data like any other key, and plain assignment would take it for something else. */
function assign(container: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(container as Record<string, unknown>)[key] = value
  }
}

/** The keys of the classes that a packet needs. */
export function classKeys({ table }: Packet): string[] {
  const keys = (table ?? []).flatMap(({ tag, data }) =>
    tag === INSTANCE || tag === HOOKED || tag === ERROR ? ((data as { key?: unknown }).key ?? []) : [],
  )
  return keys.filter((key) => typeof key === 'string')
}

/** Puts every value of the table where it belongs. Throws R520 when a hook does, R521 for a class that is not known. */
export function readTable({ table = [], patches = [], order = [] }: Packet, classes: Travellers | undefined): void {
  const places = new Map<number, [container: object, key: string][]>()
  for (const [container, key, index] of patches) {
    const list = places.get(index)
    if (list === undefined) places.set(index, [[container, key]])
    else list.push([container, key])
  }
  const put = (index: number, value: unknown): void =>
    places.get(index)?.forEach(([container, key]) => assign(container, key, value))
  // Empty errors and instances go to their places first, as they may hold each other. Then each value is completed after
  // those that it holds.
  const shells = new Map<number, object>()
  table.forEach((entry, index) => {
    const shell = shellOf(entry, classes)
    if (shell === null) return
    shells.set(index, shell)
    put(index, shell)
  })
  for (const index of order) {
    const { tag, data } = table[index]!
    const shell = shells.get(index)
    if (tag === FILL) fill(...(data as [object, unknown[]]))
    else if (shell === undefined) put(index, decodeEntry(tag, data, classes))
    else if (tag === ERROR) fillError(shell as Error, data as ErrorData)
    else classes!.fill(shell, data as InstanceData)
  }
}

function shellOf({ tag, data }: Entry, classes: Travellers | undefined): object | null {
  if (tag === ERROR) return errorShell(data as ErrorData, classes)
  if (tag !== INSTANCE) return null
  if (classes === undefined) throw unknownClass((data as InstanceData).key)
  return classes.shell(data as InstanceData)
}

function decodeEntry(tag: string, data: unknown, classes: Travellers | undefined): unknown {
  if (tag === BUFFER) return decodeBuffer(data as Uint8Array)
  if (tag === HOOKED) return decodeHooked(data as HookedData, classes)
  const travel = runtimeState().travels.get(tag) as Travel<unknown, unknown> | undefined
  // Nobody here has loaded the class: there is nothing that could use the value, so its data stands in for it.
  return travel === undefined ? data : travel.decode(data)
}

function decodeHooked({ key, data }: HookedData, classes: Travellers | undefined): unknown {
  if (classes === undefined) throw unknownClass(key)
  const type = classes.typeOf(key)
  try {
    return type[deserialize]!(data)
  } catch (error) {
    throw hookFailed(type.name, error)
  }
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
