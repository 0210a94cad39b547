import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Worker } from 'node:worker_threads'

import type { Thread } from 'experimental-threads'
import { configure, move, shutdown } from 'experimental-threads'
import type { Site } from 'experimental-threads/internal'
import { $spawn } from 'experimental-threads/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readSmall, readTo, writeSmall } from '../../pkg/runtime/src/pool/ring-records.ts'
import { closure, failureOf, sharedWords, site } from './support.ts'

const sites = new Map<string, Site>()

/** As generated code does: one site for all calls at a place. Others are never called without a message. */
function start(name: string, captures: unknown[]): Thread<unknown> {
  let known = sites.get(name)
  if (known === undefined) sites.set(name, (known = site(closure(name), { name })))
  return $spawn(known, null, undefined, captures)
}

const lengthSite = site(closure('length'), { captures: [] })

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

const SMALL = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  0.1,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  NaN,
  -Infinity,
  '',
  'a',
  'ab',
  'abc',
  '\u0000\uffff',
  '🧵',
  '\ud83e',
  'x'.repeat(63),
  'y'.repeat(64),
]

describe('values in a few words', () => {
  it('are read as they were written, one behind the other', () => {
    const words = new Int32Array(4096)
    let at = 0
    for (const value of SMALL) at = writeSmall(words, at, value)
    const end = at
    at = 0
    for (const value of SMALL) {
      expect(readSmall(words, at)).toBe(value)
      at = readTo
    }
    expect(at).toBe(end)
  })

  it('take at most 33 words', () => {
    const words = new Int32Array(64)
    for (const value of SMALL) expect(writeSmall(words, 0, value)).toBeLessThanOrEqual(33)
  })

  it('are read as they were written, whatever number or text', () => {
    const words = new Int32Array(64)
    for (let round = 0; round < 2000; round++) {
      const bytes = randomBytes(8 + (round % 121))
      const text = new TextDecoder('utf-16').decode(bytes.subarray(8))
      for (const value of [bytes.readDoubleLE(0), bytes.readInt32LE(0), text]) {
        expect(writeSmall(words, 1, value)).toBeGreaterThan(0)
        expect(readSmall(words, 1)).toBe(value)
      }
    }
  })

  it('are no others', () => {
    const words = new Int32Array(64)
    for (const value of [{}, [], 1n, Symbol.iterator, () => 1, 'z'.repeat(65)])
      expect(writeSmall(words, 0, value)).toBe(-1)
  })
})

