// Values on their way back from a closure: what it returns, yields or throws. Workers load it when that is more than plain data.

import type { EncodeInput } from '../codec/codec.ts'
import type { Packet } from '../codec/packet.ts'
import { encode, encodeThrown, explainRefusal, transferablesIn, Unsendable } from '../codec/codec.ts'
import { cannotReturn, cannotThrow } from '../errors.ts'
import { isMoved } from '../spawn/marks.ts'
import type { Travellers } from '../codec/travellers.ts'

/** What is packed, and the error when it cannot be sent all the same. */
export interface Parcel {
  readonly packet: Packet
  readonly refused: (error: unknown) => Error
}

/** Packs a value. Throws R503. */
export function pack(value: unknown, name: string, at: string, classes?: Travellers): Parcel {
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
  const refused = (error: unknown): Error => {
    const refusal = cannotReturn(error instanceof Unsendable ? error.refusal : explainRefusal(input, error), at)
    return items === undefined ? refusal : Object.assign(refusal, { itemIndex: item })
  }
  try {
    return { packet: encode(input), refused }
  } catch (error) {
    throw refused(error)
  }
}

/** Hands on what is packed: at once, since only posting it shows what the platform refuses. Throws R503. */
export function post<T>({ packet, refused }: Parcel, use: (packet: Packet) => T): T {
  try {
    return use(packet)
  } catch (error) {
    throw refused(error)
  }
}

/** Packs a value and hands it on. Throws R503. */
export function packResult<T>(
  value: unknown,
  name: string,
  at: string,
  use: (packet: Packet) => T,
  classes?: Travellers,
): T {
  return post(pack(value, name, at, classes), use)
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
