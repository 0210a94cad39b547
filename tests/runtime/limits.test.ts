import type { PoolEvent, Task, Thread } from 'experimental-threads'
import { configure, parallelMap, ready, shutdown, stats } from 'experimental-threads'
import { $recycle, $task } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { failureOf, open, reaches, sharedWords, site, start, thrownBy } from './support.ts'

const DEFAULTS = { maxQueue: Infinity, maxWorkerHeap: Infinity, latency: false, onEvent: undefined, resourceLimits: {} }

beforeEach(() => configure({ maxThreads: 1 }))
afterEach(async () => {
  configure(DEFAULTS)
  await shutdown({ deadline: 0 })
})

describe('the bound of the queue', () => {
  // A moved buffer goes only to a worker that asked, so these wait in the queue and not in the worker.
  const moving = (): Promise<unknown> => {
    const bytes = new Uint8Array(1)
    return start('echo', [bytes], { transfer: [bytes.buffer] })
  }

  it('rejects who would wait beyond it, at once, and nobody else', async () => {
    configure({ maxQueue: 2 })
    const words = sharedWords()
    const hog = start('arriveAndSpin', [words])
    await reaches(words, 1, 1)
    const waiting = [moving(), moving()]
    const error = await failureOf(moving())
    expect(error).toMatchObject({ code: 'R540' })
    expect(error.message).toContain('`maxQueue` allows (2)')
    open(words)
    await Promise.all([hog, ...waiting])
    expect(await moving()).toEqual(new Uint8Array(1))
  })

  it('counts what lies unstarted in workers, too, but not what was aborted there', async () => {
    const words = sharedWords()
    const hog = start('arriveAndSpin', [words])
    await reaches(words, 1, 1)
    configure({ maxQueue: 3 })
    const add = (): Thread<unknown> => start('add', [1, 2])
    const [first, second, third, fourth] = [add(), add(), add(), add()]
    expect(await failureOf(fourth)).toMatchObject({ code: 'R540' })
    expect(stats()).toMatchObject({ queued: 3, running: 1 })
    second.abort()
    await second.join()
    const fifth = add()
    expect(stats()).toMatchObject({ queued: 3, running: 1 })
    open(words)
    expect(await Promise.all([first, third, fifth])).toEqual([3, 3, 3])
    await hog
  })

  it('lets a parallelMap go on that has begun', async () => {
    configure({ maxQueue: 1 })
    const double = $task(site(new URL('./modules/map.mjs?run=double', import.meta.url).href), []) as unknown as Task<
      [number, number],
      number
    >
    const items = Array.from({ length: 100 }, (_, index) => index)
    expect(await parallelMap(items, double, { concurrency: 8 })).toHaveLength(100)
  })

  it('lets those through one by one who wait for room', async () => {
    configure({ maxQueue: 2 })
    let most = 0
    const results: Promise<unknown>[] = []
    for (let index = 0; index < 30; index++) {
      await ready()
      results.push(moving())
      most = Math.max(most, stats().queued)
    }
    expect(await Promise.all(results)).toHaveLength(30)
    expect(most).toBe(2)
  })

  it('has room again when one that waits is aborted', async () => {
    configure({ maxQueue: 1 })
    const words = sharedWords()
    const hog = start('arriveAndSpin', [words])
    await reaches(words, 1, 1)
    const bytes = new Uint8Array(1)
    const waiting = start('echo', [bytes], { transfer: [bytes.buffer] })
    const room = ready()
    waiting.abort()
    await room
    open(words)
    await hog
  })

  it('does not hold for threads that threads spawn', async () => {
    configure({ maxQueue: 1 })
    expect(await start('fib', [8])).toBe(21)
  })
})

describe('the pool', () => {
  it('counts how threads ended and how long they took', async () => {
    configure({ latency: true })
    const before = stats()
    await start('add', [1, 2])
    await failureOf(start('throwValue', [1]))
    const aborted = start('never')
    aborted.abort()
    await aborted.join()
    const { done, failed, aborted: stopped, latency } = stats()
    expect([done - before.done, failed - before.failed, stopped - before.aborted]).toEqual([1, 1, 1])
    expect(latency.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(3)
    expect(latency.every(({ upTo }) => upTo > 0)).toBe(true)
  })

  it('counts a thread that its parent’s worker ran by how it ended', async () => {
    const events: PoolEvent[] = []
    configure({ onEvent: (event) => void events.push(event) })
    const before = stats()
    expect(await start('nestedAdd', [1, 2])).toBe(3)
    await failureOf(start('nestedFailure'))
    await start('nestedAbort')
    const { done, failed, aborted } = stats()
    expect([done - before.done, failed - before.failed, aborted - before.aborted]).toEqual([3, 2, 1])
    const ends = events.flatMap((event) => (event.type === 'thread-ended' ? [`${event.thread} ${event.how}`] : []))
    expect(ends.slice(0, 2)).toEqual(['add done', 'nestedAdd done'])
    expect(ends).toContain('throwRange failed')
  })

  it('tells of workers and threads, also to a listener that throws', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const events: PoolEvent[] = []
    configure({
      onEvent(event) {
        events.push(event)
        throw new Error('careless')
      },
    })
    expect(await start('add', [1, 2])).toBe(3)
    await shutdown()
    expect(events.map(({ type }) => type)).toEqual(['worker-started', 'thread-ended', 'worker-ended'])
    expect(events[1]).toMatchObject({ thread: 'add', at: 'src/a.ts:12:8', how: 'done' })
    expect(printed).toHaveBeenCalledTimes(3)
    printed.mockRestore()
  })

  it('replaces a worker whose heap has grown beyond the limit', async () => {
    configure({ maxWorkerHeap: 1 })
    const first = await start('thread')
    while (stats().workers > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(await start('thread')).not.toBe(first)
  })

  it('gives new workers their limits', async () => {
    configure({ resourceLimits: { maxYoungGenerationSizeMb: 7 } })
    expect(await start('youngLimit')).toBe(7)
  })

  it('gives nothing more to workers with old code, and lets them finish', async () => {
    configure({ maxThreads: 2 })
    const words = sharedWords()
    const old = await start('thread')
    const waiting = start('arrive', [words])
    await reaches(words, 1, 1)
    $recycle()
    const fresh = await start('thread')
    expect(fresh).not.toBe(old)
    open(words)
    expect(await waiting).toBe(old)
    expect(await start('thread')).toBe(fresh)
  })

  it('refuses limits that make no sense', () => {
    expect(thrownBy(() => configure({ maxQueue: 0.5 }))).toMatchObject({ code: 'R513' })
    expect(thrownBy(() => configure({ maxWorkerHeap: 0 }))).toMatchObject({ code: 'R513' })
    expect(thrownBy(() => configure({ onEvent: 1 as never }))).toMatchObject({ code: 'R513' })
  })
})
