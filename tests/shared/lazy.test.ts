import { configure, Lazy, shutdown, WaitGroup } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { StartOptions } from './support.ts'
import { failureOf, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

class Point {
  readonly x = 1
}

const run = (name: string, captures: unknown[], options: StartOptions = {}): Promise<unknown> =>
  start(name, captures, { ...options, module: 'groups' })

describe('a lazy value', () => {
  it('is made once for four threads: shared memory is the same for all, other data a copy for each', async () => {
    const threads = [true, true, false, false].map((blocks) => run('getLazy', [blocks], { blocks }))
    expect(await Promise.all(threads)).toEqual(['all 1', 'all 1', 'all 1', 'all 1'])
    const never = (): [() => never] => [
      () => {
        throw new Error('it was made before')
      },
    ]
    const numbers = $shared(Lazy<Int32Array>, 'numbers', 'h1', never)
    expect([...(await numbers.get())]).toEqual([4, 0])
    const settings = $shared(Lazy<{ name: string }>, 'settings', 'h1', never)
    expect(settings.tryGet()).toEqual({ name: 'all', sizes: new Map([['a', 1]]) })
    expect(await settings.get()).toBe(settings.tryGet())
    expect($shared(WaitGroup, 'made', 'h1', () => []).count).toBe(2)
  })

  it('is what its function gives, and made when somebody asks', async () => {
    for (const value of [undefined, null, 0, -0, 1.5, 10n, '', 'text', [1, [2], 3], { a: { b: [] } }, new Date(5)]) {
      const lazy = new Lazy<unknown>(() => value)
      expect(lazy.isMade).toBe(false)
      expect(lazy.tryGet()).toBeUndefined()
      expect(await lazy.get()).toBe(value)
      expect(lazy.isMade).toBe(true)
      const copy = await run('getCaptured', [lazy])
      expect(copy).toEqual(value)
    }
  })

  it('is made again by the next one when its function throws', async () => {
    let tries = 0
    const lazy = new Lazy(() => {
      if (tries++ === 0) throw new Error('no luck')
      return tries
    })
    expect((await failureOf(() => lazy.get())).message).toBe('no luck')
    expect(await lazy.get()).toBe(2)
    expect(lazy.blockingGet()).toBe(2)
  })

  it('cannot be something that threads cannot have', async () => {
    for (const value of [() => 1, new Point(), new Error('x'), Promise.resolve(1), 'x'.repeat(70_000)]) {
      const lazy = new Lazy<unknown>(() => value)
      expect(await failureOf(() => lazy.blockingGet())).toMatchObject({ code: 'R587' })
      expect(lazy.isMade).toBe(false)
    }
  })

  it('cannot need itself', async () => {
    const lazy: Lazy<number> = new Lazy<number>(() => lazy.blockingGet() + 1)
    expect(await failureOf(() => lazy.blockingGet())).toMatchObject({ code: 'R586' })
  })

  it('that is sent before it was made has no function there', async () => {
    expect(await run('getCaptured', [new Lazy(() => 1)])).toBe('LockError R589')
  })
})
