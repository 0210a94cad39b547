// Worker modules about `parallelMap`: `map.mjs?run=double` is the module of `double`.
import { setTimeout as delay } from 'node:timers/promises'

import { move, parallelMap, threadName } from 'experimental-threads'
import { $task } from 'experimental-threads/internal'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const site = (name, captures) => ({ p: 1, load: here(name), name, at: 'src/map.ts:1:1', captures, blocks: false })

function block(milliseconds) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const closures = {
  double: () => (n) => n * 2,
  add: (k) => (n, index) => [n + k, index],
  later: () => async (n) => {
    await delay((n * 7) % 5)
    return n
  },
  busy: (milliseconds) => (n) => {
    block(milliseconds)
    return n
  },
  names: () => () => threadName,
  failAt: (bad) => (n) => {
    if (n === bad) throw Object.assign(new RangeError(`no ${n}`), { code: 'E_ITEM' })
    return n
  },
  failUnsent: (bad) => (n) => (n === bad ? () => {} : n),
  moved: () => (bytes) => move(bytes.map((byte) => byte + 1)),
  // Items that wait until the gate is open, and count how many are in it.
  gate: (words) => async (n) => {
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0) await delay(1)
    return n
  },
  countStarts: (words) => (n) => {
    Atomics.add(words, 0, 1)
    return n
  },
  failFirst: (words, $thread) => async (n) => {
    Atomics.add(words, 1, 1)
    if (n === 0) throw new RangeError('first')
    if (!$thread.signal.aborted) await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
  },
  stopped: (words, $thread) => async (n) => {
    Atomics.add(words, 1, 1)
    await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
    Atomics.add(words, 0, 1)
    return n
  },
  nested: () => async (n) => (await parallelMap([n, n + 1], $task(site('double', []), []))).join(),
}

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
