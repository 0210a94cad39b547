// Worker modules whose threads take locks in a circle.

import { Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const locks = [0, 1, 2].map((index) => $shared(Mutex, `lock${index}`, 'h1', () => []))

/** Says that this thread has come so far, and blocks until `all` have. */
function meet(gate, all) {
  Atomics.add(gate, 0, 1)
  Atomics.notify(gate, 0)
  for (let now = Atomics.load(gate, 0); now < all; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now)
}

const runs = {
  /** Takes one lock, waits until `all` have theirs, takes the other one. What came of that. */
  blocks: (first, second, gate, all) => () => {
    const one = locks[first].blockingLock()
    try {
      meet(gate, all)
      locks[second].blockingLock().unlock()
      return 'got both'
    } finally {
      one.unlock()
    }
  },

  /** Takes one lock and waits for the other one only for a time; what came of that. */
  givesUp: (first, second, gate, timeout) => () => {
    const one = locks[first].blockingLock()
    meet(gate, 2)
    try {
      locks[second].blockingLock({ timeout }).unlock()
      return 'got both'
    } catch (error) {
      return error.code
    } finally {
      one.unlock()
    }
  },

  /** Takes a lock, says so, and gives it back after a while; waits for another meanwhile. */
  lends: (first, second, gate, time) => async () => {
    const one = await locks[first].lock()
    setTimeout(() => one.unlock(), time)
    meet(gate, 2)
    const two = await locks[second].lock()
    two.unlock()
    return 'got both'
  },
}

export const run = runs[new URL(import.meta.url).searchParams.get('run')]
