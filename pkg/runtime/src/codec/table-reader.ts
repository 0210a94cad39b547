// Reads the table beside the data of a packet. Loaded when the first one comes.
//
// It imports nothing and is handed what it needs: a module that is imported both here and by what is loaded at once would be a
// file of its own in a bundle, and small files compress badly.

import type { Packet, Travel } from './packet.ts'
import type { ErrorData } from './error-codec.ts'
import type { HookedData, Tags } from './table-tags.ts'
import type { InstanceData, Travellers } from './travellers.ts'

type Entry = NonNullable<Packet['table']>[number]

/** What the rest of the codec hands over. */
export interface Kit {
  readonly tags: Tags
  /** The classes whose errors keep them in every thread, by name. */
  readonly errorClasses: () => [name: string, prototype: object][]
  readonly travels: ReadonlyMap<string, Travel<never, unknown>>
  /** R521. */
  readonly unknownClass: (key: string) => Error
}

/** Puts every value of the table where it belongs. Throws R520 when a hook does, R521 for a class that is not known. */
export function readTable(
  { table = [], patches = [], order = [] }: Packet,
  classes: Travellers | undefined,
  kit: Kit,
): void {
  const { tags } = kit
  const places = new Map<number, [container: object, key: string][]>()
  for (const [container, key, index] of patches) {
    const list = places.get(index)
    if (list === undefined) places.set(index, [[container, key]])
    else list.push([container, key])
  }
  const put = (index: number, value: unknown): void =>
    places.get(index)?.forEach(([container, key]) => define(container, key, value, true))
  // Empty errors and instances go to their places first, as they may hold each other. Then each value is completed after
  // those that it holds.
  const shells = new Map<number, object>()
  table.forEach((entry, index) => {
    const shell = shellOf(entry, classes, kit)
    if (shell === null) return
    shells.set(index, shell)
    put(index, shell)
  })
  for (const index of order) {
    const { tag, data } = table[index]!
    const shell = shells.get(index)
    if (tag === tags.fill) fill(...(data as [object, unknown[]]))
    else if (shell === undefined) put(index, decodeEntry(tag, data, classes, kit))
    else if (tag === tags.error) fillError(shell as Error, data as ErrorData)
    else classes!.fill(shell, data as InstanceData)
  }
}

function shellOf({ tag, data }: Entry, classes: Travellers | undefined, kit: Kit): object | null {
  if (tag === kit.tags.error) return errorShell(data as ErrorData, classes, kit)
  if (tag !== kit.tags.instance) return null
  if (classes === undefined) throw kit.unknownClass((data as InstanceData).key)
  return classes.shell(data as InstanceData)
}

function decodeEntry(tag: string, data: unknown, classes: Travellers | undefined, kit: Kit): unknown {
  if (tag === kit.tags.buffer) return decodeBuffer(data as Uint8Array)
  if (tag === kit.tags.hooked) {
    if (classes === undefined) throw kit.unknownClass((data as HookedData).key)
    return classes.revive(data as HookedData)
  }
  const travel = kit.travels.get(tag) as Travel<unknown, unknown> | undefined
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

/** An empty error of the right class. No constructor of a user runs: the prototype is set. */
function errorShell(data: ErrorData, classes: Travellers | undefined, { errorClasses }: Kit): Error {
  if (data.type === 'DOMException') return new DOMException(data.message, data.name) as Error
  const shell = new Error(data.message)
  const known = data.key !== undefined && classes?.knows(data.key) === true
  const prototype = known
    ? classes.typeOf(data.key!).prototype
    : errorClasses().find(([name]) => name === data.type)?.[1]
  if (prototype !== undefined) Object.setPrototypeOf(shell, prototype)
  return shell
}

function fillError(shell: Error, data: ErrorData): void {
  define(shell, 'stack', data.stack ?? `${data.name}: ${data.message}`)
  const isField = Object.hasOwn(data.fields, 'name')
  if (data.type !== 'DOMException' && shell.name !== data.name && !isField) define(shell, 'name', data.name)
  for (const [key, value] of Object.entries(data.hidden)) {
    if (data.type !== 'DOMException' || key !== 'code') define(shell, key, value)
  }
  for (const [key, value] of Object.entries(data.fields)) define(shell, key, value, true)
}

/** Defines, since `__proto__` is data like any other key; hidden, as what errors have, unless it is said to be shown. */
function define(target: object, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true })
}
