import { configure, parallelMap, shutdown, stats } from 'experimental-threads'
import type { MapOptions, Task } from 'experimental-threads'
import { $task } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { failureOf, open, reaches, sharedWords, site, thrownBy } from './support.ts'

beforeEach(() => configure({ maxThreads: 2 }))
afterEach(() => shutdown({ deadline: 0 }))

const chunk = (name: string): string => new URL(`./modules/map.mjs?run=${name}`, import.meta.url).href
const make = <T, R>(name: string, captures: unknown[] = []): Task<[T, number], R> =>
  $task(site(chunk(name), { name }), captures) as unknown as Task<[T, number], R>
const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index)

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const result of results) all.push(result)
  return all
}

function* counted(length: number, pulled: { count: number; closed?: boolean }): Generator<number> {
  try {
    for (let index = 0; index < length; index++) {
      pulled.count++
      yield index
    }
  } finally {
    pulled.closed = true
  }
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise(setImmediate)
    yield item
  }
}

describe('parallelMap, awaited', () => {
  it('gives the results in the order of the items, with captures and indexes', async () => {
    expect(await parallelMap(numbers(100), make<number, number>('double'))).toEqual(numbers(100).map((n) => n * 2))
    expect(await parallelMap(['a', 'b'], make('add', ['!']))).toEqual([
      ['a!', 0],
      ['b!', 1],
    ])
    expect(await parallelMap(numbers(40), make('later'))).toEqual(numbers(40))
    expect(await parallelMap([], make('double'))).toEqual([])
  })

  it('takes an option that is undefined for one that is absent', async () => {
    const none = { chunk: undefined, concurrency: undefined, signal: undefined, name: undefined, priority: undefined }
    expect(await parallelMap(numbers(40), make<number, number>('double'), none)).toEqual(numbers(40).map((n) => n * 2))
  })

  it('takes any iterable and async iterable', async () => {
    const double = make<number, number>('double')
    expect(await parallelMap(new Set([1, 2]), double)).toEqual([2, 4])
    expect(await parallelMap(counted(50, { count: 0 }), double)).toEqual(numbers(50).map((n) => n * 2))
    expect(await parallelMap(later([1, 2, 3]), double)).toEqual([2, 4, 6])
    expect(await parallelMap(new Set<number>(), double, { chunk: 3 })).toEqual([])
  })

  it('cuts typed arrays into pieces without touching them', async () => {
    const floats = Float64Array.from({ length: 1000 }, (_, index) => index / 2)
    expect(await parallelMap(floats, make('double'))).toEqual(numbers(1000))
    expect(floats.byteLength).toBe(8000)
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(3)
    expect(await parallelMap(shared, make('double'), { chunk: 2 })).toEqual([6, 6, 6, 6])
    expect(await parallelMap(Buffer.from([1, 2, 3]), make('double'))).toEqual([2, 4, 6])
    expect(await parallelMap(new BigInt64Array([1n, 2n]), make('add', [1n]))).toEqual([
      [2n, 0],
      [3n, 1],
    ])
  })

  it('moves results', async () => {
    expect(await parallelMap([new Uint8Array([1]), new Uint8Array([2])], make('moved'))).toEqual([
      new Uint8Array([2]),
      new Uint8Array([3]),
    ])
  })

  it('uses all threads, and no more than it was told', async () => {
    const threads = await parallelMap(numbers(64), make<number, number>('busy', [1]), { chunk: 1 })
    expect(threads).toEqual(numbers(64))
    expect(stats().workers).toBe(2)
    await shutdown()
    await parallelMap(numbers(20), make('busy', [1]), { concurrency: 1 })
    expect(stats().workers).toBe(1)
  })

  it('runs many chunks at once on few workers, when told so', async () => {
    const words = sharedWords()
    const all = parallelMap(numbers(8), make<number, number>('gate', [words]), { chunk: 1, concurrency: 8 })
    const settled = all.then((results) => results)
    await reaches(words, 1, 8)
    open(words)
    expect(await settled).toEqual(numbers(8))
  })

  it('names its threads', async () => {
    expect(await parallelMap([1], make('names'), { name: 'resizing' })).toEqual(['resizing'])
  })

  it('works in a thread', async () => {
    expect(await parallelMap([1, 5], make('nested'))).toEqual(['2,4', '10,12'])
  })

  it('runs also when nobody awaits it', async () => {
    const words = sharedWords()
    void parallelMap(numbers(3), make('countStarts', [words]))
    await reaches(words, 0, 3)
    // They have started and may not have ended.
    await shutdown()
  })
})

