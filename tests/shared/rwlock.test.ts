import { configure, RwLock, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { StartOptions } from './support.ts'
import { failureOf, reaches, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], options: StartOptions = {}): Promise<unknown> =>
  start(name, captures, { ...options, module: 'rwlock' })

const table = (): RwLock<Int32Array> => $shared(RwLock<Int32Array>, 'table', 'h1', () => [sharedWords(2)])

/** Lets a thread go on that waits in `hold` or `die`. */
function goOn(words: Int32Array): void {
  Atomics.store(words, 1, 1)
  Atomics.notify(words, 1)
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a readers-writer lock', () => {
  it('never shows a reader what a writer has half done, 4 threads and the host, awaiting and blocking', async () => {
    const threads = [0, 1, 2, 3].map((index) => run('mix', [2000, index < 2], { blocks: index < 2 }))
    for (let round = 0; round < 500; round++) {
      using guard = await table().write()
      guard.value[0]!++
      guard.value[1]!++
    }
    expect(await Promise.all(threads)).toEqual([0, 0, 0, 0])
    using guard = await table().read()
    expect([...guard.value]).toEqual([2500, 2500])
  })

  it('lets many read at once, and nobody write meanwhile', async () => {
    const lock = new RwLock(sharedWords(1))
    const words = sharedWords(2)
    const reader = run('hold', [lock, 'read', words])
    await reaches(words, 0, 1)
    using guard = await lock.read()
    expect(guard.value).toHaveLength(1)
    expect(lock.tryWrite()).toBeUndefined()
    using second = lock.tryRead()
    expect(second).toBeDefined()
    goOn(words)
    await reader
  })

  it('lets nobody in while one writes', async () => {
    const lock = new RwLock()
    const words = sharedWords(2)
    const writer = run('hold', [lock, 'write', words])
    await reaches(words, 0, 1)
    expect(lock.tryRead()).toBeUndefined()
    expect(lock.tryWrite()).toBeUndefined()
    const order: string[] = []
    const waiting = [lock.write(), lock.read()].map(async (wait, index) => {
      const guard = await wait
      order.push(index === 0 ? 'write' : 'read')
      guard.unlock()
    })
    await turn()
    expect(order).toEqual([])
    goOn(words)
    await Promise.all([...waiting, writer])
    expect(order.toSorted()).toEqual(['read', 'write'])
  })

  it('does not starve a writer while three threads read all the time, one after the other', async () => {
    const lock = new RwLock()
    const words = sharedWords(2)
    const readers = [1, 2, 3].map(() => run('readOn', [lock, words]))
    await reaches(words, 0, 3)
    for (let round = 0; round < 20; round++) {
      const guard = await lock.write({ timeout: 5000 })
      guard.unlock()
    }
    Atomics.store(words, 1, 1)
    expect(await Promise.all(readers)).toHaveLength(3)
  })

  it('does not starve a writer of a thread whose readers overlap', async () => {
    const lock = new RwLock()
    const state = { stop: false }
    const readOn = async (): Promise<void> => {
      while (!state.stop) {
        const guard = await lock.read()
        await turn()
        guard.unlock()
      }
    }
    const readers = [readOn(), readOn(), readOn()]
    const guard = await lock.write({ timeout: 5000 })
    state.stop = true
    guard.unlock()
    await Promise.all(readers)
  })

  it('does not starve readers of a thread whose writers follow each other', async () => {
    const lock = new RwLock()
    const state = { stop: false }
    let writes = 0
    const writeOn = async (): Promise<void> => {
      while (!state.stop) {
        const guard = await lock.write()
        writes++
        await turn()
        guard.unlock()
      }
    }
    const writers = [writeOn(), writeOn(), writeOn()]
    await turn()
    const before = writes
    const guard = await lock.read({ timeout: 5000 })
    // The one that was inside, and one more.
    expect(writes - before).toBeLessThanOrEqual(1)
    state.stop = true
    guard.unlock()
    await Promise.all(writers)
  })

  it('lets a writer go on as a reader', async () => {
    const lock = new RwLock(sharedWords(1))
    const writer = await lock.write()
    writer.value[0] = 7
    const waiting = lock.write()
    const reader = writer.downgrade()
    expect(await failureOf(() => writer.value)).toMatchObject({ code: 'R530' })
    expect(reader.value[0]).toBe(7)
    expect(lock.tryWrite()).toBeUndefined()
    reader.unlock()
    const next = await waiting
    next.unlock()
  })

  it('refuses guards that were given back', async () => {
    const lock = new RwLock()
    for (const take of [() => lock.read(), () => lock.write()]) {
      const guard = await take()
      guard.unlock()
      guard.dispose()
      expect(await failureOf(() => guard.unlock())).toMatchObject({ code: 'R530' })
      expect(await failureOf(() => guard.value)).toMatchObject({ code: 'R530' })
    }
  })

  it('cannot be captured with data of one thread', async () => {
    const error = await failureOf(() => run('hold', [new RwLock({ count: 1 }), 'read', sharedWords(2)]))
    expect(error).toMatchObject({ code: 'E310' })
  })
})

