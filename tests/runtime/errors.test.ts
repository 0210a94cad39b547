import { configure, SendError, shutdown, spawn, ThreadError } from 'experimental-threads'
import { $task } from 'experimental-threads/internal'
import { afterAll, describe, expect, it } from 'vitest'

import { AT, closure, failureOf, site, start, thrownBy } from './support.ts'

afterAll(() => shutdown({ deadline: 0 }))

/** One of the packages that the comparison with other analysers installs. */
const ZOD = new URL('../oracle/node_modules/zod/index.js', import.meta.url)

describe('an error thrown in a thread', () => {
  it('keeps its class, message, code, cause and own fields', async () => {
    const error = await failureOf(start('throwRange', [{ a: [1] }]))
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({
      name: 'RangeError',
      message: 'too far',
      code: 'E_FAR',
      path: ['a', 1],
      cause: { a: [1] },
    })
    expect(Object.keys(error).toSorted()).toEqual(['code', 'path'])
  })

  it('has a stack of the frames in the thread, then the place of the spawn', async () => {
    const lines = (await failureOf(start('throwRange', [1]))).stack!.split('\n')
    expect(lines[0]).toBe('RangeError: too far')
    expect(lines[1]).toContain('closures.mjs')
    expect(lines.at(-1)).toBe(`    at spawn (${AT})`)
  })

  it('has one line for each level of nested threads', async () => {
    const lines = (await failureOf(start('nestedFailure'))).stack!.split('\n')
    expect(lines.slice(-2)).toEqual(['    at spawn (src/nested.ts:1:1)', `    at spawn (${AT})`])
  })

  it('of a class that only the thread knows is of the nearest one that both know, with all its fields', async () => {
    const error = await failureOf(start('throwHttp'))
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
    expect(error).toMatchObject({ message: 'gone', status: 410 })
  })

  it('keeps the errors of an AggregateError', async () => {
    const error = (await failureOf(start('throwAggregate'))) as unknown as AggregateError
    expect(error).toBeInstanceOf(AggregateError)
    expect(error.errors[0]).toBeInstanceOf(TypeError)
    expect(error.errors[1]).toBe('two')
  })

  it('stays a DOMException', async () => {
    const error = await failureOf(start('throwDom'))
    expect(error).toBeInstanceOf(DOMException)
    expect(error).toMatchObject({ name: 'NotFoundError', message: 'no', code: 8 })
    expect(error.stack).toContain(`at spawn (${AT})`)
  })

  it('may be any value', async () => {
    for (const value of [null, undefined, 0, 'text', { plain: true }]) {
      expect(await start('throwValue', [value]).join()).toEqual({ ok: false, error: value })
    }
  })

  it('may be frozen', async () => {
    expect(await failureOf(start('throwFrozen'))).toMatchObject({ message: 'cold', at: 1 })
  })

  it('may be its own cause', async () => {
    const error = await failureOf(start('throwCyclic'))
    expect(error.cause).toBeInstanceOf(TypeError)
    expect((error.cause as Error).cause).toBe(error)
  })

  it('loses only the fields that cannot be sent', async () => {
    const error = await failureOf(start('throwWithFunction'))
    expect(error.message).toBe('odd')
    expect(error).not.toHaveProperty('callback')
  })

  it('keeps what its class hides, hidden, thrown or returned', async () => {
    const thrown = await failureOf(start('throwHiding'))
    const { error: returned } = (await start('returnHiding')) as { error: Error }
    for (const error of [thrown, returned]) {
      expect(error).toMatchObject({ hidden: 7, inner: { errors: [new RangeError('deep')] }, late: 'read' })
      expect(Object.keys(error)).toEqual([])
      for (const key of ['format', 'state']) expect(error).not.toHaveProperty(key)
    }
  })

  it('of zod keeps its issues', async () => {
    const thrown = await failureOf(start('throwZod', [ZOD.href]))
    const { error: returned } = (await start('returnZod', [ZOD.href])) as { error: Error }
    for (const error of [thrown, returned])
      expect(error).toMatchObject({ name: 'ZodError', issues: [{ code: 'invalid_type', path: ['n'] }] })
  })

  it('may have getters that throw', async () => {
    expect((await failureOf(start('throwHostile'))).message).toBe('hostile')
  })

  it('that cannot be sent at all is described', async () => {
    const error = await failureOf(start('throwFunction'))
    expect(error).toBeInstanceOf(SendError)
    expect(error).toMatchObject({
      code: 'R514',
      message: `the thread spawned at ${AT} threw a value that cannot be sent (a function)`,
    })
  })

  it('of which nothing can be read is described, and its worker goes on', async () => {
    configure({ maxThreads: 1 })
    const beside = start('echoLater', [1])
    expect(await failureOf(start('throwUnreadable'))).toMatchObject({
      code: 'R514',
      message: `the thread spawned at ${AT} threw a value that cannot be sent (an object that throws when it is looked at)`,
    })
    expect(await beside).toBe(1)
  })

  it('of the runtime keeps its class through nested threads', async () => {
    const error = await failureOf(start('nestedUnsendable'))
    expect(error).toBeInstanceOf(SendError)
    expect(error).toBeInstanceOf(ThreadError)
    expect(error.message).toContain('cannot send "c0.onDone" (a function), captured at src/nested.ts:1:1: ')
  })
})

describe('an error of the call', () => {
  const refused = (call: () => unknown): [string, string] => {
    const [text, frame] = thrownBy(call).stack!.split('\n') as [string, string]
    return [text, frame]
  }

  it('has a stack that begins where the program called', () => {
    const held = $task(site(closure('echo')), [1])
    const calls = [
      () => start('echo', [() => {}]),
      () => spawn(held as never, { priority: 'soon' as never }),
      () => $task(site(closure('echo')), [() => {}]),
    ]
    const firsts = calls.map((call) => refused(call))
    expect(firsts.map(([text]) => text.split(':')[0])).toEqual(['SendError', 'ThreadError', 'SendError'])
    expect(firsts.map(([, frame]) => /\/runtime\/(\S+\.ts):/.exec(frame)?.[1])).toEqual([
      'support.ts',
      'errors.test.ts',
      'errors.test.ts',
    ])
  })

  it('leaves the stack of an error of the program as it is', () => {
    const value = {
      get late() {
        throw new RangeError('mine')
      },
    }
    expect(refused(() => start('echo', [value]))[1]).toContain('late')
  })
})
