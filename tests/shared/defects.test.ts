// Defects that were found in libraries of this kind, each as a program that fails there. The numbers are those of the list that they were written down in.

import { readdir, readFile } from 'node:fs/promises'

import {
  Global,
  Barrier,
  channel,
  configure,
  Mutex,
  PoisonedError,
  RwLock,
  Semaphore,
  shutdown,
} from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 6, graceTime: 50 }))
afterAll(() => shutdown({ deadline: 0 }))

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('1: a small request does not sleep beside its permit, whoever is woken for what', async () => {
  const semaphore = new Semaphore(2)
  const first = await semaphore.acquire(2)
  const large = semaphore.acquire(2)
  const small = semaphore.acquire(1)
  first.release()
  ;(await large).release()
  ;(await small).release()
  expect(semaphore.tryAcquire(2)).toBeDefined()
})

test('2 and 3: a lock whose owner is terminated is free again, and no wake-up is lost on the way', async () => {
  for (let round = 0; round < 10; round++) {
    const mutex = new Mutex(sharedWords(1))
    const said = sharedWords(3)
    const holder = start('countsWith', [mutex, said], { module: 'failures' })
    holder.catch(() => {})
    await reaches(said, 0, 1)
    const dying = start('waits', [mutex, sharedWords(3), 'blocking'], { module: 'failures', blocks: true })
    dying.catch(() => {})
    const waiting = mutex.lock({ poisoned: 'accept' })
    dying.abort()
    holder.abort()
    const guard = await waiting
    expect(guard.poisoned).toBe(true)
    guard.unlock()
    expect(await failureOf(() => mutex.lock())).toBeInstanceOf(PoisonedError)
  }
}, 60_000)

test('4: a guard that was given back cannot unlock for another', async () => {
  const mutex = new Mutex()
  const old = await mutex.lock()
  old.unlock()
  const now = await mutex.lock()
  old.dispose()
  expect(await failureOf(() => old.unlock())).toMatchObject({ code: 'R530' })
  expect(mutex.tryLock()).toBeUndefined()
  now.unlock()
})

test('5: null and undefined are messages like others', async () => {
  const [sender, receiver] = channel<unknown>(8)
  for (const value of [null, undefined, 0, '', 'last']) await sender.send(value)
  const got: unknown[] = []
  for (let index = 0; index < 5; index++) got.push(await receiver.recv())
  expect(got).toEqual([null, undefined, 0, '', 'last'].map((value) => ({ ok: true, value })))
})

test('6: readers that overlap do not keep a writer out', async () => {
  const lock = new RwLock()
  const progress = { reads: 0, stop: false }
  const reader = async (): Promise<void> => {
    while (!progress.stop) {
      const guard = await lock.read()
      progress.reads++
      await turn()
      guard.unlock()
    }
  }
  const readers = [reader(), reader(), reader()]
  while (progress.reads < 10) await turn()
  const before = progress.reads
  ;(await lock.write()).unlock()
  const passed = progress.reads - before
  progress.stop = true
  await Promise.all(readers)
  expect(passed).toBeLessThan(10)
})

test('7: what cannot be waited for is refused and does not hang', async () => {
  expect(await failureOf(() => new Barrier(0))).toHaveProperty('code')
  const mutex = new Mutex()
  const guard = await mutex.lock()
  expect(await failureOf(() => mutex.lock({ timeout: 20 }))).toMatchObject({ code: 'R537' })
  guard.unlock()
})

test('8: no count invents permits', async () => {
  const semaphore = new Semaphore(3)
  for (const count of [-5, -1, 0, 0.5, NaN, 2 ** 31]) {
    expect(await failureOf(() => semaphore.tryAcquire(count)), `${count}`).toHaveProperty('code')
    expect(await failureOf(() => semaphore.acquire(count)), `${count}`).toHaveProperty('code')
  }
  const all = semaphore.tryAcquire(3)
  expect(all).toBeDefined()
  expect(semaphore.tryAcquire(1)).toBeUndefined()
  all!.release()
})

test('9: a program that only awaits a lock does not end before it has it', async () => {
  expect(await runProgram('awaits-lock')).toMatchObject({ code: 0 })
})

test('10: all of it loads where there is no navigator', async () => {
  expect(await runProgram('no-navigator')).toEqual({ code: 0, output: '' })
})

test('11: what ships keeps private fields as they are written, and a free lock notifies nobody', async () => {
  const folder = new URL('../../pkg/runtime/dist/', import.meta.url)
  const shipped = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.js'))
  const texts = await Promise.all(shipped.map((path) => readFile(new URL(path, folder), 'utf8')))
  const withFields = texts.filter((text) => /\bthis\.#\w/.test(text))
  expect(withFields.length).toBeGreaterThan(0)
  // What compilers call the helpers that look a private field up in a WeakMap.
  expect(texts.filter((text) => /__(?:classPrivateField|private(?:Get|Set|Add))/.test(text))).toEqual([])

  const mutex = new Mutex()
  ;(await mutex.lock()).unlock()
  const notify = vi.spyOn(Atomics, 'notify')
  for (let round = 0; round < 100; round++) {
    ;(await mutex.lock()).unlock()
    mutex.tryLock()!.unlock()
  }
  const unasked = notify.mock.calls.length
  const guard = await mutex.lock()
  const waiting = mutex.lock()
  guard.unlock()
  ;(await waiting).unlock()
  const asked = notify.mock.calls.length
  notify.mockRestore()
  expect(unasked).toBe(0)
  expect(asked).toBeGreaterThan(0)
})

test('12: each wait can end by time and by signal', async () => {
  const mutex = new Mutex()
  const guard = await mutex.lock()
  expect(await failureOf(() => mutex.lock({ timeout: 5 }))).toMatchObject({ code: 'R537' })
  const reason = new Error('enough')
  expect(await failureOf(() => mutex.lock({ signal: AbortSignal.abort(reason) }))).toBe(reason)
  guard.unlock()
  expect(await failureOf(() => guard.value)).toMatchObject({ code: 'R530' })
})

test('13: what two workers make first at the same time is one', async () => {
  await Promise.all([0, 1].map((agent) => start('race', [agent, 2, 50], { blocks: true })))
  for (let id = 0; id < 50; id++) {
    const cell = $shared(Global, `race${id}`, 'h', () => [new Int32Array(1)])
    // Each of them has added 1 to the 100 of whoever was first.
    expect((cell.value as Int32Array)[0]).toBe(102)
  }
})

test('14: each release wakes one of a thousand waiters', async () => {
  const semaphore = new Semaphore(1)
  const permit = await semaphore.acquire()
  let served = 0
  const waiting = Array.from({ length: 1000 }, async () => {
    const mine = await semaphore.acquire()
    served++
    mine.release()
  })
  permit.release()
  await Promise.all(waiting)
  expect(served).toBe(1000)
})

test('15: a declaration that is evaluated again keeps its lock, also while it is held', async () => {
  const guard = await $shared(Mutex, 'defect15', 'h1', () => []).lock()
  const again = $shared(Mutex, 'defect15', 'h1', () => [])
  expect(again.tryLock()).toBeUndefined()
  guard.unlock()
  expect(again.tryLock()).toBeDefined()
})
