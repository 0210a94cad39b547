// Makes, uses and drops the types of shared things that `recycles.mjs` does not, and says how many lines of the arena each kind has used up.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import {
  AtomicCounter,
  AtomicFlag,
  Barrier,
  channel,
  Condvar,
  Lazy,
  Mutex,
  Once,
  RwLock,
  WaitGroup,
} from 'experimental-threads'
import { arena } from '../../../pkg/runtime/dist/memory/arena.js'
import { LINE_WORDS, NEXT_WORD } from '../../../pkg/runtime/dist/memory/layout.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const turn = () => new Promise((resolve) => setImmediate(resolve))
const { words } = arena()
const lines = () => words[NEXT_WORD] / LINE_WORDS

/** Begins to wait, and gives it up. */
async function givesUp(wait) {
  const stop = new AbortController()
  const waits = wait({ signal: stop.signal })
  stop.abort()
  await waits.catch(() => {})
}

const uses = {
  async RwLock() {
    const lock = new RwLock()
    ;(await lock.read()).unlock()
    ;(await lock.write()).unlock()
  },
  async Condvar() {
    const guard = await new Mutex().lock()
    await new Condvar().wait(guard, { timeout: 0 }).catch(() => {})
    guard.unlock()
  },
  Barrier: () => new Barrier(1).wait(),
  Once: () => new Once().call(() => {}),
  Lazy: () => new Lazy(() => ({ text: 'a small value', numbers: [1, 2] })).get(),
  async WaitGroup() {
    const group = new WaitGroup()
    group.enter().release()
    await group.wait()
  },
  AtomicCounter: () => new AtomicCounter().add(),
  async 'WaitGroup with a wait that is given up'() {
    const group = new WaitGroup()
    group.add()
    await givesUp((options) => group.wait(options))
  },
  async 'AtomicCounter with a wait that is given up'() {
    const counter = new AtomicCounter()
    await givesUp((options) => counter.wait(0, options))
  },
  async 'AtomicFlag with a wait that is given up'() {
    const flag = new AtomicFlag()
    await givesUp((options) => flag.wait(false, options))
  },
  async channel() {
    const [tx, rx] = channel(4)
    await tx.send('text'.repeat(100))
    await rx.recv()
    tx.dispose()
    rx.dispose()
  },
  async 'channel without disposal'() {
    const [tx] = channel(4)
    await tx.send('text'.repeat(100))
  },
}

const BATCH = 100
for (const [name, use] of Object.entries(uses)) {
  const batch = async () => {
    for (let index = 0; index < BATCH; index++) await use()
    for (let round = 0; round < 3; round++) {
      gc()
      await turn()
    }
  }
  for (let round = 0; round < 3; round++) await batch()
  const before = lines()
  for (let round = 0; round < 20; round++) await batch()
  console.log(`${name}: ${lines() - before}`)
}
