import type { FileHandle } from 'node:fs/promises'
import { open as openFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { configure, isMainThread, move, shutdown, spawn, stats, Thread } from 'experimental-threads'
import type { Moved, SpawnOptions, Task } from 'experimental-threads'
import { $spawn, $task } from 'experimental-threads/internal'
import { afterEach, describe, expect, it } from 'vitest'

import { AT, closure, failureOf, open, reaches, sharedWords, site, start, startWith, thrownBy } from './support.ts'

afterEach(async () => {
  await shutdown({ deadline: 0 })
  configure({ maxThreads: 2 })
})

describe('a thread', () => {
  it('gives what the closure returns', async () => {
    expect(await start('add', [1, 2])).toBe(3)
  })

  it('gives what the promise of an async closure gives', async () => {
    expect(await start('echoLater', ['x'])).toBe('x')
  })

  it('runs on another thread, with the environment and arguments of the program', async () => {
    process.env['RUNTIME_TEST'] = 'yes'
    const where = await start('where')
    expect(where).toEqual({ isMainThread: false, ourIsMainThread: false, argv: process.argv, env: 'yes' })
    expect(isMainThread).toBe(true)
  })

  it('is awaited without a detour, since its constructor counts as Promise', async () => {
    const thread = start('add', [1, 2])
    expect(thread).toBeInstanceOf(Thread)
    expect(Promise.resolve(thread)).toBe(thread)
    expect(thread.then(() => {})).not.toBeInstanceOf(Thread)
    await thread
  })

  it('is called after its site, without what tells sites apart', async () => {
    const load = closure('add')
    const thread = $spawn(site(load, { name: 'signUp_3wwysi6mh28t7haz' }), null, undefined, [1, 2])
    expect(thread.name).toBe('signUp')
    expect($task(site(load, { name: 'main_inThread_4aubgf6jweyipg1i' }), [1, 2]).name).toBe('main_inThread')
    await thread
  })

  it('has the name of its options, or that of its site', async () => {
    const [named, plain] = [start('add', [1, 2], { name: 'indexer' }), start('add', [1, 2])]
    expect([named.name, plain.name]).toEqual(['indexer', 'add'])
    await Promise.all([named, plain])
  })

  it('takes an option that is undefined for one that is absent', async () => {
    const given = { name: undefined, signal: undefined, transfer: undefined, dedicated: undefined, priority: undefined }
    const thread = start('add', [1, 2], { ...given, scope: undefined })
    expect(thread.name).toBe('add')
    expect(await thread).toBe(3)
    const before = stats()
    configure({ maxThreads: undefined, idleTimeout: undefined, graceTime: undefined, resourceLimits: undefined })
    expect(stats()).toEqual(before)
    await shutdown({ deadline: undefined })
    configure({ resourceLimits: { stackSizeMb: undefined, maxYoungGenerationSizeMb: undefined } })
    expect(await start('add', [2, 2])).toBe(4)
  })

  it('joins with the value or the error, and never rejects', async () => {
    expect(await start('add', [1, 2]).join()).toEqual({ ok: true, value: 3 })
    expect(await start('throwValue', [7]).join()).toEqual({ ok: false, error: 7 })
    const late = start('add', [2, 2])
    await late
    expect(await late.join()).toEqual({ ok: true, value: 4 })
  })

  it('is stopped when its scope is left', async () => {
    const words = sharedWords()
    const thread = start('arrive', [words])
    await reaches(words, 1, 1)
    const disposed = thread[Symbol.asyncDispose]()
    expect(await failureOf(thread)).toMatchObject({ name: 'AbortError' })
    open(words)
    await disposed
    expect(stats().running).toBe(0)
  })

  it('is left alone by its scope when it has ended', async () => {
    const thread = start('add', [1, 2])
    await thread
    await thread[Symbol.asyncDispose]()
    expect(await thread).toBe(3)
  })
})

describe('captured values', () => {
  it('are those of the moment of the call, for a task that runs at once', async () => {
    const list = [1]
    const thread = start('echo', [list])
    list.push(2)
    expect(await thread).toEqual([1])
  })

  it('are those of the moment of the call, for a task that waits in the queue', async () => {
    configure({ maxThreads: 1 })
    const words = sharedWords()
    const first = start('block', [30])
    const list = [1]
    const queued = start('echo', [list])
    list.push(2)
    expect(stats().queued).toBe(1)
    expect(await queued).toEqual([1])
    await first
    expect(words[0]).toBe(0)
  })

  it('are moved when they are in `transfer`, at once or queued', async () => {
    configure({ maxThreads: 1 })
    const [first, second] = [new Uint8Array(8), new Uint8Array(9)]
    const threads = [
      start('echo', [first], { transfer: [first.buffer] }),
      start('echo', [second], { transfer: [second as unknown as Transferable] }),
    ]
    expect([first.byteLength, second.byteLength]).toEqual([0, 0])
    expect((await Promise.all(threads)).map((bytes) => (bytes as Uint8Array).byteLength)).toEqual([8, 9])
  })
})

describe('move', () => {
  it('gives arguments to the closure', async () => {
    expect(await startWith(move(1, 2, 3), 'sum', [10])).toBe(16)
  })

  it('moves what is transferable in the arguments, however deep, and copies the rest', async () => {
    const bytes = new Uint8Array(8)
    const data = { list: [{ bytes }], map: new Map([['port', new MessageChannel().port1]]) }
    expect(await startWith(move(data), 'kinds')).toEqual(['[object Object]'])
    expect(bytes.byteLength).toBe(0)
  })

  it('moves an open file of Node, there and back', async () => {
    const file = await openFile(fileURLToPath(import.meta.url))
    expect(thrownBy(() => start('echo', [file])).message).toContain('use `transfer` or `move()`')
    const back = (await startWith(move({ file }), 'readByte')) as { file: FileHandle; byte: number }
    expect([file.fd, back.byte]).toEqual([-1, 'i'.charCodeAt(0)])
    expect((await back.file.read(Buffer.alloc(1), 0, 1, 0)).bytesRead).toBe(1)
    await back.file.close()
  })

  it('copies a small Buffer of Node, which shares its memory with others', async () => {
    const buffer = Buffer.from('abc')
    expect(await startWith(move(buffer), 'length')).toBe(3)
    expect(buffer.toString()).toBe('abc')
  })

  it('copies a piece of what cannot be moved: of Node’s pool, or of a WebAssembly memory', async () => {
    const { buffer, byteOffset } = Buffer.from('abc')
    const memory = new WebAssembly.Memory({ initial: 1 })
    for (const bytes of [new Uint8Array(buffer, byteOffset, 3), new Uint8Array(memory.buffer, 8, 3)]) {
      expect(await startWith(move({ bytes }), 'kinds')).toEqual(['[object Object]'])
      expect(bytes).toHaveLength(3)
    }
    expect(await start('moveFromMemory')).toEqual(new Uint8Array(3))
  })

  it('says which buffer it is that cannot be moved, unless Node copies it unasked', async () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1 })
    const call = (): unknown => start('lengths', [new Uint8Array(1), new Uint8Array(buffer)], { transfer: [buffer] })
    if (Number.parseInt(process.versions.node) < 22) {
      expect(await call()).toEqual([1, 65_536])
      expect(buffer.byteLength).toBe(65_536)
    } else {
      expect(thrownBy(call).message).toContain(
        `"second" (a buffer that cannot be moved), captured at ${AT}: it belongs to Node’s pool or to a WebAssembly memory`,
      )
    }
  })

  it('refuses a buffer that has been moved before, at the call', async () => {
    const bytes = new Uint8Array(8)
    await startWith(move(bytes), 'length')
    expect(thrownBy(() => startWith(move({ bytes }), 'length'))).toMatchObject({
      code: 'R502',
      message: `cannot send "arguments[0].bytes" (a buffer that has been moved to another thread), passed at ${AT} (@experimental-threads/compiler/errors/R502.md)`,
    })
    expect(thrownBy(() => start('echo', [bytes])).message).toContain('"first" (a buffer that has been moved')
    expect(thrownBy(() => start('echo', [[bytes]], { transfer: [bytes.buffer] })).message).toContain('"first[0]"')
    expect(await startWith(move(new Uint8Array()), 'length')).toBe(0)
  })

  it('moves a result', async () => {
    expect(await startWith(move(new Uint8Array([1, 2])), 'brighten')).toEqual(new Uint8Array([2, 3]))
    expect(await start('moveTwo')).toEqual([new Uint8Array([1]), new Uint8Array([2])])
  })
})

