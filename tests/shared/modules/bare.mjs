// Worker modules whose closures captured locks and globals: nothing in them names a class of the library.

const runs = {
  /** Increments under a captured mutex, and returns it. */
  count: (mutex, rounds) => async () => {
    for (let round = 0; round < rounds; round++) {
      const guard = await mutex.lock()
      guard.value[0]++
      guard.unlock()
    }
    return mutex
  },

  /** Takes permits of a captured semaphore, then sets a word. */
  acquire: (semaphore, count, words, index) => async () => {
    await semaphore.acquire(count)
    Atomics.store(words, index, 1)
    Atomics.notify(words, index)
  },

  /** Writes through a captured Global. */
  write: (holder, value) => () => {
    holder.global.value[0] = value
  },

  /** Increments under the lock that a captured Global holds. */
  countIn: (global) => async () => {
    const guard = await global.value.lock()
    guard.value[0]++
    guard.unlock()
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
