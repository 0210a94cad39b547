import { Barrier, channel, Condvar, Mutex, RwLock, WaitGroup } from 'experimental-threads'
import { describe, expect, it } from 'vitest'

import { sharedWords } from './support.ts'

// Missing from the types of ES2023.
const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, value: number): { value: Promise<string> }
}

interface Case {
  /** Begins a wait, for which there is nothing yet. */
  wait(signal: AbortSignal): Promise<unknown>
  /** Ends it. */
  grant(): void
  /** Right after the signal: whether somebody else can have what was waited for. */
  isThere(): boolean
  /** Gives back what the wait got. */
  giveBack(got: never): void
}

type Outcome = { readonly got: unknown } | 'rejected'

/** Fires the signal of a wait in the very turn in which this thread is woken for it, one step later. */
async function abortedWhenWoken({ wait, grant, isThere }: Case): Promise<{ outcome: Outcome; wasThere: boolean }> {
  const stop = new AbortController()
  const words = sharedWords(1)
  const waiting = wait(stop.signal).then(
    (got): Outcome => ({ got }),
    (): Outcome => 'rejected',
  )
  // Until it sleeps.
  await new Promise((resolve) => setImmediate(resolve))
  const hears = waitAsync(words, 0, 0).value
  grant()
  Atomics.notify(words, 0)
  await hears
  stop.abort()
  const wasThere = isThere()
  return { outcome: await waiting, wasThere }
}

function reads(): Case {
  const lock = new RwLock()
  const writer = lock.tryWrite()!
  return {
    wait: (signal) => lock.read({ signal }),
    grant: () => writer.unlock(),
    isThere: () => tried(lock.tryWrite()),
    giveBack: (guard: Disposable) => guard[Symbol.dispose](),
  }
}

function writes(): Case {
  const lock = new RwLock()
  const reader = lock.tryRead()!
  return {
    wait: (signal) => lock.write({ signal }),
    grant: () => reader.unlock(),
    isThere: () => tried(lock.tryWrite()),
    giveBack: (guard: Disposable) => guard[Symbol.dispose](),
  }
}

function locks(): Case {
  const lock = new Mutex()
  const guard = lock.tryLock()!
  return {
    wait: (signal) => lock.lock({ signal }),
    grant: () => guard.unlock(),
    isThere: () => tried(lock.tryLock()),
    giveBack: (guard: Disposable) => guard[Symbol.dispose](),
  }
}

function receives(): Case {
  const [tx, rx] = channel<string>(1)
  return {
    wait: (signal) => rx.recv({ signal }),
    grant: () => void tx.trySend('a'),
    isThere: () => rx.tryRecv().ok,
    giveBack: (result) => expect(result).toEqual({ ok: true, value: 'a' }),
  }
}

function sends(): Case {
  const [tx, rx] = channel<string>(1)
  tx.trySend('a')
  return {
    wait: (signal) => tx.send('b', { signal }),
    grant: () => void rx.tryRecv(),
    isThere: () => tx.trySend('c').ok,
    giveBack: () => expect(rx.tryRecv().value).toBe('b'),
  }
}

function tried(guard: Disposable | undefined): boolean {
  guard?.[Symbol.dispose]()
  return guard !== undefined
}

describe('a wait whose signal fires in the turn in which its thread is woken for it', () => {
  for (const make of [locks, reads, writes, receives, sends]) {
    it(`(${make.name}) has got what it waited for in the step before`, async () => {
      const use = make()
      const { outcome, wasThere } = await abortedWhenWoken(use)
      expect(outcome).not.toBe('rejected')
      expect(wasThere).toBe(false)
      if (outcome !== 'rejected') use.giveBack(outcome.got as never)
    })
  }

  it('of a Condvar leaves its notification to the next one', async () => {
    const [mutex, condvar] = [new Mutex(), new Condvar()]
    const behind = (async () => {
      using guard = await mutex.lock()
      await condvar.wait(guard)
      return 'notified'
    })()
    const use: Case = {
      async wait(signal) {
        using guard = await mutex.lock()
        await condvar.wait(guard, { signal })
      },
      grant: () => condvar.notifyOne(),
      isThere: () => true,
      giveBack: () => {},
    }
    // Both wait, the one with the signal behind the other; so it is the other one that is notified.
    const { outcome } = await abortedWhenWoken(use)
    expect([outcome, await behind]).toEqual(['rejected', 'notified'])
  })

  it('at a Barrier has met the others', async () => {
    const barrier = new Barrier(2)
    const use: Case = {
      wait: (signal) => barrier.wait({ signal }),
      grant: () => void barrier.tryWait(),
      isThere: () => barrier.isBroken,
      giveBack: () => {},
    }
    const { outcome, wasThere } = await abortedWhenWoken(use)
    expect(outcome).toEqual({ got: { isLeader: false } })
    expect(wasThere).toBe(false)
  })

  it('for a WaitGroup keeps nobody else waiting', async () => {
    const group = new WaitGroup()
    const member = group.enter()
    const other = group.wait()
    const use: Case = {
      wait: (signal) => group.wait({ signal }),
      grant: () => member.release(),
      isThere: () => group.tryWait(),
      giveBack: () => {},
    }
    expect((await abortedWhenWoken(use)).wasThere).toBe(true)
    await other
  })
})
