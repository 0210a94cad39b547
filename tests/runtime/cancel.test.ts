import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { configure, shutdown, stats, WorkerTerminatedError } from 'experimental-threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { failureOf, open, reaches, sharedWords, start } from './support.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

beforeEach(() => configure({ maxThreads: 1, graceTime: 2000 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('an aborted thread', () => {
  it('rejects with the reason at once and joins when the closure has really stopped', async () => {
    const words = sharedWords()
    const thread = start('arrive', [words])
    await reaches(words, 1, 1)
    const reason = new RangeError('changed my mind')
    thread.abort(reason)
    expect(await failureOf(thread)).toBe(reason)
    let joined = false
    const join = thread.join().then((outcome) => {
      joined = true
      return outcome
    })
    expect(await start('add', [1, 2])).toBe(3)
    expect(joined).toBe(false)
    open(words)
    expect(await join).toEqual({ ok: false, error: reason })
  })

  it('is no unhandled rejection, since the program asked for it', async () => {
    start('never').abort()
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('rejects with an AbortError when no reason is given', async () => {
    const thread = start('never')
    thread.abort()
    expect(await failureOf(thread)).toMatchObject({ name: 'AbortError' })
  })

  it('never runs when it was still queued', async () => {
    const words = sharedWords()
    const running = start('block', [50])
    const queued = start('set', [words, 1])
    const reason = new Error('not needed')
    queued.abort(reason)
    expect(await queued.join()).toEqual({ ok: false, error: reason })
    expect(stats().queued).toBe(0)
    await running
    await start('add', [1, 2])
    expect(words[1]).toBe(0)
  })

  it('never starts when its signal has fired before', async () => {
    const error = await failureOf(start('add', [1, 2], { signal: AbortSignal.abort('early') }))
    expect(error).toBe('early')
    expect(stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('is aborted by its signal, which keeps no listener afterwards', async () => {
    const controller = new AbortController()
    const threads = [
      start('add', [1, 2], { signal: controller.signal }),
      start('never', [], { signal: controller.signal }),
    ]
    await threads[0]
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort(new Error('stop'))
    expect((await failureOf(threads[1]!)).message).toBe('stop')
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('shares one listener with all that have its signal, which platforms do not take for a leak', async () => {
    const { signal } = new AbortController()
    const warned = vi.fn()
    process.on('warning', warned)
    const threads = Array.from({ length: 50 }, (_, index) => start('add', [index, 1], { signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await Promise.all(threads)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    process.off('warning', warned)
    expect(warned).not.toHaveBeenCalled()
  })

  it('is forgotten when it has stopped, however long the grace time', async () => {
    configure({ graceTime: 600_000 })
    const abortOne = async (name: string): Promise<WeakRef<Error>> => {
      const thread = start(name)
      const reason = new Error('enough')
      thread.abort(reason)
      expect(await thread.join()).toEqual({ ok: false, error: reason })
      return new WeakRef(reason)
    }
    const reasons = await Promise.all([abortOne('add'), abortOne('untilAborted')])
    // The newest one may be kept.
    await start('add', [1, 2])
    const kept = (): boolean => reasons.some((reason) => reason.deref() !== undefined)
    for (let turn = 0; turn < 100 && kept(); turn++) {
      await new Promise(setImmediate)
      collect()
    }
    expect(kept()).toBe(false)
  })

  it('is left alone when it has ended', async () => {
    const thread = start('add', [1, 2])
    await thread
    thread.abort(new Error('late'))
    expect(await thread.join()).toEqual({ ok: true, value: 3 })
  })

  it('does not disturb others on the same worker', async () => {
    const words = sharedWords()
    const [first, second] = [start('arrive', [words]), start('arrive', [words])]
    await reaches(words, 1, 2)
    first.abort()
    await failureOf(first)
    expect(await start('add', [1, 2])).toBe(3)
    open(words)
    expect(await second).toBeTypeOf('number')
  })
})

describe('an aborted thread that does not let go of its worker', () => {
  it('is ended after the grace time, and the pool goes on', async () => {
    configure({ graceTime: 30 })
    const words = sharedWords()
    const thread = start('arriveAndBlock', [words, 600_000])
    await reaches(words, 1, 1)
    const reason = new Error('too slow')
    thread.abort(reason)
    expect(await failureOf(thread)).toBe(reason)
    expect(await thread.join()).toEqual({ ok: false, error: reason })
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('takes its co-tenants with it, and they are told who it was', async () => {
    configure({ graceTime: 30 })
    const words = sharedWords()
    const tenant = start('arrive', [words])
    await reaches(words, 1, 1)
    const hog = start('arriveAndBlock', [words, 600_000], { name: 'greedy' })
    await reaches(words, 1, 2)
    hog.abort()
    const error = await failureOf(tenant)
    expect(error).toBeInstanceOf(WorkerTerminatedError)
    expect(error.cause).toMatchObject({ code: 'R516', message: expect.stringContaining('`greedy`') })
    expect(await failureOf(hog)).toMatchObject({ name: 'AbortError' })
  })

  it('that turns its loop in time is not ended', async () => {
    configure({ graceTime: 2000 })
    const words = sharedWords()
    const thread = start('arriveAndBlock', [words, 100])
    await reaches(words, 1, 1)
    thread.abort()
    await failureOf(thread)
    await thread.join()
    expect(stats()).toMatchObject({ workers: 1, idle: 1 })
  })
})
