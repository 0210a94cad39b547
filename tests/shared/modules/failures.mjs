// Closures that hold locks and end badly: `failures.mjs?run=holds` is the module of `holds`.

/** Tells that it has come so far. */
function tell(said, step) {
  Atomics.store(said, 0, step)
  Atomics.notify(said, 0)
}

/** Waits until it is told to go on. Only in dedicated threads. */
function told(said) {
  Atomics.wait(said, 1, 0)
}

const code = async (call) => {
  try {
    return (await call()) ?? 'done'
  } catch (error) {
    return `${error.name} ${error.code ?? error.message}`
  }
}

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

  /** Throws in its section. */
  throwsInside: (mutex) => () => {
    using(mutex.blockingLock(), () => {
      throw new Error('inside')
    })
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
