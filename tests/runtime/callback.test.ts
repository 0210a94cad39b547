import { AsyncLocalStorage } from 'node:async_hooks'

import { callback, configure, move, parallelMap, shutdown } from 'experimental-threads'
import type { Task, Thread } from 'experimental-threads'
import { $spawn, $stream, $task } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { failureOf, open, reaches, sharedWords, site, thrownBy } from './support.ts'

beforeEach(() => configure({ maxThreads: 2 }))
afterEach(() => shutdown({ deadline: 0 }))

const chunk = (name: string): string => new URL(`./modules/callbacks.mjs?run=${name}`, import.meta.url).href
const run = (name: string, ...captures: unknown[]): Thread<unknown> =>
  $spawn(site(chunk(name), { name }), null, undefined, captures)

describe('a callback', () => {
  it('runs where it was made, and the thread gets what it gives', async () => {
    const add = callback((a: number, b: number) => a + b)
    expect(await run('call', add, [1, 2])).toBe(3)
    expect(await add(2, 3)).toBe(5)
    const later = callback(async (text: string) => text.toUpperCase())
    expect(await run('call', later, ['x'])).toBe('X')
  })

  it('has run as often as it was called when the thread settles, whether its calls were awaited or not', async () => {
    const heard: number[] = []
    const note = callback((n: number) => void heard.push(n))
    await run('report', note, 500)
    note[Symbol.dispose]()
    expect(heard).toEqual(Array.from({ length: 500 }, (_, index) => index))
  })

  it('may lie anywhere in the captured values, and stays one', async () => {
    const fn = callback((n: number) => n * 2)
    expect(await run('callDeep', { list: [{ fn }], map: new Map([['fn', fn]]) })).toEqual([2, 4, true])
  })

  it('refuses an instance of a class instead of making a plain object of it', async () => {
    class Point {
      x = 1
    }
    const give = callback(() => new Point())
    expect(await failureOf(run('call', give, []))).toMatchObject({
      code: 'R563',
      message: expect.stringContaining('an instance of Point'),
    })
  })

  it('answers many calls at once', async () => {
    const later = callback(async (n: number) => {
      if (n % 7 === 0) await new Promise(setImmediate)
      return n
    })
    expect(await run('callMany', later, 100)).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('hears all calls of a thread that does not wait for them', async () => {
    const heard: number[] = []
    const all = new Promise<void>((resolve) => {
      const report = callback((n: number) => {
        if (heard.push(n) === 100) resolve()
      })
      void run('report', report, 100).join()
    })
    await all
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('passes errors on, both ways', async () => {
    const failing = callback(() => {
      throw Object.assign(new RangeError('not now'), { code: 'E_NOW' })
    })
    expect(await run('catchIt', failing)).toEqual([true, 'not now', 'E_NOW'])
    expect(await failureOf(run('call', failing, []))).toMatchObject({ name: 'RangeError', code: 'E_NOW' })
    const errors: unknown[] = []
    await run(
      'call',
      callback((error: unknown) => void errors.push(error)),
      [new TypeError('given')],
    )
    expect(errors[0]).toBeInstanceOf(TypeError)
  })

  it('that throws fails a thread that does not wait for it, when that ends, and no other on its worker', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const tenant = run(
      'reportUntilTaken',
      callback((n: number) => n),
      words,
    )
    const failing = callback((n: number) => {
      if (n !== 2) throw Object.assign(new RangeError(`not ${n}`), { code: 'E_NOW' })
      return n
    })
    const error = await failureOf(run('reportThenAsk', failing))
    expect(error).toMatchObject({ name: 'RangeError', message: 'not 1', code: 'E_NOW' })
    expect(error.stack).toContain('at spawn (')
    // One that only the last call has.
    expect((await failureOf(run('report', failing, 1))).message).toBe('not 0')
    expect(await run('lookLater', failing)).toBe('not 1')
    open(words)
    expect(await tenant).toBe('done')
  })

  it('that throws ends a stream whose generator does not wait for it, after the last value', async () => {
    const failing = callback((state: string) => {
      if (state === 'started') throw new RangeError(state)
    })
    const stream = $spawn(site(chunk('generateAndReport'), { stream: $stream }), null, undefined, [failing])
    const values: unknown[] = []
    const loop = (async () => {
      for await (const value of stream as unknown as AsyncIterable<unknown>) values.push(value)
    })()
    expect(await failureOf(loop)).toMatchObject({ name: 'RangeError', message: 'started' })
    expect(values).toEqual([1])
  })

  it('may give what cannot be sent to a thread that does not look at it', async () => {
    const fluent = callback((n: number) => (n === 2 ? n : { next() {} }))
    expect(await run('reportThenAsk', fluent)).toBe(2)
  })

  it('given what cannot be sent fails a thread that does not wait for it, and no other on its worker', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const identity = callback((n: number) => n)
    const tenant = run('reportUntilTaken', identity, words)
    expect(await failureOf(run('reportFunction', identity))).toMatchObject({ name: 'SendError', code: 'R563' })
    open(words)
    expect(await tenant).toBe('done')
  })

  it('moves what it is told to, both ways', async () => {
    const back = callback((bytes: Uint8Array) => move(bytes.map((byte) => byte + 1)))
    expect(await run('moveIt', back)).toEqual([0, new Uint8Array([2, 3])])
  })

  it('says what cannot be sent', async () => {
    const where = 'through the callback of the thread spawned at src/a.ts:12:8'
    expect(
      await run(
        'codeOf',
        callback(() => 1),
        'function',
      ),
    ).toBe(`cannot send "arguments[0]" (a function) ${where}`)
    expect(
      await run(
        'codeOf',
        callback(() => ({ bad: () => 1 })),
        'x',
      ),
    ).toBe(`cannot send "result.bad" (a function) ${where}`)
  })

  it('keeps the context in which it was made', async () => {
    const storage = new AsyncLocalStorage<string>()
    const where = storage.run('request 7', () => callback(() => storage.getStore()))
    expect(await storage.run('elsewhere', () => run('call', where, []))).toBe('request 7')
  })

  it('goes on to nested threads, and may be theirs', async () => {
    const heard: string[] = []
    await run(
      'pass',
      callback((text: string) => void heard.push(text)),
    )
    expect(heard).toEqual(['from below'])
    expect(await run('own')).toBe(true)
  })

  it('goes with tasks, generators and parallelMap', async () => {
    const heard: unknown[] = []
    const note = callback((item: unknown) => void heard.push(item))
    const each = $task(site(chunk('each')), [note]) as unknown as Task<[number, number], void>
    await parallelMap([1, 2, 3], each, { concurrency: 1 })
    expect(heard).toEqual([1, 2, 3])
    const stream = $spawn(site(chunk('generate'), { stream: $stream }), null, undefined, [note])
    for await (const value of stream as unknown as AsyncIterable<unknown>) expect(value).toBe(1)
    await stream.join()
    expect(heard).toEqual([1, 2, 3, 'started', 'resumed'])
  })
})

describe('a callback is taken back', () => {
  it('when its thread has ended', async () => {
    configure({ maxThreads: 1 })
    await run(
      'keep',
      callback(() => 1),
    )
    expect(await run('callKept')).toBe('R562')
  })

  it('when its owner says so, also from a thread that waits for its answer', async () => {
    const words = sharedWords()
    const slow = callback((n: number) => (n === 1 ? n : new Promise(() => {})))
    const thread = run('callUntilTaken', slow, words)
    await reaches(words, 0, 1)
    slow[Symbol.dispose]()
    expect(await thread).toEqual(['R562', 'R562'])
    expect(await failureOf(slow(1))).toMatchObject({
      code: 'R562',
      message: expect.stringContaining('where it was made'),
    })
  })

  it('from a thread that does not wait for its answers, which goes on', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const report = callback(() => new Promise(() => {}))
    const thread = run('reportUntilTaken', report, words)
    await reaches(words, 1, 1)
    report[Symbol.dispose]()
    open(words)
    expect(await thread).toBe('done')
  })

  it('by the thread itself, which others do not feel', async () => {
    const fn = callback((n: number) => n)
    expect(await run('disposeIt', fn)).toBe('R562')
    expect(await run('call', fn, [3])).toBe(3)
  })

  it('when the worker of its owner ends', async () => {
    const words = sharedWords()
    void run('ownAndEnd', words).join()
    await reaches(words, 0, 1)
  })

  it('and cannot be sent back', async () => {
    expect(
      await failureOf(
        run(
          'give',
          callback(() => 1),
        ),
      ),
    ).toMatchObject({
      code: 'R503',
      message: expect.stringContaining('"result.fn" (a callback, which a thread has only while it runs)'),
    })
  })

  it('when the call that it was given to failed', () => {
    const fn = callback(() => 1)
    expect(thrownBy(() => run('call', fn, [() => {}]))).toMatchObject({ code: 'R502' })
  })
})
