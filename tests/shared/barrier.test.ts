import { Barrier, configure, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { StartOptions } from './support.ts'
import { failureOf, reaches, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], options: StartOptions = {}): Promise<unknown> =>
  start(name, captures, { ...options, module: 'groups' })

function goOn(words: Int32Array): void {
  Atomics.store(words, 1, 1)
  Atomics.notify(words, 1)
}

const broken = { name: 'BrokenBarrierError', code: 'R585' }

describe('a barrier', () => {
  it('keeps three threads and the host together for 300 rounds, with one leader in each', async () => {
    const stage = $shared(Barrier, 'stage', 'h1', () => [4])
    const rounds = 300
    const cells = sharedWords(rounds)
    const threads = [false, true, true].map((blocks) => run('meet', [rounds, cells, blocks], { blocks }))
    let led = 0
    for (let round = 0; round < rounds; round++) {
      Atomics.add(cells, round, 1)
      if ((await stage.wait()).isLeader) led++
      expect(Atomics.load(cells, round)).toBe(4)
    }
    const results = (await Promise.all(threads)) as { led: number; wrong: number }[]
    expect(results.map(({ wrong }) => wrong)).toEqual([0, 0, 0])
    expect(results.reduce((sum, result) => sum + result.led, led)).toBe(rounds)
  })

  it('of one lets everybody go on at once, as the leader', async () => {
    const barrier = new Barrier(1)
    expect(await barrier.wait()).toEqual({ isLeader: true })
    expect(barrier.tryWait()).toEqual({ isLeader: true })
    expect(barrier.parties).toBe(1)
  })

  it('keeps parties of one thread together', async () => {
    const barrier = new Barrier(3)
    for (let round = 0; round < 3; round++) {
      const results = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])
      expect(results.filter(({ isLeader }) => isLeader)).toHaveLength(1)
    }
  })

  it('that is tried is passed by the last party only', async () => {
    const barrier = new Barrier(2)
    expect(barrier.tryWait()).toBeUndefined()
    const waiting = barrier.wait()
    expect(barrier.tryWait()).toEqual({ isLeader: true })
    expect(await waiting).toEqual({ isLeader: false })
  })

  it('needs a number of parties that makes sense', async () => {
    for (const parties of [0, -1, 1.5, NaN, 4096, '2' as unknown as number])
      expect(await failureOf(() => new Barrier(parties))).toMatchObject({ code: 'R533' })
  })
})

describe('a barrier is broken', () => {
  it('by a timeout, and a reset mends it', async () => {
    const barrier = new Barrier(4)
    const words = sharedWords(2)
    const others = [run('waitAt', [barrier, words, {}]), run('blockAt', [barrier, words, {}], { blocks: true })]
    await reaches(words, 0, 2)
    expect(await failureOf(() => barrier.wait({ timeout: 50 }))).toMatchObject({ name: 'TimeoutError', code: 'R537' })
    expect(await Promise.all(others)).toEqual(['BrokenBarrierError R585', 'BrokenBarrierError R585'])
    expect(barrier.isBroken).toBe(true)
    expect(await failureOf(() => barrier.wait())).toMatchObject(broken)
    expect(await failureOf(() => barrier.tryWait())).toMatchObject(broken)
    barrier.reset()
    expect(barrier.isBroken).toBe(false)
    const all = [run('waitAt', [barrier, words, {}]), run('blockAt', [barrier, words, {}], { blocks: true })]
    const here = [barrier.wait(), barrier.wait()].map(async (wait) => ((await wait).isLeader ? 'led' : 'met'))
    expect((await Promise.all([...all, ...here])).toSorted()).toEqual(['led', 'met', 'met', 'met'])
  })

  it('by the timeout of a thread that is blocked', async () => {
    const barrier = new Barrier(3)
    const words = sharedWords(2)
    const waiting = barrier.wait()
    const other = run('blockAt', [barrier, words, { timeout: 30 }], { blocks: true })
    expect(await failureOf(() => waiting)).toMatchObject(broken)
    expect(await other).toBe('TimeoutError R537')
  })

  it('by a signal', async () => {
    const barrier = new Barrier(3)
    const controller = new AbortController()
    const waits = [barrier.wait(), barrier.wait({ signal: controller.signal })]
    const failures = waits.map((wait) => failureOf(() => wait))
    const reason = new Error('enough')
    controller.abort(reason)
    const [other, aborted] = await Promise.all(failures)
    expect(aborted).toBe(reason)
    expect(other).toMatchObject(broken)
    expect(await failureOf(() => barrier.wait({ signal: controller.signal }))).toBe(reason)
  })

  it('by the death of a thread that waits', async () => {
    const barrier = new Barrier(3)
    const words = sharedWords(2)
    const dying = run('dieAt', [barrier, words])
    await reaches(words, 0, 1)
    const waiting = failureOf(() => barrier.wait({ timeout: 20_000 }))
    goOn(words)
    expect(await failureOf(() => dying)).toMatchObject({ code: 'R504' })
    expect(await waiting).toMatchObject(broken)
    barrier.reset()
    expect((await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).length).toBe(3)
  })

  it('by a reset while somebody waits', async () => {
    const barrier = new Barrier(2)
    const words = sharedWords(2)
    const other = run('waitAt', [barrier, words, {}])
    await reaches(words, 0, 1)
    barrier.reset()
    expect(await other).toBe('BrokenBarrierError R585')
    expect(barrier.isBroken).toBe(false)
  })
})
