import type { Thread } from 'experimental-threads'
import { configure, shutdown } from 'experimental-threads'
import { $classes, $spawn, $task } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Plain JavaScript, as both sides load it.
import * as untyped from './modules/shapes.mjs'
import { failureOf, site, thrownBy } from './support.ts'

beforeAll(() => configure({ maxThreads: 1 }))
afterAll(() => shutdown({ deadline: 0 }))

type Type = new (...args: never[]) => Record<string, unknown>
const shapes = untyped as unknown as Record<string, new (...args: unknown[]) => Record<string, unknown>>
const { AppError, BadArrival, BadHook, Bytes, HalfHooked, Holder, Hooked, LessSecret, Secret, StaticSecret, Vec } =
  shapes as Record<string, new (...args: unknown[]) => Record<string, unknown>> & Record<string, Type>

interface Lists {
  /** Classes that the closure names. */
  named?: string[]
  /** Classes that its module loads by address. */
  addressed?: string[]
  /** A class whose module does not exist. */
  missing?: string
  /** Classes that the spawning side cannot name. */
  unnamed?: string[]
}

function start(run: string, captures: unknown[], lists: Lists): Thread<unknown> {
  const { named = [], addressed = [], missing, unnamed = [] } = lists
  const query = new URLSearchParams({ run, named: named.join(), addressed: addressed.join() })
  if (missing !== undefined) query.set('missing', missing)
  const load = new URL(`./modules/instances.mjs?${query}`, import.meta.url).href
  const keys = [...named, ...addressed, ...(missing === undefined ? [] : [missing])]
  const classes = $classes(keys.map((key) => [key, unnamed.includes(key) ? null : () => shapes[key]]))
  return $spawn(site(load, { captures: ['value'], classes }), null, undefined, captures)
}

describe('an instance that a task has captured', () => {
  /** The closures that send the task know no class. */
  const tasks = (run: string): string => new URL(`./modules/tasks.mjs?run=${run}`, import.meta.url).href

  function taskOf(run: string, value: unknown, addressed: string): unknown {
    const load = new URL(`./modules/instances.mjs?run=${run}&named=&addressed=${addressed}`, import.meta.url).href
    const classes = $classes([[addressed, () => shapes[addressed]]])
    return $task(site(load, { captures: ['value'], classes }), [value])
  }

  it('keeps its class when the task is sent by a closure that does not know it', async () => {
    const job = taskOf('isVec', new Vec!(3, 4), 'Vec')
    expect(await $spawn(site(tasks('spawnIt'), { captures: ['job'] }), null, undefined, [job])).toBe(true)
  })

  it('keeps its class and private state on the way through two threads and a list', async () => {
    const job = taskOf('describe', new Hooked!(1), 'Hooked')
    const back = await $spawn(site(tasks('pass'), { captures: ['value'] }), null, undefined, [[job]])
    const [returned] = back as [never]
    expect(await $spawn(site(tasks('spawnIt'), { captures: ['job'] }), null, undefined, [returned])).toMatchObject({
      type: 'Hooked',
    })
  })

  it('says so when its class does not load', async () => {
    const query = `run=isVec&named=&addressed=&missing=Vec`
    const load = new URL(`./modules/instances.mjs?${query}`, import.meta.url).href
    const classes = $classes([['Vec', () => shapes['Vec']]])
    const job = $task(site(load, { captures: ['value'], classes }), [new Vec!(1, 2)])
    // A worker that has not met the class.
    await shutdown()
    const thread = $spawn(site(tasks('spawnIt'), { captures: ['job'] }), null, undefined, [job])
    expect(await failureOf(thread)).toMatchObject({ cause: { code: 'R519' } })
  })
})

