import { Worker } from 'node:worker_threads'

import { configure, shutdown, stats } from 'experimental-threads'
import { $spawn } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { closure, failureOf, open, reaches, sharedWords, site, start, thrownBy } from './support.ts'

beforeEach(() => configure({ maxThreads: 2, maxWorkers: 16, idleTimeout: 30_000 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('the pool', () => {
  it('starts no worker before the first spawn, and not more than maxThreads for ordinary threads', async () => {
    expect(stats()).toMatchObject({
      workers: 0,
      idle: 0,
      busy: 0,
      queued: 0,
      running: 0,
      maxThreads: 2,
      maxWorkers: 16,
    })
    const threads = Array.from({ length: 20 }, () => start('blockThread', [2]))
    expect(stats()).toMatchObject({ workers: 2, busy: 2, queued: 18, running: 2 })
    expect(new Set(await Promise.all(threads)).size).toBe(2)
    expect(stats()).toMatchObject({ workers: 2, idle: 2, queued: 0, running: 0 })
  })

  it('uses an idle worker again', async () => {
    expect(await start('thread')).toBe(await start('thread'))
  })

  it('gives a worker whose tasks are all suspended more to do', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const threads = Array.from({ length: 50 }, () => start('arrive', [words]))
    await reaches(words, 1, 50)
    expect(stats()).toMatchObject({ workers: 1, running: 50, queued: 0 })
    open(words)
    await Promise.all(threads)
  })

  it('leaves a worker alone while its loop is taken', async () => {
    const words = sharedWords()
    const hog = start('spinUntil', [words])
    const others = await Promise.all(Array.from({ length: 10 }, () => start('threadAfter', [1])))
    expect(new Set(others).size).toBe(1)
    open(words)
    expect(others).not.toContain(await hog)
  })

  it('fills workers up with few messages', async () => {
    await Promise.all([start('add', [1, 2]), start('add', [1, 2])])
    const posted = vi.spyOn(Worker.prototype, 'postMessage')
    const sums = await Promise.all(Array.from({ length: 1000 }, (_, index) => start('add', [index, 1])))
    expect(sums).toEqual(Array.from(sums, (_, index) => index + 1))
    // Each worker has at most 256 ahead, and is filled up when half of them have started.
    expect(posted.mock.calls.length).toBeLessThan(40)
    posted.mockRestore()
  })

  it('tells threads apart that travel together', async () => {
    configure({ maxThreads: 1 })
    const gate = start('block', [20])
    const captures = [[undefined, 'a'], [null, 1n], [], ['x'.repeat(1024)], [-0], [{ large: [1] }], [true, NaN, 3]]
    const all = [...captures, ...captures].map(
      (given, index) => [index % 2 === 0 && given.length > 0 ? 'echo' : 'all', given] as const,
    )
    const results = await Promise.all(all.map(([name, given]) => start(name, given)))
    expect(results).toEqual(all.map(([name, given]) => (name === 'echo' ? given[0] : given)))
    await gate
  })

  it('runs what waits in the order of its priority, first in first out within', async () => {
    configure({ maxThreads: 1 })
    // The worker is there, so nobody waits long enough to count as more important.
    await start('add', [1, 2])
    const words = sharedWords(7)
    const gate = start('block', [50])
    const ranks = ['low', 'normal', 'high', 'normal', 'low', 'high'] as const
    const threads = ranks.map((priority, index) => start('note', [words, index + 1], { priority }))
    await Promise.all([gate, ...threads])
    expect([...words].slice(1)).toEqual([5, 3, 1, 4, 6, 2])
  })

  it('settles all of 20,000 threads that are spawned at once', async () => {
    const threads = Array.from({ length: 20_000 }, (_, index) => start('add', [index, 1]))
    const results = (await Promise.all(threads)) as number[]
    expect(results.every((result, index) => result === index + 1)).toBe(true)
  })

  it('ends a new worker too whose first task could not be posted', async () => {
    configure({ idleTimeout: 20 })
    expect(thrownBy(() => start('echo', [new Proxy({}, {})]))).toMatchObject({ code: 'R502' })
    expect(stats()).toMatchObject({ workers: 1, idle: 1, running: 0 })
    while (stats().workers > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('ends workers that were idle for long', async () => {
    configure({ idleTimeout: 20 })
    const words = sharedWords()
    const idle = await start('thread')
    await reaches(words, 0, 0)
    while (stats().workers > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await start('thread')).not.toBe(idle)
  })
})

describe('a thread that spawns', () => {
  it('gets the result', async () => {
    expect(await start('nestedAdd', [1, 2])).toBe(3)
  })

  it('may be deeper than there are workers', async () => {
    expect(await start('fib', [10])).toBe(55)
    expect(stats().workers).toBe(2)
    configure({ maxThreads: 1 })
    expect(await start('nestedDeep', [40])).toBeTypeOf('number')
  })

  it('moves values to and from its threads', async () => {
    expect(await start('nestedMove')).toEqual([0, 8])
  })

  it('may abort its threads', async () => {
    configure({ maxThreads: 1 })
    const result = (await start('nestedAbort', [], { dedicated: false })) as { ok: boolean; error: Error }
    expect(result.ok).toBe(false)
    expect(result.error).toBeInstanceOf(RangeError)
  }, 10_000)
})

describe('a dedicated thread', () => {
  const blocking = (words: Int32Array, blocks = true) =>
    $spawn(site(closure('sleepOn'), { blocks, name: 'sleeper' }), null, undefined, [words])

  it('has a worker of its own, beyond maxThreads', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const sleepers = [blocking(words), blocking(words), blocking(words)]
    expect(stats()).toMatchObject({ workers: 3, dedicated: 3, queued: 0 })
    const ordinary = await Promise.all([start('thread'), start('threadAfter', [1])])
    await start('set', [words, 0])
    const ids = await Promise.all(sleepers)
    expect(new Set(ids).size).toBe(3)
    expect(ids.some((id) => ordinary.includes(id))).toBe(false)
  })

  it('is one by option too', async () => {
    const thread = start('thread', [], { dedicated: true })
    expect(stats().dedicated).toBe(1)
    await thread
    expect(stats().dedicated).toBe(0)
  })

  it('fails when all workers are taken, and says by whom', async () => {
    configure({ maxThreads: 1, maxWorkers: 2 })
    const words = sharedWords()
    const sleepers = [blocking(words), blocking(words)]
    const error = await failureOf(blocking(words))
    expect(error).toMatchObject({ code: 'R511' })
    expect(error.message).toContain('`sleeper`')
    // Ordinary threads still run: one of them may be what the dedicated ones wait for.
    await start('set', [words, 0])
    await Promise.all(sleepers)
  })
})

describe('a dedicated thread, when ordinary ones have all workers', () => {
  it('fails and names them, the first ones of many', async () => {
    configure({ maxThreads: 4, maxWorkers: 2 })
    const words = sharedWords()
    const spinners = [start('spinUntil', [words]), start('spinUntil', [words], { name: 'second' })]
    const error = await failureOf(start('add', [1, 2], { dedicated: true }))
    expect(error.message).toMatch(/taken by `spinUntil` \(src\/a\.ts:12:8\), `second` \(src\/a\.ts:12:8\)$/)
    open(words)
    await Promise.all(spinners)

    configure({ maxThreads: 1, maxWorkers: 1 })
    await shutdown()
    const gate = sharedWords()
    const waiting = Array.from({ length: 20 }, () => start('arrive', [gate]))
    await reaches(gate, 1, 20)
    expect((await failureOf(start('add', [1, 2], { dedicated: true }))).message).toMatch(/ and 4 more$/)
    open(gate)
    await Promise.all(waiting)
  })
})

describe('shutdown', () => {
  it('waits for what runs, rejects new spawns and ends the workers; a later spawn opens the pool again', async () => {
    const running = start('threadAfter', [30])
    const closed = shutdown()
    expect(await failureOf(start('add', [1, 2]))).toMatchObject({ code: 'R512' })
    await closed
    expect(await running).toBeTypeOf('number')
    expect(stats().workers).toBe(0)
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('lets running threads spawn', async () => {
    const running = start('fib', [6])
    await shutdown()
    expect(await running).toBe(8)
  })

  it('ends what still runs after the deadline', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const running = start('arriveAndBlock', [words, 60_000])
    // While its module loads, others may start.
    await reaches(words, 1, 1)
    const outcomes = Promise.all([failureOf(running), failureOf(start('add', [1, 2]))])
    await shutdown({ deadline: 20 })
    expect(await outcomes).toMatchObject([{ name: 'WorkerTerminatedError' }, { code: 'R512' }])
  })

  it('does nothing when there is no pool, and may be called twice', async () => {
    await Promise.all([shutdown(), shutdown()])
    await start('add', [1, 2])
    await Promise.all([shutdown(), shutdown()])
  })
})

describe('configure', () => {
  it('refuses what makes no sense', () => {
    expect(thrownBy(() => configure({ maxThreads: -1 }))).toMatchObject({ code: 'R513' })
    expect(thrownBy(() => configure({ idleTimeout: -1 }))).toMatchObject({ code: 'R513' })
    expect(thrownBy(() => configure({ threads: 1 } as object))).toMatchObject({ code: 'R513' })
  })

  it('is for the program: threads change nothing and see nothing', async () => {
    await start('configureHere')
    expect(stats().maxThreads).toBe(2)
    expect(await failureOf(start('statsHere'))).toMatchObject({ code: 'R515' })
    expect(await failureOf(start('shutdownHere'))).toMatchObject({ code: 'R515' })
  })

  it('takes effect at once', async () => {
    configure({ maxThreads: 3 })
    expect(stats()).toMatchObject({ maxThreads: 3, maxWorkers: 16 })
    const threads = Array.from({ length: 6 }, () => start('blockThread', [5]))
    expect(stats().workers).toBe(3)
    await Promise.all(threads)
  })
})
