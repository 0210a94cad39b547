// Where `parallelMap` gets its items: a list that can be cut, or something that is asked for one after the other.

import type { Transferable } from '../platform-types.ts'

type List = readonly unknown[] | TypedArray

type TypedArray = ArrayBufferView & {
  readonly length: number
  slice(from: number, to: number): TypedArray
  subarray(from: number, to: number): TypedArray
}

/** Consecutive items, and what of them is moved. */
export interface Piece {
  readonly items: List
  readonly moves: readonly Transferable[]
}

export interface Source {
  /** How many items are left, where that is known. */
  readonly left: number | undefined
  /** The next items, `count` of them or as many as there are. */
  take(count: number): Piece | Promise<Piece>
  /** No more is taken. */
  close(): unknown
}

export type Items<T> = Iterable<T> | AsyncIterable<T>

export function sourceOf(items: Items<unknown>): Source | null {
  if (Array.isArray(items) || isTypedArray(items)) return new ListSource(items)
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = (items ?? {}) as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >
  if (typeof later === 'function') return new AsyncSource(later.call(items))
  return typeof now === 'function' && typeof items === 'object' ? new IteratorSource(now.call(items)) : null
}

function isTypedArray(value: unknown): value is TypedArray & Iterable<unknown> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

class ListSource implements Source {
  readonly #list: List
  #at = 0

  constructor(list: List) {
    this.#list = list
  }

  get left(): number {
    return Math.max(0, this.#list.length - this.#at)
  }

  take(count: number): Piece {
    const from = this.#at
    const to = Math.min(this.#list.length, from + count)
    this.#at = Math.max(from, to)
    if (!isTypedArray(this.#list)) return { items: this.#list.slice(from, to), moves: [] }
    // A view goes with its whole buffer: shared memory costs nothing, a piece of other memory is cut out once and moved.
    if (!(this.#list.buffer instanceof ArrayBuffer)) return { items: this.#list.subarray(from, to), moves: [] }
    // Not the `slice` of Node's Buffer, which cuts nothing out.
    const piece = (Uint8Array.prototype.slice as unknown as TypedArray['slice']).call(this.#list, from, to)
    return { items: piece, moves: [piece.buffer as ArrayBuffer] }
  }

  close(): void {}
}

/** What is asked for one item after the other. Its kinds differ only in that one waits for the answers. */
abstract class AskedSource<I extends Iterator<unknown> | AsyncIterator<unknown>> {
  readonly left = undefined
  protected readonly iterator: I
  #over = false
  #failure: { error: unknown } | null = null

  constructor(iterator: I) {
    this.iterator = iterator
  }

  protected wants(items: readonly unknown[], count: number): boolean {
    return items.length < count && !this.#over
  }

  protected enter(items: unknown[], { done, value }: IteratorResult<unknown>): void {
    if (done === true) this.#over = true
    else items.push(value)
  }

  /** An iterator that threw is over, and is not closed. */
  protected fail(error: unknown): void {
    this.#failure = { error }
    this.#over = true
  }

  /** What came before a failure comes first; the next question gets the failure. */
  protected piece(items: unknown[]): Piece {
    if (items.length === 0 && this.#failure !== null) throw this.#failure.error
    return { items, moves: [] }
  }

  close(): unknown {
    if (this.#over) return undefined
    this.#over = true
    return this.iterator.return?.()
  }
}

class IteratorSource extends AskedSource<Iterator<unknown>> implements Source {
  take(count: number): Piece {
    const items: unknown[] = []
    try {
      while (this.wants(items, count)) this.enter(items, this.iterator.next())
    } catch (error) {
      this.fail(error)
    }
    return this.piece(items)
  }
}

class AsyncSource extends AskedSource<AsyncIterator<unknown>> implements Source {
  async take(count: number): Promise<Piece> {
    const items: unknown[] = []
    try {
      while (this.wants(items, count)) this.enter(items, await this.iterator.next())
    } catch (error) {
      this.fail(error)
    }
    return this.piece(items)
  }
}