describe('waiting for a readers-writer lock', () => {
  it('ends at the timeout, and others go on as if nobody had waited', async () => {
    const lock = new RwLock()
    const guard = await lock.read()
    expect(await failureOf(() => lock.write({ timeout: 10 }))).toMatchObject({ name: 'TimeoutError', code: 'R537' })
    expect(await failureOf(() => lock.write({ timeout: 0 }))).toMatchObject({ code: 'R537' })
    const second = await lock.read({ timeout: 1000 })
    second.unlock()
    guard.unlock()
    const writer = lock.tryWrite()
    expect(writer).toBeDefined()
    expect(await failureOf(() => lock.read({ timeout: 0 }))).toMatchObject({ code: 'R537' })
    const late = await failureOf(() => lock.read({ timeout: 10 }))
    expect(late.message).toMatch(/^waited \d+ ms for a `RwLock`, which this thread writes to/)
    writer?.unlock()
    lock.tryWrite()!.unlock()
  })

  it('ends when the signal fires', async () => {
    const lock = new RwLock()
    const guard = await lock.write()
    const controller = new AbortController()
    const reason = new Error('enough')
    const waits = [lock.read({ signal: controller.signal }), lock.write({ signal: controller.signal })]
    controller.abort(reason)
    for (const wait of waits) expect(await failureOf(() => wait)).toBe(reason)
    expect(await failureOf(() => lock.read({ signal: controller.signal }))).toBe(reason)
    const third = lock.read()
    guard.unlock()
    ;(await third).unlock()
    lock.tryWrite()!.unlock()
  })

  it('in a blocked thread ends at the timeout', async () => {
    const lock = new RwLock()
    const guard = await lock.read()
    expect(await run('blockingWithTimeout', [lock, 'blockingWrite'], { blocks: true })).toMatch(
      /^TimeoutError R537: waited \d+ ms/,
    )
    expect(await run('blockingWithTimeout', [lock, 'blockingRead'], { blocks: true })).toBe('let in')
    guard.unlock()
    const writer = await lock.write()
    expect(await run('blockingWithTimeout', [lock, 'blockingRead'], { blocks: true })).toMatch(
      /which the main thread writes to/,
    )
    writer.unlock()
    expect(await run('blockingWithTimeout', [lock, 'blockingWrite'], { blocks: true })).toBe('let in')
  })

  it('for what this very thread holds is an error when it blocks', async () => {
    const reenter = (held: string, asked: string): Promise<unknown> => run('reenter', [held, asked], { blocks: true })
    expect(await reenter('blockingWrite', 'blockingWrite')).toMatch(/^R531: `blockingWrite` would wait for ever/)
    expect(await reenter('blockingWrite', 'blockingRead')).toMatch(/^R531: `blockingRead`/)
    expect(await reenter('blockingRead', 'blockingWrite')).toMatch(/^R531: `blockingWrite`/)
    expect(await reenter('blockingRead', 'blockingRead')).toBe('let in')
  })

  it('blocking where others may need the thread is an error', async () => {
    expect(await failureOf(() => run('reenter', ['blockingRead', 'blockingRead']))).toMatchObject({ code: 'R532' })
    expect(await failureOf(() => run('reenter', ['blockingWrite', 'blockingRead']))).toMatchObject({ code: 'R532' })
  })
})

describe('the death of a thread', () => {
  it('that read lets writers in, and poisons nothing', async () => {
    const lock = new RwLock()
    const words = sharedWords(2)
    const dying = run('die', [lock, 'read', words])
    await reaches(words, 0, 1)
    const waiting = lock.write({ timeout: 20_000 })
    goOn(words)
    expect(await failureOf(() => dying)).toMatchObject({ code: 'R504' })
    ;(await waiting).unlock()
    expect(lock.isPoisoned).toBe(false)
  })

  it('that wrote poisons the lock until somebody says that the data is right again', async () => {
    const lock = new RwLock(sharedWords(1))
    const words = sharedWords(2)
    const dying = run('die', [lock, 'write', words])
    await reaches(words, 0, 1)
    const waits = [lock.read({ timeout: 20_000 }), lock.write({ timeout: 20_000 })].map((wait) => failureOf(() => wait))
    goOn(words)
    expect(await failureOf(() => dying)).toMatchObject({ code: 'R504' })
    for (const error of await Promise.all(waits)) expect(error).toMatchObject({ name: 'PoisonedError', code: 'R538' })
    expect(await failureOf(() => lock.tryRead())).toMatchObject({ code: 'R538' })
    expect(lock.isPoisoned).toBe(true)
    const guard = await lock.write({ poisoned: 'accept' })
    guard.value[0] = 1
    lock.clearPoison()
    guard.unlock()
    using reader = await lock.read()
    expect(reader.value[0]).toBe(1)
  })

  it('that waited leaves nothing behind', async () => {
    const lock = new RwLock()
    const guard = await lock.read()
    const words = sharedWords(2)
    const dying = run('dieWaiting', [lock, 'write', words])
    await reaches(words, 0, 1)
    expect(lock.tryRead()).toBeUndefined()
    goOn(words)
    await failureOf(() => dying)
    const second = await lock.read({ timeout: 20_000 })
    second.unlock()
    guard.unlock()
    ;(await lock.write({ timeout: 20_000 })).unlock()
    expect(lock.isPoisoned).toBe(false)
  })
})
