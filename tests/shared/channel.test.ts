import { channel, ClosedError, configure, move, Mutex, shutdown } from 'experimental-threads'
import type { Sender } from 'experimental-threads'
import { $classes, $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { arena } from '../../pkg/runtime/dist/memory/arena.js'
import { failureOf, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[]): Promise<unknown> => start(name, captures, { module: 'channels' })

describe('a channel in one thread', () => {
  it('gives what was sent, in order, each once', async () => {
    const [tx, rx] = channel<number>(3)
    for (const value of [1, 2, 3]) expect(tx.trySend(value).ok).toBe(true)
    const full = tx.trySend(4)
    expect(full.ok).toBe(false)
    expect(full.error).toMatchObject({ code: 'R593' })
    for (const value of [1, 2, 3]) expect(await rx.recv()).toEqual({ ok: true, value })
    expect(rx.tryRecv().error).toMatchObject({ code: 'R593' })
  })

  it('lets a sender wait for room, and a receiver for a message', async () => {
    const [tx, rx] = channel<string>(1)
    const got: string[] = []
    const receiving = (async () => {
      for await (const value of rx) got.push(value)
    })()
    for (const value of 'abcdefgh') await tx.send(value)
    tx.close()
    await receiving
    expect(got.join('')).toBe('abcdefgh')
  })

  it('takes the value of the moment also when it has to wait', async () => {
    const [tx, rx] = channel<{ count: number }>(1)
    const value = { count: 1 }
    await tx.send(value)
    const second = tx.send(value)
    value.count = 2
    expect((await rx.recv()).value).toEqual({ count: 1 })
    await second
    expect((await rx.recv()).value).toEqual({ count: 1 })
  })

  it('wraps around as often as one likes', async () => {
    for (const capacity of [1, 2, 3, 5, 64]) {
      const [tx, rx] = channel<number>(capacity)
      let sent = 0
      for (let value = 0; value < 1000; value++) {
        while (tx.trySend(sent).ok) sent++
        expect(rx.tryRecv().value).toBe(value)
      }
      expect(sent).toBe(999 + capacity)
    }
  })

  it('is closed for everybody by `close`, and gives what is left', async () => {
    const [tx, rx] = channel<number>()
    await tx.send(1)
    rx.clone().close()
    expect((await tx.send(2)).error).toBeInstanceOf(ClosedError)
    expect(tx.trySend(2).error).toMatchObject({ code: 'R590', name: 'ClosedError' })
    expect((await rx.recv()).value).toBe(1)
    expect((await rx.recv()).error).toMatchObject({ code: 'R590' })
    expect(rx.tryRecv().error).toMatchObject({ code: 'R590' })
  })

  it('ends when the last sender, or the last receiver, is disposed of', async () => {
    const [tx, rx] = channel<number>()
    const other = tx.clone()
    tx[Symbol.dispose]()
    tx.dispose()
    expect((await tx.send(1)).error).toMatchObject({ code: 'R591' })
    await other.send(1)
    const both = Promise.all([rx.recv(), rx.recv()])
    other.dispose()
    const [first, second] = await both
    expect(first.value).toBe(1)
    expect(second.error).toMatchObject({ code: 'R590' })
    const [tx2, rx2] = channel<number>(1)
    await tx2.send(1)
    const waiting = tx2.send(2)
    rx2.dispose()
    expect((await waiting).error).toMatchObject({ code: 'R590' })
  })

  it('is closed from the start when all of one kind were given back before it was used', async () => {
    const [tx, rx] = channel<number>(2)
    rx.dispose()
    expect((await tx.send(1)).error).toMatchObject({ code: 'R590' })
    const [otherTx, otherRx] = channel<number>(2)
    otherTx.dispose()
    expect((await otherRx.recv()).error).toMatchObject({ code: 'R590' })
  })

  it('gives its memory back with its last end, and what nobody received', () => {
    const bytes = (): number => arena().bank.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const round = (): void => {
      const [tx, rx] = channel<string>(64)
      tx.trySend('ä'.repeat(10_000))
      tx.dispose()
      rx.dispose()
    }
    round()
    const before = bytes()
    for (let count = 0; count < 2_000; count++) round()
    expect(bytes()).toBe(before)
  })

  it('refuses wrong capacities', async () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, 2 ** 20 + 1])
      expect(await failureOf(() => channel(capacity))).toMatchObject({ code: 'R533' })
  })

  it('takes nothing from one whose signal has fired, and gives it nothing', async () => {
    const [tx, rx] = channel<number>(2)
    const signal = AbortSignal.abort(new Error('enough'))
    tx.trySend(1)
    expect(await failureOf(() => rx.recv({ signal }))).toMatchObject({ message: 'enough' })
    expect(await failureOf(() => tx.send(2, { signal }))).toMatchObject({ message: 'enough' })
    expect(rx.tryRecv()).toEqual({ ok: true, value: 1 })
    expect(rx.tryRecv().ok).toBe(false)
  })

  it('ends waits by time and by signal, and forgets them', async () => {
    const [tx, rx] = channel<number>(1)
    expect(await failureOf(() => rx.recv({ timeout: 0 }))).toMatchObject({ code: 'R537', name: 'TimeoutError' })
    expect(await failureOf(() => rx.recv({ timeout: 20 }))).toMatchObject({ code: 'R537' })
    const controller = new AbortController()
    const waiting = failureOf(() => rx.recv({ signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect((await waiting).message).toBe('enough')
    await tx.send(1)
    expect(await failureOf(() => tx.send(2, { timeout: 20 }))).toMatchObject({ code: 'R537' })
    expect((await rx.recv()).value).toBe(1)
    expect(rx.tryRecv().error).toMatchObject({ code: 'R593' })
    expect(await failureOf(() => rx.recv({ timeout: -1 }))).toMatchObject({ code: 'R539' })
    expect(await failureOf(() => rx.blockingRecv({ timeout: 5 }))).toMatchObject({ code: 'R537' })
  })
})

describe('messages', () => {
  it('keep every character at every length, also those that waited for room', async () => {
    const [tx, rx] = channel<unknown>(1)
    const texts = ['a', 'é', '語'].map((last) => (length: number) => 'x'.repeat(length) + last)
    for (let length = 0; length < 260; length++) {
      const sent = texts.flatMap((text) => [
        text(length),
        { [text(length)]: [text(length), length, -length, length / 3] },
      ])
      const sending = Promise.all(sent.map((value) => tx.send(value)))
      for (const value of sent) expect(await rx.recv()).toEqual({ ok: true, value })
      await sending
    }
  })

  class Point {
    x = 1
  }
  const cyclic: { self?: unknown; list: unknown[] } = { list: [] }
  cyclic.self = cyclic
  cyclic.list.push(cyclic, cyclic.list)
  const buffer = new ArrayBuffer(16)
  const same = { same: true }
  const sparse: unknown[] = []
  sparse[2] = 'last'
  const values: unknown[] = [
    undefined,
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    2 ** 53,
    1.5,
    Number.NaN,
    -Infinity,
    '',
    'short',
    'é',
    'ab€',
    '😀 \ud800',
    'x'.repeat(57),
    'ä'.repeat(100_000),
    'x'.repeat(1_000_000),
    10n,
    -(2n ** 80n),
    0n,
    [],
    sparse,
    Object.assign([1, 2], { extra: true }),
    { a: 1, b: 'two', c: { d: [null, undefined] } },
    JSON.parse('{"__proto__": 1, "constructor": 2}'),
    new Map<unknown, unknown>([
      ['a', 1],
      [{}, new Set([1, 'b'])],
    ]),
    new Date(12345.5),
    new Date(Number.NaN),
    /a(b)c/giu,
    new Uint8Array([1, 2, 3]),
    new Uint8Array(70_000).fill(7),
    new Float64Array([1.5, Number.NaN]),
    new BigInt64Array([1n]),
    { one: new Uint8Array(buffer, 4, 2), two: new DataView(buffer), buffer },
    Buffer.from('bytes'),
    Object(1),
    Object('text'),
    cyclic,
    Array.from({ length: 100 }, () => same),
    new RangeError('no', { cause: new TypeError('inner') }),
    { deep: [{ error: Object.assign(new Error('x'), { code: 'E1' }) }] },
  ]

  it('arrive as they were sent', async () => {
    const [tx, rx] = channel<unknown>(1)
    for (const value of values) {
      expect(tx.trySend(value).ok).toBe(true)
      const { value: got } = rx.tryRecv()
      expect(got).toEqual(value)
      if (typeof value === 'number') expect(Object.is(got, value)).toBe(true)
      if (typeof value === 'object' && value !== null)
        expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(value))
    }
    const shared = { key: 1 }
    tx.trySend([shared, shared])
    const [first, second] = rx.tryRecv().value as object[]
    expect(first).toBe(second)
  })

  it('arrive as they were sent, through another thread', async () => {
    const [tx, there] = channel<unknown>(4)
    const [back, rx] = channel<unknown>(4)
    const echo = run('echo', [there, back])
    for (const value of values) {
      await tx.send(value)
      expect((await rx.recv()).value).toEqual(value)
    }
    tx.close()
    await echo
  })

  it('are refused with the path of what cannot be sent, and the channel goes on', async () => {
    const [tx, rx] = channel<unknown>(1)
    const refused: [unknown, string, string][] = [
      [() => 1, 'value', 'a function'],
      [{ list: [1, { onDone() {} }] }, 'value.list[1].onDone', 'a function'],
      [Symbol('s'), 'value', 'a symbol'],
      [new Map([['k', Promise.resolve()]]), 'value.get("k")', 'a promise'],
      [{ point: new Point() }, 'value.point', 'an instance of Point'],
      [{ memory: new SharedArrayBuffer(4) }, 'value.memory', 'a SharedArrayBuffer'],
      [[new Blob(['x'])], 'value[0]', 'a Blob'],
      [{ lock: new Mutex(sharedWords(1)) }, 'value.lock', 'a Mutex'],
      [{ math: Math }, 'value.math', 'Math'],
      [[move(new Uint8Array(1))], 'value[0]', 'a moved value'],
    ]
    for (const [value, path, what] of refused) {
      const error = await failureOf(() => tx.send(value))
      expect(error).toMatchObject({ code: 'R592', name: 'SendError' })
      expect(error.message).toContain(`${JSON.stringify(path)} (${what})`)
      expect(await failureOf(() => tx.trySend(value))).toMatchObject({ code: 'R592' })
    }
    await tx.send('still here')
    expect((await rx.recv()).value).toBe('still here')
  })

  it('say what to do about what cannot be sent, which is not what is said of calls', async () => {
    const [tx] = channel<unknown>(1)
    const ways: [unknown, string][] = [
      [() => 1, ': send a task'],
      [Point, ': send instances of it, or data'],
      [move(new Uint8Array(1)), 'is copied, so send the value itself'],
      [new AbortController().signal, ': send a message when it is aborted'],
    ]
    for (const [value, way] of ways) expect((await failureOf(() => tx.send(value))).message).toContain(way)
  })

  it('may be instances of classes that both threads know', async () => {
    const url = new URL('./modules/point.mjs', import.meta.url).href
    const { Point } = (await import(/* @vite-ignore */ url)) as { Point: new (x: number, y: number) => object }
    $classes([['Point_1', () => Point]])
    const [tx, there] = channel<unknown>(1)
    const [back, rx] = channel<{ point: unknown }>(1)
    const mirroring = run('mirror', [there, back])
    await tx.send({ point: new Point(1, 2) })
    const { value } = await rx.recv()
    expect(value!.point).toBeInstanceOf(Point)
    expect(value!.point).toEqual(new Point(-1, -2))
    tx.close()
    await mirroring
  })

  it('may be locks and ends of channels', async () => {
    const [tx, rx] = channel<unknown>(2)
    const counting = run('countIn', [rx])
    const mutex = $shared(Mutex<Int32Array>, 'sent', 'h1', () => [sharedWords(1)])
    await tx.send(mutex)
    expect(await counting).toBe(true)
    expect(mutex.tryLock()?.value[0]).toBe(1)

    const [requests, served] = channel<{ question: number; answer: Sender<number> }>(2)
    const serving = run('serve', [served])
    for (const question of [1, 2, 3]) {
      const [answer, answers] = channel<number>(1)
      await requests.send({ question, answer })
      answer.dispose()
      expect((await answers.recv()).value).toBe(question * 2)
      expect((await answers.recv()).ok).toBe(false)
    }
    requests.close()
    await serving
  })
})
