// Worker modules as the compiler writes them, many in one file: `locks.mjs?run=count` is the module of `count`.

import { Global, Mutex, Semaphore } from 'experimental-threads'
import { $shared, $spawn } from 'experimental-threads/internal'

// Each thread evaluates these declarations; whoever does it first makes the value.
const hits = $shared(Global, 'hits', 'h1', () => [new Mutex(new Int32Array(new SharedArrayBuffer(4)))])
const gate = $shared(Global, 'gate', 'h1', () => [new Int32Array(new SharedArrayBuffer(8))])
const counter = $shared(Mutex, 'counter', 'h1', () => [new Int32Array(new SharedArrayBuffer(4))])
const permits = $shared(Semaphore, 'permits', 'h1', () => [3])

const here = (name) => new URL(`?run=${name}`, import.meta.url).href

/** Says that this thread has arrived, and waits until all have. Only in dedicated threads. */
function meet(all) {
  Atomics.add(gate.value, 0, 1)
  Atomics.notify(gate.value, 0)
  for (let now = Atomics.load(gate.value, 0); now < all; now = Atomics.load(gate.value, 0))
    Atomics.wait(gate.value, 0, now)
}

const runs = {
  /** Increments under the lock, every other time blocking. Returns the number of increments. */
  count: (rounds) => async () => {
    for (let round = 0; round < rounds; round++) {
      const guard = round % 2 === 0 ? await hits.value.lock() : hits.value.blockingLock()
      guard.value[0]++
      guard.dispose()
    }
    return rounds
  },

  /** The same with `lock()` alone. */
  countAsync: (rounds) => async () => {
    for (let round = 0; round < rounds; round++) {
      const guard = await hits.value.lock()
      guard.value[0]++
      guard.dispose()
    }
  },

  /** One increment here, one in a thread of this thread. */
  countNested: (depth) => async () => {
    const guard = await counter.lock()
    guard.value[0]++
    guard.unlock()
    if (depth === 0) return
    await $spawn(
      { p: 1, load: here('countNested'), name: 'nested', at: 'src/nested.ts:1:1', captures: ['depth'], blocks: false },
      null,
      undefined,
      [depth - 1],
    )
  },

  /** Makes or finds `ids` shared values in an order of its own, adds 1 to each; returns how many it made. */
  race: (agent, agents, ids) => () => {
    meet(agents)
    let made = 0
    for (let step = 0; step < ids; step++) {
      const id = (step * 7 + agent * 131) % ids
      const cell = $shared(Global, `race${id}`, 'h', () => {
        made++
        return [new Int32Array(new SharedArrayBuffer(8), 4, 1).fill(100)]
      })
      Atomics.add(cell.value, 0, 1)
    }
    return made
  },

  /** The first to make a value. */
  first: () => () => {
    const cell = $shared(Global, 'first', 'h', () => [new Uint8Array(new SharedArrayBuffer(4), 1, 2).fill(7)])
    return [...cell.value]
  },

  holdUntil: (mutex, words) => async () => {
    const guard = await mutex.lock()
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
    await Atomics.waitAsync(words, 1, 0, 60_000).value
    guard.unlock()
  },

  relock: () => () => {
    const guard = counter.blockingLock()
    try {
      counter.blockingLock()
    } finally {
      guard.dispose()
    }
  },

  blockHere: () => () => counter.blockingLock().dispose(),

  acquireHere: () => () => permits.blockingAcquire().dispose(),

  /** Takes and gives back uneven numbers of permits; reports in `inside` how many are held at the same time at most. */
  share: (rounds, need, inside, blocks) => async () => {
    let most = 0
    for (let round = 0; round < rounds; round++) {
      const permit = blocks ? permits.blockingAcquire(need) : await permits.acquire(need)
      most = Math.max(most, Atomics.add(inside, 0, need) + need)
      Atomics.sub(inside, 0, need)
      permit.release()
    }
    return most
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'first']
export { $run as run }
