// The work of one `parallelMap`: cuts the items into chunks, keeps so many of them running, and puts the results in order.
//
// Sizes of chunks. With a list, and nobody who waits for the first results, a chunk is a share of what is left: half of
// what each thread would get. That is guided self-scheduling (Polychronopoulos and Kuck, 1987) with the factor of two that
// factoring (Hummel, Schonberg and Flynn, 1992) found safer: chunks are large at first, which costs few messages, and small
// at the end, which leaves nobody alone with the last of them. Otherwise chunks start at one item and grow while they are
// quick.

import { parallelism } from '#host'

import { offAbort, onAbort } from '../spawn/abort-listeners.ts'
import type { Packet } from '../codec/packet.ts'
import { decode, useReader } from '../codec/packet.ts'
import { start } from '../spawn/control.ts'
import type { Job } from '../spawn/job.ts'
import type { ChunkResult } from './map-chunk.ts'
import type { Piece, Source } from './map-source.ts'
import type { MapOptions } from './parallel-map.ts'
import type { Site } from '../protocol.ts'
import { addSpawnSite } from '../spawn/spawn-site.ts'
import { runtimeState } from '../state.ts'
import { readTable } from '../codec/table-reader.ts'
import type { Thread } from '../spawn/thread.ts'

// Failures come inside of results.
useReader(readTable)

/** Chunks that took less than the first grow, those above the second shrink. Milliseconds. */
const QUICK = 10
const SLOW = 50

interface Chunk {
  readonly first: number
  readonly thread: Thread<unknown>
  results: unknown[]
  failure: Failure | null
  ended: boolean
}

interface Failure {
  readonly error: unknown
}

export class MapRun {
  readonly #job: () => Job
  readonly #source: Source
  readonly #options: MapOptions
  readonly #concurrency: number
  /** In the order of the items; when iterated, those whose results have been handed on are gone. */
  #chunks: Chunk[] = []
  #running = 0
  #taken = 0
  #size = 1
  /** How many chunks may be there at once. */
  #ahead = Infinity
  #filling = false
  /** No more chunks are started: the items are used up, or something failed. */
  #over = false
  /** What failed first. */
  #failure: Failure | null = null
  #notify: () => void = () => {}

  constructor(job: () => Job, source: Source, options: MapOptions) {
    this.#job = job
    this.#source = source
    this.#options = options
    // Without workers the pool's number of threads is 0.
    this.#concurrency = options.concurrency ?? Math.max(1, runtimeState().settings.maxThreads ?? parallelism())
  }

  /** All results. */
  async all(): Promise<unknown[]> {
    try {
      this.#begin(Infinity)
      while (!this.#over || this.#running > 0) {
        if (this.#failure !== null) throw this.#failure.error
        await this.#change()
      }
      if (this.#failure !== null) throw this.#failure.error
      return this.#chunks.flatMap((chunk) => chunk.results)
    } finally {
      this.#stop()
    }
  }

  /** One result after the other. What failed keeps its place. */
  async *inOrder(): AsyncGenerator<unknown, void, undefined> {
    try {
      this.#begin(2 * this.#concurrency)
      for (;;) {
        if (this.#options.signal?.aborted === true) throw this.#options.signal.reason
        const [chunk] = this.#chunks
        if (chunk?.ended === true) {
          yield* chunk.results
          if (chunk.failure !== null) throw chunk.failure.error
          this.#chunks.shift()
          void this.#fill()
        } else if (chunk === undefined && this.#over) {
          if (this.#failure !== null) throw this.#failure.error
          return
        } else {
          await this.#change()
        }
      }
    } finally {
      this.#stop()
    }
  }

  #begin(ahead: number): void {
    const { signal } = this.#options
    if (signal?.aborted === true) throw signal.reason
    onAbort(signal, this.#onAbort)
    this.#ahead = ahead
    void this.#fill()
  }

  /** The next time that a chunk has ended or something failed. */
  #change(): Promise<void> {
    return new Promise((resolve) => (this.#notify = resolve))
  }

  async #fill(): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      while (!this.#over && this.#running < this.#concurrency && this.#chunks.length < this.#ahead) {
        const taken = this.#source.take(this.#nextSize())
        const piece = taken instanceof Promise ? await taken : taken
        if (piece.items.length === 0) this.#over = true
        else if (!this.#over) this.#start(piece)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#filling = false
      if (this.#over) this.#notify()
    }
  }

  #nextSize(): number {
    const { chunk } = this.#options
    if (chunk !== undefined) return chunk
    const { left } = this.#source
    if (left === undefined) return this.#size
    const share = Math.max(1, Math.ceil(left / (2 * this.#concurrency)))
    return this.#ahead === Infinity ? share : Math.min(share, this.#size)
  }

  #start({ items, moves }: Piece): void {
    const first = this.#taken
    this.#taken += items.length
    const { name, priority } = this.#options
    const named = Array.isArray(items)
      ? { values: items, name: (index: number) => `items[${first + index}]` }
      : { values: [items], name: () => 'items' }
    const job = this.#job()
    const options = { ...(name !== undefined && { name }), ...(priority !== undefined && { priority }) }
    const begin = (): Thread<unknown> => start({ job, args: [items, first], moves, driver: 'map', named }, options)
    const thread = first === 0 ? begin() : goingOn(begin)
    const chunk: Chunk = { first, thread, results: [], failure: null, ended: false }
    this.#chunks.push(chunk)
    this.#running++
    void thread.join().then((outcome) => {
      if (outcome.ok) this.#take(chunk, outcome.value as ChunkResult, job.site)
      else chunk.failure = outcome
      this.#ended(chunk)
    })
  }

  #take(chunk: Chunk, [results, time, failure]: ChunkResult, site: Site): void {
    chunk.results = results
    if (failure !== undefined) chunk.failure = { error: errorOf(failure, chunk.first + results.length, site) }
    else if (time < QUICK && results.length >= this.#size) this.#size *= 2
    else if (time > SLOW) this.#size = Math.max(1, this.#size >> 1)
  }

  #ended(chunk: Chunk): void {
    chunk.ended = true
    this.#running--
    if (chunk.failure !== null) {
      this.#fail(chunk.failure.error)
      // Those before it still count when the results are taken in order.
      for (const other of this.#chunks) if (other.first > chunk.first) abort(other)
    }
    void this.#fill()
    this.#notify()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#over = true
    this.#notify()
  }

  readonly #onAbort = (): void => this.#fail(this.#options.signal?.reason)

  #stop(): void {
    this.#over = true
    offAbort(this.#options.signal, this.#onAbort)
    for (const chunk of this.#chunks) abort(chunk)
    // Not waited for: a source that is asked for its next item may never answer.
    void closed(this.#source)
  }
}

async function closed(source: Source): Promise<void> {
  try {
    await source.close()
  } catch {
    // What it was used for is over, and has told how it ended.
  }
}

function abort({ ended, thread }: Chunk): void {
  if (!ended) thread.abort(new DOMException('the rest of this `parallelMap` was aborted', 'AbortError'))
}

/** What the closure threw, which also tells for which item. */
function errorOf(failure: Packet, index: number, { at, classes }: Site): unknown {
  const [error] = decode(failure, classes)
  if (error instanceof Error) {
    Object.defineProperty(error, 'itemIndex', { value: index, writable: true, configurable: true })
    addSpawnSite(error, at, `item ${index}`)
  }
  return error
}

/** Starts a chunk of a map that has begun. */
function goingOn<T>(begin: () => T): T {
  const state = runtimeState()
  state.goesOn = true
  try {
    return begin()
  } finally {
    state.goesOn = false
  }
}
