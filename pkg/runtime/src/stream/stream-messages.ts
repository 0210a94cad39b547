// What crosses the port of a stream. Each `return()` or `throw()` of the consumer begins a new epoch; what belongs to an
// older one is not wanted any more.

import type { Packet } from '../codec/packet.ts'
import type { Outcome } from '../protocol.ts'

/** Values in order: plain ones as they are, those that need help as packets at their places. */
export interface Batch {
  readonly epoch: number
  readonly values: unknown[]
  readonly packets: readonly (readonly [index: number, packet: Packet])[]
}

/** From the thread. An end is the last message. */
export type Produced = Batch | { readonly epoch: number; readonly end: Outcome }

/** From the consumer: so many values of this epoch may be sent; or what to do with the generator where it is. */
export type Asked =
  | { readonly epoch: number; readonly upTo: number }
  | { readonly epoch: number; readonly call: 'return' | 'throw'; readonly packet: Packet; readonly upTo: number }
