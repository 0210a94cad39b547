import { callback, configure, drop, move, parallelMap, shutdown, spawn, stats, threads } from 'experimental-threads'
import { $boot, $spawn, $stream, $task } from 'experimental-threads/internal'

import { onPage } from './classes.js'
import { failToRead } from './faults.js'

const { searchParams } = new URL(location.href)
$boot(searchParams.get('worker') ?? './worker.js')
configure({ maxThreads: 2, graceTime: 300 })

// A bundler leaves such imports in its output; the runtime reads the address out of them.
const chunks = {
  add: () => import('./chunks.js?run=add'),
  square: () => import('./chunks.js?run=square'),
  spawnIt: () => import('./chunks.js?run=spawnIt'),
  count: () => import('./chunks.js?run=count'),
  report: () => import('./chunks.js?run=report'),
  poll: () => import('./chunks.js?run=poll'),
  untilAborted: () => import('./chunks.js?run=untilAborted'),
  echo: () => import('./chunks.js?run=echo'),
  length: () => import('./chunks.js?run=length'),
  fib: () => import('./chunks.js?run=fib'),
  throwRange: () => import('./chunks.js?run=throwRange'),
  uncaught: () => import('./chunks.js?run=uncaught'),
  close: () => import('./chunks.js?run=close'),
  closeIf: () => import('./chunks.js?run=closeIf'),
  wait: () => import('./chunks.js?run=wait'),
  ask: () => import('./chunks.js?run=ask'),
  reportMany: () => import('./chunks.js?run=reportMany'),
  returnFunction: () => import('./chunks.js?run=returnFunction'),
  throwFunction: () => import('./chunks.js?run=throwFunction'),
  failAt: () => import('./chunks.js?run=failAt'),
  countAndClose: () => import('./chunks.js?run=countAndClose'),
  nestedClose: () => import('./chunks.js?run=nestedClose'),
  hog: () => import('./chunks.js?run=hog'),
  sleep: () => import('./chunks.js?run=sleep'),
  wake: () => import('./chunks.js?run=wake'),
  readAll: () => import('./chunks.js?run=readAll'),
  hoard: () => import('./chunks.js?run=hoard'),
  tellsHeap: () => import('./chunks.js?run=tellsHeap'),
  paint: () => import('./chunks.js?run=paint'),
  tellUnreadable: () => import('./chunks.js?run=tellUnreadable'),
  never: () => import('./chunks.js?run=never'),
  broken: () => import('./chunks.js?run=broken'),
  missing: () => import('./missing.js'),
}

function siteOf(name, blocks = false) {
  return { p: 1, load: [chunks[name], import.meta.url], name, at: 'src/a.ts:12:8', captures: ['a', 'b'], blocks }
}

function start(name, captures = [], options = undefined, args = null, blocks = false) {
  return $spawn(siteOf(name, blocks), args, options, captures)
}

async function failureOf(thread) {
  const { error } = await thread.join()
  const { name, code, cause, address, stack } = error
  return { name, code, cause: String(cause?.name ?? cause), address, site: String(stack).split('\n').at(-1) }
}

