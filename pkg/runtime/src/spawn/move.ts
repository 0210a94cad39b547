import { MOVED } from './marks.ts'
import type { Transferable } from '../platform-types.ts'

/** What a chunk of `parallelMap` gives for items that follow each other. */
export interface ItemResults {
  readonly results: readonly unknown[]
  /** The index of the first. */
  readonly first: number
}

/** Values that `move()` marked: what is transferable in them is moved to the other thread, not copied. */
export class Moved<A extends unknown[] = unknown[]> {
  readonly values: A
  /** What is moved, where that is not everything transferable in the values. */
  readonly transfer: Transferable[] | undefined
  /** They are the results of several items: messages name the item of which something cannot be sent. */
  readonly items: ItemResults | undefined

  static {
    // Two copies of the runtime in one program must know each other's marks.
    Object.defineProperty(this.prototype, MOVED, { value: true })
  }

  constructor(values: A, transfer?: Transferable[], items?: ItemResults) {
    this.values = values
    this.transfer = transfer
    this.items = items
  }
}

/**
 * Marks values to be moved instead of copied: as the first argument of `spawn`, they become the closure's arguments;
 * returned from a closure, the result. Buffers, ports, bitmaps, streams and open files of Node in them are transferred
 * and can no longer be used where they came from.
 *
 * ```ts
 * const pixels = new Uint8Array(1e6)
 * const bright = await spawn(move(pixels), (bytes) => move(bytes.map((byte) => byte + 1)))
 * ```
 */
export function move<A extends unknown[]>(...values: A): Moved<A> {
  return new Moved(values)
}
