import { configure, shutdown, WaitGroup } from 'experimental-threads'
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

describe('a wait group', () => {
  it('waits until four threads have done all, again and again', async () => {
    const group = $shared(WaitGroup, 'group', 'h1', () => [])
    const cells = sharedWords(1)
    for (let round = 1; round <= 3; round++) {
      group.add(400)
      const threads = [1, 2, 3, 4].map(() => run('work', [cells, 100]))
      await group.wait()
      expect(cells[0]).toBe(400 * round)
      await Promise.all(threads)
    }
    expect(group.count).toBe(0)
    expect(group.tryWait()).toBe(true)
  })

  it('that is empty keeps nobody waiting', async () => {
    const group = new WaitGroup()
    await group.wait({ timeout: 0 })
    expect(await run('blockingWait', [group, {}], { blocks: true })).toBe('empty')
  })

  it('lets those go on for whom it was empty for a moment', async () => {
    const group = new WaitGroup()
    group.add()
    const waiting = group.wait({ timeout: 5000 })
    group.done()
    group.add()
    await waiting
    expect(group.tryWait()).toBe(false)
    group.done()
  })

  it('counts what makes sense', async () => {
    const group = new WaitGroup()
    expect(await failureOf(() => group.done())).toMatchObject({ code: 'R588' })
    group.add(2)
    expect(await failureOf(() => group.done(3))).toMatchObject({ code: 'R588' })
    expect(group.count).toBe(2)
    for (const count of [0, -1, 0.5, NaN, 2 ** 30]) {
      expect(await failureOf(() => group.add(count))).toMatchObject({ code: 'R533' })
      expect(await failureOf(() => group.done(count))).toMatchObject({ code: 'R533' })
    }
    expect(await failureOf(() => group.add(2 ** 30 - 1))).toMatchObject({ code: 'R533' })
    group.done(2)
    expect(group.tryWait()).toBe(true)
  })

  it('waits no longer than it was told', async () => {
    const group = new WaitGroup()
    group.add(3)
    const late = await failureOf(() => group.wait({ timeout: 10 }))
    expect(late).toMatchObject({ name: 'TimeoutError', code: 'R537' })
    expect(late.message).toMatch(/^waited \d+ ms for a `WaitGroup`, where 3 of what was added was left$/)
    expect(await run('blockingWait', [group, { timeout: 10 }], { blocks: true })).toMatch(/^TimeoutError R537/)
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = group.wait({ signal: controller.signal })
    controller.abort(reason)
    expect(await failureOf(() => waiting)).toBe(reason)
  })
})

describe('a member of a wait group', () => {
  it('counts until it is released', async () => {
    const group = new WaitGroup()
    const words = sharedWords(2)
    const thread = run('member', [group, words])
    await reaches(words, 0, 1)
    {
      using _member = group.enter()
      expect(group.count).toBe(2)
    }
    expect(group.count).toBe(1)
    const waiting = group.wait({ timeout: 20_000 })
    goOn(words)
    await Promise.all([waiting, thread])
    const member = group.enter()
    member.release()
    member.dispose()
    expect(await failureOf(() => member.release())).toMatchObject({ code: 'R530' })
    expect(group.count).toBe(0)
  })

  it('does not count any more when its thread has died', async () => {
    const group = new WaitGroup()
    const words = sharedWords(2)
    const dying = run('dieAsMember', [group, words])
    await reaches(words, 0, 1)
    expect(group.count).toBe(2)
    const waiting = group.wait({ timeout: 20_000 })
    goOn(words)
    expect(await failureOf(() => dying)).toMatchObject({ code: 'R504' })
    await waiting
    expect(group.count).toBe(0)
    using _member = group.enter()
    expect(group.count).toBe(1)
  })

  it('does not count any more when its thread has ended and forgotten it', async () => {
    const group = new WaitGroup()
    await run('forget', [group])
    await group.wait({ timeout: 20_000 })
  })
})
