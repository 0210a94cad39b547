import { configure, move, shutdown, spawn, stats } from 'experimental-threads'
import type { Moved, StreamOptions, Task, ThreadStream } from 'experimental-threads'
import { $spawn, $stream, $task } from 'experimental-threads/internal'
import type { Site } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { failureOf, open, reaches, sharedWords, site } from './support.ts'

beforeEach(() => configure({ maxThreads: 2, graceTime: 2000 }))
afterEach(() => shutdown({ deadline: 0 }))

const chunk = (name: string): string => new URL(`./modules/streams.mjs?run=${name}`, import.meta.url).href
const streamSite = (name: string): Site => site(chunk(name), { name, stream: $stream })

function stream<T = unknown>(
  name: string,
  captures: unknown[] = [],
  options?: StreamOptions,
  args: Moved<unknown[]> | null = null,
): ThreadStream<T> {
  return $spawn(streamSite(name), args, options, captures) as unknown as ThreadStream<T>
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index)

describe('a generator in a thread', () => {
  it('gives what it yields in order, then what it returns', async () => {
    const values = stream('count', [100])
    expect(values.name).toBe('count')
    expect(await collect(values)).toEqual(numbers(100))
    expect(await values.result).toBe('done')
    expect(await values.join()).toEqual({ ok: true, value: 'done' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
    expect(stats().running).toBe(0)
  })

  it('takes an option that is undefined for one that is absent', async () => {
    expect(await collect(stream('count', [100], { ahead: undefined, name: undefined, signal: undefined }))).toEqual(
      numbers(100),
    )
  })

  it('gives its return value to who asks with `next` as well', async () => {
    const values = stream('count', [1])
    expect([await values.next(), await values.next(), await values.next()]).toEqual([
      { done: false, value: 0 },
      { done: true, value: 'done' },
      { done: true, value: undefined },
    ])
  })

  it('may be an async one, with arguments', async () => {
    expect(await collect(stream('countLater', [1000], undefined, move(990)))).toEqual(numbers(1000).slice(990))
    expect(await stream('countLater', [50], undefined, move(0)).result).toBe(50)
  })

  it('gives each value before the generator goes on, whatever that does next', async () => {
    const words = sharedWords()
    const values = stream('yieldsAndSpins', [words])
    expect([(await values.next()).value, (await values.next()).value]).toEqual([1, 2])
    open(words)
    expect(await collect(values)).toEqual([3])
  })

  it('answers questions that are asked at once in their order', async () => {
    const values = stream<number>('count', [3])
    const steps = await Promise.all(numbers(5).map(() => values.next()))
    expect(steps.map(({ value }) => value)).toEqual([0, 1, 2, 'done', undefined])
  })

  it.each([0, 1, 2, 32, 1000])('goes as far ahead as it may: %d', async (ahead) => {
    const words = sharedWords()
    const values = stream<number>('watched', [words], { ahead })
    for (let taken = 1; taken <= 40; taken++) expect((await values.next()).value).toBe(taken)
    await values.return()
    expect(words[0]).toBeLessThanOrEqual(40 + ahead)
    expect(words[1]).toBe(1)
  })

  it('waits when nobody takes its values, and keeps nobody else waiting', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const values = stream('watched', [words], { ahead: 5 })
    await reaches(words, 0, 5)
    expect(await collect(stream('count', [100]))).toHaveLength(100)
    expect(words[0]).toBe(5)
    expect(await values.return('enough')).toEqual({ done: true, value: 'enough' })
  })

  it('sends values as they are when they are yielded', async () => {
    expect(await collect(stream('mutates'))).toEqual([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4]])
  })

  it('sends a value at once when it is the first for a while', async () => {
    const words = sharedWords()
    const values = stream('progress', [words])
    expect((await values.next()).value).toBe('started')
    open(words)
    expect(await collect(values)).toEqual(['finished'])
  })

  it('sends errors, buffers and what else needs help', async () => {
    const [error, data] = (await collect(stream('errors'))) as [Error, { list: [Map<string, Buffer>] }]
    expect(error).toBeInstanceOf(TypeError)
    expect(data.list[0].get('key')!.toString()).toBe('abc')
  })

  it('moves what it is told to', async () => {
    const values = stream('moves')
    expect(await collect(values)).toEqual([new Uint8Array([1, 2]), 0])
    expect(await values.result).toEqual(new Uint8Array([3]))
  })

  it('knows its name whenever it goes on', async () => {
    expect(await collect(stream('name', [], { name: 'reader' }))).toEqual(['reader', 'reader'])
  })

  it('may spawn another', async () => {
    const values = stream('nested', [50])
    expect(await collect(values)).toEqual(numbers(50).map((n) => n * 2))
    expect(await values.result).toBe('outer')
  })

  it('may be a task, also one that was sent to another thread', async () => {
    const job = $task(streamSite('count'), [3]) as unknown as Task<[], Generator<number, string>>
    expect(await collect(spawn(job))).toEqual([0, 1, 2])
    expect(await $spawn(site(chunk('spawnTask')), null, undefined, [job])).toEqual([0, 1, 2])
  })
})

