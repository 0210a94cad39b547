// Packets of a task and of its end in the form in which they travel: most are a few numbers and strings, and a message
// that holds a bare list of them costs a fraction of one that holds objects.

import type { Packet } from '../codec/packet.ts'
import type { Claim, Entry, Load, Outcome, RecipeUse } from '../protocol.ts'
import * as MESSAGE from '../message-kinds.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import type { Transferable } from '../platform-types.ts'

type Recipes = readonly RecipeUse[] | undefined

/** Longer strings and lists count as large. */
const LARGE_STRING = 1024
const LARGE_LIST = 32

/** A primitive that takes little room: surely can be cloned and read. */
export function isSmall(value: unknown): boolean {
  switch (typeof value) {
    case 'object':
      return value === null
    case 'string':
      return value.length <= LARGE_STRING
    case 'function':
    case 'symbol':
      return false
    default:
      return true
  }
}

/** The arguments of calls that have none. */
export const NO_VALUES: unknown[] = []

/** Nothing but a few primitives: surely can be cloned and read, and is not changed by anybody. */
function isSmallPacket({ values, table, transfer }: Packet): boolean {
  return table === undefined && transfer === undefined && values.every(isSmallList)
}

export function isSmallList(list: unknown): boolean {
  return Array.isArray(list) && list.length <= LARGE_LIST && list.every(isSmall)
}

export function isSmallLoad(load: Load): boolean {
  return Array.isArray(load) || isSmallPacket(load as Packet)
}

/** A small load in its shortest form. */
export function toLoad(load: Load): Load {
  if (Array.isArray(load)) return load
  const [args, captures] = (load as Packet).values as [unknown[], unknown[]]
  return args.length === 0 ? captures : load
}

/** The same for the packet of a result. */
export function isSmallResult({ values, table, transfer }: Packet): boolean {
  return table === undefined && transfer === undefined && values.every(isSmall)
}

export function fromLoad(load: Load): Packet {
  return Array.isArray(load) ? { values: [NO_VALUES, load] } : (load as Packet)
}

/** What is moved. */
export function transferOf(load: Load): Transferable[] | undefined {
  return Array.isArray(load) ? undefined : (load as Packet).transfer
}

/** A task as it is posted by itself; what it moves is not named in it, since its worker passes nothing on. */
export function toRun(id: number, head: number, { slot, word }: Claim, load: Load, recipes: Recipes): Entry {
  const { values, table } = fromLoad(load)
  if (recipes !== undefined) return [MESSAGE.RUN, id, head, slot, word, load, recipes]
  if (table !== undefined) return [MESSAGE.RUN, id, head, slot, word, load]
  const [args, captures] = values as [unknown[], unknown[]]
  return [MESSAGE.RUN_FLAT, id, head, slot, word, args.length, ...args, ...captures]
}

/** The end of a task as an entry of a message. Small ones may travel with others. */
export function toSettled(id: number, { kind, packet, value }: Outcome): { entry: Entry; small: boolean } {
  if (packet === null && kind === OUTCOME.DONE) return { entry: [MESSAGE.RESULT, id, value], small: true }
  if (packet === null) return { entry: [MESSAGE.SETTLED, id, kind, null], small: true }
  if (kind === OUTCOME.DONE && isSmallResult(packet)) {
    return { entry: [MESSAGE.RESULT, id, packet.values[0]], small: true }
  }
  return { entry: [MESSAGE.SETTLED, id, kind, packet], small: false }
}
