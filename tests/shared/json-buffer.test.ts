import { inspect } from 'node:util'

import { channel, configure, Global, Mutex, SharedJsonBuffer, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[]): Promise<unknown> => start(name, captures, { module: 'json' })

describe('a SharedJsonBuffer', () => {
  const initial = {
    score: 0,
    name: 'Größe 😀',
    players: ['main'],
    level: { id: 1, title: 'Start', done: false, next: null as null | { id: number } },
  }

  it('is used as any object', () => {
    const state = new SharedJsonBuffer(structuredClone(initial))
    expect(JSON.parse(JSON.stringify(state))).toEqual(initial)
    state.score += 1.5
    state.players.push('b', 'c')
    state.level.title = 'x'.repeat(5000)
    state.level.next = { id: 2 }
    delete (state as Partial<typeof state>).name
    expect(Object.keys(state)).toEqual(['score', 'players', 'level'])
    expect('name' in state).toBe(false)
    expect({ ...state.level }).toMatchObject({ id: 1, done: false })
    expect(Array.isArray(state.players)).toBe(true)
    expect([...state.players]).toEqual(['main', 'b', 'c'])
    expect(state.players.map((name) => name.length)).toEqual([4, 1, 1])
    expect(state.level.next).toBe(state.level.next)
    expect(JSON.stringify(state)).toBe(
      JSON.stringify({
        score: 1.5,
        players: ['main', 'b', 'c'],
        level: { ...initial.level, title: 'x'.repeat(5000), next: { id: 2 } },
      }),
    )
    expect(inspect(state)).toContain('score: 1.5')
  })

  it('has the methods of arrays', () => {
    const plain: unknown[] = [5, 1, { a: 1 }, 'x', [1, [2]]]
    const list = new SharedJsonBuffer(structuredClone(plain))
    const both = (change: (list: unknown[]) => unknown): void => {
      expect(change(list)).toEqual(change(plain))
      expect(JSON.stringify(list)).toBe(JSON.stringify(plain))
      expect(list).toHaveLength(plain.length)
    }
    both((items) => items.push(7, { b: 2 }))
    both((items) => items.shift())
    both((items) => items.unshift('first', 2))
    both((items) => items.splice(1, 2, 'in', { c: [3] }, null))
    both((items) => items.splice(-2))
    both((items) => items.pop())
    both((items) => void items.reverse())
    both((items) => void items.sort())
    both((items) => void items.sort((a, b) => JSON.stringify(a).length - JSON.stringify(b).length))
    both((items) => void items.fill(0, 1, 2))
    both((items) => void items.copyWithin(0, 2, 4))
    both((items) => items.concat([1]).slice(1))
    both((items) => items.flat(2))
    both((items) => items.includes('in'))
    both((items) => void (items.length = 2))
    both((items) => void (items[4] = 'far'))
    both((items) => items.findLast((item) => item === 'far'))
  })

  it('survives 20,000 random changes as a plain value does, in bounded memory', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    console.log(`SharedJsonBuffer: seed ${seed}`)
    let random = seed
    const next = (below: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      return Math.floor((random / 2 ** 32) * below)
    }
    const value = (depth: number): unknown => {
      const made = [next(1000), 'é'.repeat(next(20)), `text ${next(9)}`, null, next(2) === 0, next(1e9) / 7]
      if (depth > 2) return made[next(6)]
      if (next(4) === 0) return Array.from({ length: next(4) }, () => value(depth + 1))
      if (next(4) === 0)
        return Object.fromEntries(Array.from({ length: next(4) }, () => [`k${next(6)}`, value(depth + 1)]))
      return made[next(6)]
    }
    const plain: Record<string, unknown> = {}
    const state = new SharedJsonBuffer<Record<string, unknown>>({})
    for (let round = 0; round < 20_000; round++) {
      const key = `k${next(12)}`
      const item = value(0)
      const [mine, theirs] = [plain[key], state[key]]
      if (Array.isArray(mine) && next(3) > 0) {
        const at = next(mine.length + 1)
        const count = next(3)
        if (next(2) === 0) expect((theirs as unknown[]).splice(at, count, item)).toEqual(mine.splice(at, count, item))
        else {
          mine[at] = item
          ;(theirs as unknown[])[at] = item
        }
      } else if (next(5) === 0) {
        delete plain[key]
        delete state[key]
      } else {
        plain[key] = item
        state[key] = item
      }
      if (round % 500 === 0) expect(JSON.stringify(state)).toBe(JSON.stringify(plain))
    }
    expect(JSON.stringify(state)).toBe(JSON.stringify(plain))
  })

  it('refuses what JSON has no word for, with its path, and is unchanged', async () => {
    const state = new SharedJsonBuffer<{ list: unknown[] }>({ list: [1] })
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const refused: [unknown, string][] = [
      [{ deep: [() => 1] }, '"list.deep[0]" (a function)'],
      [new Map(), '"list" (an instance of Map)'],
      [10n, '"list" (a bigint)'],
      [cyclic, '"list.self" (an object that holds itself)'],
    ]
    for (const [value, what] of refused) {
      const error = await failureOf(() => (state.list = value as unknown[]))
      expect(error).toMatchObject({ code: 'R592' })
      expect(error.message).toContain(what)
    }
    expect(await failureOf(() => new SharedJsonBuffer('text' as never))).toMatchObject({ code: 'R592' })
    expect(JSON.stringify(state)).toBe('{"list":[1]}')
    expect(JSON.stringify(new SharedJsonBuffer({ at: new Date(0) }))).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  })

  it('says so when a part is used that was removed', async () => {
    const state = new SharedJsonBuffer<{ a: { b: { c: number } } | null }>({ a: { b: { c: 1 } } })
    const b = state.a!.b
    state.a = null
    expect(await failureOf(() => b.c)).toMatchObject({ code: 'R591', name: 'LockError' })
    state.a = { b: { c: 2 } }
    expect(await failureOf(() => (b.c = 3))).toMatchObject({ code: 'R591' })
    expect(JSON.stringify(state)).toBe('{"a":{"b":{"c":2}}}')
  })

  it('can be assigned parts of itself, as copies', () => {
    const state = new SharedJsonBuffer<Record<string, unknown>>({ a: { n: 1 } })
    state['b'] = state['a']
    const { a } = state
    state['a'] = a
    ;(state['b'] as { n: number }).n = 2
    expect(JSON.stringify(state)).toBe('{"a":{"n":1},"b":{"n":2}}')
  })

  it('is the same value in threads, in a lock, declared, captured and sent', async () => {
    const declared = $shared(Mutex<{ count: number; log: string[] }>, 'state', 'h1', () => [
      new SharedJsonBuffer({ count: 0, log: [] as string[] }),
    ])
    await Promise.all([1, 2, 3, 4].map((thread) => run('countDeclared', [500, `thread ${thread}`])))
    {
      using guard = await declared.lock()
      expect(guard.value.count).toBe(2000)
      expect(guard.value.log.toSorted()).toEqual(['thread 1', 'thread 2', 'thread 3', 'thread 4'])
    }
    const captured = new Mutex(new SharedJsonBuffer({ count: 0, log: [] as string[] }))
    await Promise.all([run('count', [captured, 300]), run('count', [captured, 300])])
    expect(captured.tryLock()?.value.count).toBe(600)

    const bare = new SharedJsonBuffer({ part: { n: 1 } })
    await run('addTo', [bare.part])
    expect(bare.part.n).toBe(2)
    const [tx, rx] = channel<unknown>(1)
    await tx.send({ bare })
    expect(((await rx.recv()).value as { bare: unknown }).bare).toBe(bare)

    const global = $shared(Global<{ n: number }>, 'json', 'h1', () => [new SharedJsonBuffer({ n: 41 })])
    global.value.n++
    expect(await run('readGlobal', [])).toBe(42)
  })
})
