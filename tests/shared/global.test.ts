import { configure, Global, Mutex, Semaphore, shutdown } from 'experimental-threads'
import { $edits, $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { runtimeState } from '../../pkg/runtime/dist/state.js'

import { failureOf, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as unknown as (new (
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
) => ArrayBufferView & { length?: number })[]

describe('a Global', () => {
  it('keeps type, offset, length and contents of what it was given', () => {
    for (const View of VIEWS) {
      const given = new SharedArrayBuffer(64)
      new Uint8Array(given).forEach((_, index, bytes) => (bytes[index] = index))
      const { value } = $shared(Global<ArrayBufferView>, `view${View.name}`, 'h', () => [new View(given, 8, 4)])
      expect(Object.getPrototypeOf(value)).toBe(View.prototype)
      expect(value.byteOffset).toBe(8)
      expect(value.byteLength).toBe(new View(given, 8, 4).byteLength)
      expect(value.buffer.byteLength).toBe(64)
      expect(new Uint8Array(value.buffer)[9]).toBe(9)
    }
  })

  it('holds a whole buffer', () => {
    const { value } = $shared(Global<SharedArrayBuffer>, 'whole', 'h', () => [new SharedArrayBuffer(12)])
    expect(value).toBeInstanceOf(SharedArrayBuffer)
    expect(value.byteLength).toBe(12)
  })

  it('made by a worker first is found by the host, which does not run the thunk', async () => {
    expect(await start('first')).toEqual([7, 7])
    const { value } = $shared(Global<Uint8Array>, 'first', 'h', () => {
      throw new Error('the thunk ran')
    })
    expect(value).toBeInstanceOf(Uint8Array)
    expect([value.byteOffset, ...value]).toEqual([1, 7, 7])
    value[0] = 8
    expect(await start('first')).toEqual([8, 7])
  })

  it('is the same memory for 8 threads that race for 150 ids', async () => {
    const [agents, ids] = [8, 150]
    const gate = $shared(Global<Int32Array>, 'gate', 'h1', () => [sharedWords(2)])
    gate.value.fill(0)
    const threads = Array.from({ length: agents }, (_, agent) => start('race', [agent, agents, ids], { blocks: true }))
    const made = (await Promise.all(threads)) as number[]
    expect(made.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(ids)
    for (let id = 0; id < ids; id++) {
      const { value } = $shared(Global<Int32Array>, `race${id}`, 'h', () => [sharedWords(1)])
      // 100 from the thunk of the one that won, and one from each thread.
      expect([id, value[0], value.byteOffset]).toEqual([id, 100 + agents, 4])
    }
  })

  it('is refused when it is declared in two ways (E411)', () => {
    const make = (hash: string): Global<Int32Array> =>
      $shared(Global<Int32Array>, 'twice', hash, () => [sharedWords(1)])
    const before = make('h1')
    expect(() => make('h2')).toThrow(
      expect.objectContaining({ code: 'E411', message: expect.stringContaining('twice') }),
    )
    expect(make('h1')).toBe(before)
  })

  it('is new memory with a notice for a changed declaration, where files are edited', () => {
    $edits()
    onTestFinished(() => void (runtimeState().edits = false))
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const make = (hash: string): Global<Int32Array> =>
      $shared(Global<Int32Array>, 'edited', hash, () => [sharedWords(1)])
    const before = make('h1')
    before.value[0] = 5
    expect(make('h1')).toBe(before)
    expect(warn).not.toHaveBeenCalled()
    expect(make('h2').value[0]).toBe(0)
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })

  it('shares a buffer with another Global over the same buffer', () => {
    const buffer = new SharedArrayBuffer(8)
    const whole = $shared(Global<SharedArrayBuffer>, 'alias1', 'h', () => [buffer])
    const part = $shared(Global<Int32Array>, 'alias2', 'h', () => [new Int32Array(buffer, 4, 1)])
    const again = $shared(Global<Int32Array>, 'alias3', 'h', () => [new Int32Array(whole.value)])
    part.value[0] = 9
    expect(again.value[1]).toBe(9)
  })

  it('holds a lock, the same object each time', () => {
    const mutex = $shared(Global<Mutex<Int32Array>>, 'lock', 'h', () => [new Mutex(sharedWords(1))])
    expect(mutex.value).toBeInstanceOf(Mutex)
    expect(mutex.value).toBe(mutex.value)
    const semaphore = $shared(Global<Semaphore>, 'permits-of-global', 'h', () => [new Semaphore(2)])
    expect(semaphore.value.tryAcquire(2)).toBeDefined()
    expect(semaphore.value.tryAcquire()).toBeUndefined()
  })

  it('can be captured in an object', async () => {
    const global = $shared(Global<Int32Array>, 'captured', 'h', () => [sharedWords(1)])
    await start('write', [{ global }, 42], { module: 'bare' })
    expect(global.value[0]).toBe(42)
  })

  it('that holds a lock can be captured by a thread that names neither class', async () => {
    await shutdown()
    const global = $shared(Global<Mutex<Int32Array>>, 'captured-lock', 'h', () => [new Mutex(sharedWords(1))])
    await start('countIn', [global], { module: 'bare' })
    expect(global.value.tryLock()?.value[0]).toBe(1)
  })

  it('refuses what threads cannot share, by name', async () => {
    const refused: [unknown, string][] = [
      [new Int32Array(1), 'a `Int32Array` over an `ArrayBuffer` of one thread'],
      [{ count: 1 }, 'an object of class `Object`'],
      [5, 'a number'],
      [null, '`null`'],
      [undefined, 'nothing'],
      [$shared(Global, 'inner', 'h', () => [sharedWords(1)]), 'an object of class `Global`'],
      [new (class Ints extends Int32Array<SharedArrayBuffer> {})(new SharedArrayBuffer(4)), 'a `Ints`'],
    ]
    for (const [value, what] of refused) {
      const error = await failureOf(() => $shared(Global, 'refused_3wwysi6mh28t7haz', 'h', () => [value]))
      expect(error).toMatchObject({ code: 'E310', name: 'SharedMemoryError' })
      expect(error.message).toMatch(
        /give it `shared\(\{ … \}\)` or a `SharedJsonBuffer` for plain data, or a typed array/,
      )
      expect(error.message).toContain(`\`Global\` \`refused\` was given ${what}, which`)
    }
    const error = await failureOf(() => $shared(Mutex<{ count: number }>, 'refused-mutex', 'h', () => [{ count: 1 }]))
    expect(error).toMatchObject({ code: 'E310' })
    expect(error.message).toContain('`Mutex` `refused-mutex` was given an object')
  })

  it('that failed can be made later', async () => {
    expect(await failureOf(() => $shared(Global, 'later', 'h', () => [1]))).toMatchObject({ code: 'E310' })
    expect($shared(Global<Int32Array>, 'later', 'h', () => [sharedWords(1)]).value.length).toBe(1)
  })

  it('that can only be found is refused where nobody has made it', async () => {
    const error = await failureOf(() => $shared(Global, 'absent', 'h', null))
    expect(error).toMatchObject({ code: 'E320' })
    const made = $shared(Global<Int32Array>, 'absent', 'h', () => [sharedWords(1)])
    expect($shared(Global<Int32Array>, 'absent', 'h', null)).toBe(made)
  })

  it('refuses a buffer larger than the limit', async () => {
    const error = await failureOf(() => $shared(Global, 'large', 'h', () => [new SharedArrayBuffer(2 ** 28 + 1)]))
    expect(error).toMatchObject({ code: 'E312' })
    expect(error.message).toContain('configure({ maxSharedBytes })')
  })

  it('that the plugin has not seen is refused', async () => {
    expect(await failureOf(() => new Global(new SharedArrayBuffer(4)))).toMatchObject({ code: 'R535' })
  })

  it('beyond the limits of the program is refused, and the limits can be set before', async () => {
    expect(await runProgram('limits')).toEqual({
      code: 0,
      output: 'E318\nE318\nE312\n2 made, then E311 configure({ sharedBuffers })\nE317\n',
    })
  })

  it('and every other limited thing has an error of its own', async () => {
    expect(await runProgram('full')).toEqual({
      code: 0,
      output: '1022 E316\ntrue\n0 E319\n4096 E315\n0 R536\ntrue\n',
    })
  })
})
