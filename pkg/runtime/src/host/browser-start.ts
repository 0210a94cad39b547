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

export function startWorker(url: string, { name, life }: WorkerStart, events: HostWorkerEvents): HostWorker {
  const script = sameOrigin(url)
  const worker = construct(script, name)
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
    script.revoke()
    watch()
    events.ended(why, cause)
  }
  // It talks, so its script was read.
  worker.addEventListener('message', script.revoke, { once: true })
  worker.addEventListener('message', (event) => events.message(event.data))
  worker.addEventListener('messageerror', () => events.unreadable())
  worker.addEventListener('error', (event) => {
    // A page cannot tell whether the task that this error belongs to will ever settle. As in Node, the worker is over.
    worker.terminate()
    end('it crashed', event.error ?? (event.message ? new Error(event.message) : undefined))
  })
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ref() {},
    unref() {},
    lives: watch,
    async terminate() {
      worker.terminate()
      end('it was ended', undefined)
    },
  }
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

/** A worker script of another origin is refused, but a module of this origin may import it. */
function sameOrigin(url: string): Script {
  const { origin, protocol } = new URL(url)
  // Not `location.origin`, which in a sandboxed frame is that of the server, and no worker may come from there.
  const isOpaque = globalThis.origin === 'null'
  if ((origin === globalThis.origin && !isOpaque) || protocol === 'blob:' || protocol === 'data:') {
    return { url, revoke() {} }
  }
  const text = `import ${JSON.stringify(url)}`
  // Such a frame starts no module from a `blob:` URL (Chromium).
  if (isOpaque) return { url: `data:text/javascript,${encodeURIComponent(text)}`, revoke() {} }
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
