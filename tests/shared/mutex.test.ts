import { configure, Global, Mutex, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const ints = (): [Int32Array] => [sharedWords(1)]

describe('a mutex', () => {
  it('keeps a count exact, 4 threads with 20,000 increments each, awaiting and blocking, and the host', async () => {
    const hits = $shared(Global<Mutex<Int32Array>>, 'hits', 'h1', () => [new Mutex(...ints())])
    const threads = [1, 2, 3, 4].map(() => start('count', [20_000], { blocks: true }))
    for (let round = 0; round < 20_000; round++) {
      const guard = await hits.value.lock()
      guard.value[0]!++
      guard.unlock()
    }
    await Promise.all(threads)
    using guard = await hits.value.lock()
    expect(guard.value[0]).toBe(100_000)
    guard.value[0] = 0
  })

  it('keeps a count exact when nobody blocks and threads share workers', async () => {
    const hits = $shared(Global<Mutex<Int32Array>>, 'hits', 'h1', () => [new Mutex(...ints())])
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(() => start('countAsync', [2_000])))
    using guard = await hits.value.lock()
    expect(guard.value[0]).toBe(16_000)
  })

  it('is one lock in main, worker and nested workers', async () => {
    const counter = $shared(Mutex<Int32Array>, 'counter', 'h1', ints)
    await start('countNested', [3])
    using guard = await counter.lock()
    guard.value[0]!++
    expect(guard.value[0]).toBe(5)
  })

  it('can be captured when it was made at run time, and is the same object when it comes back', async () => {
    const mutex = new Mutex(sharedWords(1))
    const count = (): Promise<unknown> => start('count', [mutex, 500], { module: 'bare' })
    const both = await Promise.all([count(), count()])
    expect(both[0]).toBe(mutex)
    expect(both[1]).toBe(mutex)
    expect(mutex.tryLock()?.value[0]).toBe(1000)
  })

  it('cannot be captured with data of one thread', async () => {
    const error = await failureOf(() => start('count', [new Mutex({ count: 1 }), 1], { module: 'bare' }))
    expect(error).toMatchObject({ code: 'E310' })
    expect(error.message).toContain('a `Mutex` that is sent was given an object of class `Object`')
  })

  it('lets those of one thread in one after the other, in the order in which they came', async () => {
    const mutex = new Mutex()
    const order: number[] = []
    const first = await mutex.lock()
    const others = [1, 2, 3].map(async (number) => {
      using _guard = await mutex.lock()
      order.push(number)
    })
    expect(mutex.tryLock()).toBeUndefined()
    first.unlock()
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
  })

  it('does not let a loop of one task keep another task of the thread out', async () => {
    const mutex = new Mutex()
    const order: string[] = []
    const first = await mutex.lock()
    const other = mutex.lock().then((guard) => {
      order.push('other')
      guard.unlock()
    })
    first.unlock()
    for (let round = 0; round < 100; round++) {
      const guard = await mutex.lock()
      order.push('loop')
      guard.unlock()
    }
    await other
    expect(order[0]).toBe('other')
  })

  it('makes a waiter wait until another thread unlocks', async () => {
    const mutex = new Mutex(sharedWords(1))
    const words = sharedWords(2)
    const holder = start('holdUntil', [mutex, words])
    await reaches(words, 0, 1)
    let got = false
    const waiting = mutex.lock().then((guard) => {
      got = true
      guard.dispose()
    })
    expect(mutex.tryLock()).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
    expect(got).toBe(false)
    Atomics.store(words, 1, 1)
    Atomics.notify(words, 1)
    await Promise.all([waiting, holder])
    expect(got).toBe(true)
  })

  it('protects values of one thread too', async () => {
    const mutex = new Mutex({ count: 1 })
    using guard = await mutex.lock()
    expect(guard.value.count).toBe(1)
  })
})

describe('a guard', () => {
  it('refuses to show the data or to unlock again after its release, and disposes as often as one likes', async () => {
    const mutex = new Mutex(sharedWords(1))
    const guard = await mutex.lock()
    guard.unlock()
    expect(await failureOf(() => guard.value)).toMatchObject({ code: 'R530', name: 'LockError' })
    expect(await failureOf(() => guard.unlock())).toMatchObject({ code: 'R530' })
    const next = mutex.tryLock()
    guard.dispose()
    guard[Symbol.dispose]()
    expect(mutex.tryLock()).toBeUndefined()
    next?.dispose()
  })

  it('is released by `using` when the block throws', async () => {
    const mutex = new Mutex()
    await failureOf(async () => {
      using _guard = await mutex.lock()
      throw new Error('inside')
    })
    expect(mutex.tryLock()).toBeDefined()
  })
})

describe('blocking', () => {
  it('twice in one thread is an error', async () => {
    expect(await failureOf(() => start('relock', [], { blocks: true }))).toMatchObject({
      code: 'R531',
      name: 'LockError',
    })
  })

  it('is an error in a worker that others may share, also when the lock is free', async () => {
    expect(await failureOf(() => start('blockHere'))).toMatchObject({ code: 'R532' })
    expect(await failureOf(() => start('acquireHere'))).toMatchObject({ code: 'R532' })
  })

  it('is an error on the main thread while threads run, and allowed when none does', async () => {
    const mutex = new Mutex(sharedWords(1))
    const words = sharedWords(2)
    const holder = start('holdUntil', [new Mutex(), words])
    await reaches(words, 0, 1)
    expect(await failureOf(() => mutex.blockingLock())).toMatchObject({ code: 'R532' })
    Atomics.store(words, 1, 1)
    Atomics.notify(words, 1)
    await holder
    mutex.blockingLock().unlock()
  })
})

describe('a program', () => {
  it('that only awaits a lock does not end before it has it, and ends afterwards', async () => {
    expect(await runProgram('awaits-lock')).toEqual({ code: 0, output: 'locked\n' })
  })

  it('that only awaits a permit does not end before it has it, and ends afterwards', async () => {
    expect(await runProgram('awaits-permit')).toEqual({ code: 0, output: 'acquired\n' })
  })

  it('locks in an engine without Atomics.waitAsync', async () => {
    expect(await runProgram('no-wait-async')).toEqual({ code: 0, output: '400\n' })
  })

  it('without isolation can declare shared things, and is told the headers when it uses one', async () => {
    const { code, output } = await runProgram('not-isolated')
    expect(code).toBe(0)
    const lines = output.trim().split('\n')
    expect(lines).toHaveLength(13)
    for (const line of lines) {
      expect(line).toContain('E314')
      expect(line).toContain('Cross-Origin-Opener-Policy: same-origin')
      expect(line).toContain('Cross-Origin-Embedder-Policy: require-corp')
    }
  })
})
