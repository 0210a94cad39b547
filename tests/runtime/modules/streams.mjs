// Worker modules about generators: `streams.mjs?run=count` is the module of `count`.
import { setTimeout as delay } from 'node:timers/promises'

import { move, threadName } from 'experimental-threads'
import { $spawn, $stream } from 'experimental-threads/internal'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const site = (name, captures) => ({
  p: 1,
  load: here(name),
  name,
  at: 'src/streams.ts:1:1',
  captures,
  blocks: false,
  stream: $stream,
})

const closures = {
  countAndExit: (n) =>
    function* () {
      for (let index = 0; index < n; index++) yield index
      process.exit(1)
    },
  yieldsAndSpins: (words) =>
    function* () {
      yield 1
      yield 2
      while (Atomics.load(words, 0) === 0);
      yield 3
    },
  count: (n) =>
    function* () {
      for (let index = 0; index < n; index++) yield index
      return 'done'
    },
  countLater: (n) =>
    async function* (from) {
      for (let index = from; index < n; index++) {
        if (index % 10 === 0) await delay(1)
        yield index
      }
      return n
    },
  // Notes how far it has come, that it was closed, and by what.
  onceOpen: (gate) =>
    async function* () {
      await Atomics.waitAsync(gate, 0, 0).value
      for (let index = 0; ; index++) yield index
    },
  watched: (words) =>
    function* () {
      let kind = 1
      try {
        for (;;) {
          Atomics.add(words, 0, 1)
          Atomics.notify(words, 0)
          yield words[0]
        }
      } catch (error) {
        kind = error.message === 'from outside' ? 2 : -1
        yield 'caught'
      } finally {
        Atomics.store(words, 1, kind)
        Atomics.notify(words, 1)
      }
      return 'closed'
    },
  yieldsInFinally: () =>
    function* () {
      try {
        yield 1
      } finally {
        yield 2
      }
    },
  waits: (words, $thread) =>
    async function* () {
      try {
        yield 1
        await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
      } finally {
        Atomics.store(words, 0, 1)
      }
    },
  failAfter: (n) =>
    function* () {
      for (let index = 0; index < n; index++) yield index
      throw Object.assign(new RangeError('too far'), { code: 'E_FAR' })
    },
  mutates: () =>
    function* () {
      const list = []
      for (let index = 0; index < 5; index++) {
        list.push(index)
        yield list
      }
    },
  errors: () =>
    function* () {
      yield new TypeError('a value')
      yield { list: [new Map([['key', Buffer.from('abc')]])] }
    },
  moves: () =>
    function* () {
      const bytes = new Uint8Array([1, 2])
      yield move(bytes)
      yield bytes.byteLength
      return move(new Uint8Array([3]))
    },
  unsendable: (words) =>
    function* () {
      try {
        yield 1
        yield { list: [() => {}] }
      } finally {
        Atomics.store(words, 0, 1)
      }
    },
  proxied: () =>
    function* () {
      yield 1
      yield new Proxy({}, {})
    },
  dies: () =>
    async function* () {
      yield 1
      yield 2
      await delay(5)
      process.exit(3)
    },
  name: () =>
    function* () {
      yield threadName
      yield threadName
    },
  progress: (words) =>
    function* () {
      yield 'started'
      // Not yielded before the consumer has the first value.
      while (Atomics.load(words, 0) === 0);
      yield 'finished'
    },
  // Ends, and nobody will ever read its stream.
  leaves: (words) => () => void $spawn(site('watched', ['words']), null, undefined, [words]),
  leavesLater: (words, gate) => async () => {
    Atomics.store(gate, 1, 1)
    Atomics.notify(gate, 1)
    while (Atomics.load(gate, 0) === 0) await delay(1)
    void $spawn(site('watched', ['words']), null, undefined, [words])
  },
  nested: (n) =>
    async function* () {
      for await (const value of $spawn(site('count', ['n']), null, undefined, [n])) yield value * 2
      return 'outer'
    },
  spawnTask: (job) => async () => {
    const { spawn } = await import('experimental-threads')
    const values = []
    for await (const value of spawn(job)) values.push(value)
    return values
  },
}

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
