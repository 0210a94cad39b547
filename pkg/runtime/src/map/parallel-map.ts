// `parallelMap`: a closure for each item of a list.

import { areOptions, checkedSignal, notKnown } from '../spawn/control.ts'
import { badOption, badOptions } from '../spawn/call-errors.ts'
import { isTask, JOB } from '../spawn/marks.ts'
import { MapRun } from './map-run.ts'
import type { Items } from './map-source.ts'
import { sourceOf } from './map-source.ts'
import type { Moved } from '../spawn/move.ts'
import type { Returned } from '../spawn/spawn.ts'
import type { Task } from '../spawn/task.ts'

export interface MapOptions {
  /** How many items a thread is given at once. Default: as many as keep all threads busy to the end. */
  chunk?: number | undefined
  /** How many threads work at once. Default: the pool's `maxThreads`. */
  concurrency?: number | undefined
  /** Aborts all when it fires. */
  signal?: AbortSignal | undefined
  /** Name of the threads. */
  name?: string | undefined
  /** Order in the queue: 'normal' unless given. */
  priority?: 'high' | 'normal' | 'low' | undefined
}

/**
 * Calls a closure, or a `Task`, for each item, on many threads at once. The closure gets the item and its index.
 *
 * Awaited, it gives the array of the results, in the order of the items. Iterated, it gives them one by one as they come,
 * in that order too, and takes only as many items ahead as keep the threads busy; leaving the loop ends the work. Without
 * either it works like a promise that nobody awaits.
 *
 * ```ts
 * const thumbnails = await parallelMap(photos, (photo) => resize(photo, size))
 *
 * for await (const page of parallelMap(urls(), async (url) => parse(await download(url)), { concurrency: 4 })) show(page)
 * ```
 *
 * Items may be any iterable or async iterable; of a typed array each thread gets a piece, which is moved. When a call
 * fails, the rest is aborted, and the promise rejects with that error, whose `itemIndex` is the item's. Iterated, the
 * results before it come first.
 *
 * Throws R513 for options and items that make no sense, R560 for a function that is not written in the call and not known
 * to the build, R501 without the plugin.
 */
export function parallelMap<T, M extends Moved>(
  items: Items<T>,
  closure: ((item: T, index: number) => M | PromiseLike<M>) | Task<[item: T, index: number], M>,
  options?: MapOptions,
): ParallelMap<Returned<M>>
export function parallelMap<T, R>(
  items: Items<T>,
  closure: ((item: T, index: number) => R | PromiseLike<R>) | Task<[item: T, index: number], R>,
  options?: MapOptions,
): ParallelMap<R>
// It takes tasks as well, so that TypeScript, which tells what a call lacks for the last overload, names the option that is wrong.
export function parallelMap<T, R>(
  items: Items<T>,
  closure: ((item: T, index: number) => R) | Task<[item: T, index: number], R>,
  options?: MapOptions,
): ParallelMap<Returned<R>>
export function parallelMap<T>(items: Items<T>, closure: unknown, options: MapOptions = {}): ParallelMap<unknown> {
  if (!isTask(closure)) throw notKnown('parallelMap', closure)
  if (!areOptions(options)) throw badOptions('parallelMap', options)
  for (const name of ['chunk', 'concurrency'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw badOption(name, value, 'a whole number of at least 1')
  }
  checkedSignal(options.signal)
  const source = sourceOf(items)
  if (source === null) throw badOption('items', items, 'iterable')
  return new ParallelMap(new MapRun(() => closure[JOB](), source, options))
}

/** What `parallelMap` gives: await it for the array, or iterate it for one result after the other. */
export class ParallelMap<R> implements Promise<R[]>, AsyncIterable<R> {
  readonly #run: MapRun
  #all: Promise<R[]> | null = null
  #iterated = false

  /** Made by `parallelMap`. */
  constructor(run: MapRun) {
    this.#run = run
    // Whoever iterates does so in this turn.
    queueMicrotask(() => {
      if (!this.#iterated) void this.#array()
    })
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise that knows whether it is iterated instead
  then<A = R[], B = never>(
    done?: ((results: R[]) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // oxlint-disable-next-line promise/no-callback-in-promise -- they are the caller's
    return this.#array().then(done, failed)
  }

  catch<B = never>(failed?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R[] | B> {
    return this.#array().catch(failed)
  }

  finally(over?: (() => void) | null): Promise<R[]> {
    return this.#array().finally(over)
  }

  [Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    // Someone awaits the array too.
    if (this.#all !== null) return each(this.#all)
    if (this.#iterated) throw badOption('parallelMap', 'twice', 'iterated once')
    this.#iterated = true
    return this.#run.inOrder() as AsyncGenerator<R, void, undefined>
  }

  get [Symbol.toStringTag](): string {
    return 'ParallelMap'
  }

  #array(): Promise<R[]> {
    if (this.#all !== null) return this.#all
    if (this.#iterated) return Promise.reject(badOption('parallelMap', 'both', 'either awaited or iterated'))
    return (this.#all = this.#run.all() as Promise<R[]>)
  }
}

async function* each<R>(all: Promise<R[]>): AsyncGenerator<R, void, undefined> {
  yield* await all
}
