import { Condvar, configure, Mutex, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { agentName, slotOf } from '../../pkg/runtime/dist/memory/agent.js'
import { arena } from '../../pkg/runtime/dist/memory/arena.js'
import { AGENT_LIFE, AGENT_SLEEPS, AGENT_SLOTS } from '../../pkg/runtime/dist/memory/layout.js'
import { failureOf, reaches, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 6, graceTime: 50 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], blocks = false): ReturnType<typeof start> =>
  start(name, captures, { module: 'failures', blocks })

const parts = (): { mutex: Mutex<Int32Array>; condvar: Condvar } => ({
  mutex: new Mutex(sharedWords(2)),
  condvar: new Condvar(),
})

describe('a condition variable', () => {
  it('hands 4,000 items to awaiting and blocking threads, and none twice', async () => {
    const { mutex, condvar } = parts()
    const consumers = [1, 2, 3, 4].map((number) =>
      run('consumes', [mutex, condvar, 1000, number % 2 === 0], number % 2 === 0),
    )
    for (let item = 0; item < 4000; item++) {
      using guard = await mutex.lock()
      guard.value[0]!++
      condvar.notifyOne()
    }
    await Promise.all(consumers)
    using guard = await mutex.lock()
    expect([...guard.value]).toEqual([0, 4000])
  })

  it('wakes one, or all', async () => {
    const { mutex, condvar } = parts()
    const woken: number[] = []
    const waits = [1, 2, 3].map(async (number) => {
      using guard = await mutex.lock()
      await condvar.wait(guard)
      woken.push(number)
    })
    // All three hold the lock once, one after the other, before they wait.
    ;(await mutex.lock()).unlock()
    condvar.notifyOne()
    await waits[0]
    expect(woken).toEqual([1])
    condvar.notifyAll()
    await Promise.all(waits)
    expect(woken).toEqual([1, 2, 3])
  })

  it('does nothing when nobody waits', async () => {
    const { mutex, condvar } = parts()
    condvar.notifyOne()
    condvar.notifyAll()
    using guard = await mutex.lock()
    expect(await failureOf(() => condvar.wait(guard, { timeout: 20 }))).toMatchObject({ code: 'R537' })
  })

  it('of a module is the same in every thread', async () => {
    const mutex = new Mutex(sharedWords(2))
    const condvar = $shared(Condvar, 'added', 'h1', () => [])
    const consumer = run('consumesOfModule', [mutex])
    {
      using guard = await mutex.lock()
      guard.value[0] = 1
    }
    condvar.notifyAll()
    expect(await consumer).toBe('done')
  })
})

describe('a guard that waits', () => {
  it('cannot be used meanwhile, and holds its lock afterwards', async () => {
    const { mutex, condvar } = parts()
    const guard = await mutex.lock()
    const waiting = condvar.wait(guard)
    expect(await failureOf(() => guard.value)).toMatchObject({ code: 'R581' })
    expect(await failureOf(() => guard.unlock())).toMatchObject({ code: 'R581' })
    expect(await failureOf(() => condvar.wait(guard))).toMatchObject({ code: 'R581' })
    const other = await mutex.lock()
    condvar.notifyOne()
    other.unlock()
    await waiting
    expect(mutex.tryLock()).toBeUndefined()
    guard.value[0] = 1
    guard.unlock()
    expect(await failureOf(() => condvar.wait(guard))).toMatchObject({ code: 'R530' })
  })

  it('holds its lock again when time is up, and when it is aborted', async () => {
    const { mutex, condvar } = parts()
    using guard = await mutex.lock()
    const error = await failureOf(() => condvar.wait(guard, { timeout: 20 }))
    expect(error).toMatchObject({ code: 'R537' })
    expect(error.message).toMatch(/^waited \d+ ms for a `Condvar`, which nobody notified$/)
    expect(mutex.tryLock()).toBeUndefined()
    const stop = new AbortController()
    const waiting = condvar.wait(guard, { signal: stop.signal })
    stop.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    expect(mutex.tryLock()).toBeUndefined()
    expect(guard.value[0]).toBe(0)
    expect(
      await failureOf(() => condvar.waitWhile(guard, ([waiting]) => waiting === 0, { timeout: 30 })),
    ).toMatchObject({ code: 'R537' })
  })

  it('of a thread that blocks holds its lock again when time is up', async () => {
    const { mutex, condvar } = parts()
    expect(await run('waitsForNothing', [mutex, condvar], true)).toBe('TimeoutError R537')
    mutex.tryLock()!.unlock()
  })

  it('is that of a mutex', async () => {
    const { condvar } = parts()
    const error = await failureOf(() => condvar.wait(new Mutex() as never))
    expect(error).toMatchObject({ code: 'R582', name: 'LockError' })
    expect(error.message).toContain('not with a `Mutex`')
  })

  it('is released when the lock was poisoned meanwhile', async () => {
    const { mutex, condvar } = parts()
    const guard = await mutex.lock()
    const said = sharedWords(3)
    const waiting = failureOf(() => condvar.wait(guard))
    const dying = run('exitsWith', [mutex, said], true)
    await reaches(said, 0, 1)
    Atomics.store(said, 1, 1)
    Atomics.notify(said, 1)
    await failureOf(() => dying)
    condvar.notifyOne()
    expect(await waiting).toMatchObject({ code: 'R538' })
    expect(await failureOf(() => guard.value)).toMatchObject({ code: 'R530' })
    mutex.clearPoison()
    mutex.tryLock()!.unlock()
  })
})

it('a thread that dies while it waits takes no notification with it', async () => {
  const { mutex, condvar } = parts()
  const said = sharedWords(3)
  const dying = run('diesWaiting', [mutex, condvar, said])
  await reaches(said, 0, 1)
  const staying = run('consumes', [mutex, condvar, 1, true], true)
  {
    using guard = await mutex.lock()
    guard.value[0]!++
    // The one that dies is the first, so it is the one that is woken.
    condvar.notifyOne()
    Atomics.store(said, 1, 1)
    Atomics.notify(said, 1)
    await failureOf(() => dying)
  }
  await staying
})

it('a wait that has ended by a second look takes no later notification from a thread that blocks', async () => {
  const { mutex, condvar } = parts()
  const said = sharedWords(3)
  const blocked = run('waitsTwice', [mutex, condvar, said], true)
  await reaches(said, 0, 1)
  const guard = await mutex.lock()
  await sleeps('waitsTwice', blocked)
  const waiting = condvar.wait(guard)
  // Wakes the thread, which is the first; this one sees it, too.
  condvar.notifyOne()
  await waiting
  guard.unlock()
  await reaches(said, 0, 2)
  ;(await mutex.lock()).unlock()
  await sleeps('waitsTwice', blocked)
  condvar.notifyOne()
  expect(await blocked).toBe('done')
})

/** Until the thread with this name sleeps on shared memory, or has ended: a wait may end without a notification. */
async function sleeps(name: string, thread: Promise<unknown>): Promise<void> {
  const state = { ended: false }
  void thread.finally(() => (state.ended = true))
  const { words } = arena()
  const slots = Array.from({ length: AGENT_SLOTS }, (_, slot) => slot)
  const slot = slots.find((each) => isAgent(each) && agentName(words, each) === name)!
  while (!state.ended && Atomics.load(words, slotOf(slot) + AGENT_SLEEPS) === 0)
    await new Promise((resolve) => setTimeout(resolve, 5))

  function isAgent(each: number): boolean {
    return (Atomics.load(words, slotOf(each) + AGENT_LIFE) & 3) === 1
  }
}
