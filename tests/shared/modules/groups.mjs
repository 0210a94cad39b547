// Worker modules as the compiler writes them: what threads do with barriers, with what is done once, and with wait groups.

import { Barrier, Lazy, Once, WaitGroup } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const stage = $shared(Barrier, 'stage', 'h1', () => [4])
const once = $shared(Once, 'once', 'h1', () => [])
const group = $shared(WaitGroup, 'group', 'h1', () => [])

const made = $shared(WaitGroup, 'made', 'h1', () => [])
const numbers = $shared(Lazy, 'numbers', 'h1', () => [
  () => {
    made.add()
    return new Int32Array(new SharedArrayBuffer(8))
  },
])
const settings = $shared(Lazy, 'settings', 'h1', () => [
  async () => {
    made.add()
    return { name: 'all', sizes: new Map([['a', 1]]) }
  },
])

const told = (error) => `${error.name} ${error.code}`

function reached(words) {
  Atomics.add(words, 0, 1)
  Atomics.notify(words, 0)
}

/** Until the test goes on. */
const mayGoOn = (words) => Atomics.waitAsync(words, 1, 0, 60_000).value

const runs = {
  /** Comes to the barrier so many times. In each round every thread adds 1 before, so all must see the same sum behind. Returns how often it led, and what was wrong. */
  meet: (rounds, cells, blocks) => async () => {
    let led = 0
    let wrong = 0
    for (let round = 0; round < rounds; round++) {
      Atomics.add(cells, round, 1)
      const { isLeader } = blocks ? stage.blockingWait() : await stage.wait()
      if (isLeader) led++
      if (Atomics.load(cells, round) !== 4) wrong++
    }
    return { led, wrong }
  },

  waitAt: (barrier, words, options) => async () => {
    const waiting = barrier.wait(options).then(({ isLeader }) => (isLeader ? 'led' : 'met'), told)
    reached(words)
    return waiting
  },

  blockAt: (barrier, words, options) => () => {
    reached(words)
    try {
      return barrier.blockingWait(options).isLeader ? 'led' : 'met'
    } catch (error) {
      return told(error)
    }
  },

  dieAt: (barrier, words) => async () => {
    void barrier.wait().catch(() => {})
    reached(words)
    await mayGoOn(words)
    process.exit()
  },

  /** Counts in `cells[0]` how often the function runs in all threads. */
  callOnce: (cells, blocks) => async () => {
    const initialise = () => Atomics.add(cells, 0, 1)
    const ran = blocks ? once.blockingCall(initialise) : await once.call(initialise)
    return { ran, seen: Atomics.load(cells, 0) }
  },

  callAndDie: (shared, words) => async () => {
    await shared.call(async () => {
      reached(words)
      await mayGoOn(words)
      process.exit()
    })
  },

  callAndHold: (shared, words) => () =>
    shared.call(async () => {
      reached(words)
      await mayGoOn(words)
    }),

  blockingCallWithin: (shared, options) => () => {
    try {
      return shared.blockingCall(() => {}, options)
    } catch (error) {
      return `${error.name} ${error.code}: ${error.message}`
    }
  },

  blockingCallRecursive: (shared) => () => {
    try {
      shared.blockingCall(() => shared.blockingCall(() => {}))
      return 'done'
    } catch (error) {
      return told(error)
    }
  },

  /** Gets both values, counts in the shared one, and tells what it sees of the other. */
  getLazy: (blocks) => async () => {
    const shared = blocks ? numbers.blockingGet() : await numbers.get()
    Atomics.add(shared, 0, 1)
    const { name, sizes } = await settings.get()
    return `${name} ${sizes.get('a')}`
  },

  getCaptured: (lazy) => async () => {
    try {
      return await lazy.get()
    } catch (error) {
      return told(error)
    }
  },

  work: (cells, rounds) => async () => {
    for (let round = 0; round < rounds; round++) {
      await new Promise((resolve) => setImmediate(resolve))
      Atomics.add(cells, 0, 1)
      group.done()
    }
  },

  member: (shared, words) => async () => {
    const member = shared.enter()
    reached(words)
    await mayGoOn(words)
    member.release()
  },

  dieAsMember: (shared, words) => async () => {
    shared.enter()
    shared.enter()
    reached(words)
    await mayGoOn(words)
    process.exit()
  },

  forget: (shared) => () => {
    shared.enter()
  },

  blockingWait: (shared, options) => () => {
    try {
      shared.blockingWait(options)
      return 'empty'
    } catch (error) {
      return `${error.name} ${error.code}: ${error.message}`
    }
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'meet']
export { $run as run }
