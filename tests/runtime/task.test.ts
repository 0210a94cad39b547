import { configure, move, shutdown, spawn, stats, Task, task, threadName, threadSignal } from 'experimental-threads'
import type { Thread } from 'experimental-threads'
import { $spawn, $task } from 'experimental-threads/internal'
import { afterEach, describe, expect, it } from 'vitest'

import { failureOf, reaches, sharedWords, site, thrownBy } from './support.ts'

afterEach(async () => {
  await shutdown({ deadline: 0 })
  configure({ maxThreads: 2, graceTime: 2000 })
})

const chunk = (name: string): string => new URL(`./modules/tasks.mjs?run=${name}`, import.meta.url).href
const make = (name: string, captures: unknown[] = [], given = {}): Task<never[], unknown> =>
  $task(site(chunk(name), { name, ...given }), captures)
const run = (name: string, captures: unknown[] = []): Promise<unknown> =>
  $spawn(site(chunk(name), { name }), null, undefined, captures)
const start = (name: string, words: Int32Array): Thread<unknown> =>
  $spawn(site(chunk(name), { name }), null, undefined, [words])

describe('a task', () => {
  it('runs as often as it is spawned', async () => {
    const job = make('add', [1, 2])
    expect(job).toBeInstanceOf(Task)
    expect(job.name).toBe('add')
    expect(await Promise.all([spawn(job), spawn(job)])).toEqual([3, 3])
  })

  it('takes arguments and options', async () => {
    const job = make('sumWith', [10]) as unknown as Task<number[], number>
    const thread = spawn(move(1, 2), job, { name: 'summing' })
    expect(thread.name).toBe('summing')
    expect(await thread).toBe(13)
    expect(await failureOf(spawn(move(1), job, { signal: AbortSignal.abort('no') }))).toBe('no')
  })

  it('has the captured values of the moment when it was made, anew in each run', async () => {
    const list = ['first']
    const job = make('count', [list])
    list.push('second')
    expect([await spawn(job), await spawn(job)]).toEqual([2, 2])
  })

  it('refuses what cannot be captured when it is made', () => {
    expect(thrownBy(() => make('add', [{ onDone() {} }]))).toMatchObject({ code: 'R502' })
  })

  it('has captures that the worker makes, for each thread that runs it', async () => {
    const table = { call: () => 'made here' }
    const recipe = new URL('./modules/task-recipe.mjs', import.meta.url).href
    const job = make('callTable', [table], { captures: ['table'], recipes: [recipe] })
    expect(await spawn(job)).toBe('made there')
    expect(await run('spawnIt', [job])).toBe('made there')
  })

  it('can be captured, passed, stored in objects and returned', async () => {
    const job = make('add', [1, 2])
    expect(await run('spawnIt', [job])).toBe(3)
    const passing = make('spawnArgument') as unknown as Task<[Task<never[], unknown>, { name: string }], unknown>
    expect(await spawn(move(job, { name: 'inner' }), passing)).toBe(3)
    expect(await run('spawnIt', [make('spawnIt', [job])])).toBe(3)
    const made = (await run('make', [40])) as Task<[], number>
    expect(made).toBeInstanceOf(Task)
    expect(await spawn(made)).toBe(41)
  })

  it('is run when an import by reference turns out to be one, also with its own captures', async () => {
    const byReference = make('byReference') as unknown as Task<[number], number>
    expect(await Promise.all([spawn(move(5), byReference), spawn(move(5), byReference)])).toEqual([15, 15])
  })

  it('that does not load rejects what ran it', async () => {
    expect(await failureOf(run('missing'))).toMatchObject({ name: 'ChunkLoadError', code: 'R505' })
  })
})

describe('a call that the build left as it is', () => {
  it.each([
    ['a function', () => 1],
    ['[object Object]', { toString: null }],
    ['undefined', undefined],
  ])('says what a task is when it was given %s', (shown, given) => {
    const error = thrownBy(() => spawn(given as () => number))
    expect(error).toMatchObject({ name: 'ThreadError', code: 'R560' })
    expect(error.message).toContain(`\`spawn\` was given ${shown} that the build does not know`)
    expect(thrownBy(() => spawn(move(1), given as (n: number) => number))).toMatchObject({ code: 'R560' })
  })

  it('says so for a task too', () => {
    expect(thrownBy(() => task(() => 1)).message).toContain('`task` was given a function')
  })

  it('says so when the code of a task was compiled for another protocol', () => {
    expect(thrownBy(() => make('add', [], { p: 2 }))).toMatchObject({ code: 'R507' })
  })
})

describe('what a closure knows of its thread', () => {
  it('is given to `run` after the captures', async () => {
    const job = make('name')
    expect(await Promise.all([spawn(job, { name: 'one' }), spawn(job)])).toEqual(['one', 'name'])
  })

  it('is known to imported helpers before the first await', async () => {
    expect(await run('nameInside')).toBe('nameInside')
    expect(await run('nameInHelper')).toBe('nameInHelper')
    expect(await run('sameSignal')).toBe(true)
  })

  it('is not known later, which throws instead of telling of another thread', async () => {
    expect(await failureOf(run('nameTooLate'))).toMatchObject({ code: 'R561' })
  })

  it('is not known outside of threads', () => {
    expect(thrownBy(() => threadSignal.aborted)).toMatchObject({ code: 'R561' })
    expect(thrownBy(() => `${threadName}`)).toMatchObject({ code: 'R561' })
  })

  it('is a signal that fires when the thread is aborted, after which the thread can stop', async () => {
    const words = sharedWords()
    const thread = start('untilAborted', words)
    await reaches(words, 1, 1)
    thread.abort('enough')
    expect(await thread.join()).toEqual({ ok: false, error: 'enough' })
    expect(words[0]).toBe(1)
  })

  it('is a real signal, which other signals and `fetch` take, and has the reason', async () => {
    const words = sharedWords()
    const thread = start('waitForAbort', words)
    await reaches(words, 1, 1)
    thread.abort(Object.assign(new RangeError('too late'), { code: 'E_LATE' }))
    await thread.join()
    expect(words[0]).toBe(1)
    expect(await $spawn(site(chunk('nestedAbort')), null, undefined, [sharedWords()])).toBe(1)
  })

  it.each(['spin', 'spinThrowing'])('is a signal that a loop without a break sees: %s', async (name) => {
    configure({ graceTime: Infinity })
    const words = sharedWords(3)
    const thread = start(name, words)
    await reaches(words, 1, 1)
    thread.abort('enough')
    expect(await thread.join()).toEqual({ ok: false, error: 'enough' })
    if (name === 'spin') expect([...words]).toEqual([1, 1, 1])
    expect(stats()).toMatchObject({ workers: 1, idle: 1 })
  })

  it('is a signal that no later thread with the same word takes for its own', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    for (let round = 1; round <= 3; round++) {
      const thread = start('untilAborted', words)
      await reaches(words, 1, round)
      thread.abort()
      await thread.join()
      expect(await run('isAborted')).toBe(false)
    }
  })
})
