// Packets: values on their way, as who has got them sees them. `codec.ts` makes them.

import { knownErrorClasses, unknownClass } from '../errors.ts'
import { clone } from './clone.ts'
import { loadPart } from '../loading/load-part.ts'
import { isFlatList } from './plain.ts'
import { runtimeState } from '../state.ts'
import type { readTable } from './table-reader.ts'
import { TAGS } from './table-tags.ts'
import type { Travellers } from './travellers.ts'
import type { Transferable } from '../platform-types.ts'

/** Values on their way. All fields but `values` are left out when empty. */
export interface Packet {
  readonly values: unknown[]
  /** Objects that are moved. In the packet too, so that who passes it on can move them again. */
  readonly transfer?: Transferable[]
  readonly table?: { tag: string; data: unknown }[]
  /** `container[key] = table[index]`, after the table has been decoded. */
  readonly patches?: [container: object, key: string, index: number][]
  /** Indexes of the table in the order in which its values are completed: each after what it holds. */
  readonly order?: number[]
}

/** How values of one class travel. `encode` returns something sendable; `decode` makes the value anew from it. */
export interface Travel<V, D> {
  readonly tag: string
  test(value: unknown): boolean
  encode(value: V): D
  decode(data: D): V
  /** Objects of this thread by what is sent of them: all copies of the runtime use those of the first. */
  readonly known?: Map<number, WeakRef<object>>
  /** Loads what `decode` will need and this agent has not; undefined when there is nothing. */
  missing?(data: D): Promise<unknown> | undefined
}

/**
 * Registers how values of a class travel. The other thread must have registered the same tag. Where another copy of the runtime has done so in this one, each
 * copy sends the objects that are its own, which no other can read.
 */
export function registerTravel<V, D>(travel: Travel<V, D>): void {
  const { travels } = runtimeState()
  const other = travels.get(travel.tag) as Travel<V, D> | undefined
  const both: Travel<V, D> =
    other === undefined
      ? travel
      : {
          ...travel,
          test: (value) => travel.test(value) || other.test(value),
          encode: (value) => (travel.test(value) ? travel : other).encode(value),
        }
  travels.set(travel.tag, both as unknown as Travel<never, unknown>)
}

/** Loads what the values of registered types in a packet need to be decoded; undefined when there is nothing. */
export function missingForTravels({ table = [] }: Packet): Promise<unknown> | undefined {
  const { travels } = runtimeState()
  const missing = table.flatMap(({ tag, data }) => travels.get(tag)?.missing?.(data) ?? [])
  return missing.length === 0 ? undefined : Promise.all(missing)
}

/** A copy of a call's packet, `[arguments, captures]`, that later changes of the values do not reach. */
export function clonePacket(packet: Packet): Packet {
  const { values, transfer } = packet
  // Most calls capture a few numbers and strings, and a structured clone costs more than the rest of the call.
  if (packet.table === undefined && transfer === undefined && values.every(isFlatList)) {
    return { values: (values as unknown[][]).map((list) => [...list]) }
  }
  return cloneOutcome(packet)
}

/** A copy of a result's packet. A list in it is the user's own, which may have holes and properties besides its items. */
export function cloneOutcome(packet: Packet): Packet {
  return clone(packet, packet.transfer)
}

let reader: typeof readTable | null = null

/** For parts that decode at once, and bring the reader of tables along. */
export function useReader(read: typeof readTable): void {
  reader = read
}

/** Loads what reads the tables of packets; undefined when there is nothing to load. Rejects with R545. */
export function missingReader(packet: Packet | null): Promise<void> | undefined {
  if (reader !== null || packet?.table === undefined) return undefined
  return loadPart(import('./table-reader.ts')).then((part) => useReader(part.readTable))
}

/** The values of a packet, as they were; {@link missingReader} has nothing to load. `classes` are those that instances among them may have. */
export function decode(packet: Packet, classes?: Travellers): unknown[] {
  if (packet.table !== undefined)
    reader!(packet, classes, {
      tags: TAGS,
      errorClasses: knownErrorClasses,
      travels: runtimeState().travels,
      unknownClass,
    })
  return packet.values
}