const scenarios = {
  async values() {
    const bytes = new Uint8Array(4)
    const length = await start('length', [], undefined, move(bytes))
    const bitmap = await createImageBitmap(new ImageData(2, 2))
    const moved = await start('echo', [bitmap], { transfer: [bitmap] })
    const blob = await start('echo', [new Blob(['abc'])])
    const error = await start('echo', [Object.assign(new RangeError('x'), { code: 'C' })])
    return [await start('add', [1, 2]), length, bytes.byteLength, moved.width, blob.size, error.code]
  },
  nested: () => start('fib', [9]),
  many: async () => {
    const sums = await Promise.all(Array.from({ length: 3000 }, (_, index) => start('add', [index, 1])))
    return sums.every((sum, index) => sum === index + 1)
  },
  /** For half a second at least, one after the other, with a timer that wants to fire meanwhile. */
  async loop() {
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const end = performance.now() + 250
    let right = true
    // As in generated code: one site for all calls at a place. Others are never called without a message.
    const [add, echo, length] = [siteOf('add', false), siteOf('echo', false), siteOf('length', false)]
    for (let index = 0; index < 1000 || performance.now() < end; index++) {
      right &&= (await $spawn(add, null, undefined, [index, 0.5])) === index + 0.5
      right &&= (await $spawn(echo, null, undefined, [`${index}`])) === `${index}`
    }
    // Moved, which a call cannot hold.
    const later = performance.now() + 250
    for (let index = 0; index < 1000 || performance.now() < later; index++)
      right &&= (await $spawn(length, move(new ArrayBuffer(index % 100)), undefined, [])) === index % 100
    clearInterval(timer)
    return { right, ticks: ticks > 10 }
  },
  failures: async () => ({
    thrown: await failureOf(start('throwRange')),
    uncaught: await failureOf(start('uncaught')),
    closed: await failureOf(start('close')),
    missing: await failureOf(start('missing')),
    broken: await failureOf(start('broken')),
    after: await start('add', [1, 2]),
  }),
  async prompt() {
    const ended = Array.from({ length: 50 }, () => start('closeIf', [false]))
    const crash = start('closeIf', [true])
    const results = await Promise.all(ended)
    return [results.length, (await failureOf(crash)).code]
  },
  async moreFailures() {
    const refused = callback(() => {
      throw new RangeError('no answer')
    })
    const reason = new Error('not needed')
    const aborted = start('add', [1, 2])
    aborted.abort(reason)
    const early = await start('add', [1, 2], { signal: AbortSignal.abort(reason) }).join()
    const item = await parallelMap([1, 2, 3], $task(siteOf('failAt'), [2])).catch((error) => error)
    const values = []
    const stream = $spawn({ ...siteOf('countAndClose'), stream: $stream }, null, undefined, [3])
    const end = await (async () => {
      for await (const value of stream) values.push(value)
    })().catch((error) => error.code)
    return {
      result: (await failureOf(start('returnFunction'))).code,
      thrown: (await failureOf(start('throwFunction'))).code,
      callback: (await failureOf(start('ask', [refused]))).name,
      aborted: [(await aborted.join()).error === reason, early.error === reason],
      item: [item.name, item.itemIndex],
      stream: [values, end],
      nested: (await failureOf(start('nestedClose'))).code,
    }
  },
  async unreadable() {
    // On the page only now: what has been said before has been read.
    await shutdown({ deadline: 0 })
    failToRead(Worker.prototype)
    $boot('./faulty-worker.js')
    configure({ maxThreads: 1 })
    const sent = failureOf(start('echo', [{ text: 'unreadable' }]))
    const other = start('add', [1, 2])
    const told = failureOf(start('tellUnreadable', [{}]))
    const codes = [(await sent).code, await other, (await told).code]
    // Small ones travel together: nobody knows which of them have arrived.
    codes.push((await failureOf(start('echo', ['unreadable']))).code)
    return [...codes, await start('add', [1, 2])]
  },
  async classes() {
    const load = (name) => new URL(`./make.js?run=${name}`, import.meta.url).href
    const make = (name) => $spawn({ ...siteOf('add'), load: load(name), classes: onPage }, null, undefined, [])
    const failures = []
    for (const name of ['Gone', 'Torn', 'Vec']) failures.push(await failureOf(make(name)))
    return [...failures.map(({ code, cause }) => [code, cause]), await start('add', [1, 2])]
  },
  async moved() {
    const stream = new Blob(['abc', 'def']).stream()
    const canvas = new OffscreenCanvas(2, 2)
    const text = await start('readAll', [stream], { transfer: [stream] })
    const bitmap = await start('paint', [], undefined, move(canvas))
    const context = new OffscreenCanvas(2, 2).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    return [text, [...context.getImageData(1, 1, 1, 1).data]]
  },
  addresses() {
    const codeOf = (site) => {
      try {
        $spawn(site, null, undefined, [])
      } catch (error) {
        return error.code
      }
    }
    return codeOf({ ...siteOf('add'), load: [(name) => import(name), import.meta.url] })
  },
  async heavy() {
    await shutdown({ deadline: 0 })
    const ended = []
    configure({
      maxThreads: 1,
      maxWorkerHeap: 1,
      onEvent: ({ type, why }) => void (type === 'worker-ended' && ended.push(why)),
    })
    // Looked at when a worker has nothing to do, once in a while.
    const sums = []
    for (let turn = 0; turn < 3; turn++) {
      sums.push(await start('add', [turn, 1]))
      await start('wait', [120])
    }
    const tells = await start('tellsHeap')
    configure({ maxWorkerHeap: Infinity, onEvent: undefined })
    return [sums, ended.length > 0 === tells]
  },
  hoard: () => failureOf(start('hoard')),
  async neighbours() {
    // All on one worker: one that waits, one that never lets go, and one that has not started.
    await shutdown({ deadline: 0 })
    configure({ maxThreads: 1 })
    const started = new Promise((resolve) => new BroadcastChannel('hog').addEventListener('message', resolve))
    const waiting = await new Promise((resolve) => {
      const asked = callback(() => new Promise(() => resolve([thread])))
      const thread = start('ask', [asked])
    })
    const hog = start('hog')
    await started
    const moved = start('add', [1, 2]).join()
    hog.abort(new Error('enough'))
    const { error } = await waiting[0].join()
    configure({ maxThreads: 2 })
    // Without shared memory nobody can tell that it has not started.
    const { value, error: other } = await moved
    return [error.code, error.cause.code, value ?? other.code]
  },
  async noWorkerLeft() {
    configure({ maxThreads: 1, maxWorkers: 2 })
    const taken = [0, 1].map(() => start('never', [], { dedicated: true }))
    const refused = await start('add', [1, 2], { dedicated: true }).join()
    for (const thread of taken) thread.abort()
    configure({ maxThreads: 2, maxWorkers: 16 })
    return [refused.error.code, refused.error.message.match(/`never`/g).length]
  },
  async notMade() {
    const site = { ...siteOf('echo'), recipes: [new URL('./missing.js', import.meta.url).href] }
    const [first, second] = [0, 1].map(() => $spawn(site, null, undefined, [() => {}]).join())
    const [{ error }, other] = [await first, await second]
    return [error.code, error.cause.name, other.error.code, await start('add', [1, 2])]
  },
  async nobodyLooks() {
    const heard = new Promise((resolve) => {
      globalThis.addEventListener(
        'unhandledrejection',
        (event) => {
          event.preventDefault()
          resolve(event.reason)
        },
        { once: true },
      )
    })
    await start('throwRange').join()
    start('throwRange', [], { name: 'alone' })
    const { name, stack } = await heard
    return [name, stack.split('\n').at(-1)]
  },
  async deadline() {
    configure({ maxThreads: 1 })
    const started = new Promise((resolve) => new BroadcastChannel('hog').addEventListener('message', resolve))
    const running = start('hog')
    await started
    // Without shared memory a worker has one more task, and nobody can tell whether that has started.
    const [, queued] = [start('add', [1, 2]).join(), start('add', [1, 2])]
    const [first, second] = await Promise.all([failureOf(running), failureOf(queued), shutdown({ deadline: 50 })])
    configure({ maxThreads: 2 })
    return [first.code, second.code, stats().workers]
  },
  async limits() {
    configure({ maxThreads: 1, maxQueue: 1 })
    const threads = Array.from({ length: 1000 }, (_, index) => start('echo', [{ index }]).join())
    const codes = new Set((await Promise.all(threads)).map(({ error }) => error?.code))
    configure({ maxThreads: 0, maxQueue: Infinity })
    const serial = await start('fib', [5])
    configure({ maxThreads: 2 })
    const started = new Promise((resolve) => new BroadcastChannel('hog').addEventListener('message', resolve))
    const running = start('hog')
    await started
    const closing = shutdown({ deadline: 50 })
    const late = (await failureOf(start('add', [1, 2]))).code
    const [{ code }] = await Promise.all([failureOf(running), closing])
    return [[...codes], serial, late, code, await start('add', [1, 2])]
  },
  async begin() {
    globalThis.begun = [start('wait', [1500]), start('never')].map((thread) => thread.join())
    globalThis.addEventListener('pageshow', (event) => (globalThis.restored = event.persisted))
    await start('add', [1, 2])
  },
  async goOn() {
    const { ok, value } = await globalThis.begun[0]
    return [globalThis.restored, ok, value, await start('add', [1, 2])]
  },
  async tasks() {
    const job = $task(siteOf('add'), [1, 2])
    const squares = await parallelMap([1, 2, 3], $task(siteOf('square'), []))
    const inOrder = []
    const floats = Float32Array.of(1, 2, 3)
    for await (const n of parallelMap(floats, $task(siteOf('square'), []), { chunk: 2 })) inOrder.push(n)
    return [await spawn(job), await start('spawnIt', [job]), squares, inOrder, floats.length]
  },
  async streams() {
    const heard = []
    const note = callback((text) => void heard.push(text))
    const site = { ...siteOf('count'), stream: $stream }
    const whole = $spawn(site, null, undefined, [3, note])
    const values = []
    for await (const value of whole) values.push(value)
    for await (const value of $spawn(site, null, undefined, [1e9, note])) if (value === 200) break
    const aborted = $spawn(site, null, undefined, [1e9, note])
    await aborted.next()
    aborted.abort(new Error('enough'))
    const { error } = await aborted.join()
    return [values, await whole.result, heard, error.message]
  },
  async callbacks() {
    const note = callback(async (text) => `${text}!`)
    const answers = await start('report', [note])
    let heard = 0
    await start('reportMany', [callback(() => void heard++), 1500])
    // Browsers without `using` have no symbol for it.
    drop(note)
    return [heard, answers, await note('late').catch((error) => error.code)]
  },
  async scopes() {
    const scope = threads()
    const waiting = start('untilAborted', [], { scope })
    start('throwRange', [], { scope })
    const failure = await scope.dispose().catch((error) => error.name)
    return [failure, (await waiting.join()).error.name]
  },
  async poll() {
    // Without shared memory a loop that never awaits cannot be told.
    if (!crossOriginIsolated) return true
    const started = new Promise((resolve) => new BroadcastChannel('hog').addEventListener('message', resolve))
    const { workers } = stats()
    const thread = start('poll', ['started'])
    await started
    thread.abort()
    await thread.join()
    return stats().workers === workers
  },
  unsendable() {
    try {
      start('echo', [{ element: document.body }])
    } catch (error) {
      return error.message
    }
  },
  async hog() {
    const started = new Promise((resolve) => new BroadcastChannel('hog').addEventListener('message', resolve))
    const thread = start('hog')
    await started
    thread.abort(new Error('enough'))
    const { error } = await thread.join()
    return [error.message, await start('add', [1, 2])]
  },
  async dedicated() {
    if (!crossOriginIsolated) return (await start('add', [1, 2], { dedicated: true })) === 3
    const words = new Int32Array(new SharedArrayBuffer(4))
    const sleeper = start('sleep', [words], undefined, null, true)
    await start('wake', [words])
    return ['ok', 'not-equal'].includes(await sleeper)
  },
  workerMissing: () => failureOf(start('add', [1, 2])),
  workerRefused: () => {
    // What a browser does under a policy that it checks at once.
    globalThis.Worker = function () {
      throw new DOMException('refused', 'SecurityError')
    }
    return failureOf(start('add', [1, 2]))
  },
  async end() {
    await shutdown()
    return stats().workers
  },
}

globalThis.scenario = (name) => scenarios[name]()
