// The registry of declared values, under races, deaths and modules that are evaluated again.

import { configure, Mutex, resetShared, shared, shutdown, threadLocal } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 8, maxWorkers: 32 }))
afterAll(() => shutdown({ deadline: 0 }))

async function race(round: number, agents: number, ids: number): Promise<void> {
  const gate = sharedWords(1)
  const all = Array.from({ length: agents }, (_, agent) =>
    start('race', [gate, agent, agents, ids, round], { module: 'races', blocks: true }),
  )
  const [first, ...others] = (await Promise.all(all)) as Int32Array[]
  expect(new Set(first).size).toBe(ids)
  for (const other of others) expect(other).toEqual(first)
}

describe('the registry', () => {
  it('gives one answer to 8 threads that race for 1000 ids', () => race(0, 8, 1000))

  it('gives one answer to 24 threads, many more than there are processors', () => race(1, 24, 1000))

  it('repairs an entry whose thread died between its claim and the publication', async () => {
    expect(await runProgram('dies-in-claim')).toEqual({ code: 0, output: 'true true\n' })
  })

  it('keeps memory and state of a lock when its module is evaluated again', () => {
    const declare = (): Mutex<unknown> => $shared(Mutex<unknown>, 'kept', 'h', () => [])
    const guard = declare().tryLock()
    expect(declare().tryLock()).toBeUndefined()
    guard?.unlock()
    expect(declare().tryLock()).toBeDefined()
  })

  it('is the same for two copies of the runtime in one thread', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { Mutex } from 'experimental-threads'; export { $shared } from 'experimental-threads/internal'`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
    })
    const address = `data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`
    const copy = (await import(address)) as { Mutex: typeof Mutex; $shared: typeof $shared }
    expect(copy.Mutex).not.toBe(Mutex)
    const lock = $shared(Mutex, 'copies', 'h', () => [])
    const guard = lock.tryLock()
    expect(copy.$shared(copy.Mutex, 'copies', 'h', () => []).tryLock()).toBeUndefined()
    guard?.unlock()
    const second = copy.$shared(copy.Mutex, 'copies2', 'h', () => [])
    const held = second.tryLock()
    expect($shared(Mutex, 'copies2', 'h', () => []).tryLock()).toBeUndefined()
    held?.unlock()
  })

  it('starts anew after a reset, here and in threads', async () => {
    const declare = (): { n: number } => $shared(shared as never, 'reset', 'h', () => [{ n: 'u32' }])
    const before = declare()
    before.n = 5
    expect(declare()).toBe(before)
    resetShared()
    const after = declare()
    expect([before.n, after.n]).toEqual([5, 0])
    expect(declare()).toBe(after)
  })
})

describe('a threadLocal', () => {
  it('is made once in each thread, when it is first asked for', () => {
    let made = 0
    const declare = (): { value: number } => $shared(threadLocal as never, 'own', 'h', () => [() => ++made])
    const own = declare()
    expect(made).toBe(0)
    expect([own.value, own.value, declare().value]).toEqual([1, 1, 1])
    own.value = 7
    expect(declare().value).toBe(7)
  })

  it('whose initialiser throws is tried again', () => {
    let calls = 0
    const own = threadLocal(() => {
      if (++calls === 1) throw new Error('not yet')
      return calls
    })
    expect(() => own.value).toThrow('not yet')
    expect(own.value).toBe(2)
  })

  it('whose initialiser reads what threads do not have is refused there', async () => {
    expect(await failureOf(() => $shared(threadLocal as never, 'reads_3wwysi6mh28t7haz', 'h', null))).toMatchObject({
      code: 'E323',
      message: expect.stringContaining('`threadLocal` `reads`') as string,
    })
  })
})
