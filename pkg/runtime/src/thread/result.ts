// Values on their way back from a closure: what it returns, yields or throws. Workers load it when that is more than plain data.

import type { EncodeInput } from '../codec/codec.ts'
import type { Packet } from '../codec/packet.ts'
import { encode, encodeThrown, explainRefusal, transferablesIn, Unsendable } from '../codec/codec.ts'
import { cannotReturn, cannotThrow } from '../errors.ts'
import { isMoved } from '../spawn/marks.ts'
import type { Travellers } from '../codec/travellers.ts'

/** Packs a value and hands the packet on, at once, since only posting it shows what the platform refuses. Throws R503. */
export function packResult<T>(
  value: unknown,
  name: string,
  at: string,
  use: (packet: Packet) => T,
  classes?: Travellers,
): T {
  const moved = isMoved(value)
  const result = moved ? (value.values.length === 1 ? value.values[0] : value.values) : value
  const values = [result]
  const transfer = moved ? (value.transfer ?? transferablesIn(values)) : []
  const items = moved ? value.items : undefined
  let item = 0
  const names = (index: number): string => {
    if (items === undefined) return name
    item = items.first + index
    return `results[${item}]`
  }
  const input: EncodeInput = { values, roots: items?.results ?? values, names, transfer, classes }
  try {
    return use(encode(input))
  } catch (error) {
    const refused = cannotReturn(error instanceof Unsendable ? error.refusal : explainRefusal(input, error), at)
    throw items === undefined ? refused : Object.assign(refused, { itemIndex: item })
  }
}

/** Packs what a closure has thrown. Never throws. */
export function packThrown(error: unknown, at: string, classes?: Travellers): Packet {
  const unsendable = (what: string): Error => cannotThrow(what, at)
  try {
    return encodeThrown(error, unsendable, classes)
  } catch {
    // A proxy whose traps throw, the one for its prototype among them.
    return encodeThrown(unsendable('an object that throws when it is looked at'), unsendable)
  }
}
