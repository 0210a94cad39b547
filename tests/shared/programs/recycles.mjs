// Makes and drops locks, and says how many words of the arena that took.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { configure, Mutex, Semaphore, shutdown } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'
import { arena } from '../../../pkg/runtime/dist/memory/arena.js'
import { COUNT_BITS, LINE_WORDS, NEXT_WORD, REFERENCES } from '../../../pkg/runtime/dist/memory/layout.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const turn = () => new Promise((resolve) => setImmediate(resolve))

$boot(new URL('../../../pkg/runtime/dist/worker.js', import.meta.url).href)
configure({ maxThreads: 2, graceTime: 50 })
const { words } = arena()
const lines = () => words[NEXT_WORD] / LINE_WORDS

/** How many blocks somebody refers to. */
function inUse() {
  let used = 0
  for (let line = 0; line < lines(); line++) if ((words[REFERENCES + line] & ((1 << COUNT_BITS) - 1)) !== 0) used++
  return used
}

const start = (name, captures) =>
  $spawn(
    {
      p: 1,
      load: new URL(`../modules/recycled.mjs?run=${name}`, import.meta.url).href,
      name,
      at: 'src/a.ts:1:1',
      captures: captures.map((_, index) => `c${index}`),
      blocks: false,
    },
    null,
    undefined,
    captures,
  )

/** Lets the engine collect, here and in the workers. */
async function collect(rounds) {
  for (let round = 0; round < rounds; round++) {
    gc()
    await Promise.all([start('collect', []), start('collect', [])])
    await turn()
  }
}

async function makeAndDrop(count) {
  const before = lines()
  const heap = process.memoryUsage().rss
  for (let index = 0; index < count; index++) {
    const mutex = new Mutex()
    const guard = await mutex.lock()
    guard.unlock()
    if (index % 1000 === 0) await turn()
  }
  const grown = (process.memoryUsage().rss - heap) / 2 ** 20
  console.error(`${count} locks: ${lines() - before} lines, ${grown.toFixed(0)} MB more`)
  return lines() - before < 200_000 && grown < 200
}

async function sendAndDrop(rounds) {
  await start('use', [new Mutex(), new Semaphore(1)])
  await collect(3)
  const before = inUse()
  for (let index = 0; index < rounds; index++) {
    const all = Array.from({ length: 10 }, () => start('use', [new Mutex(), new Semaphore(1)]))
    const back = await Promise.all(all)
    for (const [mutex] of back) mutex.tryLock().unlock()
    if (index % 20 === 0) await collect(2)
  }
  await collect(5)
  console.error(`${rounds * 20} sent and returned: ${inUse() - before} more in use`)
  return inUse() - before < rounds
}

/** A lock that only another thread knows keeps its words. */
async function keepsWhatOthersKnow() {
  const address = await (async () => {
    const mutex = new Mutex()
    await start('keep', [mutex])
    return mutex.at
  })()
  for (let round = 0; round < 10; round++) {
    gc()
    await turn()
  }
  const made = Array.from({ length: 1000 }, () => new Mutex())
  for (const mutex of made) mutex.tryLock()
  return !made.some(({ at }) => at === address) && (await start('kept', []))
}

/** What a thread knew comes back when it dies. */
async function inheritsFromTheDead() {
  await collect(3)
  const before = inUse()
  let known = 0
  for (let round = 0; round < 3; round++) {
    let mutexes = Array.from({ length: 500 }, () => new Mutex())
    const thread = start('die', [mutexes])
    mutexes = undefined
    known = inUse() - before
    await thread.join()
  }
  await collect(5)
  console.error(`${known} known to one that dies, ${inUse() - before} after three deaths`)
  return known >= 500 && inUse() - before < 50
}

console.log(`made and dropped: ${await makeAndDrop(1_000_000)}`)
console.log(`sent and dropped: ${await sendAndDrop(200)}`)
console.log(`kept: ${await keepsWhatOthersKnow()}`)
console.log(`inherited: ${await inheritsFromTheDead()}`)
await shutdown({ deadline: 0 })
