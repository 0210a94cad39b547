import { configure, shutdown, stats } from 'experimental-threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { failureOf, open, reaches, sharedWords, start } from './support.ts'

beforeEach(() => configure({ maxThreads: 2, graceTime: 2000 }))
afterEach(() => shutdown({ deadline: 0 }))

/** Keeps this thread from turning its loop until a shared word has a value. */
function spinUntil(words: Int32Array, index: number, value: number): void {
  const end = performance.now() + 20_000
  while (Atomics.load(words, index) < value) if (performance.now() > end) throw new Error('nobody got that far')
}

describe('a task given ahead', () => {
  it('runs elsewhere when its worker is busy for long', async () => {
    await Promise.all([start('blockThread', [5]), start('blockThread', [5])])
    const words = sharedWords()
    const hog = start('spinUntil', [words])
    const others = Array.from({ length: 600 }, (_, index) => start('add', [index, 1]))
    expect(await Promise.all(others)).toEqual(others.map((_, index) => index + 1))
    open(words)
    await hog
  })

  it('runs elsewhere also with values that were cloned for it', async () => {
    const words = sharedWords()
    const hog = start('spinUntil', [words])
    const others = Array.from({ length: 50 }, (_, index) => start('echo', [{ index }]))
    expect(await Promise.all(others)).toEqual(others.map((_, index) => ({ index })))
    open(words)
    await hog
  })

  it('runs on no more workers than may be busy, also where there are more', async () => {
    await Promise.all([start('blockThread', [5]), start('blockThread', [5])])
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const hog = start('arriveAndSpin', [words])
    // What is given behind a closure whose chunk still loads may run before it.
    await reaches(words, 1, 1)
    let over = false
    const behind = start('add', [1, 2]).then((sum) => {
      over = true
      return sum
    })
    // The other worker has nothing to do after the first of these, and before the end of the second.
    for (let round = 0; round < 2; round++) expect(await start('add', [3, 4], { dedicated: true })).toBe(7)
    expect(over).toBe(false)
    open(words)
    expect(await behind).toBe(3)
    await hog
  })

  it('never runs twice, whoever is busy', async () => {
    const words = sharedWords(1002)
    const pauses = Array.from({ length: 1000 }, (_, index) => (index % 50 === 0 ? 3 : 0))
    await Promise.all(pauses.map((pause, index) => start('countAndBlock', [words, index + 2, pause])))
    expect([...words].slice(2)).toEqual(pauses.map(() => 1))
  })

  it('is not lost when its worker ends: it had not started', async () => {
    configure({ maxThreads: 1 })
    await start('add', [1, 2])
    const crash = start('blockAndExit', [20, 1])
    const others = Array.from({ length: 300 }, (_, index) => start('add', [index, 1]))
    expect(await failureOf(crash)).toMatchObject({ code: 'R504' })
    expect(await Promise.all(others)).toEqual(others.map((_, index) => index + 1))
  })

  it('is given up when it ends one worker after the other before its first statement', async () => {
    const thread = start('exitAtLoad', [1])
    expect(await failureOf(thread)).toMatchObject({ code: 'R504' })
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('leaves at once when it is aborted', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const hog = start('arriveAndSpin', [words])
    await reaches(words, 1, 1)
    const ahead = start('set', [words, 0])
    // It is given out at the end of this turn.
    await Promise.resolve()
    ahead.abort(new Error('not needed'))
    expect(await ahead.join()).toMatchObject({ ok: false, error: { message: 'not needed' } })
    expect(words[0]).toBe(0)
    open(words)
    await hog
    expect(stats().running).toBe(0)
  })
})

describe('threads that threads spawn', () => {
  it('run while the host is busy', async () => {
    const words = sharedWords(3)
    const sum = start('nestedCount', [words, 200])
    spinUntil(words, 2, 200)
    expect(await sum).toBe(200)
  })

  it('run while the host is busy, more of them than there are claims, and deeper than there are workers', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords(3)
    const sum = start('nestedTree', [words, 10])
    spinUntil(words, 2, 2 ** 10)
    expect(await sum).toBe(2 ** 10)
  })

  it('sort ten levels deep on two workers', async () => {
    const numbers = Array.from({ length: 4096 }, (_, index) => (index * 7919) % 4096)
    expect(await start('mergeSort', [numbers, 10])).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('use the other worker while their own is busy', async () => {
    const threads = (await start('nestedWhileBusy', [])) as number[]
    expect(threads[0]).not.toBe(threads[1])
  })

  it('get copies, also of what runs on the same worker', async () => {
    expect(await start('nestedIsolation', [])).toEqual([{ list: [1] }, true])
  })

  it('are waited for by shutdown when nobody else does', async () => {
    const words = sharedWords(3)
    await start('nestedLeftBehind', [words])
    await shutdown()
    expect(words[2]).toBe(1)
  })

  it('may be aborted before they start, and while they run on the same worker', async () => {
    configure({ maxThreads: 1 })
    expect(await start('nestedAborts', [])).toEqual(['early', 'late'])
    expect(stats()).toMatchObject({ running: 0, queued: 0 })
  })
})

describe('a barrier of a thousand', () => {
  it('opens when the last party arrives, on two workers', async () => {
    const words = sharedWords()
    const parties = Array.from({ length: 1000 }, () => start('arrive', [words]))
    await reaches(words, 1, 1000)
    open(words)
    await Promise.all(parties)
  })
})
