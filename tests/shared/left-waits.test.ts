// A worker whose last task has ended while something in it still waits for what somebody would have to give back.

import type { Thread } from 'experimental-threads'
import { Condvar, configure, Mutex, RwLock, Semaphore, shutdown } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 1 }))
afterAll(() => shutdown({ deadline: 0 }))

const run = (name: string, captures: unknown[]): Thread<unknown> => start(name, captures, { module: 'failures' })

interface Case {
  readonly what: string
  readonly how: string
  /** What the thread gets, with what this thread holds of it. */
  hold(): Promise<{ shared: unknown; letGo(): void }>
  /** Takes and gives back all of it. */
  take(shared: never): Promise<void>
}

const cases: Case[] = [
  {
    what: 'a mutex',
    how: 'lock',
    async hold() {
      const shared = new Mutex()
      const guard = await shared.lock()
      return { shared, letGo: () => guard.unlock() }
    },
    take: async (mutex: Mutex) => (await mutex.lock({ timeout: 5000 })).unlock(),
  },
  ...['read', 'write'].map((how) => ({
    what: `a readers-writer lock (${how})`,
    how,
    async hold() {
      const shared = new RwLock()
      const guard = await shared.write()
      return { shared, letGo: () => guard.unlock() }
    },
    take: async (lock: RwLock) => (await lock.write({ timeout: 5000 })).unlock(),
  })),
  {
    what: 'a semaphore',
    how: 'acquire',
    async hold() {
      const shared = new Semaphore(1)
      const permit = await shared.acquire()
      return { shared, letGo: () => permit.release() }
    },
    take: async (semaphore: Semaphore) => (await semaphore.acquire(1, { timeout: 5000 })).release(),
  },
  {
    what: 'a condition variable',
    how: 'wait',
    async hold() {
      const shared: [Mutex, Condvar] = [new Mutex(), new Condvar()]
      return { shared, letGo: () => shared[1].notifyAll() }
    },
    take: async ([mutex]: [Mutex, Condvar]) => (await mutex.lock({ timeout: 5000 })).unlock(),
  },
]

describe('a thread that has ended while it waits for', () => {
  for (const { what, how, hold, take } of cases) {
    it(`${what} waits no longer, and gets nothing`, async () => {
      const { shared, letGo } = await hold()
      const said = sharedWords(3)
      await run('leaves', [shared, said, how])
      await reaches(said, 2, 597)
      letGo()
      await take(shared as never)
      await take(shared as never)
      // The worker goes on.
      expect(await run('waits', [new Mutex(), sharedWords(3), 'async'])).toBe('locked')
      expect(Atomics.load(said, 0)).toBe(0)
    })
  }
})

it('is told of in the console, and ends no worker', async () => {
  const { code, output } = await runProgram('leaves-waits')
  const line = (what: string): string =>
    `R597: the thread \`forgets\`, spawned at src/a.ts:1:1, has ended and something in it still waits for ${what}\n`
  expect(output).toBe(
    `${line('a `Mutex`')}${line('a `RwLock`')}${line('a `RwLock`')}${line('1 permit of a `Semaphore`')}locked\n`,
  )
  expect(code).toBe(0)
})
