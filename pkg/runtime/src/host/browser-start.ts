// Workers of browsers: `new Worker(url, { type: 'module' })`. Workers that start none need not carry this.

import { locks } from './browser.ts'
import { clone } from '../codec/clone.ts'
import type { HostWorker, HostWorkerEvents, WorkerStart } from './host.ts'
import { trustedUrl } from './trusted-url.ts'

/** What a worker is started with. */
interface Script {
  url: string
  /** To be called when the worker has read it: until then a script that was made stays in memory. */
  revoke(): void
}

/** A message that a worker was given before it talked. */
interface Given {
  message: unknown
  transfer: Transferable[]
  posted: boolean
}

// Many servers of frameworks isolate their pages and say nothing of it with the files beside them. A browser then refuses such a file as the script of a worker,
// but not as a module that a script of the page's own imports.
/** Whether files are known to be refused, or to be taken; undefined until a worker has talked. */
let isRefused: boolean | undefined

export function startWorker(url: string, { name, life }: WorkerStart, events: HostWorkerEvents): HostWorker {
  const isForeign = !isOwn(url)
  let script = isForeign || (isRefused && url.startsWith('http')) ? imports(url) : { url, revoke() {} }
  /** As long as the script may be refused: what the worker that is then started gets too. */
  let given: Given[] | null = mayBeRefused() && isRefused === undefined && script.url === url ? [] : null
  let worker = construct(script, name)
  let over = false
  let watched = false
  const watch = (): void => {
    const lock = life()
    if (watched || lock === undefined) return
    watched = true
    whenFree(lock, () => {
      end('it stopped', undefined)
      events.stopped()
    })
  }
  const end = (why: string, cause: unknown): void => {
    if (over) return
    over = true
    given = null
    script.revoke()
    watch()
    events.ended(why, cause)
  }
  const talks = (): void => {
    // It talks, so its script was read.
    script.revoke()
    if (!isForeign && mayBeRefused()) isRefused = script.url !== url
    const waiting = given ?? []
    given = null
    for (const { message, transfer, posted } of waiting) if (!posted) worker.postMessage(message, transfer)
  }
  const failed = (cause: unknown): void => {
    // A page cannot tell whether the task that this error belongs to will ever settle. As in Node, the worker is over.
    worker.terminate()
    if (given === null || over) return end('it crashed', cause)
    const again = given
    given = null
    script = imports(url)
    try {
      worker = construct(script, name)
    } catch {
      return end('it crashed', cause)
    }
    listen(worker, events, talks, failed)
    for (const { message, transfer } of again) worker.postMessage(message, transfer)
  }
  listen(worker, events, talks, failed)
  return {
    post(message, transfer) {
      if (given === null) worker.postMessage(message, transfer)
      else keep(given, worker, message, transfer)
    },
    ref() {},
    unref() {},
    lives: watch,
    async terminate() {
      worker.terminate()
      end('it was ended', undefined)
    },
  }
}

function listen(worker: Worker, events: HostWorkerEvents, talks: () => void, failed: (cause: unknown) => void): void {
  worker.addEventListener('message', talks, { once: true })
  worker.addEventListener('message', (event) => events.message(event.data))
  worker.addEventListener('messageerror', () => events.unreadable())
  worker.addEventListener('error', (event) =>
    failed(event.error ?? (event.message ? new Error(event.message) : undefined)),
  )
}

/** Notes a message, and posts it unless what it moves could be lost with a worker that is refused. Nothing overtakes one that waits. */
function keep(given: Given[], worker: Worker, message: unknown, transfer: Transferable[]): void {
  const posted = transfer.length === 0 && given.every((one) => one.posted)
  const copy = clone({ message, transfer }, transfer)
  if (posted) worker.postMessage(message, transfer)
  given.push({ ...copy, posted })
}

/** Nothing of a worker runs before it is told what to do. */
export const runsBeforeMessages = (): boolean => false

/**
 * Calls back when the worker that holds this lock for life has stopped, or can never get it: then it waits for it before the first statement of a user, for ever.
 * A browser ends a worker some time after `terminate()`: a busy one ran on for two seconds. There is no event; but its locks are freed then, and not before.
 */
export function whenFree(life: string, stopped: () => void): void {
  const keep = (): Promise<void> => {
    stopped()
    return new Promise(() => {})
  }
  // Where it cannot be had, nobody can tell, and nothing is announced.
  locks()
    ?.request(life, keep)
    .catch(() => {})
}

const mayBeRefused = (): boolean => globalThis.crossOriginIsolated

/** Browsers refuse worker scripts of other origins. */
function isOwn(url: string): boolean {
  const { origin, protocol } = new URL(url)
  // Not `location.origin`, which in a sandboxed frame is that of the server, and no worker may come from there.
  return (origin === globalThis.origin && !isOpaque()) || protocol === 'blob:' || protocol === 'data:'
}

/** A sandboxed frame, or a page that was opened as a file. */
const isOpaque = (): boolean => globalThis.origin === 'null'

/** A script that imports another one, for those that browsers do not take as scripts of workers. */
function imports(url: string): Script {
  const text = `import ${JSON.stringify(url)}`
  // Without an origin Chromium starts no module from a `blob:` URL.
  if (isOpaque()) return { url: `data:text/javascript,${encodeURIComponent(text)}`, revoke() {} }
  const made = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
  return { url: made, revoke: () => URL.revokeObjectURL(made) }
}

function construct({ url, revoke }: Script, name: string): Worker {
  try {
    return new Worker(trustedUrl(url), { type: 'module', name })
  } catch (error) {
    revoke()
    throw error
  }
}

/**
 * A stand-in for a worker, for platforms that have none. Few are such, so what it is made of is loaded here; programs that may ask for it by `configure` have it
 * from the start.
 */
export function startSerial(url: string, events: HostWorkerEvents): HostWorker {
  let loaded: HostWorker | null = null
  let over = false
  const early: { message: unknown; transfer: Transferable[] }[] = []
  const end = (cause: unknown): void => {
    if (over) return
    over = true
    events.ended('what runs threads without workers did not load', cause)
    events.stopped()
  }
  import('./serial.ts').then((serial) => {
    if (over) return
    loaded = serial.startSerial(url, events)
    for (const { message, transfer } of early.splice(0)) loaded.post(message, transfer)
  }, end)
  return {
    post(message, transfer) {
      if (loaded !== null) loaded.post(message, transfer)
      else early.push(clone({ message, transfer }, transfer))
    },
    ref() {},
    unref() {},
    lives() {},
    async terminate() {
      if (loaded === null) end(undefined)
      else await loaded.terminate()
    },
  }
}
