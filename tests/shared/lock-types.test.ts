import { Condvar, Mutex, Semaphore, SharedJsonBuffer } from 'experimental-threads'
import type { LockError, MutexGuard, Permit, PoisonedError, TimeoutError } from 'experimental-threads'
import { expect, expectTypeOf, it } from 'vitest'

// Never called: only the types count.
const calls = async (): Promise<void> => {
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
  expectTypeOf(mutex.lock()).resolves.toEqualTypeOf<MutexGuard<Int32Array<SharedArrayBuffer>>>()
  expectTypeOf(mutex.tryLock({ poisoned: 'accept' })).toEqualTypeOf<
    MutexGuard<Int32Array<SharedArrayBuffer>> | undefined
  >()
  const { signal } = new AbortController()
  const guard = await mutex.lock({ timeout: 1, signal, unref: true, poisoned: 'accept' })
  expectTypeOf(guard.value).toEqualTypeOf<Int32Array<SharedArrayBuffer>>()
  // A lock of anything is a lock.
  expectTypeOf(mutex).toExtend<Mutex<unknown>>()
  expectTypeOf(new Mutex().lock()).resolves.toEqualTypeOf<MutexGuard<undefined>>()
  // @ts-expect-error -- a thread that blocks hears of no signal
  mutex.blockingLock({ signal })
  // @ts-expect-error -- the only thing to do with a poisoned lock is to accept it
  void mutex.lock({ poisoned: 'ignore' })
  const semaphore = new Semaphore(1)
  expectTypeOf(semaphore.acquire(2, { timeout: 1, signal })).resolves.toEqualTypeOf<Permit>()
  expectTypeOf(semaphore.blockingAcquire(1, { timeout: 1 })).toEqualTypeOf<Permit>()
  const condvar = new Condvar()
  await condvar.waitWhile(guard, (value) => value[0] === 0, { timeout: 1 })
  condvar.blockingWaitWhile(guard, ([first]) => first === 0)
  // @ts-expect-error -- a wait needs a guard
  await condvar.wait(mutex)
}

interface Player {
  readonly name: string
  lives?: number
}

interface Game {
  score: number
  players: Player[]
  next: Game | null
  pair: [number, Player]
}

// Never called either.
const jsonOf = (game: Game, players: readonly Player[], values: Record<string, unknown>): void => {
  expectTypeOf(new SharedJsonBuffer(game)).toEqualTypeOf<Game>()
  expectTypeOf(new SharedJsonBuffer<Game>(game)).toEqualTypeOf<SharedJsonBuffer<Game>>()
  expectTypeOf(new SharedJsonBuffer(players)).toEqualTypeOf<readonly Player[]>()
  expectTypeOf(new SharedJsonBuffer([game])).toEqualTypeOf<Game[]>()
  expectTypeOf(new SharedJsonBuffer(values)).toEqualTypeOf<Record<string, unknown>>()
  expectTypeOf(new SharedJsonBuffer({ score: 0, names: ['a'], none: null, game })).toEqualTypeOf<{
    score: number
    names: string[]
    none: null
    game: Game
  }>()
  expectTypeOf(new Mutex(new SharedJsonBuffer(game))).toEqualTypeOf<Mutex<Game>>()
  const share = <T extends Record<string, unknown>>(value: T): T => new SharedJsonBuffer(value)
  expectTypeOf(share({ score: 0 })).toEqualTypeOf<{ score: number }>()
  // @ts-expect-error -- its top is an object or an array
  void new SharedJsonBuffer('text')
  // @ts-expect-error -- a date would come out as a text
  void new SharedJsonBuffer(new Date())
  interface Dated {
    players: { since: Date }[]
  }
  // @ts-expect-error -- also deep inside
  void new SharedJsonBuffer({} as Dated)
  interface Called {
    call: () => void
  }
  // @ts-expect-error -- JSON has no word for a function
  void new SharedJsonBuffer({} as Called)
}

it('takes a JSON value of any interface', () => {
  expect(jsonOf).toBeTypeOf('function')
})

it('has the types that it says', () => {
  expect(calls).toBeTypeOf('function')
  expectTypeOf<TimeoutError>().toExtend<LockError>()
  expectTypeOf<PoisonedError>().toExtend<LockError>()
})
