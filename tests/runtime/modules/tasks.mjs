// Worker modules about tasks and about what a closure knows of its thread: `tasks.mjs?run=double` is the module of `double`.
import { spawn, threadName } from 'experimental-threads'
import { $task } from 'experimental-threads/internal'

import { nameNow, nameLater, signalNow } from './helper.mjs'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const site = (name, captures) => ({ p: 1, load: here(name), name, at: 'src/tasks.ts:1:1', captures, blocks: false })

/** As an imported module exports it: `export const tripled = task((n) => n * factor)`. */
const settings = { factor: 3 }
const tripled = $task(site('times', ['settings']), [settings])
settings.factor = 1000

const closures = {
  add: (a, b) => () => a + b,
  sumWith:
    (k) =>
    (...numbers) =>
      numbers.reduce((total, number) => total + number, k),
  count: (list) => () => list.push('more'),
  // A task that arrives is spawned from here.
  spawnIt: (job) => () => spawn(job),
  spawnArgument:
    () =>
    (job, { name }) =>
      spawn(job, { name }),
  callTable: (table) => () => table.call(),
  make: (n) => () => $task(site('add', ['a', 'b']), [n, 1]),
  times: (given) => (n) => n * given.factor,
  // By reference: `spawn(tripled)`, which the build takes for a function.
  byReference: () => tripled,
  missing: () => $task(site('nothing', []), []),

  name: ($thread) => () => $thread.name,
  nameInside: () => () => threadName,
  nameInHelper: () => () => nameNow(),
  nameTooLate: () => () => nameLater(),
  sameSignal: ($thread) => () => signalNow() === $thread.signal,
  untilAborted: (words, $thread) => async () => {
    Atomics.add(words, 1, 1)
    if (!$thread.signal.aborted) await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
    Atomics.store(words, 0, 1)
  },
}

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
