// Worker modules as the compiler writes them: what threads do with a readers-writer lock.

import { RwLock } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const table = $shared(RwLock, 'table', 'h1', () => [new Int32Array(new SharedArrayBuffer(8))])

/** Tells that the thread is where the test wants it, and waits until the test goes on. */
function reached(words) {
  Atomics.add(words, 0, 1)
  Atomics.notify(words, 0)
}

const runs = {
  /** Keeps the two cells equal when it writes, and counts how often it reads them different. */
  mix: (rounds, blocks) => async () => {
    let torn = 0
    for (let round = 0; round < rounds; round++) {
      if (round % 4 === 0) {
        const guard = blocks ? table.blockingWrite() : await table.write()
        guard.value[0]++
        guard.value[1]++
        guard.unlock()
      } else {
        const guard = blocks ? table.blockingRead() : await table.read()
        if (guard.value[0] !== guard.value[1]) torn++
        guard.unlock()
      }
    }
    return torn
  },

  /** Takes the lock and keeps it until the test says so. */
  hold: (lock, kind, words) => async () => {
    const guard = await lock[kind]()
    reached(words)
    await Atomics.waitAsync(words, 1, 0, 60_000).value
    guard.unlock()
  },

  /** Takes the lock and ends its worker. */
  die: (lock, kind, words) => async () => {
    await lock[kind]()
    reached(words)
    await Atomics.waitAsync(words, 1, 0, 60_000).value
    process.exit()
  },

  /** Waits for the lock; the test ends the worker meanwhile. */
  dieWaiting: (lock, kind, words) => async () => {
    const waiting = lock[kind]()
    reached(words)
    await Atomics.waitAsync(words, 1, 0, 60_000).value
    void waiting
    process.exit()
  },

  /** Reads all the time, so that at least one of several such threads is always inside. */
  readOn: (lock, words) => async () => {
    let reads = 0
    while (Atomics.load(words, 1) === 0) {
      const guard = await lock.read()
      if (reads === 0) reached(words)
      await new Promise((resolve) => setTimeout(resolve, 2))
      guard.unlock()
      reads++
    }
    return reads
  },

  /** What a blocking operation throws in this thread while it holds the lock. */
  reenter: (held, asked) => () => {
    const guard = table[held]()
    try {
      table[asked]({ timeout: 1000 }).dispose()
      return 'let in'
    } catch (error) {
      return `${error.code}: ${error.message}`
    } finally {
      guard.unlock()
    }
  },

  blockingWithTimeout: (lock, kind) => () => {
    try {
      lock[kind]({ timeout: 20 }).unlock()
      return 'let in'
    } catch (error) {
      return `${error.name} ${error.code}: ${error.message}`
    }
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'mix']
export { $run as run }
