import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { ChunkLoadError, configure, shutdown, stats, WorkerTerminatedError } from 'experimental-threads'
import { $spawn } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { AT, closure, failureOf, open, reaches, sharedWords, site, start } from './support.ts'

beforeEach(() => configure({ maxThreads: 2 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('a worker that ends', () => {
  it('by process.exit rejects its thread with the exit code and the place of the spawn', async () => {
    const error = await failureOf(start('exit', [3]))
    expect(error).toBeInstanceOf(WorkerTerminatedError)
    expect(error).toMatchObject({ code: 'R504' })
    expect(error.message).toBe(`the worker ended (it exited with code 3) before the thread spawned at ${AT} did`)
    expect(error.stack).toContain(`at spawn (${AT})`)
  })

  it('by an uncaught error gives that error as the cause', async () => {
    const error = await failureOf(start('uncaught'))
    expect(error).toBeInstanceOf(WorkerTerminatedError)
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toMatchObject({ message: 'nobody caught me', code: 'E_LOOSE' })
  })

  it.each([
    ['a number', 1],
    ['plain data', { plain: true }],
    ['an error', new TypeError('given')],
  ])('leaves nobody waiting who spawned a thread with a broken signal in it, whose result is %s', async (_, value) => {
    configure({ maxThreads: 1 })
    const outcome = await start('nestedBroken', [value]).join()
    // The error of the signal ends the worker, before or after the result is posted.
    if (outcome.ok) expect(outcome.value).toEqual(value)
    else expect(outcome.error).toMatchObject({ code: 'R504', cause: { message: 'it is broken' } })
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('rejects exactly its own threads', async () => {
    const words = sharedWords()
    const elsewhere = start('arrive', [words])
    await reaches(words, 1, 1)
    const crashing = start('exitLater', [1])
    expect(await failureOf(crashing)).toBeInstanceOf(WorkerTerminatedError)
    open(words)
    expect(await elsewhere).toBeTypeOf('number')
  })

  it('rejects all threads that were suspended on it', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const waiting = [start('arrive', [words]), start('arrive', [words])]
    await reaches(words, 1, 2)
    const failures = await Promise.all([...waiting, start('exit', [1])].map(failureOf))
    expect(failures.every((failure) => failure instanceof WorkerTerminatedError)).toBe(true)
  })

  it('rejects its threads also when its last words cannot be read', async () => {
    const error = await failureOf(start('garbleAndExit', [3]))
    expect(error).toBeInstanceOf(WorkerTerminatedError)
    expect(error.message).toContain('it exited with code 3')
  })

  it('rejects its threads also when the shared memory is damaged', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const crash = start('exit', [1])
    const key = Symbol.for('experimental-threads/1/arena')
    const holder = globalThis as { [key: symbol]: unknown }
    const memory = holder[key]
    holder[key] = { arena: {} }
    try {
      expect(await failureOf(crash)).toBeInstanceOf(WorkerTerminatedError)
      expect(printed).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError))
    } finally {
      holder[key] = memory
      printed.mockRestore()
    }
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('is replaced: queued threads run, and the pool goes on', async () => {
    configure({ maxThreads: 1 })
    const crash = start('exit', [1])
    const queued = Array.from({ length: 5 }, (_, index) => start('add', [index, 1]))
    await failureOf(crash)
    expect(await Promise.all(queued)).toEqual([1, 2, 3, 4, 5])
    expect(await start('add', [1, 2])).toBe(3)
    expect(stats()).toMatchObject({ workers: 1, queued: 0, running: 0 })
  })

  it('takes its queued threads with it, and rejects a thread that waits for one that ran on it', async () => {
    const error = await failureOf(start('nestedExit'))
    expect(error).toBeInstanceOf(WorkerTerminatedError)
    // It may have run on the worker that spawned it, which then has ended too.
    expect(error.message).toMatch(/src\/(?:nested\.ts:1:1|a\.ts:12:8)/)
  })
})

describe('a chunk that does not load', () => {
  it('rejects with its address and the reason', async () => {
    const address = new URL('./modules/missing.mjs', import.meta.url).href
    const error = await failureOf($spawn(site(address), null, undefined, []))
    expect(error).toBeInstanceOf(ChunkLoadError)
    expect(error).toMatchObject({ code: 'R505', address, cause: { code: 'ERR_MODULE_NOT_FOUND' } })
    expect(error.message).toContain(AT)
  })

  it('rejects when it has no closure', async () => {
    const error = await failureOf($spawn(site(closure('noSuchClosure')), null, undefined, []))
    expect(error).toBeInstanceOf(ChunkLoadError)
    expect((error.cause as Error).message).toContain('no export `run`')
  })

  /** The chunk throws in one spawn, and is mended before the next. */
  async function mendedBetween(file: string, load: () => Promise<unknown>): Promise<void> {
    await writeFile(file, 'throw new RangeError("not yet")')
    expect((await failureOf(load())).cause).toBeInstanceOf(RangeError)
    await writeFile(file, 'export const run = () => () => "loaded"')
    expect(await load()).toBe('loaded')
  }

  it('is tried again by the next spawn, also when it threw', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chunk-'))
    const file = join(folder, 'chunk.mjs')
    const load = (): Promise<unknown> => $spawn(site(pathToFileURL(file).href), null, undefined, [])
    try {
      expect(await failureOf(load())).toBeInstanceOf(ChunkLoadError)
      await mendedBetween(file, load)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is loaded on a new worker too after it had not loaded for a thread of a thread', async () => {
    configure({ maxThreads: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'chunk-'))
    const file = join(folder, 'chunk.mjs')
    try {
      await mendedBetween(file, () => start('nestedAt', [pathToFileURL(file).href]))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('rejects only those that wait for it', async () => {
    configure({ maxThreads: 1 })
    const missing = new URL('./modules/missing.mjs', import.meta.url).href
    const failing = Array.from({ length: 20 }, () => failureOf($spawn(site(missing), null, undefined, [])))
    const others = Array.from({ length: 3 }, (_, index) => start('add', [index, 0]))
    expect(await Promise.all(others)).toEqual([0, 1, 2])
    expect((await Promise.all(failing)).every((failure) => failure instanceof ChunkLoadError)).toBe(true)
  })

  it('does not disturb threads that are suspended on the same worker', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const waiting = start('arrive', [words])
    await reaches(words, 1, 1)
    const missing = new URL('./modules/missing.mjs', import.meta.url).href
    expect(await failureOf($spawn(site(missing), null, undefined, []))).toBeInstanceOf(ChunkLoadError)
    expect(await start('add', [1, 2])).toBe(3)
    open(words)
    expect(await waiting).toBeTypeOf('number')
  })

  it('rejects a nested thread as any other', async () => {
    const error = await failureOf(start('nestedMissing'))
    expect(error).toBeInstanceOf(ChunkLoadError)
    expect(error.message).toContain('src/nested.ts:1:1')
  })
})
