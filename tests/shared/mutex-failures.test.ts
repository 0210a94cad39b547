// What becomes of a lock and of those who wait for it when time is up, when a wait is aborted, and when the owner ends.

import { configure, LockError, Mutex, Once, PoisonedError, shutdown, TimeoutError } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 6, graceTime: 50 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[], blocks = true): ReturnType<typeof start> =>
  start(name, captures, { module: 'failures', blocks })

function goOn(said: Int32Array): void {
  Atomics.store(said, 1, 1)
  Atomics.notify(said, 1)
}

/** A lock that a thread holds until it is told to go on. */
async function held(name = 'holds'): Promise<{
  mutex: Mutex<Int32Array>
  said: Int32Array
  holder: ReturnType<typeof start>
}> {
  const mutex = new Mutex(sharedWords(1))
  const said = sharedWords(3)
  const holder = run(name, [mutex, said], name !== 'crashesWith' && name !== 'countsWith')
  holder.catch(() => {})
  await reaches(said, 0, 1)
  return { mutex, said, holder }
}

describe('a wait with a timeout', () => {
  it('has none where that is undefined', async () => {
    const mutex = new Mutex()
    const none = { timeout: undefined, signal: undefined, unref: undefined, poisoned: undefined }
    const guard = await mutex.lock(none)
    const waits = mutex.lock(none)
    guard.unlock()
    ;(await waits).unlock()
  })

  it('rejects when it is up and says who holds the lock, and leaves nothing behind', async () => {
    const { mutex, said, holder } = await held()
    const error = await failureOf(() => mutex.lock({ timeout: 30 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toBeInstanceOf(LockError)
    expect(error).toMatchObject({ code: 'R537', name: 'TimeoutError' })
    expect(error.message).toMatch(/^waited \d+ ms for a `Mutex`, which the thread `holds` holds$/)
    const others = [mutex.lock(), mutex.lock({ timeout: 60_000 })]
    goOn(said)
    for (const other of others) (await other).unlock()
    await holder
    expect(mutex.tryLock()).toBeDefined()
  })

  it('of 0 is one try', async () => {
    const mutex = new Mutex()
    const guard = await mutex.lock({ timeout: 0 })
    expect(await failureOf(() => mutex.lock({ timeout: 0 }))).toMatchObject({ code: 'R537' })
    guard.unlock()
    ;(await mutex.lock({ timeout: 0 })).unlock()
  })

  it('that makes no sense is refused', async () => {
    const mutex = new Mutex()
    for (const timeout of [-1, NaN, '5' as unknown as number])
      expect(await failureOf(() => mutex.lock({ timeout }))).toMatchObject({ code: 'R539' })
  })

  it('ends those whose time is up, in whatever order they came', async () => {
    const mutex = new Mutex()
    const guard = await mutex.lock()
    const ended: number[] = []
    const waits = [600, 20, 300, 20].map((timeout) => mutex.lock({ timeout }).catch(() => ended.push(timeout)))
    await Promise.all(waits)
    expect(ended).toEqual([20, 20, 300, 600])
    guard.unlock()
    expect(mutex.tryLock()).toBeDefined()
  })

  it('ends a thread that blocks', async () => {
    const { mutex, said, holder } = await held()
    const waiter = run('waits', [mutex, sharedWords(3), 'blocking', { timeout: 30 }])
    expect(await waiter).toBe('TimeoutError R537')
    goOn(said)
    await holder
  })
})

describe('a wait with a signal', () => {
  it('rejects with the reason, at once when the signal has fired before', async () => {
    const mutex = new Mutex()
    const guard = await mutex.lock()
    const stop = new AbortController()
    const waiting = mutex.lock({ signal: stop.signal })
    const behind = mutex.lock()
    stop.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    await expect(mutex.lock({ signal: stop.signal })).rejects.toBe('enough')
    guard.unlock()
    ;(await behind).unlock()
    await expect(mutex.lock({ signal: stop.signal })).rejects.toBe('enough')
  })

  it('passes a wake-up on that comes after it was given up', async () => {
    const { mutex, said, holder } = await held()
    const stop = new AbortController()
    const waiting = mutex.lock({ signal: stop.signal })
    const other = run('waits', [mutex, sharedWords(3), 'async'], false)
    stop.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    goOn(said)
    expect(await other).toBe('locked')
    await holder
  })
})

describe('a wait that was given up takes nothing between two steps of its thread', () => {
  /** Another thread gives up waiting, and comes again once it has heard of what `free` does. */
  async function comesBack(shared: object, free: () => unknown): Promise<unknown> {
    const said = sharedWords(3)
    const other = run('comesBack', [shared, said])
    await reaches(said, 0, 1)
    await free()
    Atomics.store(said, 2, 1)
    Atomics.notify(said, 2)
    goOn(said)
    return other
  }

  it('for a mutex', async () => {
    const mutex = new Mutex(sharedWords(1))
    const guard = await mutex.lock()
    expect(await comesBack(mutex, () => guard.unlock())).toEqual(['TimeoutError R537', 'done'])
  })

  it('for something that is done once', async () => {
    const once = new Once()
    let reject!: (reason: Error) => void
    const promise = new Promise((_, refuse) => (reject = refuse))
    const failing = failureOf(() => once.call(() => promise))
    const fail = (): Promise<unknown> => {
      reject(new Error('not yet'))
      return failing
    }
    expect(await comesBack(once, fail)).toEqual(['TimeoutError R537', 'done'])
  })
})

describe('an owner that ends', () => {
  for (const name of ['exitsWith', 'crashesWith', 'countsWith']) {
    it(`(${name}) poisons the lock, and everybody who waits is told`, async () => {
      const { mutex, said, holder } = await held(name)
      const told = [sharedWords(3), sharedWords(3)]
      const refused = failureOf(() => mutex.lock())
      const blocked = run('waits', [mutex, told[0], 'blocking'])
      const awaiting = run('waits', [mutex, told[1], 'async'], false)
      await Promise.all(told.map((words) => reaches(words, 0, 1)))
      if (name === 'countsWith') holder.abort('stop')
      else goOn(said)
      const error = await refused
      expect(error).toBeInstanceOf(PoisonedError)
      expect(error).toMatchObject({ code: 'R538', name: 'PoisonedError' })
      expect(error.message).toContain(`the thread \`${name}\` ended while it held a \`Mutex\``)
      expect(await blocked).toBe('PoisonedError R538')
      expect(await awaiting).toBe('PoisonedError R538')
      expect(await failureOf(() => mutex.tryLock())).toMatchObject({ code: 'R538' })
      expect(await run('waits', [mutex, sharedWords(3), 'blocking', { poisoned: 'accept' }])).toBe('poisoned')
      const guard = await mutex.lock({ poisoned: 'accept' })
      expect(guard.poisoned).toBe(true)
      mutex.clearPoison()
      expect(guard.poisoned).toBe(false)
      guard.unlock()
      expect(await run('waits', [mutex, sharedWords(3), 'async'], false)).toBe('locked')
      ;(await mutex.lock()).unlock()
    })
  }

  it('that nobody waits for is found by whoever comes next', async () => {
    const { mutex, said, holder } = await held('exitsWith')
    goOn(said)
    await failureOf(() => holder)
    expect(await failureOf(() => mutex.lock({ timeout: 5000 }))).toMatchObject({ code: 'R538' })
    mutex.clearPoison()
    mutex.tryLock()!.unlock()
  })

  it('lets one that waits in the same queue and accepts go on', async () => {
    const { mutex, said } = await held('exitsWith')
    const refused = failureOf(() => mutex.lock())
    const accepted = mutex.lock({ poisoned: 'accept' })
    const behind = mutex.lock()
    goOn(said)
    expect(await refused).toMatchObject({ code: 'R538' })
    const guard = await accepted
    mutex.clearPoison()
    guard.unlock()
    ;(await behind).unlock()
  })
})

it('an exception in a section poisons nothing', async () => {
  const mutex = new Mutex(sharedWords(1))
  expect(await failureOf(() => run('throwsInside', [mutex]))).toMatchObject({ message: 'inside' })
  mutex.tryLock()!.unlock()
})

it('a waiter that dies takes nobody with it', async () => {
  const { mutex, said, holder } = await held()
  const told = sharedWords(3)
  const dying = run('diesLocking', [mutex, told], false)
  const staying = run('waits', [mutex, sharedWords(3), 'blocking'])
  await reaches(told, 0, 1)
  goOn(told)
  await failureOf(() => dying)
  goOn(said)
  expect(await staying).toBe('locked')
  await holder
})

describe('a program', () => {
  it('is told when a thread has ended with a lock in its hands', async () => {
    const { code, output } = await runProgram('keeps-lock')
    expect(output).toContain('R580: the thread `keeps`, spawned at src/a.ts:1:1, has ended and still holds a `Mutex`')
    expect(output).toMatch(/PoisonedError: the thread `keeps` ended while it held a `Mutex`/)
    expect(output).toContain('sound again')
    expect(code).toBe(0)
  })

  it('ends when only waits are left that need not keep it alive, or were given up', async () => {
    expect(await runProgram('unref-lock')).toEqual({ code: 0, output: 'AbortError\nTimeoutError\n' })
  })
})
