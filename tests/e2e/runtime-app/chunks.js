// Worker modules as the compiler writes them, many in one file: `chunks.js?run=add` is the module of `add`.
import { move, spawn } from 'experimental-threads'
import { $spawn } from 'experimental-threads/internal'

const siteOf = (name) => ({
  p: 1,
  load: new URL(`?run=${name}`, import.meta.url).href,
  name,
  at: 'src/nested.ts:3:3',
  captures: ['n'],
  blocks: false,
})

const closures = {
  add: (a, b) => () => a + b,
  square: () => (n) => n * n,
  spawnIt: (job) => () => spawn(job),
  count: (n, note) =>
    async function* () {
      try {
        for (let index = 0; index < n; index++) yield index
        return 'all'
      } finally {
        await note('closed')
      }
    },
  report: (note) => async () => {
    const answers = []
    for (const text of ['a', 'b']) answers.push(await note(text))
    return answers
  },
  poll:
    (started, { signal }) =>
    () => {
      new BroadcastChannel('hog').postMessage(started)
      while (!signal.aborted);
    },
  untilAborted:
    ({ signal }) =>
    () =>
      new Promise((resolve) => signal.addEventListener('abort', resolve)),
  echo: (value) => () => value,
  length: () => (bytes) => bytes.byteLength,
  fib: (n) => async () => {
    if (n < 2) return n
    const [a, b] = await Promise.all([
      $spawn(siteOf('fib'), null, undefined, [n - 1]),
      $spawn(siteOf('fib'), null, undefined, [n - 2]),
    ])
    return a + b
  },
  throwRange: () => () => {
    throw Object.assign(new RangeError('far', { cause: { deep: true } }), { code: 'E_FAR' })
  },
  uncaught: () => () =>
    new Promise(() => {
      setTimeout(() => {
        throw new RangeError('loose')
      })
    }),
  close: () => () => new Promise(() => self.close()),
  closeIf: (closes) => () => {
    if (closes) self.close()
    return closes === true ? new Promise(() => {}) : 1
  },
  wait: (milliseconds) => () => new Promise((resolve) => setTimeout(resolve, milliseconds, 'waited')),
  never: () => () => new Promise(() => {}),
  ask: (question) => () => question('?'),
  reportMany: (note, n) => () => {
    for (let index = 0; index < n; index++) note(index)
  },
  returnFunction: () => () => ({ list: [() => {}] }),
  throwFunction: () => () => {
    throw () => {}
  },
  failAt: (bad) => (n) => {
    if (n === bad) throw new RangeError(`not ${n}`)
    return n
  },
  countAndClose: (n) =>
    async function* () {
      for (let index = 0; index < n; index++) yield index
      self.close()
      await new Promise(() => {})
    },
  nestedClose: () => () => $spawn(siteOf('close'), null, undefined, []),
  hog: () => () => {
    new BroadcastChannel('hog').postMessage('started')
    for (;;);
  },
  sleep: (words) => () => Atomics.wait(words, 0, 0),
  hoard: () => () => {
    const kept = []
    for (;;) kept.push(Array.from({ length: 100 }, (_, index) => ({ index })))
  },
  tellsHeap: () => () => performance.memory !== undefined,
  readAll: (stream) => () => new Response(stream).text(),
  paint: () => (canvas) => {
    const context = canvas.getContext('2d')
    context.fillStyle = 'rgb(1, 2, 3)'
    context.fillRect(0, 0, 2, 2)
    return move(canvas.transferToImageBitmap())
  },
  // In two parts, so that the closure's text can be read.
  tellUnreadable: () => () => ({ text: ['un', 'readable'].join('') }),
  wake: (words) => () => {
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
  },
}

const name = new URL(import.meta.url).searchParams.get('run')
if (name === 'broken') throw new TypeError('broken at load')
export const run = closures[name]