describe('a call that cannot work', () => {
  it('says so when the code was compiled for another protocol', () => {
    const error = thrownBy(() => $spawn(site(closure('add'), { p: 2 }), null, undefined, []))
    expect(error).toMatchObject({ code: 'R507' })
    expect(error.message).toContain(AT)
  })

  it.each([{}, { aborted: true }, new EventTarget(), 'now'])('says so when the signal is none: %o', (signal) => {
    const error = thrownBy(() => start('add', [1, 2], { signal: signal as AbortSignal }))
    expect(error).toMatchObject({ code: 'R513', message: expect.stringContaining('`signal` must be an `AbortSignal`') })
    expect(stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('says so when the priority is none', () => {
    expect(thrownBy(() => start('add', [], { priority: 'urgent' as 'high' }))).toMatchObject({ code: 'R513' })
  })

  it.each<[unknown, string]>([
    [[1, 2], 'an array'],
    [{ values: [1, 2] }, '[object Object]'],
    [undefined, 'undefined'],
  ])('says how values are given when they stand before the closure as they are: %o', (given, shown) => {
    const message = `what stands before the closure of \`spawn\` must be what \`move\` gave, not ${shown}: write \`spawn(move(value), (value) => …)\`, which copies what cannot be moved`
    expect(thrownBy(() => startWith(given as Moved, 'add'))).toMatchObject({ code: 'R513', message })
    const job = $task(site(closure('add')), []) as unknown as Task<[number, number], number>
    expect(thrownBy(() => spawn(given as Moved<[number, number]>, job))).toMatchObject({ code: 'R513', message })
    expect(stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it.each<[unknown, string]>([
    [5, '5'],
    [null, 'null'],
    [[1, 2], 'an array'],
    [move(1), 'what `move` gave'],
  ])('says where values for the closure stand when they stand in the place of the options: %o', (given, shown) => {
    const error = thrownBy(() => start('add', [1, 2], given as SpawnOptions))
    expect(error).toMatchObject({
      code: 'R513',
      message: `the options of \`spawn\` must be an object, not ${shown}: values for the closure stand before it, as in \`spawn(move(value), (value) => …)\``,
    })
    expect(stats()).toMatchObject({ running: 0, queued: 0 })
  })
})