describe('an instance of a class that both sides know', () => {
  it('keeps its class, both ways, and no constructor runs', async () => {
    const vec = new Vec!(3, 4)
    const described = (await start('describe', [vec], { named: ['Vec'] })) as { calls: number }
    expect(described).toMatchObject({ names: ['x', 'y'], frozen: false, type: 'Vec', calls: 0 })
    expect(await start('isVec', [vec], { named: ['Vec'] })).toBe(true)
    expect(await start('echo', [vec], { named: ['Vec'] })).toStrictEqual(vec)
  })

  it('keeps it where the closure does not name the class, whose module is loaded when it arrives', async () => {
    const back = await start('echo', [[new Vec!(3, 4)]], { addressed: ['Vec'] })
    expect(back).toStrictEqual([new Vec!(3, 4)])
    // Nothing arrived, so nothing was loaded: the class of the result is looked for in what the site lists.
    expect(await start('makeVec', [], { addressed: ['Vec'] })).toStrictEqual(new Vec!(3, 4))
  })

  it('keeps it where only the closure names the class', async () => {
    const back = (await start('makeVec', [], { named: ['Vec'], unnamed: ['Vec'] })) as { length(): number }
    expect(back).toBeInstanceOf(Vec)
    expect(back.length()).toBe(5)
  })

  it('is met while its class is still being declared further down', async () => {
    let isDeclared = false
    const late = (): unknown => {
      if (!isDeclared) throw new ReferenceError('not yet')
      return shapes['Late']
    }
    const load = new URL('./modules/instances.mjs?run=echo&named=Late', import.meta.url).href
    const early = site(load, { captures: ['value'], classes: $classes([['Late', late]]) })
    const instance = new shapes['Late']!(1, 2)
    expect(thrownBy(() => $spawn(early, null, undefined, [instance]))).toMatchObject({ code: 'R502' })
    isDeclared = true
    expect(await $spawn(early, null, undefined, [instance])).toStrictEqual(instance)
  })

  it('keeps shared identity and cycles, in data, maps, sets, errors and other instances', async () => {
    const vec = new Vec!(1, 2)
    const holder = new Holder!(vec)
    holder['self'] = holder
    const error = new Error('outer', { cause: vec })
    const map = new Map<unknown, unknown>([
      [vec, holder],
      ['map', null],
    ])
    map.set('map', map)
    const data = { list: [vec, holder], map, set: new Set([vec]), error }
    const back = (await start('echo', [data], { named: ['Vec', 'Holder'] })) as typeof data
    const [first, second] = back.list as [object, { held: unknown; self: unknown }]
    expect(first).toStrictEqual(vec)
    expect([second.held, second.self]).toEqual([first, second])
    expect(second.held).toBe(first)
    expect(second.self).toBe(second)
    expect(back.map.get(first)).toBe(second)
    expect(back.map.get('map')).toBe(back.map)
    expect([...back.set][0]).toBe(first)
    expect(back.error.cause).toBe(first)
    expect(data.list[0]).toBe(vec)
  })

  it('keeps hidden, fixed and frozen properties, and symbols that all threads have', async () => {
    const vec = new Vec!(1, 2)
    Object.defineProperty(vec, 'hidden', { value: 3 })
    Object.assign(vec, { [Symbol.for('shared')]: 4, [Symbol.toStringTag]: 'tag' })
    Object.freeze(vec)
    const back = (await start('echo', [vec], { named: ['Vec'] })) as object
    expect(Object.getOwnPropertyDescriptors(back)).toEqual(Object.getOwnPropertyDescriptors(vec))
    expect(Object.isFrozen(back)).toBe(true)
    const closed = Object.preventExtensions(new Vec!(1, 2))
    expect(Object.isExtensible(await start('echo', [closed], { named: ['Vec'] }))).toBe(false)
  })

  it('has `__proto__` as data', async () => {
    const vec = new Vec!(1, 2)
    Object.defineProperty(vec, '__proto__', { value: { polluted: true }, enumerable: true })
    const seen = await start('keys', [vec], { named: ['Vec'] })
    expect(seen).toEqual([['x', 'y', '__proto__'], true, undefined])
  })

  it('has private names that are static, which its copies find again', async () => {
    expect(await start('echo', [new StaticSecret!()], { named: ['StaticSecret'] })).toBeInstanceOf(StaticSecret)
  })
})

