import { AtomicCounter, AtomicFlag, configure, Global, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], blocks = false): Promise<unknown> =>
  start(name, captures, { module: 'atomics', blocks })

describe('a counter', () => {
  it('does what Atomics does', () => {
    const counter = new AtomicCounter(5)
    expect(counter.add()).toBe(5)
    expect(counter.sub(2)).toBe(6)
    expect(counter.exchange(10)).toBe(4)
    expect(counter.compareExchange(9, 1)).toBe(10)
    expect(counter.compareExchange(10, 2 ** 31 - 1)).toBe(10)
    expect(counter.add(1)).toBe(2 ** 31 - 1)
    expect(counter.load()).toBe(-(2 ** 31))
    counter.store(0)
    expect(counter.load()).toBe(0)
  })

  it('is exact, from four threads, declared and captured', async () => {
    const declared = $shared(AtomicCounter, 'hits', 'h1', () => [0])
    const captured = new AtomicCounter()
    await Promise.all([1, 2, 3, 4].map(() => run('count', [captured, 50_000])))
    expect(captured.load()).toBe(200_000)
    expect(declared.load()).toBe(200_000)
    const held = $shared(Global<AtomicCounter>, 'held', 'h1', () => [new AtomicCounter(7)])
    expect(held.value.load()).toBe(7)
    expect(await run('giveBack', [captured])).toBe(captured)
  })

  it('can be waited for, blocking and not', async () => {
    const turn = new AtomicCounter()
    const players = [run('play', [turn, 0, false]), run('play', [turn, 1, true], true), run('play', [turn, 2, false])]
    await Promise.all(players)
    expect(turn.load()).toBe(300)
  })

  it('ends waits by time and by signal', async () => {
    const counter = new AtomicCounter(1)
    expect(await counter.wait(0)).toBe(1)
    expect(await failureOf(() => counter.wait(1, { timeout: 0 }))).toMatchObject({ code: 'R537' })
    expect(await failureOf(() => counter.wait(1, { timeout: 10 }))).toMatchObject({
      code: 'R537',
      name: 'TimeoutError',
    })
    expect(await failureOf(() => counter.blockingWait(1, { timeout: 5 }))).toMatchObject({ code: 'R537' })
    expect(counter.blockingWait(2)).toBe(1)
    const controller = new AbortController()
    const waiting = failureOf(() => counter.wait(1, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect((await waiting).message).toBe('enough')
    const both = Promise.all([counter.wait(1), counter.wait(1)])
    counter.store(2)
    counter.notify()
    expect(await both).toEqual([2, 2])
  })

  it('refuses what is no whole number of 32 bits, and blocking where others work', async () => {
    for (const value of [0.5, 2 ** 31, Number.NaN, '1' as unknown as number]) {
      expect(await failureOf(() => new AtomicCounter(value))).toMatchObject({ code: 'R533' })
      expect(await failureOf(() => new AtomicCounter().add(value))).toMatchObject({ code: 'R533' })
    }
    expect(await failureOf(() => run('blockHere', [new AtomicCounter()]))).toMatchObject({ code: 'R532' })
  })
})

describe('a flag', () => {
  it('is set by one of many threads', async () => {
    const flag = new AtomicFlag()
    const firsts = await Promise.all([1, 2, 3, 4].map(() => run('first', [flag])))
    expect(firsts.filter(Boolean)).toHaveLength(1)
    expect(flag.load()).toBe(true)
    expect(flag.clear()).toBe(true)
    expect(flag.compareExchange(false, true)).toBe(false)
    expect(flag.set()).toBe(true)
    flag.store(false)
    expect(flag.load()).toBe(false)
  })

  it('can be waited for', async () => {
    const ready = new AtomicFlag()
    const waiting = Promise.all([run('awaitFlag', [ready]), ready.wait(false)])
    ready.set()
    ready.notify()
    expect(await waiting).toEqual([true, true])
    expect(ready.blockingWait(false)).toBe(true)
  })
})
