// What becomes of those who wait for permits when time is up, when a wait is aborted, and when threads end.

import { configure, Semaphore, shutdown } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { arena } from '../../pkg/runtime/dist/memory/arena.js'
import { LINE_WORDS } from '../../pkg/runtime/dist/memory/layout.js'
import { failureOf, reaches, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 6, graceTime: 50 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], blocks = false): ReturnType<typeof start> =>
  start(name, captures, { module: 'failures', blocks })

function exit(said: Int32Array): void {
  Atomics.store(said, 1, 1)
  Atomics.notify(said, 1)
}

describe('a wait for permits', () => {
  it('rejects when its time is up, and lets a smaller one behind it pass', async () => {
    const semaphore = new Semaphore(1)
    const large = semaphore.acquire(2, { timeout: 30 })
    const small = semaphore.acquire(1)
    expect(semaphore.tryAcquire()).toBeUndefined()
    expect(await failureOf(() => large)).toMatchObject({ code: 'R537', name: 'TimeoutError' })
    ;(await small).release()
    expect(semaphore.tryAcquire(1)).toBeDefined()
  })

  it('says how many permits are free', async () => {
    const semaphore = new Semaphore(1)
    const error = await failureOf(() => semaphore.acquire(2, { timeout: 0 }))
    expect(error.message).toBe('waited 0 ms for 2 permits of a `Semaphore`, which has 1 free')
  })

  it('rejects with the reason of its signal, and lets others pass', async () => {
    const semaphore = new Semaphore(0)
    const stop = new AbortController()
    const first = semaphore.acquire(1, { signal: stop.signal })
    const second = semaphore.acquire(1)
    stop.abort('enough')
    await expect(first).rejects.toBe('enough')
    await expect(semaphore.acquire(1, { signal: stop.signal })).rejects.toBe('enough')
    semaphore.release()
    ;(await second).release()
    semaphore.tryAcquire(1)!.release()
  })

  it('that is rejected just when it was granted gives back in the same step', async () => {
    const semaphore = new Semaphore(0)
    const stop = new AbortController()
    const first = semaphore.acquire(2, { signal: stop.signal })
    semaphore.release(2)
    expect(semaphore.tryAcquire()).toBeUndefined()
    stop.abort('enough')
    semaphore.tryAcquire(2)!.release()
    await expect(first).rejects.toBe('enough')
    expect(semaphore.tryAcquire(3)).toBeUndefined()
    semaphore.tryAcquire(2)!.release()
  })

  it('that makes no sense is refused', async () => {
    expect(await failureOf(() => new Semaphore(1).acquire(1, { timeout: -1 }))).toMatchObject({ code: 'R539' })
  })

  it('ends a thread that blocks when its time is up', async () => {
    const semaphore = new Semaphore(0)
    expect(await run('acquires', [semaphore, sharedWords(3), 'blocking', 1, { timeout: 30 }], true)).toBe(
      'TimeoutError R537',
    )
    semaphore.release()
    expect(await run('acquires', [semaphore, sharedWords(3), 'blocking', 1, { timeout: 5000 }], true)).toBe('acquired')
  })

  it('given up 20,000 times behind one that waits on takes no more memory', async () => {
    const semaphore = new Semaphore(0)
    const first = semaphore.acquire(2)
    const once = async (): Promise<void> => {
      const stop = new AbortController()
      const waits = Array.from({ length: 10 }, () => semaphore.acquire(1, { signal: stop.signal }).catch(() => {}))
      stop.abort()
      await Promise.all(waits)
      // The engine's waits end in the next turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await once()
    const [before] = arena().words
    for (let round = 0; round < 2000; round++) await once()
    // A few lines more: how many are on their way at the same time differs a little. Without reuse there would be 6,667.
    expect(arena().words[0]! - before!).toBeLessThan(20 * LINE_WORDS)
    semaphore.release(2)
    await first
  })
})

describe('a thread that dies', () => {
  it('while it waits does not keep back those behind it', async () => {
    const semaphore = new Semaphore(1)
    const said = sharedWords(3)
    const dying = run('diesAcquiring', [semaphore, said])
    await reaches(said, 0, 1)
    const behind = semaphore.acquire(1)
    const blocked = run('acquires', [semaphore, sharedWords(3), 'blocking', 1], true)
    exit(said)
    await failureOf(() => dying)
    ;(await behind).release()
    expect(await blocked).toBe('acquired')
    semaphore.tryAcquire(1)!.release()
  })

  it('while it waits is not in the way of one that only tries', async () => {
    const semaphore = new Semaphore(1)
    const said = sharedWords(3)
    const dying = run('diesAcquiring', [semaphore, said])
    await reaches(said, 0, 1)
    expect(semaphore.tryAcquire()).toBeUndefined()
    exit(said)
    await failureOf(() => dying)
    expect(semaphore.tryAcquire()).toBeDefined()
  })

  it('keeps the permits that it has taken, until somebody gives them back', async () => {
    const semaphore = new Semaphore(2)
    await failureOf(() => run('exitsWithPermit', [semaphore]))
    expect(semaphore.tryAcquire(2)).toBeUndefined()
    semaphore.release()
    semaphore.tryAcquire(2)!.release()
  })
})
