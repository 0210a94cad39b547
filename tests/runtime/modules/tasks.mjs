// Worker modules about tasks and about what a closure knows of its thread: `tasks.mjs?run=double` is the module of `double`.
import { spawn, threadName } from 'experimental-threads'
import { $spawn, $task } from 'experimental-threads/internal'

import { nameNow, nameLater, signalNow } from './helper.mjs'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const site = (name, captures) => ({ p: 1, load: here(name), name, at: 'src/tasks.ts:1:1', captures, blocks: false })

/** As an imported module exports it: `export const tripled = task((n) => n * factor)`. */
const settings = { factor: 3 }
const tripled = $task(site('times', ['settings']), [settings])
settings.factor = 1000

function thrown(call) {
  try {
    call()
  } catch (error) {
    return error
  }
}

const closures = {
  add: (a, b) => () => a + b,
  sumWith:
    (k) =>
    (...numbers) =>
      numbers.reduce((total, number) => total + number, k),
  count: (list) => () => list.push('more'),
  // A task that arrives is spawned from here.
  spawnIt: (job) => () => spawn(job),
  pass: (value) => () => value,
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
  // Never awaits: only shared memory can tell it.
  spin: (words, $thread) => () => {
    const { signal } = $thread
    let events = 0
    signal.addEventListener('abort', () => events++)
    Atomics.store(words, 1, 1)
    while (!signal.aborted);
    Atomics.store(
      words,
      2,
      signal.reason?.name === 'AbortError' && thrown(() => signal.throwIfAborted()) === signal.reason ? 1 : 0,
    )
    Atomics.store(words, 0, events)
  },
  spinThrowing: (words, $thread) => () => {
    Atomics.store(words, 1, 1)
    for (;;) $thread.signal.throwIfAborted()
  },
  waitForAbort: (words, $thread) => async () => {
    const combined = AbortSignal.any([$thread.signal, AbortSignal.timeout(60_000)])
    const failure = await fetch('http://127.0.0.1:9/', { signal: combined }).catch((error) => error)
    const aborted = new Promise((resolve) => combined.addEventListener('abort', resolve))
    // Who asks for `aborted` from now on may hear of it before the reason has come.
    Atomics.add(words, 1, 1)
    await aborted
    const { reason } = $thread.signal
    const isReal = $thread.signal instanceof AbortSignal && failure instanceof Error
    Atomics.store(words, 0, isReal && reason instanceof RangeError && reason.code === 'E_LATE' ? 1 : -1)
  },
  nestedAbort: (words) => async () => {
    const thread = $spawn(site('waitForAbort', ['words']), null, undefined, [words])
    while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    thread.abort(Object.assign(new RangeError('too late'), { code: 'E_LATE' }))
    await thread.join()
    return words[0]
  },
  isAborted: ($thread) => () => $thread.signal.aborted,
  untilAborted: (words, $thread) => async () => {
    Atomics.add(words, 1, 1)
    if (!$thread.signal.aborted) await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
    Atomics.store(words, 0, 1)
  },
}

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
