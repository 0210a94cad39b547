import { EventEmitter } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

import { configure, SendError, shutdown, ThreadError } from 'experimental-threads'
import type { Thread } from 'experimental-threads'
import { $remade, $spawn, $task } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { AT, closure, failureOf, site, start, thrownBy } from './support.ts'

/** The module of initialisers in `modules/recipes.mjs`; another query is another module. */
const recipe = (query = ''): string => new URL(`./modules/recipes.mjs${query}`, import.meta.url).href

/** Runs a closure whose captures may have recipes. */
function startWithRecipes(
  name: string,
  captures: Record<string, [value: unknown, recipe: string | null]>,
): Thread<unknown> {
  const given = Object.values(captures)
  const own = { captures: Object.keys(captures), recipes: given.map(([, address]) => address) }
  return $spawn(
    site(closure(name), own),
    null,
    undefined,
    given.map(([value]) => value),
  )
}

const hostTable = { calls: 0, call: (n: number) => [0, n] }
const callTable = (n: number, query = ''): Thread<unknown> =>
  startWithRecipes('callTable', { table: [hostTable, recipe(query)], n: [n, null] })

beforeEach(() => configure({ maxThreads: 1 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('a value that the worker can make itself', () => {
  it('is made where it cannot be cloned, once for all threads of a worker', async () => {
    const first = (await callTable(7)) as unknown[]
    expect(first.slice(0, 3)).toEqual([1, 7, 1])
    const others = await Promise.all([callTable(8), callTable(9)])
    expect(others).toEqual([
      [2, 8, 1, first[3]],
      [3, 9, 1, first[3]],
    ])
  })

  it('is made once for threads that start together', async () => {
    const results = (await Promise.all([callTable(1), callTable(2)])) as number[][]
    expect(results.map(([calls]) => calls)).toEqual([1, 2])
  })

  it('is made in each worker that needs it', async () => {
    await callTable(1)
    await shutdown({ deadline: 0 })
    expect(await callTable(2)).toMatchObject([1, 2, 1, expect.any(Number)])
  })

  it('is always made when it is a function or a symbol, beside values that are sent', async () => {
    const thread = startWithRecipes('callAll', {
      where: [() => 'host', recipe()],
      tag: [Symbol('host'), recipe()],
      plain: [{ n: 1 }, recipe('?fail')],
    })
    expect(await thread).toEqual(['thread', 'Symbol(thread)', { n: 1 }, 1])
  })

  it('is sent as it is when it survives that', async () => {
    const table = { n: 2, call: undefined as unknown }
    expect(await startWithRecipes('readTable', { table: [table, recipe('?fail')] })).toEqual(['undefined', 2, 0])
    table.call = () => 1
    expect(await startWithRecipes('readTable', { table: [table, recipe()] })).toEqual(['function', undefined, 1])
  })

  it('is made when a clone would lose its class', async () => {
    class Table {
      n = 2
      call(): void {}
    }
    expect(await startWithRecipes('readTable', { table: [new Table(), recipe()] })).toEqual(['function', undefined, 1])
  })

  it('is made where it holds modules, which no platform clones, and which say so without a recipe', async () => {
    // Not by `import()`, for which Vitest gives an object of its own.
    const table = { './a': createRequire(import.meta.url)('./modules/plain-data.mjs') as object }
    expect(await startWithRecipes('readTable', { table: [table, recipe()] })).toEqual(['function', undefined, 1])
    const refused = thrownBy(() => startWithRecipes('readTable', { table: [table, null] }))
    expect(refused.message).toContain('cannot send "table[\\"./a\\"]" (a module)')
    expect(refused.message).toContain(': import it inside the closure')
    // What a bundler makes of a module is cloned, as any data.
    const bundled = Object.freeze(
      Object.defineProperty({ __proto__: null, n: 2 }, Symbol.toStringTag, { value: 'Module' }),
    )
    expect(await startWithRecipes('readTable', { table: [bundled, recipe('?fail')] })).toEqual(['undefined', 2, 1])
  })

  it('changes nothing for values without a recipe', async () => {
    const error = thrownBy(() =>
      startWithRecipes('readTable', { table: [{ n: 1 }, recipe('?fail')], other: [hostTable, null] }),
    )
    expect(error.code).toBe('R502')
    expect(error.message).toContain(`cannot send "other.call" (a function), captured at ${AT}: `)
    expect(thrownBy(() => start('echo', [() => 1]))).toMatchObject({ code: 'R502' })
    expect(await start('add', [1, 2])).toBe(3)
  })
})

describe('a value whose initialiser may have an effect', () => {
  const own = { captures: ['table', 'n'], recipes: [recipe(), null] }
  const remade = (line: number): ((index: number) => void) => $remade([['table', `src/a.ts:${line}:7`], null])

  it('is told of once for each constant, however many threads make it and whoever sends it', async () => {
    const printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
    configure({ maxThreads: 2 })
    const sites = [remade(1), remade(1), remade(2)].map((say) => site(closure('callTable'), { ...own, remade: say }))
    await Promise.all([...sites, ...sites].map((each) => $spawn(each, null, undefined, [hostTable, 7])))
    expect(printed).toHaveBeenCalledTimes(2)
    const [text] = printed.mock.calls[0]! as [string]
    const page = await readFile(new URL('../../pkg/compiler/errors/W905.md', import.meta.url), 'utf8')
    const [message, help] = ['message', 'help'].map(
      (key) => JSON.parse(new RegExp(`^${key}: (.*)$`, 'm').exec(page)![1]!) as string,
    )
    expect(text.split('\n')).toEqual([
      `W905: ${message!.replace('{name}', 'table').replace('{at}', 'src/a.ts:1:7')}`,
      `  help: ${help}`,
      '  docs: @experimental-threads/compiler/errors/W905.md',
    ])
    printed.mockRestore()
  })

  it('is not told of when it is sent as it is, and is told of by a task that travels', async () => {
    const printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const reads = site(closure('readTable'), { ...own, remade: remade(3) })
    await $spawn(reads, null, undefined, [{ n: 1 }, 7])
    expect(printed).not.toHaveBeenCalled()
    const job = $task(site(closure('callTable'), { ...own, remade: remade(4) }), [hostTable, 7])
    expect(printed).toHaveBeenCalledTimes(1)
    expect(await start('echo', [job])).toMatchObject({ name: 'test' })
    printed.mockRestore()
  })
})

describe('what stands for work under way or a thing outside is never made again', () => {
  const timer = setTimeout(() => {})
  clearTimeout(timer)
  const callable = Object.assign(() => {}, { on() {}, emit() {} })
  it.each<[string, unknown]>([
    ['a promise', Promise.resolve(1)],
    // oxlint-disable-next-line no-thenable -- what query builders are
    ['a thenable', { then() {} }],
    ['an EventTarget', new EventTarget()],
    ['an AbortController, which holds one', { controller: new AbortController() }],
    ['an EventEmitter', new EventEmitter()],
    ['a function that emits events', callable],
    ['a timer', timer],
    ['a stream of the platform', new ReadableStream()],
    ['a stream of Node', Readable.from([])],
    ['a port', new MessageChannel().port1],
    ['a table that holds one', { call() {}, list: [new Map([['bus', new EventEmitter()]])] }],
  ])('%s', (_, value) => {
    const error = thrownBy(() => startWithRecipes('readTable', { table: [value, recipe('?fail')] }))
    expect(error).toBeInstanceOf(SendError)
    expect(error.code).toBe('R502')
    expect(error.message).toMatch(/^cannot send "table/)
  })

  it('is looked for once in each part of a table, however they know each other', async () => {
    const all: object[] = []
    for (let index = 0; index < 3000; index++) all.push({ all, call() {} })
    const started = performance.now()
    expect(await startWithRecipes('readTable', { table: [all, recipe()] })).toMatchObject(['function', undefined, 1])
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('a value that the worker fails to make', () => {
  it('rejects the thread and names the variable, with the error as cause', async () => {
    const error = await failureOf(callTable(1, '?fail'))
    expect(error).toBeInstanceOf(ThreadError)
    expect(error).toMatchObject({
      code: 'R518',
      message: '`table` cannot be cloned, and its initialiser could not be loaded or evaluated in the thread',
      cause: { name: 'RangeError', message: 'no page here', cause: 'the thread has none' },
    })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.stack).toContain(`at spawn (${AT})`)
  })

  it('leaves the other threads of the worker alone, and nothing unhandled', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const thread = await start('thread')
    const waiting = start('threadAfter', [20])
    const failing = [callTable(1, '?fail'), callTable(2, '?fail')].map((failed) => failureOf(failed))
    await callTable(3)
    expect((await Promise.all(failing)).map(({ code }) => code)).toEqual(['R518', 'R518'])
    expect(await waiting).toBe(thread)
    // Platforms remember a module that failed: that worker is not used for new threads.
    expect(await start('thread')).not.toBe(thread)
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
  })

  it('is tried again by the next spawn, also when its module had not loaded or had thrown', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recipe-'))
    const file = join(folder, 'recipe.mjs')
    const make = (): Promise<unknown> => startWithRecipes('readTable', { table: [hostTable, pathToFileURL(file).href] })
    try {
      expect((await failureOf(make())).cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
      await writeFile(file, 'throw new RangeError("not yet")')
      expect((await failureOf(make())).cause).toBeInstanceOf(RangeError)
      await writeFile(file, 'export const table = { n: 1 }')
      expect(await make()).toEqual(['undefined', 1, 0])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('fails at once for all queued threads that need it, and for no others', async () => {
    const failing = Array.from({ length: 20 }, (_, n) => failureOf(callTable(n, '?fail')))
    const making = [callTable(1), callTable(2)]
    expect((await Promise.all(failing)).every(({ code }) => code === 'R518')).toBe(true)
    expect(await Promise.all(making)).toHaveLength(2)
  })

  it('is not what is told when the closure did not load either', async () => {
    const failed = startWithRecipes('noSuchClosure', { table: [hostTable, recipe('?fail')] })
    expect(await failureOf(failed)).toMatchObject({ code: 'R505' })
    expect(await start('add', [1, 2])).toBe(3)
  })

  it.each([
    ['there is no such module', { table: [hostTable, new URL('./modules/none.mjs', import.meta.url).href] }],
    ['the module lost the export', { lost: [hostTable, recipe()] }],
  ] as [string, Parameters<typeof startWithRecipes>[1]][])('tells so when %s', async (_, captures) => {
    const error = await failureOf(startWithRecipes('readTable', captures))
    expect(error).toMatchObject({ code: 'R518', message: expect.stringContaining(`\`${Object.keys(captures)[0]}\``) })
    expect(error.cause).toBeInstanceOf(Error)
  })
})