describe('parallelMap, iterated', () => {
  it('gives the results in order', async () => {
    expect(await collect(parallelMap(numbers(100), make('later')))).toEqual(numbers(100))
    expect(await collect(parallelMap(later(numbers(30)), make('double')))).toEqual(numbers(30).map((n) => n * 2))
    expect(await collect(parallelMap(new Uint8Array(5), make('add', [1]), { chunk: 2 }))).toHaveLength(5)
  })

  it('gives the first results while others are still at work', async () => {
    const words = sharedWords()
    const items = (function* () {
      yield 1
      yield 2
    })()
    const results = parallelMap(items, make<number, number>('gate', [words]), { chunk: 1 })[Symbol.asyncIterator]()
    const first = results.next()
    await reaches(words, 1, 2)
    open(words)
    expect(await first).toEqual({ done: false, value: 1 })
    expect(await results.next()).toEqual({ done: false, value: 2 })
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  it('takes a bounded number of items ahead, also of an endless source', async () => {
    const pulled = { count: 0, closed: false }
    const results: number[] = []
    for await (const result of parallelMap(counted(Infinity, pulled), make<number, number>('double'), { chunk: 5 })) {
      results.push(result)
      if (results.length === 1) {
        // All that it may take is taken and has ended.
        while (stats().running > 0) await new Promise(setImmediate)
        expect(pulled.count).toBe(20)
      }
      if (results.length === 12) break
    }
    expect(results).toEqual(numbers(12).map((n) => n * 2))
    expect(pulled.closed).toBe(true)
    expect(pulled.count).toBeLessThanOrEqual(40)
  })

  it('gives the results before a failure first', async () => {
    const results = parallelMap(numbers(20), make<number, number>('failAt', [7]), { chunk: 5 })
    const seen: number[] = []
    const error = await failureOf(
      (async () => {
        for await (const result of results) seen.push(result)
      })(),
    )
    expect(seen).toEqual(numbers(7))
    expect(error).toMatchObject({ name: 'RangeError', message: 'no 7', itemIndex: 7 })
  })

  it('is either awaited or iterated, and iterated once', async () => {
    const iterated = parallelMap(numbers(3), make<number, number>('double'))
    expect(await collect(iterated)).toEqual([0, 2, 4])
    expect(thrownBy(() => iterated[Symbol.asyncIterator]())).toMatchObject({ code: 'R513' })
    expect(await failureOf(Promise.resolve(iterated))).toMatchObject({ code: 'R513' })
    const awaited = parallelMap(numbers(3), make<number, number>('double'))
    expect(await awaited).toEqual([0, 2, 4])
    expect(await collect(awaited)).toEqual([0, 2, 4])
  })
})

describe('parallelMap that fails', () => {
  it('rejects with the error of the item, and its index', async () => {
    const error = await failureOf(parallelMap(numbers(1000), make('failAt', [500])))
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'no 500', code: 'E_ITEM', itemIndex: 500 })
    expect(error.stack).toContain('at item 500 (src/a.ts:12:8)')
  })

  it('aborts the rest', async () => {
    const words = sharedWords()
    const pulled = { count: 0, closed: false }
    const failed = failureOf(parallelMap(counted(Infinity, pulled), make('failFirst', [words]), { chunk: 2 }))
    expect(await failed).toMatchObject({ message: 'first', itemIndex: 0 })
    expect(pulled.closed).toBe(true)
    await shutdown()
    // The first item of each thread.
    expect(words[1]).toBeLessThanOrEqual(2)
  })

  it('says what of an item cannot be sent, and what of a result', async () => {
    const items = [1, { list: [() => {}] }]
    expect(await failureOf(parallelMap(items, make('double')))).toMatchObject({
      code: 'R502',
      message: expect.stringContaining('cannot send "items[1].list[0]" (a function), passed at src/a.ts:12:8: '),
    })
    expect(await failureOf(parallelMap([1, 2, 3], make('failUnsent', [2]), { chunk: 3 }))).toMatchObject({
      code: 'R503',
      message: expect.stringContaining(
        'cannot send "results[1]" (a function) back from the thread spawned at src/a.ts:12:8: ',
      ),
      itemIndex: 1,
    })
  })

  it('rejects with what the source threw', async () => {
    const source = (function* () {
      yield 1
      throw new TypeError('source')
    })()
    expect(await failureOf(parallelMap(source, make('double')))).toMatchObject({ message: 'source' })
    const seen: number[] = []
    const results = parallelMap(
      later(
        (function* () {
          yield 1
          yield 2
          throw new TypeError('source')
        })(),
      ),
      make<number, number>('double'),
      { chunk: 3 },
    )
    const failed = failureOf(
      (async () => {
        for await (const result of results) seen.push(result)
      })(),
    )
    expect(await failed).toMatchObject({ message: 'source' })
    expect(seen).toEqual([2, 4])
  })

  it.each([true, false])('is aborted by its signal, iterated: %s', async (iterated) => {
    const words = sharedWords()
    const controller = new AbortController()
    const results = parallelMap(numbers(8), make('stopped', [words]), { chunk: 1, signal: controller.signal })
    const failed = failureOf(iterated ? collect(results) : Promise.resolve(results))
    await reaches(words, 1, 2)
    controller.abort(new Error('enough'))
    expect(await failed).toMatchObject({ message: 'enough' })
    await shutdown()
    expect([...words]).toEqual([2, 2])
    const early = parallelMap(numbers(8), make('double'), { signal: AbortSignal.abort('early') })
    expect(await failureOf(iterated ? collect(early) : Promise.resolve(early))).toBe('early')
  })

  it.each<[MapOptions | string, string]>([
    [{ chunk: 0 }, 'chunk'],
    [{ concurrency: 1.5 }, 'concurrency'],
    [{ signal: 'now' as unknown as AbortSignal }, 'signal'],
  ])('refuses options that make no sense: %o', (options, name) => {
    const error = thrownBy(() => parallelMap([1], make('double'), options as MapOptions))
    expect(error).toMatchObject({ code: 'R513', message: expect.stringContaining(`\`${name}\` must be`) })
  })

  it('refuses what is no options', () => {
    const error = thrownBy(() => parallelMap([1], make('double'), 4 as MapOptions))
    expect(error).toMatchObject({ code: 'R513', message: 'the options of `parallelMap` must be an object, not 4' })
  })

  it('refuses items that are none, and a function that the build does not know', () => {
    for (const items of [undefined, 7, {}, 'text'])
      expect(thrownBy(() => parallelMap(items as unknown as number[], make('double')))).toMatchObject({ code: 'R513' })
    expect(thrownBy(() => parallelMap([1], (n) => n))).toMatchObject({ code: 'R560' })
  })
})
