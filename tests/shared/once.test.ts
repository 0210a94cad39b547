import { configure, Once, shutdown } from 'experimental-threads'
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

describe('what is done once', () => {
  it('runs in one of four threads and the host, and all see it done', async () => {
    const once = $shared(Once, 'once', 'h1', () => [])
    const cells = sharedWords(1)
    const threads = [true, true, false, false].map((blocks) => run('callOnce', [cells, blocks], { blocks }))
    const here = once.call(() => Atomics.add(cells, 0, 1)).then((ran) => ({ ran, seen: cells[0] }))
    const results = (await Promise.all([...threads, here])) as { ran: boolean; seen: number }[]
    expect(results.map(({ seen }) => seen)).toEqual([1, 1, 1, 1, 1])
    expect(results.filter(({ ran }) => ran)).toHaveLength(1)
    expect(once.isDone).toBe(true)
    expect(once.tryCall(() => Atomics.add(cells, 0, 1))).toBe(true)
    expect(cells[0]).toBe(1)
  })

  it('is done by the next one when it throws', async () => {
    const once = new Once()
    const order: string[] = []
    const failing = once.call(async () => {
      await Promise.resolve()
      order.push('first')
      throw new Error('no luck')
    })
    const next = once.call(() => void order.push('second'))
    expect((await failureOf(() => failing)).message).toBe('no luck')
    expect(await next).toBe(true)
    expect(order).toEqual(['first', 'second'])
    expect(await failureOf(() => new Once().tryCall(() => JSON.parse('{')))).toBeInstanceOf(SyntaxError)
  })

  it('is done by the next one when the thread dies', async () => {
    const once = new Once()
    const words = sharedWords(2)
    const dying = run('callAndDie', [once, words])
    await reaches(words, 0, 1)
    let ran = false
    const next = once.call(() => void (ran = true), { timeout: 20_000 })
    expect(once.tryCall(() => {})).toBe(false)
    goOn(words)
    expect(await failureOf(() => dying)).toMatchObject({ code: 'R504' })
    expect(await next).toBe(true)
    expect(ran).toBe(true)
  })

  it('cannot need itself', async () => {
    const once = new Once()
    expect(await failureOf(() => once.call(() => once.call(() => {})))).toMatchObject({ code: 'R586' })
    expect(await failureOf(() => once.tryCall(() => once.tryCall(() => {})))).toMatchObject({ code: 'R586' })
    expect(await failureOf(() => once.call(() => once.tryCall(() => {})))).toMatchObject({ code: 'R586' })
    expect(once.isDone).toBe(false)
    expect(await new Once().call(() => 1)).toBe(true)
  })

  it('cannot need itself in a blocked thread', async () => {
    const once = new Once()
    expect(await run('blockingCallRecursive', [once], { blocks: true })).toBe('LockError R586')
    expect(await run('blockingCallWithin', [once, {}], { blocks: true })).toBe(true)
    expect(await run('blockingCallWithin', [once, {}], { blocks: true })).toBe(false)
  })

  it('waits no longer than it was told', async () => {
    const once = new Once()
    const words = sharedWords(2)
    const other = run('callAndHold', [once, words])
    await reaches(words, 0, 1)
    expect(await failureOf(() => once.call(() => {}, { timeout: 10 }))).toMatchObject({
      name: 'TimeoutError',
      code: 'R537',
    })
    expect(await failureOf(() => once.call(() => {}, { timeout: 0 }))).toMatchObject({ code: 'R537' })
    expect(await run('blockingCallWithin', [once, { timeout: 10 }], { blocks: true })).toMatch(
      /^TimeoutError R537: waited \d+ ms for a `Once`, which the thread .* is doing$/,
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = once.call(() => {}, { signal: controller.signal })
    controller.abort(reason)
    expect(await failureOf(() => aborted)).toBe(reason)
    goOn(words)
    expect(await other).toBe(true)
    expect(await once.call(() => {})).toBe(false)
  })
})
