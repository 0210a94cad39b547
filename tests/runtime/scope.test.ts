import { configure, drop, move, shutdown, spawn, stats, threads } from 'experimental-threads'
import type { SpawnOptions, Task, Thread, ThreadScope, ThreadStream } from 'experimental-threads'
import { $spawn, $stream, $task } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { closure, failureOf, open, reaches, sharedWords, site, start, thrownBy } from './support.ts'

beforeEach(() => configure({ maxThreads: 2, graceTime: 2000 }))
afterEach(() => shutdown({ deadline: 0 }))

const end = (scope: ThreadScope): Promise<void> => scope[Symbol.asyncDispose]()

const job = (name: string, captures: unknown[] = []): Task<[], unknown> =>
  $task(site(closure(name), { name }), captures) as unknown as Task<[], unknown>

function streamIn(scope: ThreadScope, words: Int32Array): ThreadStream<number> {
  const load = new URL('./modules/streams.mjs?run=watched', import.meta.url).href
  const options: SpawnOptions = { scope }
  return $spawn(site(load, { stream: $stream }), null, options, [words]) as unknown as ThreadStream<number>
}

describe('a scope', () => {
  it('waits at its end for what was started in it', async () => {
    const words = sharedWords()
    const scope = threads()
    const threadsIn: Thread<unknown>[] = [
      start('arrive', [words], { scope }),
      scope.spawn(job('arrive', [words])) as Thread<unknown>,
      scope.add(start('arrive', [words])),
    ]
    let over = false
    const ended = end(scope).then(() => (over = true))
    await reaches(words, 1, 3)
    expect(over).toBe(false)
    open(words)
    await ended
    expect(stats().running).toBe(0)
    expect((await Promise.all(threadsIn)).map((id) => typeof id)).toEqual(['number', 'number', 'number'])
  })

  it('says how a closure is started in it, which only tasks are by a method', () => {
    const error = thrownBy(() => threads().spawn((() => 1) as unknown as Task<[], number>))
    expect(error).toMatchObject({
      code: 'R560',
      message:
        '`scope.spawn` was given a function, and takes tasks: write `spawn(() => …, { scope })`, or wrap it in `task(…)` where it is written',
    })
    const misplaced = thrownBy(() => threads().spawn(job('arrive'), move(1) as SpawnOptions))
    expect(misplaced).toMatchObject({ code: 'R513' })
  })

  it('gives tasks their arguments', async () => {
    const scope = threads()
    const sum = $task(site(closure('sum')), [10]) as unknown as Task<[number, number], number>
    expect(await scope.spawn(move(1, 2), sum, { name: 'sum' })).toBe(13)
    await end(scope)
  })

  it('waits for those that start while it waits', async () => {
    const words = sharedWords()
    const scope = threads()
    const first = start('arrive', [words], { scope })
    let second: Thread<unknown> | undefined
    void first.then(() => (second = start('add', [1, 2], { scope })))
    const ended = end(scope)
    await reaches(words, 1, 1)
    open(words)
    await ended
    expect(await second).toBe(3)
  })

  it('aborts the others when one fails, and rejects with its error', async () => {
    const words = sharedWords()
    const scope = threads()
    const waiting = start('arriveUntilAborted', [words], { scope })
    await reaches(words, 1, 1)
    start('throwRange', [1], { scope })
    expect(await failureOf(end(scope))).toMatchObject({ name: 'RangeError', code: 'E_FAR' })
    expect(await failureOf(waiting)).toMatchObject({
      name: 'AbortError',
      message: 'another thread of the scope failed',
    })
    expect(words[0]).toBe(1)
  })

  it('rejects with all errors when more than one failed', async () => {
    const scope = threads()
    for (const name of ['one', 'two'])
      scope.add({ join: async () => ({ ok: false as const, error: new Error(name) }), abort() {} })
    const error = await failureOf(end(scope))
    expect(error).toBeInstanceOf(AggregateError)
    expect((error as unknown as AggregateError).errors.map(String)).toEqual(['Error: one', 'Error: two'])
  })

  it('is aborted by its signal or its owner, which is no failure', async () => {
    const words = sharedWords()
    const controller = new AbortController()
    const scope = threads({ signal: controller.signal })
    const thread = start('arriveUntilAborted', [words], { scope })
    await reaches(words, 1, 1)
    controller.abort(new Error('enough'))
    expect(await failureOf(thread)).toMatchObject({ message: 'enough' })
    await end(scope)
    const other = threads()
    other.abort('no')
    expect(await failureOf(start('add', [1, 2], { scope: other }))).toBe('no')
    await end(other)
  })

  it('is over after its end', async () => {
    const scope = threads()
    await end(scope)
    expect(thrownBy(() => start('add', [1, 2], { scope }))).toMatchObject({ code: 'R564' })
    const thread = start('add', [1, 2])
    expect(thrownBy(() => scope.add(thread))).toMatchObject({ code: 'R564' })
    await thread
  })

  it('takes in streams, and lets those go that nobody reads', async () => {
    const words = sharedWords()
    const scope = threads()
    const values = streamIn(scope, words)
    expect((await values.next()).value).toBe(1)
    await values.return()
    await end(scope)
    expect(words[1]).toBe(1)
  })
})

describe('drop', () => {
  it('gives back what is disposable', () => {
    const dropped: string[] = []
    drop({ dispose: () => void dropped.push('method') })
    drop({ [Symbol.dispose]: () => void dropped.push('symbol') })
    expect(dropped).toEqual(['method', 'symbol'])
  })
})

it('spawn takes the scope', () => {
  const scope = threads()
  expect(() => spawn(() => 1, { scope })).toThrow('that the build does not know')
})
