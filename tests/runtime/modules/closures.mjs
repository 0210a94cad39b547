// Worker modules as the compiler writes them, many in one file: `closures.mjs?run=add` is the module of `add`.
import { setTimeout as delay } from 'node:timers/promises'
import { isMainThread, parentPort, resourceLimits, threadId } from 'node:worker_threads'

import { $spawn } from 'experimental-threads/internal'
import { nameConsole } from 'experimental-threads/worker'
import { configure, isMainThread as ourIsMainThread, move, shutdown, stats } from 'experimental-threads'

const here = (name) => new URL(`?run=${name}`, import.meta.url).href
const nested = (name, captures, options) =>
  $spawn(
    {
      p: 1,
      load: here(name),
      name,
      at: `src/nested.ts:1:1`,
      captures: captures.map((_, index) => `c${index}`),
      blocks: false,
    },
    null,
    options,
    captures,
  )

/** Keeps the thread from turning its loop. */
function block(milliseconds) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

class HttpError extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
}

class HidingError extends Error {
  constructor() {
    super('hiding')
    Object.defineProperty(this, 'hidden', { value: 7 })
    Object.defineProperty(this, 'inner', { value: { errors: [new RangeError('deep')] } })
    Object.defineProperty(this, 'late', { get: () => 'read' })
    Object.defineProperty(this, 'format', { value: () => '' })
    Object.defineProperty(this, 'state', { value: { handlers: new Set([() => {}]) } })
  }
}

