// Where `parallelMap` gets its items: a list that can be cut, or something that is asked for one after the other.

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

class IteratorSource implements Source {
  readonly left = undefined
  readonly #iterator: Iterator<unknown>
  #over = false
  #failure: { error: unknown } | null = null

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator
  }

  take(count: number): Piece {
    const items: unknown[] = []
    try {
      while (items.length < count && !this.#over) {
        const { done, value } = this.#iterator.next()
        if (done === true) this.#over = true
        else items.push(value)
      }
    } catch (error) {
      this.#failure = { error }
      // An iterator that threw is over, and is not closed.
      this.#over = true
    }
    return pieceOf(items, this.#failure)
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    this.#iterator.return?.()
  }
}

class AsyncSource implements Source {
  readonly left = undefined
  readonly #iterator: AsyncIterator<unknown>
  #over = false
  #failure: { error: unknown } | null = null

  constructor(iterator: AsyncIterator<unknown>) {
    this.#iterator = iterator
  }

  async take(count: number): Promise<Piece> {
    const items: unknown[] = []
    try {
      while (items.length < count && !this.#over) {
        const { done, value } = await this.#iterator.next()
        if (done === true) this.#over = true
        else items.push(value)
      }
    } catch (error) {
      this.#failure = { error }
      this.#over = true
    }
    return pieceOf(items, this.#failure)
  }

  close(): unknown {
    if (this.#over) return undefined
    this.#over = true
    return this.#iterator.return?.()
  }
}

/** What came before a failure comes first; the next question gets the failure. */
function pieceOf(items: unknown[], failure: { error: unknown } | null): Piece {
  if (items.length === 0 && failure !== null) throw failure.error
  return { items, moves: [] }
}
