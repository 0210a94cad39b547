// Threads that end in every way, and threads that wait for them. Served to browsers too, so it names nothing of Node but `process.exit`.

import { $spawn } from 'experimental-threads/internal'
import { arena } from '../../../pkg/runtime/dist/memory/arena.js'
import { isAlive } from '../../../pkg/runtime/dist/sync/agent-algorithm.js'
import { block, wait } from '../../../pkg/runtime/dist/sync/wait.js'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href

/** Says which agent this is: `said[0]`. */
function introduce(said) {
  Atomics.store(said, 0, arena().agent)
  Atomics.notify(said, 0)
}

const forEver = new Promise(() => {})

const runs = {
  exits: (said) => () => {
    introduce(said)
    process.exit(3)
  },

  throws: (said) => () => {
    introduce(said)
    setTimeout(() => {
      throw new Error('nobody catches this')
    })
    return forEver
  },

  awaits: (said) => () => {
    introduce(said)
    return forEver
  },

  closes: (said) => () => {
    introduce(said)
    self.close()
    return forEver
  },

  /** Counts in `said[1]` for as long as it runs. */
  counts: (said) => () => {
    introduce(said)
    for (;;) Atomics.add(said, 1, 1)
  },

  /** Blocks on a word that nobody changes. */
  blocks: (said, at) => () => {
    introduce(said)
    for (;;) block(arena().words, at, 0)
  },

  nests: (said, name) => () =>
    $spawn(
      { p: 1, load: here(name), name, at: 'src/nested.ts:1:1', captures: ['said'], blocks: false },
      null,
      undefined,
      [said],
    ),

  /** Waits for the end of an agent, on a word that nobody changes. */
  outlives: (at, agent, said) => async () => {
    const { words } = arena()
    Atomics.add(said, 2, 1)
    Atomics.notify(said, 2)
    while (isAlive(words, agent)) await wait(words, at, 0)
  },

  /** The same, blocked. */
  outlivesBlocked: (at, agent, said) => () => {
    const { words } = arena()
    Atomics.add(said, 2, 1)
    Atomics.notify(said, 2)
    while (isAlive(words, agent)) block(words, at, 0)
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
