// Values to packets.
//
// Plain data goes as it is: the platform's structured clone copies it. Values that need help (errors, Node's Buffer,
// types registered with `registerTravel`) go by a table beside the data: the places where they belong are named by the
// identity of their container, which structured clone keeps within one message. No key or shape in user data is
// reserved, so data can never be mistaken for one of ours.

import { isMovable } from '#host'

import { cloneOutcome, runtimeState } from '../common.ts'
import { bareError } from './error-codec.ts'
import { isTransferable } from './handle.ts'
import { GONE, isGone, locate } from './locate.ts'
import type { Packet } from './packet.ts'
import type { Refusal } from './sendable.ts'
import { inspect, isError, isNodeBuffer, isStackOverflow, knowing, TOO_DEEP, travelTag } from './sendable.ts'
import { TableWriter } from './table-writer.ts'
import type { Travellers } from './travellers.ts'
import type { Transferable } from '../platform-types.ts'

/** A value that cannot be sent: the path is relative to the roots given to `encode`. */
export class Unsendable extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.what)
    this.refusal = refusal
  }
}

export interface EncodeInput {
  /** Values to send. */
  readonly values: unknown[]
  /** What is looked through, with the names for messages; the items of `values`, flattened as the caller likes. */
  readonly roots: readonly unknown[]
  readonly names: (index: number) => string
  readonly transfer: readonly Transferable[]
  /** The classes that instances among the values may have. */
  readonly classes?: Travellers | undefined
}

/** Makes a packet. Throws `Unsendable`. */
export function encode(input: EncodeInput): Packet {
  const transferred = new Set<unknown>(input.transfer)
  // Some platforms post it, and the other side then cannot read the message.
  if (input.transfer.some(isGone)) throw new Unsendable(gone(input, transferred))
  const knowledge = knowing(input.classes)
  const { refusal, special } = inspect(input.roots, input.names, transferred, knowledge)
  if (refusal !== null) throw new Unsendable(refusal)
  const transfer = input.transfer.length > 0 ? { transfer: [...transferred] as Transferable[] } : {}
  if (!special) return { values: input.values, ...transfer }
  const writer = new TableWriter(transferred, knowledge)
  const values = writer.copy(input.values) as unknown[]
  const { table, patches, order } = writer
  const ports = runtimeState().crossing?.ports ?? []
  const moved = ports.length > 0 ? { transfer: [...(transferred as Set<Transferable>), ...ports] } : transfer
  return { values, ...moved, table, patches, order }
}

function gone({ roots, names }: EncodeInput, transferred: ReadonlySet<unknown>): Refusal {
  const others = new Set([...transferred].filter((item) => !isGone(item)))
  return locate(roots, names, others) ?? { path: names(0), what: GONE }
}

/** Explains why the platform refused a packet made from this input, as far as it can be found out. */
export function explainRefusal(input: EncodeInput, error: unknown): Refusal {
  if (isStackOverflow(error)) return { path: input.names(0), what: TOO_DEEP }
  const found = locate(input.roots, input.names, new Set<unknown>(input.transfer)) ?? unmovable(input)
  return found ?? { path: input.names(0), what: String((error as Error | null)?.message ?? error) }
}

/** The buffer that was to be moved and cannot be. */
function unmovable({ roots, names, transfer }: EncodeInput): Refusal | null {
  const buffer = transfer.find((item) => item instanceof ArrayBuffer && !isMovable(item))
  if (buffer === undefined) return null
  const index = roots.findIndex((root) => root === buffer || (ArrayBuffer.isView(root) && root.buffer === buffer))
  return { path: names(Math.max(index, 0)), what: 'a buffer that cannot be moved' }
}

/** The packet of an error, or of whatever was thrown. Never throws for what the error holds. */
export function encodeThrown(thrown: unknown, fallback: (what: string) => Error, classes?: Travellers): Packet {
  const input: EncodeInput = { values: [thrown], roots: [thrown], names: () => '', transfer: [], classes }
  try {
    const packet = encode(input)
    // A getter, a proxy or a host object inside can still refuse; better to know it now than when it is posted.
    cloneOutcome(packet)
    return packet
  } catch (problem) {
    const bare = isError(thrown)
      ? bareError(thrown)
      : fallback(problem instanceof Unsendable ? problem.refusal.what : 'an object')
    return encode({ ...input, values: [bare], roots: [bare] })
  }
}

/** Everything transferable in values that were given to `move()`. */
export function transferablesIn(values: readonly unknown[]): Transferable[] {
  const found = new Set<Transferable>()
  const seen = new Set<object>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (value instanceof ArrayBuffer) found.add(value)
    else if (ArrayBuffer.isView(value)) addBuffer(value, found)
    else if (isTransferable(value)) found.add(value as Transferable)
    else if (value instanceof Map) for (const entry of value) entry.forEach(visit)
    else if (value instanceof Set) value.forEach(visit)
    // The properties of an instance too: one that cannot be sent is refused later. What values of ours hold is for them alone.
    else if (travelTag(value) === null) Object.values(value).forEach(visit)
  }
  values.forEach(visit)
  return [...found]
}

function addBuffer(view: ArrayBufferView, found: Set<Transferable>): void {
  if (!(view.buffer instanceof ArrayBuffer)) return
  // A small Buffer of Node is a piece of a pool that belongs to all of them, and others are pieces of a WebAssembly memory: they are copied.
  if (view.byteLength !== view.buffer.byteLength && (isNodeBuffer(view) || !isMovable(view.buffer))) return
  found.add(view.buffer)
}
