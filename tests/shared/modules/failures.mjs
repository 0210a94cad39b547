// Closures that hold locks and end badly: `failures.mjs?run=holds` is the module of `holds`.

import { Condvar, Once } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

/** Tells that it has come so far. */
function tell(said, step) {
  Atomics.store(said, 0, step)
  Atomics.notify(said, 0)
}

/** Waits until it is told to go on. Only in dedicated threads. */
function told(said) {
  Atomics.wait(said, 1, 0)
}

/** Ends this worker when it is told to, in the turn in which it hears of it. */
async function exits(said) {
  tell(said, 1)
  await Atomics.waitAsync(said, 1, 0, 60_000).value
  process.exit(3)
}

const code = async (call) => {
  try {
    return (await call()) ?? 'done'
  } catch (error) {
    return `${error.name} ${error.code ?? error.message}`
  }
}

const added = $shared(Condvar, 'added', 'h1', () => [])

const runs = {
  /** Holds the lock until it is told to let go. */
  holds: (mutex, said) => () => {
    using(mutex.blockingLock(), (guard) => {
      guard.value[0]++
      tell(said, 1)
      told(said)
    })
  },

  /** Takes the lock and ends its worker when it is told to. */
  exitsWith: (mutex, said) => () => {
    const guard = mutex.blockingLock()
    guard.value[0]++
    tell(said, 1)
    told(said)
    process.exit(3)
  },

  /** Takes the lock and crashes. */
  crashesWith: (mutex, said) => async () => {
    const guard = await mutex.lock()
    guard.value[0]++
    tell(said, 1)
    setTimeout(() => {
      throw new Error('crash')
    })
    await new Promise(() => {})
  },

  /** Takes the lock and counts for ever. */
  countsWith: (mutex, said) => async () => {
    await mutex.lock()
    tell(said, 1)
    for (;;) Atomics.add(said, 2, 1)
  },

  /** Returns with the lock in its hands. */
  keeps: (mutex) => async () => {
    await mutex.lock()
  },

  /** Returns while something in it still waits, in the way that is told. What it gets is told, and kept. */
  leaves: (shared, said, how) => async () => {
    const got = () => tell(said, 1)
    const refused = (error) => {
      Atomics.store(said, 2, Number(error.code.slice(1)))
      Atomics.notify(said, 2)
    }
    if (how === 'wait') void shared[1].wait(await shared[0].lock()).then(got, refused)
    else void shared[how]().then(got, refused)
  },

  /** Awaits nothing that it starts, and says nothing of it. */
  forgets: (shared, how) => () => {
    void shared[how]()
  },

  /** Gives up waiting, and comes again, blocking, when it hears in one turn that it could have what it waited for and that it may go on. */
  comesBack: (shared, said) => async () => {
    const [wait, again] =
      shared instanceof Once
        ? [() => shared.call(() => {}, { timeout: 1 }), () => void shared.blockingCall(() => {})]
        : [() => shared.lock({ timeout: 1 }), () => shared.blockingLock().unlock()]
    const first = await code(wait)
    const hears = Atomics.waitAsync(said, 2, 0).value
    tell(said, 1)
    told(said)
    await hears
    return [first, await code(again)]
  },

  /** Throws in its section. */
  throwsInside: (mutex) => () => {
    using(mutex.blockingLock(), () => {
      throw new Error('inside')
    })
  },

  /** Waits for permits in the way that is told, and gives what happened. */
  acquires: (semaphore, said, how, count, options) => async () => {
    const permit = code(async () => {
      const got =
        how === 'blocking' ? semaphore.blockingAcquire(count, options) : await semaphore.acquire(count, options)
      got.release()
      return 'acquired'
    })
    tell(said, 1)
    return permit
  },

  exitsWithPermit: (semaphore) => async () => {
    await semaphore.acquire()
    process.exit(3)
  },

  /** Takes items, one at a time, and counts them. */
  consumes: (mutex, condvar, count, blocks) => async () => {
    for (let taken = 0; taken < count; taken++) {
      const guard = blocks ? mutex.blockingLock() : await mutex.lock()
      if (blocks) condvar.blockingWaitWhile(guard, ([items]) => items === 0)
      else await condvar.waitWhile(guard, ([items]) => items === 0)
      guard.value[0]--
      guard.value[1]++
      guard.unlock()
    }
  },

  consumesOfModule: (mutex) => async () => {
    const guard = await mutex.lock()
    await added.waitWhile(guard, ([items]) => items === 0)
    guard.unlock()
    return 'done'
  },

  waitsForNothing: (mutex, condvar) => () =>
    code(() => {
      const guard = mutex.blockingLock()
      try {
        condvar.blockingWait(guard, { timeout: 30 })
      } finally {
        guard.unlock()
      }
    }),

  /** Waits twice, blocking, and tells before each time, with the lock held. */
  waitsTwice: (mutex, condvar, said) => () =>
    code(() => {
      const guard = mutex.blockingLock()
      for (const step of [1, 2]) {
        tell(said, step)
        condvar.blockingWait(guard, { timeout: 10_000 })
      }
      guard.unlock()
    }),

  /** Three that wait, and end their worker when they are told to. */
  diesWaiting: (mutex, condvar, said) => async () => {
    const guard = await mutex.lock()
    void condvar.wait(guard)
    await exits(said)
  },

  diesLocking: (mutex, said) => async () => {
    void mutex.lock()
    await exits(said)
  },

  diesAcquiring: (semaphore, said) => async () => {
    void semaphore.acquire(2)
    await exits(said)
  },

  /** Waits for the lock in the way that is told, and gives what happened. */
  waits: (mutex, said, how, options) => async () => {
    tell(said, 1)
    return code(async () => {
      const guard = how === 'blocking' ? mutex.blockingLock(options) : await mutex.lock(options)
      const { poisoned } = guard
      guard.unlock()
      return poisoned ? 'poisoned' : 'locked'
    })
  },
}

function using(guard, work) {
  try {
    return work(guard)
  } finally {
    guard[Symbol.dispose]()
  }
}

export const run = runs[new URL(import.meta.url).searchParams.get('run')]
