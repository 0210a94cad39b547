import { configure, Semaphore, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, reaches, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

/** Waits until the semaphore has someone in its queue: then nobody passes any more. */
async function queued(semaphore: Semaphore): Promise<void> {
  for (;;) {
    const permit = semaphore.tryAcquire()
    if (permit === undefined) return
    permit.release()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a semaphore', () => {
  it('never gives more permits than it has, with uneven needs, awaiting and blocking', async () => {
    const inside = sharedWords(1)
    const threads = [1, 2, 3, 1, 2].map((need, index) =>
      start('share', [1_000, need, inside, index % 2 === 0], { blocks: index % 2 === 0 }),
    )
    const most = (await Promise.all(threads)) as number[]
    expect(Math.max(...most)).toBeLessThanOrEqual(3)
    const permits = $shared(Semaphore, 'permits', 'h1', () => [3])
    expect(permits.tryAcquire(3)?.count).toBe(3)
    expect(permits.tryAcquire()).toBeUndefined()
  })

  it('gives a permit to the one who waits for one, when the one before it went through', async () => {
    const semaphore = new Semaphore(0)
    const words = sharedWords(2)
    const two = start('acquire', [semaphore, 2, words, 0], { module: 'bare' })
    // The order of arrival is known from the queue alone, so each comes when the one before is in it.
    semaphore.release()
    await queued(semaphore)
    const one = start('acquire', [semaphore, 1, words, 1], { module: 'bare' })
    semaphore.release()
    await reaches(words, 0, 1)
    semaphore.release()
    await reaches(words, 1, 1)
    await Promise.all([two, one])
    expect(semaphore.tryAcquire()).toBeUndefined()
  })

  it('serves strictly in order, so that many small requests cannot starve a large one', async () => {
    const semaphore = new Semaphore(2)
    const order: string[] = []
    const held = await semaphore.acquire()
    const large = semaphore.acquire(2).then((permit) => {
      order.push('large')
      permit.release()
    })
    expect(semaphore.tryAcquire()).toBeUndefined()
    const small = semaphore.acquire().then((permit) => {
      order.push('small')
      permit.release()
    })
    held.release()
    await Promise.all([large, small])
    expect(order).toEqual(['large', 'small'])
    expect(semaphore.tryAcquire(2)).toBeDefined()
  })

  it('serves 2,000 waiters of one thread in order', async () => {
    const semaphore = new Semaphore(0)
    const order: number[] = []
    const waiters = Array.from({ length: 2_000 }, async (_, index) => {
      await semaphore.acquire()
      order.push(index)
    })
    semaphore.release(2_000)
    await Promise.all(waiters)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).toHaveLength(2_000)
  })

  it('can be released by somebody who acquired nothing, on any thread', async () => {
    const semaphore = new Semaphore(0)
    const waiting = semaphore.acquire(3)
    semaphore.release(2)
    semaphore.release()
    expect((await waiting).count).toBe(3)
  })
})

describe('a permit', () => {
  it('is given back once', async () => {
    const semaphore = new Semaphore(1)
    const permit = await semaphore.acquire()
    permit.release()
    expect(await failureOf(() => permit.release())).toMatchObject({ code: 'R530' })
    permit.dispose()
    permit[Symbol.dispose]()
    expect(semaphore.tryAcquire(2)).toBeUndefined()
    {
      using _permit = semaphore.tryAcquire()
      expect(semaphore.tryAcquire()).toBeUndefined()
    }
    expect(semaphore.tryAcquire()).toBeDefined()
  })
})

describe('a number of permits', () => {
  const wrong = [-1, 1.5, Number.NaN, Infinity, 2 ** 30, '1' as unknown as number]

  it('must be a whole number in range, 0 only for a new semaphore', async () => {
    const semaphore = new Semaphore(3)
    for (const count of wrong) expect(await failureOf(() => new Semaphore(count))).toMatchObject({ code: 'R533' })
    for (const count of [...wrong, 0]) {
      expect(await failureOf(() => semaphore.acquire(count))).toMatchObject({ code: 'R533', name: 'LockError' })
      expect(await failureOf(() => semaphore.tryAcquire(count))).toMatchObject({ code: 'R533' })
      expect(await failureOf(() => semaphore.blockingAcquire(count))).toMatchObject({ code: 'R533' })
      expect(await failureOf(() => semaphore.release(count))).toMatchObject({ code: 'R533' })
    }
    expect(semaphore.tryAcquire(4)).toBeUndefined()
    expect(semaphore.tryAcquire(3)).toBeDefined()
  })

  it('cannot grow beyond what a semaphore counts', async () => {
    const semaphore = new Semaphore(2 ** 30 - 1)
    expect(await failureOf(() => semaphore.release())).toMatchObject({ code: 'R534' })
    expect(semaphore.tryAcquire(2 ** 30 - 1)).toBeDefined()
  })
})