describe('hooks', () => {
  it('carry private state, once for each instance', async () => {
    const hooked = new Hooked!({ deep: new Vec!(3, 4) })
    const back = (await start('echo', [[hooked, { hooked }]], { named: ['Hooked', 'Vec'] })) as [
      { value: { deep: unknown } },
      { hooked: unknown },
    ]
    expect(back[0]).toBeInstanceOf(Hooked)
    expect(back[1].hooked).toBe(back[0])
    expect(back[0].value.deep).toStrictEqual(new Vec!(3, 4))
  })

  it.each([
    ['one of two', () => new HalfHooked!(), '"value" (an instance of HalfHooked)', 'needs both'],
    ['one that throws', () => new BadHook!(), '"value" (an instance of BadHook)', 'threw: cannot take apart'],
    [
      'data that cannot be sent',
      () => new Hooked!({ call: () => 1 }),
      '"value[serialize].value.call" (a function)',
      'captured at',
    ],
    [
      'data that leads back',
      () => {
        const holder = new Holder!(null)
        holder['held'] = new Hooked!(holder)
        return holder
      },
      '"value.held[serialize].value" (an object that holds itself)',
      'must not lead back',
    ],
  ])('are refused with %s', (_, make, named, reason) => {
    const classes = { named: ['HalfHooked', 'BadHook', 'Hooked', 'Holder'] }
    const error = thrownBy(() => start('echo', [make()], classes))
    expect(error).toMatchObject({ name: 'SendError', code: 'R502' })
    expect(error.message).toContain(named)
    expect(error.message).toContain(reason)
  })

  it('that throw on arrival reject the thread', async () => {
    const error = await failureOf(start('echo', [new BadArrival!()], { named: ['BadArrival'] }))
    expect(error).toMatchObject({ code: 'R520', cause: { name: 'RangeError', message: 'cannot put together' } })
  })
})

describe('an instance that cannot travel', () => {
  it.each([
    ['has private state', 'Secret', () => new Secret!(), 'Secret has private state (`#value`)'],
    ['inherits private state', 'LessSecret', () => new LessSecret!(), 'LessSecret has private state (`#value`)'],
    ['is a typed array', 'Bytes', () => new Bytes!(2), 'Bytes extends Uint8Array'],
    ['has a class that the site does not list', 'Holder', () => new Vec!(1, 2), 'must declare its class'],
  ])('%s', (_, name, make, reason) => {
    const error = thrownBy(() => start('echo', [{ deep: [make()] }], { named: [name] }))
    expect(error).toMatchObject({ code: 'R502' })
    expect(error.message).toMatch(/^cannot send "value\.deep\[0\]" \(an instance of \w+\), captured at /)
    expect(error.message).toContain(reason)
  })

  it.each([
    ['a method of its own', { call: () => 1 }, '"value.call" (a function)'],
    [
      'a symbol of this thread',
      { [Symbol('mine')]: 1 },
      '"value[Symbol(mine)]" (a property whose key is a symbol that other threads do not have)',
    ],
  ])('has %s', (_, extra, named) => {
    const error = thrownBy(() => start('echo', [Object.assign(new Vec!(1, 2), extra)], { named: ['Vec'] }))
    expect(error.message).toContain(named)
  })

  it('has a getter of its own', () => {
    const vec = Object.defineProperty(new Vec!(1, 2), 'late', { get: () => 1, enumerable: true })
    const error = thrownBy(() => start('echo', [vec], { named: ['Vec'] }))
    expect(error.message).toContain('"value.late" (a getter or setter of the instance itself)')
  })

  it('rejects the thread when it is the result', async () => {
    const error = await failureOf(start('makeVec', [], {}))
    expect(error).toMatchObject({ code: 'R503' })
    expect(error.message).toContain('cannot send "result" (an instance of Vec) back from the thread')
  })

  it('rejects the thread when the module of its class does not load', async () => {
    const error = await failureOf(start('echo', [new shapes['Lost']!()], { missing: 'Lost' }))
    expect(error).toMatchObject({
      code: 'R519',
      cause: expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }) as object,
    })
  })

  it('rejects the thread when the other side lists another set of classes', async () => {
    const load = new URL('./modules/instances.mjs?run=echo', import.meta.url).href
    const mixed = site(load, { captures: ['value'], classes: $classes([['Vec', () => Vec]]) })
    expect(await failureOf($spawn(mixed, null, undefined, [new Vec!(1, 2)]))).toMatchObject({ code: 'R521' })
  })
})

describe('an error of a class of the program', () => {
  it('arrives with its class, fields and stack', async () => {
    const error = (await failureOf(start('throwAppError', [], { named: ['AppError'] }))) as unknown as Error & {
      status: number
      issues: unknown[]
      isServerError(): boolean
    }
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ message: 'failed', status: 42 })
    expect(error.isServerError()).toBe(false)
    expect(Object.keys(error)).toEqual(['status'])
    expect(error.issues).toEqual([{ path: ['n'] }])
    expect(error.stack).toContain('instances.mjs')
    expect(await failureOf(start('throwAppError', [], { addressed: ['AppError'] }))).toBeInstanceOf(AppError)
  })

  it('arrives as the class that it extends where the site does not list its own', async () => {
    const error = await failureOf(start('throwAppError', [], {}))
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
    expect(error).toMatchObject({ message: 'failed', status: 42 })
  })
})