describe('a stream that is left early', () => {
  it('closes the generator, whose `finally` runs', async () => {
    const words = sharedWords()
    const values = stream<number>('watched', [words])
    for await (const value of values) if (value === 3) break
    expect(words[1]).toBe(1)
    await values.join()
    expect(stats().running).toBe(0)
  })

  it('is left also while it waits for a worker', async () => {
    const words = sharedWords()
    configure({ maxThreads: 1 })
    const busy = stream('progress', [words])
    await busy.next()
    const marks = sharedWords()
    const values = stream('watched', [marks])
    const left = values.return('early')
    open(words)
    expect(await left).toEqual({ done: true, value: 'early' })
    // If it started at all, it was closed.
    expect([0, 1]).toContain(marks[1])
    expect(Math.sign(marks[0]!)).toBe(marks[1])
    expect(await collect(busy)).toEqual(['finished'])
  })

  it('throws into the generator, which may go on', async () => {
    const words = sharedWords()
    const values = stream('watched', [words], { ahead: 0 })
    await values.next()
    expect(await values.throw(new Error('from outside'))).toEqual({ done: false, value: 'caught' })
    expect(await values.next()).toEqual({ done: true, value: 'closed' })
    expect([...words]).toEqual([1, 2])
  })

  it('hears what the generator throws at that', async () => {
    expect(await failureOf(stream('count', [5]).throw(new RangeError('mine')))).toMatchObject({
      name: 'RangeError',
      message: 'mine',
    })
  })

  it('gets what the generator yields while it is closed', async () => {
    const values = stream('yieldsInFinally', [], { ahead: 0 })
    await values.next()
    expect(await values.return()).toEqual({ done: false, value: 2 })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  it('is over afterwards', async () => {
    const values = stream('count', [2])
    await collect(values)
    expect(await values.return('late')).toEqual({ done: true, value: 'late' })
    expect(await failureOf(values.throw(new Error('late')))).toMatchObject({ message: 'late' })
  })

  it('gives questions that were asked before their values', async () => {
    const values = stream('count', [100])
    const [first, second, left] = [values.next(), values.next(), values.return('x')]
    expect(await first).toEqual({ done: false, value: 0 })
    expect(await second).toEqual({ done: false, value: 1 })
    expect(await left).toEqual({ done: true, value: 'x' })
  })
})

describe('a stream that fails', () => {
  it('gives the values before the error first', async () => {
    const values = stream('failAfter', [3])
    const seen: unknown[] = []
    const error = await failureOf(
      (async () => {
        for await (const value of values) seen.push(value)
      })(),
    )
    expect(seen).toEqual([0, 1, 2])
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ code: 'E_FAR', stack: expect.stringContaining('at spawn (src/a.ts:12:8)') })
    expect(await values.next()).toEqual({ done: true, value: undefined })
    expect(await values.join()).toMatchObject({ ok: false, error: { code: 'E_FAR' } })
    expect(await failureOf(values.result)).toBe(error)
  })

  it('says what of a value cannot be sent, and closes the generator', async () => {
    const words = sharedWords()
    const values = stream('unsendable', [words])
    expect(await values.next()).toEqual({ done: false, value: 1 })
    expect(await failureOf(values.next())).toMatchObject({
      code: 'R503',
      message: expect.stringContaining(
        'cannot send "yielded.list[0]" (a function) back from the thread spawned at src/a.ts:12:8: ',
      ),
    })
    expect(words[0]).toBe(1)
    expect(await failureOf(collect(stream('proxied')))).toMatchObject({ code: 'R503' })
  })

  it('gives all that it had yielded before its worker died', async () => {
    const values = stream<number>('countAndExit', [20])
    const taken: number[] = []
    const failure = await failureOf(
      (async () => {
        for await (const value of values) taken.push(value)
      })(),
    )
    expect(taken).toEqual(numbers(20))
    expect(failure).toMatchObject({ code: 'R504' })
  })

  it('tells who waits when the worker dies', async () => {
    const values = stream('dies')
    expect([(await values.next()).value, (await values.next()).value]).toEqual([1, 2])
    expect(await failureOf(values.next())).toMatchObject({ name: 'WorkerTerminatedError', code: 'R504' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  it('tells who waits when the chunk does not load', async () => {
    expect(await failureOf(stream('noSuchClosure').next())).toMatchObject({ code: 'R505' })
  })

  it('refuses what makes no sense, and what cannot be sent, at the call', async () => {
    expect(() => stream('count', [1], { ahead: -1 })).toThrow('`ahead` must be a whole number')
    expect(() => stream('count', [() => {}])).toThrow('cannot send "first" (a function)')
    expect(await failureOf(stream('count', [3]).return({ bad: () => {} }))).toMatchObject({ code: 'R502' })
  })
})

describe('a stream that is aborted', () => {
  it('tells who waits at once, and closes the generator when it can be', async () => {
    const words = sharedWords()
    const values = stream('waits', [words])
    expect((await values.next()).value).toBe(1)
    const waiting = failureOf(values.next())
    const reason = new Error('enough')
    values.abort(reason)
    expect(await waiting).toBe(reason)
    expect(await values.join()).toEqual({ ok: false, error: reason })
    expect(words[0]).toBe(1)
  })

  it('closes a generator that waits for its values to be taken', async () => {
    const words = sharedWords()
    const values = stream('watched', [words], { ahead: 2 })
    await reaches(words, 0, 2)
    await values[Symbol.asyncDispose]()
    expect(words[1]).toBe(1)
    expect(await failureOf(values.next())).toMatchObject({ name: 'AbortError' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  it('hears its signal', async () => {
    const words = sharedWords()
    const values = stream('watched', [words], { signal: AbortSignal.abort('early') })
    expect(await failureOf(values.next())).toBe('early')
    expect(words[0]).toBe(0)
  })
})

describe('shutdown', () => {
  it('closes a stream that nobody has asked for a value', async () => {
    const words = sharedWords()
    void stream('watched', [words])
    await reaches(words, 0, 1)
    await shutdown()
    expect(words[1]).toBe(1)
  })

  it('closes one that nobody takes values from any more', async () => {
    configure({ graceTime: 20 })
    const words = sharedWords()
    const values = stream('watched', [words])
    await values.next()
    await shutdown()
    expect(words[1]).toBe(1)
  })

  it('closes one that a thread has left unread', async () => {
    const words = sharedWords()
    await $spawn(site(chunk('leaves')), null, undefined, [words])
    await reaches(words, 0, 1)
    await shutdown()
    expect(words[1]).toBe(1)
  })

  it('closes one that a thread leaves unread afterwards', async () => {
    const gate = sharedWords()
    const thread = $spawn(site(chunk('leavesLater')), null, undefined, [sharedWords(), gate])
    await reaches(gate, 1, 1)
    const over = shutdown()
    open(gate)
    await over
    expect(await thread.join()).toMatchObject({ ok: true })
  })

  it('closes one that is left by whoever waited for a value when it began', async () => {
    configure({ graceTime: 20 })
    const gate = sharedWords()
    const values = stream('onceOpen', [gate])
    const first = values.next()
    const over = shutdown()
    open(gate)
    expect(await first).toEqual({ done: false, value: 0 })
    await over
    expect(stats().running).toBe(0)
  })

  it('waits for one that is being read', async () => {
    configure({ graceTime: 20 })
    const reading = collect(stream('countLater', [300], { ahead: 0 }, move(0)))
    await shutdown()
    expect(await reading).toHaveLength(300)
  })
})
