// Worker modules as the compiler writes them, for counters and flags.

import { AtomicCounter } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const hits = $shared(AtomicCounter, 'hits', 'h1', () => [0])

const runs = {
  count: (counter, rounds) => () => {
    for (let round = 0; round < rounds; round++) {
      counter.add()
      hits.add(1)
    }
  },
  giveBack: (counter) => () => counter,

  /** Of three players, each adds one when it is its turn, a hundred times. */
  play: (turn, place, blocks) => async () => {
    for (let round = 0; round < 100; round++) {
      const mine = round * 3 + place
      for (let now = turn.load(); now !== mine;) now = blocks ? turn.blockingWait(now) : await turn.wait(now)
      turn.add()
      turn.notify()
    }
  },
  blockHere: (counter) => () => counter.blockingWait(0),
  first: (flag) => () => !flag.set(),
  awaitFlag: (flag) => () => flag.wait(false),
}

const $run = runs[new URL(import.meta.url).searchParams.get('run') ?? 'giveBack']
export { $run as run }
