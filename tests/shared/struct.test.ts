import { inspect } from 'node:util'

import {
  AtomicCounter,
  AtomicFlag,
  Barrier,
  configure,
  Global,
  Mutex,
  Once,
  RwLock,
  Semaphore,
  shared,
  shutdown,
  WaitGroup,
} from 'experimental-threads'
import type { Shared } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { failureOf, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const SCHEMA = {
  small: 'i8',
  flags: 'u32',
  x: 'f64',
  y: 'f32',
  big: 'u64',
  on: 'bool',
  name: 'string:8',
  grid: 'f64[4]',
  bytes: 'u8[3]',
  at: { row: 'u16', column: 'u16' },
  points: [{ x: 'f64', tag: 'string:2' }, 3],
} as const

const inStructs = (name: string, ...captures: unknown[]): Promise<unknown> =>
  start(name, captures, { module: 'structs' })

describe('a shared struct', () => {
  it('keeps what was written, each field beside the others', () => {
    const value = shared(SCHEMA)
    expect(value.toJSON()).toEqual({
      small: 0,
      flags: 0,
      x: 0,
      y: 0,
      big: 0n,
      on: false,
      name: '',
      grid: [0, 0, 0, 0],
      bytes: [0, 0, 0],
      at: { row: 0, column: 0 },
      points: [
        { x: 0, tag: '' },
        { x: 0, tag: '' },
        { x: 0, tag: '' },
      ],
    })
    value.small = -128
    value.flags = 0xffffffff
    value.x = 0.1
    value.y = 0.5
    value.big = 2n ** 64n - 1n
    value.on = true
    value.name = 'a\0\ud83d!'
    value.grid.set([1, 2, 3, 4])
    value.bytes.fill(255)
    value.at.row = 65535
    value.at.column = 1
    value.points[2]!.x = Infinity
    value.points[2]!.tag = 'zz'
    expect({ ...value.toJSON() }).toEqual({
      small: -128,
      flags: 0xffffffff,
      x: 0.1,
      y: 0.5,
      big: 2n ** 64n - 1n,
      on: true,
      name: 'a\0\ud83d!',
      grid: [1, 2, 3, 4],
      bytes: [255, 255, 255],
      at: { row: 65535, column: 1 },
      points: [
        { x: 0, tag: '' },
        { x: 0, tag: '' },
        { x: Infinity, tag: 'zz' },
      ],
    })
  })

  it('reads like an object', () => {
    const point = shared({ x: 'f64', y: 'f64', of: { n: 'u8' } })
    point.x = 3
    expect(Object.keys(point)).toEqual(['x', 'y', 'of'])
    expect({ ...point }).toMatchObject({ x: 3, y: 0 })
    expect(JSON.stringify(point)).toBe('{"x":3,"y":0,"of":{"n":0}}')
    expect(inspect(point)).toBe('{ x: 3, y: 0, of: { n: 0 } }')
    expect(point.of).toBe(point.of)
    expect(() => Object.assign(point, { z: 1 })).toThrow(TypeError)
  })

  it('has the types of its schema', () => {
    const value = shared(SCHEMA)
    expectTypeOf(value.flags).toEqualTypeOf<number>()
    expectTypeOf(value.big).toEqualTypeOf<bigint>()
    expectTypeOf(value.on).toEqualTypeOf<boolean>()
    expectTypeOf(value.name).toEqualTypeOf<string>()
    expectTypeOf(value.grid).toEqualTypeOf<Float64Array>()
    expectTypeOf(value.at.row).toEqualTypeOf<number>()
    expectTypeOf(value.points[0]!.tag).toEqualTypeOf<string>()
    expectTypeOf<Shared<{ a: 'u8' }>['a']>().toEqualTypeOf<number>()
    // @ts-expect-error -- there is no such type
    expect(() => shared({ a: 'u7' })).toThrow()
    // @ts-expect-error -- arrays are set item by item
    expect(() => (value.grid = new Float64Array(4))).toThrow()
  })

  it('refuses values that do not fit, by name', async () => {
    const value = shared(SCHEMA) as Record<string, unknown>
    const refused: [string, unknown, string][] = [
      ['small', 128, 'a whole number from -128 to 127, and not 128'],
      ['flags', -1, 'a whole number from 0 to 4294967295, and not -1'],
      ['flags', 1.5, 'and not 1.5'],
      ['flags', '1', 'and not a value of type string'],
      ['x', null, 'a number, and not `null`'],
      ['big', 2n ** 64n, 'a bigint that fits u64'],
      ['big', 1, 'a bigint that fits u64, and not 1'],
      ['on', 1, 'true or false, and not 1'],
      ['name', 'more than 8', 'a string of at most 8 UTF-16 code units, and not one of 11'],
      ['name', 8, 'and not 8'],
      ['grid', [1], 'an array: set its items'],
      ['at', {}, 'an object: set its fields'],
      ['points', [], 'a list: set the fields of its items'],
    ]
    for (const [name, given, what] of refused) {
      const error = await failureOf(() => (value[name] = given))
      expect(error).toMatchObject({ code: 'R522', name: 'SharedMemoryError' })
      expect(error.message).toContain(`\`${name}\``)
      expect(error.message).toContain(what)
    }
  })

  it('refuses schemas that cannot be, by the place in them', async () => {
    const refused: [unknown, string][] = [
      [null, 'the schema'],
      [{}, 'no field'],
      [{ a: 'u7' }, '`a`'],
      [{ a: { b: 'string' } }, '`a.b`'],
      [{ a: 'string:0' }, 'a length of 0'],
      [{ a: 'bool[2]' }, '`a`'],
      [{ a: [{ b: 'u8' }, -1] }, 'a length of -1'],
      [{ a: [{ b: 'u8' }] }, '`a`'],
      [{ a: 5 }, 'a value of type number'],
      [{ toJSON: 'u8' }, 'a name that objects use themselves'],
      [{ a: 'f64[300000000]' }, 'more than 2 GiB'],
    ]
    for (const [schema, what] of refused) {
      const error = await failureOf(() => shared(schema as { a: 'u8' }))
      expect(error).toMatchObject({ code: 'E322', name: 'SharedMemoryError' })
      expect(error.message).toContain(what)
    }
  })

  it('is the same memory where it was captured, sent and returned, and one object in each thread', async () => {
    const value = shared(SCHEMA)
    const back = await inStructs('write', value, { inner: [value] })
    expect(back).toBe(value)
    expect(value.toJSON()).toMatchObject({ flags: 7, name: 'thread', grid: [1, 2, 3, 4], at: { row: 5 } })
  })

  it('counts booleans and integers in steps that are whole', async () => {
    const value = shared({ low: 'u8', high: 'u8', turn: 'u32' })
    await Promise.all([inStructs('turns', value, 0, 50), inStructs('turns', value, 1, 50)])
    expect(value.turn).toBe(100)
  })

  it('lies at the top level of a module, in a Global, under a lock, made by whoever comes first', async () => {
    expect(await inStructs('declared')).toEqual([1, 1, 1])
    const declared = $shared(shared as never, 'declared', 'h', null) as { n: number }
    const global = $shared(Global<{ n: number }>, 'structGlobal', 'h', null)
    const mutex = $shared(Mutex<{ n: number }>, 'structMutex', 'h', null)
    expect([declared.n, global.value.n, mutex.tryLock()?.value.n]).toEqual([1, 1, 1])
    declared.n = 5
    global.value.n = 6
    expect(await inStructs('capturedGlobal', global, declared)).toEqual([6, 5])
  })

  it('of every kind arrives in a thread that names none of them, captured or in a Global', async () => {
    const locks = [
      new AtomicFlag(),
      new AtomicCounter(),
      new RwLock(),
      new Barrier(1),
      new Once(),
      new WaitGroup(),
      new Semaphore(1),
      new Mutex(),
    ]
    const names = locks.map((lock) => lock.constructor.name)
    for (const [index, lock] of locks.entries()) {
      const global = $shared(Global<object>, `kind${index}`, 'h', () => [lock])
      await shutdown()
      expect(await inStructs('nameOf', global)).toBe(names[index])
    }
    await shutdown()
    expect(await inStructs('namesOf', locks)).toEqual(names)
  })

  it('under a captured lock can be used by a thread that names neither', async () => {
    const mutex = new Mutex(shared({ n: 'u32' }))
    await Promise.all([inStructs('count', mutex, 100), inStructs('count', mutex, 100)])
    expect((await mutex.lock()).value.n).toBe(200)
  })
})