const closures = {
  callIt: (fn, value) => () => fn(value),
  add: (a, b) => () => a + b,
  all:
    (...captures) =>
    () =>
      captures.slice(0, -1),
  echo: (value) => () => value,
  /** All captured values: the last argument is what the closure knows of its thread. */
  list:
    (...values) =>
    () =>
      values.slice(0, -1),
  echoLater: (value) => async () => {
    await delay(1)
    return value
  },
  sum:
    (k) =>
    (...numbers) =>
      numbers.reduce((total, number) => total + number, k),
  kinds:
    () =>
    (...args) =>
      args.map((value) => Object.prototype.toString.call(value)),
  describe: (value) => () => ({
    prototype: Object.getPrototypeOf(value)?.constructor?.name,
    keys: Object.keys(value),
    isError: value instanceof Error,
  }),
  length: () => (bytes) => bytes.byteLength,
  lengths: (first, second) => () => [first.length, second.length],
  exitOn: () => (bytes) => (bytes.byteLength === 0 ? process.exit(1) : bytes.byteLength),
  readByte:
    () =>
    async ({ file }) =>
      move({ file, byte: (await file.read(new Uint8Array(1), 0, 1, 0)).buffer[0] }),
  brighten: () => (bytes) => move(bytes.map((byte) => byte + 1)),
  moveFromMemory: () => () => move(new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 8, 3)),
  moveTwo: () => () => move(new Uint8Array([1]), new Uint8Array([2])),
  configureHere: () => () => configure({ maxThreads: 7 }),
  statsHere: () => () => stats(),
  shutdownHere: () => () => shutdown(),
  where: () => () => ({ isMainThread, ourIsMainThread, argv: process.argv, env: process.env.RUNTIME_TEST }),
  thread: () => () => threadId,
  youngLimit: () => () => resourceLimits.maxYoungGenerationSizeMb,
  threadAfter: (milliseconds) => async () => {
    await delay(milliseconds)
    return threadId
  },
  block: (milliseconds) => () => block(milliseconds),
  blockThread: (milliseconds) => () => {
    block(milliseconds)
    return threadId
  },
  never: () => () => new Promise(() => setInterval(() => {}, 1000)),
  neverFrom: (port) => () => {
    port.postMessage('started')
    return new Promise(() => {})
  },
  waitFor: (words) => async () => {
    while (Atomics.load(words, 0) === 0) await delay(1)
    return threadId
  },
  spinUntil: (words) => () => {
    while (Atomics.load(words, 0) === 0);
    return threadId
  },
  sleepOn: (words) => () => {
    Atomics.wait(words, 0, 0)
    return threadId
  },
  arrive: (words) => async () => {
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0) await delay(1)
    return threadId
  },
  arriveUntilAborted: (words, $thread) => async () => {
    Atomics.add(words, 1, 1)
    if (!$thread.signal.aborted) await new Promise((resolve) => $thread.signal.addEventListener('abort', resolve))
    Atomics.store(words, 0, 1)
  },
  set: (words, index) => () => {
    Atomics.store(words, index, 1)
    Atomics.notify(words, index)
  },
  note: (words, index) => () => Atomics.store(words, index, Atomics.add(words, 0, 1) + 1),
  arriveAndBlock: (words, milliseconds) => () => {
    Atomics.add(words, 1, 1)
    Atomics.notify(words, 1)
    block(milliseconds)
  },

  // Values that the worker made.
  callAll: (where, tag, plain) => () => [where(), tag.toString(), plain, globalThis.evaluated],
  callTable: (table, n) => () => [...table.call(n), globalThis.evaluated, threadId],
  readTable: (table) => () => [typeof table.call, table.n, globalThis.evaluated ?? 0],

  // Threads that spawn.
  nestedAt: (load) => () =>
    $spawn({ p: 1, load, name: 'test', at: 'src/nested.ts:1:1', captures: [], blocks: false }, null, undefined, []),
  nestedAdd: (a, b) => () => nested('add', [a, b]),
  nestedDeep: (depth) => async () => (depth === 0 ? threadId : nested('nestedDeep', [depth - 1])),
  fib: (n) => async () => {
    if (n < 2) return n
    const [a, b] = await Promise.all([nested('fib', [n - 1]), nested('fib', [n - 2])])
    return a + b
  },
  nestedFailure: () => () => nested('throwRange', [{ a: 1 }]),
  /** Its signal fails when the nested thread has ended. */
  nestedBroken: (value) => () => {
    const removeEventListener = () => {
      throw new RangeError('it is broken')
    }
    return nested('echo', [value], { signal: { aborted: false, addEventListener() {}, removeEventListener } })
  },
  nestedUnsendable: () => () => nested('echo', [{ onDone() {} }]),
  nestedMissing: () => () => nested('add', [1, 2]).then(() => nested('noSuchClosure', [])),
  nestedMove: () => async () => {
    const bytes = new Uint8Array(8)
    const back = await nested('echo', [bytes], { transfer: [bytes.buffer] })
    return [bytes.byteLength, back.byteLength]
  },
  nestedAbort: () => async () => {
    const thread = nested('never', [])
    thread.abort(new RangeError('enough'))
    return thread.join()
  },
  nestedExit: () => () => nested('exit', [3]),

  nestedCount: (words, many) => async () => {
    const parts = await Promise.all(Array.from({ length: many }, () => nested('countIn', [words])))
    return parts.reduce((total, part) => total + part, 0)
  },
  countIn: (words) => () => {
    Atomics.add(words, 2, 1)
    return 1
  },
  nestedTree: (words, depth) => async () => {
    if (depth === 0) {
      Atomics.add(words, 2, 1)
      return 1
    }
    const [a, b] = await Promise.all([
      nested('nestedTree', [words, depth - 1]),
      nested('nestedTree', [words, depth - 1]),
    ])
    return a + b
  },
  mergeSort: (numbers, depth) => async () => {
    if (depth === 0 || numbers.length < 2) return numbers.sort((a, b) => a - b)
    const half = numbers.length >> 1
    const [left, right] = await Promise.all([
      nested('mergeSort', [numbers.slice(0, half), depth - 1]),
      nested('mergeSort', [numbers.slice(half), depth - 1]),
    ])
    const sorted = []
    for (let i = 0, j = 0; i < left.length || j < right.length;) {
      sorted.push(j >= right.length || (i < left.length && left[i] <= right[j]) ? left[i++] : right[j++])
    }
    return sorted
  },
  nestedWhileBusy: () => async () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const other = nested('setAndTell', [words])
    // The message that tells the host of it leaves when this turn ends.
    await Promise.resolve()
    while (Atomics.load(words, 0) === 0);
    return [threadId, await other]
  },
  setAndTell: (words) => () => {
    Atomics.store(words, 0, 1)
    return threadId
  },
  nestedIsolation: () => async () => {
    const given = { list: [1] }
    const thread = nested('pushTwo', [given])
    given.list.push(3)
    const [first, second] = await Promise.all([thread, nested('keepResult', [])])
    second.changed = true
    return [{ list: [first.list[0]] }, first.list.length === 2 && globalThis.kept?.changed !== true]
  },
  pushTwo: (given) => () => {
    given.list.push(2)
    return given
  },
  keepResult: () => () => (globalThis.kept = { changed: false }),
  nestedLeftBehind: (words) => () => {
    nested('countLater', [words])
  },
  countLater: (words) => async () => {
    await delay(30)
    Atomics.add(words, 2, 1)
  },
  nestedAborts: () => async () => {
    const early = nested('never', [])
    early.abort(new Error('early'))
    const late = nested('untilAborted', [])
    await delay(20)
    late.abort(new Error('late'))
    return [(await early.join()).error.message, (await late.join()).error.message]
  },
  untilAborted: (context) => () => new Promise((resolve) => context.signal.addEventListener('abort', resolve)),
  countAndBlock: (words, index, pause) => () => {
    Atomics.add(words, index, 1)
    block(pause)
  },
  exitIf: (ends, code) => () => {
    if (ends) process.exit(code)
    return threadId
  },
  spinIf: (spins, words) => () => {
    if (spins) while (Atomics.load(words, 0) === 0);
    return threadId
  },
  blockAndExit: (milliseconds, code) => () => {
    block(milliseconds)
    process.exit(code)
  },
  arriveAndSpin: (words) => () => {
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0);
  },

  nameConsole: () => () => {
    globalThis.printed = []
    console.log = (...given) => globalThis.printed.push(given)
    nameConsole()
  },
  print:
    (words, ...given) =>
    async () => {
      console.log(...given.slice(0, -1))
      Atomics.add(words, 1, 1)
      while (Atomics.load(words, 0) === 0) await delay(1)
      console.log('later')
      return globalThis.printed
    },

  // Failures.
  throwRange: (cause) => async () => {
    throw Object.assign(new RangeError('too far', { cause }), { code: 'E_FAR', path: ['a', 1] })
  },
  throwHttp: () => () => {
    throw new HttpError('gone', 410)
  },
  throwUnreadable: () => () => {
    const refuse = () => {
      throw new Error('nothing to see')
    }
    throw new Proxy(new Error('hidden'), { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse })
  },
  throwAggregate: () => () => {
    throw new AggregateError([new TypeError('one'), 'two'], 'many')
  },
  throwDom: () => () => {
    throw new DOMException('no', 'NotFoundError')
  },
  throwValue: (value) => () => {
    throw value
  },
  throwFunction: () => () => {
    throw () => {}
  },
  throwFrozen: () => () => {
    throw Object.freeze(Object.assign(new Error('cold'), { at: 1 }))
  },
  throwCyclic: () => () => {
    const error = new Error('round')
    error.cause = new TypeError('and round', { cause: error })
    throw error
  },
  throwWithFunction: () => () => {
    throw Object.assign(new Error('odd'), { callback() {}, proxy: new Proxy({}, {}), left: 1 })
  },
  throwHiding: () => () => {
    throw new HidingError()
  },
  returnHiding: () => () => ({ error: new HidingError() }),
  throwZod: (zod) => async () => {
    const { z } = await import(zod)
    z.object({ n: z.number() }).parse({ n: 'one' })
  },
  returnZod: (zod) => async () => {
    const { z } = await import(zod)
    return z.object({ n: z.number() }).safeParse({ n: 'one' })
  },
  throwHostile: () => () => {
    const error = new Error('hostile')
    for (const key of ['stack', 'cause', 'code'])
      Object.defineProperty(error, key, {
        get: () => {
          throw new Error('trap')
        },
      })
    throw error
  },
  chain: (length) => () => {
    let list = { next: null }
    for (let index = 0; index < length; index++) list = { next: list }
    return list
  },
  returnMath: () => () => ({ math: Math }),
  returnFunction: () => () => ({ list: [1, { onDone() {} }] }),
  returnProxy: () => () => ({ state: new Proxy({}, {}) }),
  returnUnclonableAfterMove: () => () => move(() => {}),
  exit: (code) => () => process.exit(code),
  garbleAndExit: (code) => () => {
    // What a browser's worker says of an error that nobody caught, with a value of a kind that nobody knows.
    parentPort.postMessage([0, [11, { values: [], table: [{ tag: 'unknown', data: 0 }] }]])
    process.exit(code)
  },
  exitLater: (code) => async () => {
    await delay(5)
    process.exit(code)
  },
  uncaught: () => () =>
    new Promise(() => {
      setTimeout(() => {
        throw Object.assign(new RangeError('nobody caught me'), { code: 'E_LOOSE' })
      })
    }),
  leaveBehind: () => () => {
    setTimeout(() => {
      throw new RangeError('left behind')
    }, 20)
    return 'done'
  },
  hoard: () => () => {
    const kept = []
    for (;;) kept.push(Array.from({ length: 100 }, (_, index) => ({ index })))
  },
}

if (new URL(import.meta.url).searchParams.get('run') === 'exitAtLoad' && !isMainThread) process.exit(3)

export const run = closures[new URL(import.meta.url).searchParams.get('run')]