describe('a program that spawns and awaits', () => {
  beforeEach(() => configure({ maxThreads: 2, graceTime: 2000 }))
  afterEach(() => shutdown({ deadline: 0 }))

  it('gets each answer, of whatever kind', async () => {
    const values = [...SMALL, 12n, 'z'.repeat(65), 'w'.repeat(5000), { a: [1] }, new Date(7), new Uint8Array(3)]
    for (let round = 0; round < 40; round++)
      for (const value of values) expect(await start('echo', [value])).toEqual(value)
  })

  it('gets each answer with as many values as it likes', async () => {
    for (let round = 0; round < 500; round++) {
      expect(await start('add', [round, 0.5])).toBe(round + 0.5)
      expect(await start('echo', [round, 2, 3, 4])).toBe(round)
      expect(await start('echo', [round, 2, 3, 4, 5])).toBe(round)
    }
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.padStart(40, '-'))
    for (let many = 1; many <= 20; many++)
      for (let round = 0; round < 10; round++)
        expect(await start('list', texts.slice(0, many))).toEqual(texts.slice(0, many))
  })

  it('gets its answers also when somebody else posts to its workers', async () => {
    const workers: Worker[] = []
    const keep = (worker: Worker): void => void workers.push(worker)
    process.on('worker', keep)
    for (let round = 0; round < 300; round++) {
      const sum = start('add', [round, 1])
      for (const worker of workers) worker.postMessage(round % 2 === 0 ? round : { round })
      expect(await sum).toBe(round + 1)
    }
    process.off('worker', keep)
  })

  it('gets the answers of many at once, and of those that it spawns meanwhile', async () => {
    const chain = async (first: number): Promise<number> => {
      let sum = first
      for (let step = 0; step < 20; step++) sum = (await start('add', [sum, 1])) as number
      return sum
    }
    const sums = await Promise.all(Array.from({ length: 200 }, (_, index) => chain(index)))
    expect(sums).toEqual(Array.from({ length: 200 }, (_, index) => index + 20))
  })

  it('gets more answers at once than a ring has room for, while it is busy itself', async () => {
    const texts = Array.from({ length: 3000 }, (_, index) => `${index}:`.padEnd(60, 'x'))
    const threads = texts.map((text) => start('echo', [text]))
    await Promise.resolve()
    const end = performance.now() + 50
    while (performance.now() < end);
    expect(await Promise.all(threads)).toEqual(texts)
  })

  it.each([
    ['is called', () => start('add', [1, 2])],
    ['travels in messages', () => $spawn(lengthSite, move(new ArrayBuffer(8)), undefined, [])],
  ])('has its timers on time, when what it starts %s', async (_, startOne) => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 2)
    const end = performance.now() + 500
    while (performance.now() < end) await startOne()
    clearInterval(timer)
    // 250 on a machine that does nothing else; none, if the loop never turned.
    expect(ticks).toBeGreaterThan(10)
  })

  it('gets the answers to what travels in messages, between those to calls', async () => {
    for (let round = 0; round < 2000; round++) {
      const bytes = new ArrayBuffer(round % 100)
      expect(await $spawn(lengthSite, move(bytes), undefined, [])).toBe(round % 100)
      if (round % 3 === 0) expect(await start('add', [round, 1])).toBe(round + 1)
      if (round % 7 === 0) expect(await start('echo', [{ round }])).toEqual({ round })
    }
  })

  it('is told at once of what cannot be moved, and gets the answers to all others', async () => {
    const gone = new ArrayBuffer(8)
    structuredClone(gone, { transfer: [gone] })
    for (let round = 0; round < 500; round++) {
      expect(await $spawn(lengthSite, move(new ArrayBuffer(round)), undefined, [])).toBe(round)
      if (round % 10 > 0) continue
      expect(() => $spawn(lengthSite, move(gone), undefined, [])).toThrow(expect.objectContaining({ code: 'R502' }))
      const busy = $spawn(lengthSite, move(new ArrayBuffer(1)), undefined, [])
      expect(() => $spawn(lengthSite, move({ f: () => 1 }), undefined, [])).toThrow('a function')
      expect(await busy).toBe(1)
    }
  })

  it('hears of failures and of those that it aborts, in between', async () => {
    for (let round = 0; round < 200; round++) {
      expect(await start('add', [round, 1])).toBe(round + 1)
      if (round % 10 > 0) continue
      expect(await failureOf(start('throwValue', [round]))).toBe(round)
      const thread = start('add', [round, 2])
      thread.abort(new Error('not wanted'))
      expect(await failureOf(thread)).toMatchObject({ message: 'not wanted' })
    }
  })

  it('hears of the end of its worker, and of all that had ended before', async () => {
    configure({ maxThreads: 1 })
    for (let round = 0; round < 5; round++) {
      for (let call = 0; call < 50; call++) expect(await start('add', [call, 1])).toBe(call + 1)
      const before = Array.from({ length: 100 }, (_, index) => start('add', [index, 1]))
      const crash = start('blockAndExit', [0, 1])
      expect(await failureOf(crash)).toMatchObject({ code: 'R504' })
      expect(await Promise.all(before)).toEqual(before.map((_, index) => index + 1))
    }
  })

  it('hears of the end of a worker whose answer to a message it looks for', async () => {
    configure({ maxThreads: 1 })
    const exits = site(closure('exitOn'), { captures: [] })
    for (let round = 0; round < 5; round++) {
      for (let call = 1; call < 50; call++)
        expect(await $spawn(exits, move(new ArrayBuffer(call)), undefined, [])).toBe(call)
      expect(await failureOf($spawn(exits, move(new ArrayBuffer(0)), undefined, []))).toMatchObject({ code: 'R504' })
    }
  })

  it('keeps nothing of what was moved to threads that have ended', async () => {
    configure({ maxThreads: 1 })
    const moveMany = async (times: number): Promise<void> => {
      for (let round = 0; round < times; round++) await $spawn(lengthSite, move(new ArrayBuffer(8)), undefined, [])
    }
    await moveMany(1000)
    const before = heapInUse()
    await moveMany(8000)
    // 300 bytes for each would be 2.4 MB.
    expect(heapInUse() - before).toBeLessThan(1e6)
  })

  it('runs nothing twice', async () => {
    const words = sharedWords(2002)
    for (let index = 0; index < 2000; index++) await start('countAndBlock', [words, index + 2, 0])
    expect([...words].slice(2).every((count) => count === 1)).toBe(true)
  })
})
