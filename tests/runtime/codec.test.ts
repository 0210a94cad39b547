import { createServer } from 'node:net'
import { Readable } from 'node:stream'

import { move, shutdown } from 'experimental-threads'
import { $spawn } from 'experimental-threads/internal'
import { afterAll, describe, expect, it } from 'vitest'

import { registerTravel } from '../../pkg/runtime/dist/codec/packet.js'
import { AT, closure, failureOf, site, start, startWith, thrownBy } from './support.ts'

afterAll(() => shutdown({ deadline: 0 }))

const echo = (value: unknown): Promise<unknown> => start('echo', [value])

type Link = { next: Link | null }

function chain(length: number): Link {
  let list: Link = { next: null }
  for (let index = 0; index < length; index++) list = { next: list }
  return list
}

class Point {
  x = 1
}

describe('what travels', () => {
  it('is plain data and what the platform clones', async () => {
    const data = {
      text: 'é日😀',
      list: [1, undefined, null, NaN, -0, 10n],
      holes: Object.assign([1], { length: 3 }),
      map: new Map<unknown, unknown>([['k', { deep: new Set([1]) }]]),
      date: new Date(5),
      pattern: /a+/g,
      floats: new Float64Array([1.5]),
      view: new DataView(new ArrayBuffer(3), 1),
      boxed: Object(7) as unknown,
    }
    expect(await echo(data)).toStrictEqual(data)
  })

  it('is a shared buffer, as the same memory', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    await start('set', [words, 1])
    expect(words[1]).toBe(1)
  })

  it('is a large typed array, without a look at its elements', async () => {
    const bytes = new Uint8Array(64 << 20)
    const before = performance.now()
    expect(await startWith(move(bytes), 'length')).toBe(64 << 20)
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it('is a Buffer of Node, still a Buffer and without the pool that it lies in', async () => {
    const back = (await echo({ list: [Buffer.from('abc')] })) as { list: Buffer[] }
    expect(Buffer.isBuffer(back.list[0])).toBe(true)
    expect(back.list[0]!.toString()).toBe('abc')
    const described = (await start('describe', [Buffer.from('abc')])) as { prototype: string; keys: string[] }
    expect(described).toMatchObject({ prototype: 'Buffer', keys: ['0', '1', '2'] })
  })

  it('is an error, wherever it lies, with its class and fields', async () => {
    const error = Object.assign(new RangeError('far', { cause: new TypeError('why') }), { code: 'E1' })
    const data = { map: new Map([['e', error]]), set: new Set([error]), list: [error] }
    const back = (await echo(data)) as typeof data
    const copy = back.list[0]!
    expect(copy).toBeInstanceOf(RangeError)
    expect(copy).toMatchObject({ message: 'far', code: 'E1', stack: error.stack })
    expect(copy.cause).toBeInstanceOf(TypeError)
    expect([back.map.get('e'), [...back.set][0]]).toEqual([copy, copy])
    expect(back.map.get('e')).toBe(copy)
    expect([...back.set][0]).toBe(copy)
    expect(data.list[0]).toBe(error)
  })

  it('keeps cycles and shared identity, between captured values and arguments too', async () => {
    const loop: { self?: unknown; error?: Error } = {}
    loop.self = loop
    loop.error = new Error('inside', { cause: loop })
    const [argument, first, second] = (await $spawn(
      site(new URL('./modules/identity.mjs', import.meta.url).href),
      move(loop),
      undefined,
      [loop, { loop }],
    )) as [typeof loop, typeof loop, { loop: typeof loop }]
    expect(argument).toBe(first)
    expect(second.loop).toBe(first)
    expect(first.self).toBe(first)
    expect(first.error?.cause).toBe(first)
  })

  it('is data that looks like something else', async () => {
    const tricky = JSON.parse(
      '{"__proto__":{"a":1},"tag":"!error","table":[],"patches":[[[],"0",0]],"values":[],"then":1,"constructor":"x"}',
    ) as object
    const plain = (await echo({ tricky })) as { tricky: object }
    expect(Object.keys(plain.tricky)).toEqual(Object.keys(tricky))
    const beside = (await echo({ tricky, error: new Error('x') })) as { tricky: object }
    expect(Object.keys(beside.tricky)).toEqual(Object.keys(tricky))
    expect(Object.getPrototypeOf(beside.tricky)).toBe(Object.prototype)
  })

  it('is a list of a few hundred links', async () => {
    expect(await echo(chain(500))).toEqual(chain(500))
  })

  it('is a registered type, and what it holds', async () => {
    registerTravel<Point, { x: number; error: Error }>({
      tag: 'test/point',
      test: (value) => value instanceof Point,
      encode: (point) => ({ x: point.x, error: new RangeError('carried') }),
      decode: ({ x, error }) => Object.assign(new Point(), { x, error }),
    })
    const point = Object.assign(new Point(), { x: 4 })
    // The worker has not registered it, so what it sees is the data, and what comes back is data too.
    const back = (await echo([point, point])) as { x: number; error: Error }[]
    expect(back[0]).toMatchObject({ x: 4 })
    expect(back[0]!.error).toBeInstanceOf(RangeError)
    expect(back[1]).toBe(back[0])
  })
})

describe('what does not travel', () => {
  class Account {
    balance = 1
  }
  const cases: [string, unknown, string][] = [
    ['a function', { onDone() {} }, '"cfg.onDone" (a function)'],
    ['a class', { type: Account }, '"cfg.type" (a class)'],
    ['a symbol', { list: [1, { s: Symbol('s') }] }, '"cfg.list[1].s" (a symbol)'],
    ['a promise', { 'odd key': Promise.resolve() }, '"cfg[\\"odd key\\"]" (a promise)'],
    ['a WeakMap', new WeakMap(), '"cfg" (a WeakMap)'],
    [
      'an instance of a class, which would lose it',
      { account: new Account() },
      '"cfg.account" (an instance of Account)',
    ],
    ['an instance of a subclass', { list: new (class Stack extends Array {})() }, '"cfg.list" (an instance of Stack)'],
    ['a value in a Map', { map: new Map([['k', () => {}]]) }, '"cfg.map.get(\\"k\\")" (a function)'],
    ['a value in a Set', { set: new Set([1, () => {}]) }, '"cfg.set.values()[1]" (a function)'],
    ['a proxy', { state: { inner: new Proxy({}, {}) } }, '"cfg.state.inner" (an object that cannot be cloned)'],
    ['data that is nested too deeply', chain(100_000), '"cfg" (data that is nested too deeply)'],
    ['a generator', { rows: (function* rows() {})() }, '"cfg.rows"'],
    ['an object of the platform, which would be empty', { math: Math }, '"cfg.math" (Math)'],
  ]
  for (const [what, value, named] of cases) {
    it(`is ${what}: the call throws and names the place`, () => {
      const call = (): unknown => $spawn(site(closure('echo'), { captures: ['cfg'] }), null, undefined, [value])
      const error = thrownBy(call)
      expect(error).toMatchObject({ name: 'SendError', code: 'R502' })
      expect(error.message).toMatch(
        new RegExp(`^cannot send ${named.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`),
      )
      // What to do about it stands behind it, and where its page is.
      expect(error.message.endsWith(' (@experimental-threads/compiler/errors/R502.md)')).toBe(true)
      expect(error.message.split(/: | \(@/)[0]!.endsWith(`captured at ${AT}`)).toBe(true)
    })
  }

  it.each<[string, unknown, string]>([
    ['a function', () => {}, 'send `callback(fn)`'],
    ['a promise', Promise.resolve(), '`await` it first'],
    ['an AbortSignal', new AbortController().signal, 'the option `signal`'],
    ['an AbortController', new AbortController(), '`threadSignal`'],
    ['a URL', new URL('http://a/'), 'send its `href`'],
    ['a generator', (function* () {})(), '`[...values]`'],
    ['a generator', (async function* () {})(), '`[...values]`'],
    ['JSON', JSON, 'every thread has it'],
    ['a Headers', new Headers(), '`[...headers]`'],
    ['a Response', new Response(), 'read it first'],
    ['a TextEncoder', new TextEncoder(), 'make it in the thread, inside the closure or as'],
    ['an instance of NumberFormat', new Intl.NumberFormat('de'), 'make it in the thread, inside the closure or as'],
    ['an instance of Server', createServer(), 'so make it inside the closure'],
    ['an instance of Readable', Readable.from([]), 'so make it inside the closure'],
    ['an instance of Account', new Account(), 'must declare its class at the top level'],
  ])('says what to do about %s', (what, value, help) => {
    const { message } = thrownBy(() => start('echo', [value]))
    const [place, way] = message.split(`, captured at ${AT}: `)
    expect(place).toBe(`cannot send "first" (${what})`)
    expect(way).toContain(help)
  })

  it('is named as an argument when it is one', () => {
    const error = thrownBy(() => startWith(move(1, { onDone() {} }), 'sum'))
    expect(error.message).toContain(`cannot send "arguments[1].onDone" (a function), passed at ${AT}: `)
  })

  it('says what to do about a port that is neither moved nor in `transfer`', () => {
    const { port1 } = new MessageChannel()
    expect(thrownBy(() => start('echo', [port1])).message).toContain('use `transfer` or `move()`')
    port1.close()
  })

  it('leaves the pool as it was', async () => {
    thrownBy(() => start('echo', [() => {}]))
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('rejects the thread when it is the result, and names the place', async () => {
    const error = await failureOf(start('returnFunction'))
    expect(error).toMatchObject({ name: 'SendError', code: 'R503' })
    expect(error.message).toBe(
      `cannot send "result.list[1].onDone" (a function) back from the thread spawned at ${AT}: a function stays in the thread that made it, so return what the caller needs of it (@experimental-threads/compiler/errors/R503.md)`,
    )
    expect((await failureOf(start('returnProxy'))).message).toContain(
      '"result.state" (an object that cannot be cloned)',
    )
    expect((await failureOf(start('returnMath'))).message).toContain('"result.math" (Math)')
    expect(await failureOf(start('returnUnclonableAfterMove'))).toMatchObject({ code: 'R503' })
  })

  it('rejects the thread when the result is nested too deeply', async () => {
    expect((await failureOf(start('chain', [200_000]))).message).toContain('"result" (data that is nested too deeply)')
  })

  it('rejects the thread when the platform sent it but cannot read it', async () => {
    // A worker has more stack than the main thread, so it can send what is nested too deeply for here.
    const error = await failureOf(start('chain', [2500]))
    expect(error).toMatchObject({ code: 'R510' })
    expect(error.message).toContain(AT)
    expect(await start('add', [1, 2])).toBe(3)
  })
})
