// Worker modules about callbacks: `callbacks.mjs?run=call` is the module of `call`.
import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'

import { callback, move } from 'experimental-threads'
import { $spawn } from 'experimental-threads/internal'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const site = (name, captures) => ({ p: 1, load: here(name), name, at: 'src/calls.ts:1:1', captures, blocks: false })
const nested = (name, captures) => $spawn(site(name, ['a', 'b']), null, undefined, captures)

const closures = {
  call: (fn, args) => () => fn(...args),
  callDeep: (data) => async () => [
    await data.list[0].fn(1),
    await data.map.get('fn')(2),
    data.list[0].fn === data.map.get('fn'),
  ],
  callMany: (fn, n) => async () => {
    const answers = []
    for (let index = 0; index < n; index++) answers.push(fn(index))
    return Promise.all(answers)
  },
  // As progress is reported: without waiting.
  report: (fn, n) => () => {
    for (let index = 0; index < n; index++) fn(index)
    return 'done'
  },
  // What a platform makes of a rejection that nobody looks at, it does after a turn.
  reportThenAsk: (fn) => async () => {
    fn(1)
    const answer = await fn(2)
    await new Promise(setImmediate)
    fn(3)
    return answer
  },
  reportFunction: (fn) => async () => {
    fn(() => 1)
    await fn(2)
    await new Promise(setImmediate)
    return 'done'
  },
  lookLater: (fn) => async () => {
    const first = fn(1)
    await fn(2)
    return first.catch((error) => error.message)
  },
  reportUntilTaken: (fn, words) => async () => {
    fn(1)
    Atomics.store(words, 1, 1)
    await Atomics.waitAsync(words, 0, 0).value
    await fn(2).catch(() => {})
    fn(3)
    await new Promise(setImmediate)
    return 'done'
  },
  catchIt: (fn) => async () => {
    const error = await fn().catch((error) => error)
    return [error instanceof RangeError, error.message, error.code]
  },
  moveIt: (fn) => async () => {
    const bytes = new Uint8Array([1, 2])
    const back = await fn(move(bytes))
    return [bytes.byteLength, back]
  },
  codeOf: (fn, given) => async () =>
    (await fn(given === 'function' ? () => {} : given).catch((error) => error)).message,
  keep: (fn) => () => void (globalThis.kept = fn),
  callKept: () => () => globalThis.kept(1).catch((error) => error.code),
  give: (fn) => () => ({ fn }),
  callUntilTaken: (fn, words) => async () => {
    await fn(1)
    const waiting = fn(2)
    Atomics.store(words, 0, 1)
    const first = await waiting.catch((error) => error.code)
    return [first, await fn(3).catch((error) => error.code)]
  },
  disposeIt: (fn) => async () => {
    await fn(1)
    fn[Symbol.dispose]()
    return fn(2).catch((error) => error.code)
  },
  pass: (fn) => () => nested('call', [fn, ['from below']]),
  // The owner is a worker.
  own: () => async () => {
    const mine = callback(() => threadId)
    const answer = await nested('call', [mine, []])
    return answer === threadId
  },
  ownAndEnd: (words) => async () => {
    const mine = callback(() => threadId)
    nested('callLater', [mine, words]).unref()
    while (Atomics.load(words, 1) === 0) await delay(1)
    process.exit(0)
  },
  callLater: (fn, words) => async () => {
    await fn()
    Atomics.store(words, 1, 1)
    while (true) {
      const failed = await fn().then(
        () => false,
        (error) => error.code === 'R562',
      )
      if (failed) break
    }
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
  },
  generate: (fn) =>
    async function* () {
      await fn('started')
      yield 1
      await fn('resumed')
    },
  generateAndReport: (fn) =>
    function* () {
      fn('started')
      yield 1
    },
  each: (fn) => (item) => fn(item),
}

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
