// Workers of browsers: `new Worker(url, { type: 'module' })`.

import type { HostWorker, HostWorkerEvents, WorkerPort, WorkerStart } from './host.ts'

/** The parts of a worker's global scope that are used here; the page's types do not have them. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void
  close(): void
  addEventListener(type: string, listener: (event: MessageEvent) => void): void
}

// Not by `document` alone: some packages define one in workers.
const inWorker = ((): boolean => {
  const { WorkerGlobalScope } = globalThis as { WorkerGlobalScope?: new () => object }
  return WorkerGlobalScope !== undefined && globalThis instanceof WorkerGlobalScope
})()

export const isPage = (): boolean => !inWorker && typeof document !== 'undefined'

export const isMainThread: boolean = isPage()

/** The environment asks for threads without workers. */
export const isSerial = (): boolean => false

export const parallelism = (): number => navigator.hardwareConcurrency || 2

/** What relative addresses are relative to. */
export const baseUrl = (): string => (isPage() ? document.baseURI : location.href)

export const toUrl = (address: string, base: string): string => new URL(address, base).href

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
    if (watched || life === undefined) return
    watched = true
    whenFree(life, () => {
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

const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks

/**
 * Calls back when the worker that holds this lock for life has stopped, or can never get it: then it waits for it before the first statement of a user, for ever.
 * A browser ends a worker some time after `terminate()`: a busy one ran on for two seconds. There is no event; but its locks are freed then, and not before.
 */
function whenFree(life: string, stopped: () => void): void {
  const keep = (): Promise<void> => {
    stopped()
    return new Promise(() => {})
  }
  // Where it cannot be had, nobody can tell, and nothing is announced.
  locks()
    ?.request(life, keep)
    .catch(() => {})
}

/** Takes this worker's lock for life, and goes on. */
export function holdLife(life: string | undefined, then: () => void): void {
  const manager = life === undefined ? undefined : locks()
  if (manager === undefined) return then()
  const hold = (): Promise<void> => {
    then()
    return new Promise(() => {})
  }
  manager.request(life!, hold).catch(then)
}

/** A worker script of another origin is refused, but a module of this origin may import it. */
function sameOrigin(url: string): Script {
  const { origin, protocol } = new URL(url)
  if (origin === location.origin || protocol === 'blob:' || protocol === 'data:') return { url, revoke() {} }
  const made = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)}`], { type: 'text/javascript' }))
  return { url: made, revoke: () => URL.revokeObjectURL(made) }
}

function construct({ url, revoke }: Script, name: string): Worker {
  try {
    return new Worker(url, { type: 'module', name })
  } catch (error) {
    revoke()
    throw error
  }
}

/** The port to the host, or null when this is no worker. */
export function workerPort(): WorkerPort | null {
  // A shared worker or a service worker has no host to post to.
  if (!inWorker || typeof self.postMessage !== 'function') return null
  const scope = self as unknown as WorkerScope
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen(message, unreadable) {
      scope.addEventListener('message', (event) => message(event.data))
      scope.addEventListener('messageerror', unreadable)
    },
    closing(callback) {
      const close = scope.close.bind(scope)
      scope.close = () => {
        callback()
        close()
      }
    },
    uncaught(callback) {
      scope.addEventListener('error', (event) => callback((event as unknown as ErrorEvent).error))
    },
  }
}

/** Browsers have no context that a function could lose. */
export function keepContext<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  return run
}

/** Bytes in use in this thread's heap, where the browser tells. */
export function heapUsed(): number {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } }
  return memory?.usedJSHeapSize ?? 0
}

/** Runs a callback when the event loop has come round. Timers would wait 4 ms. */
let channel: MessageChannel | undefined
const callbacks: (() => void)[] = []

export function macrotask(callback: () => void): void {
  if (channel === undefined) {
    channel = new MessageChannel()
    channel.port1.addEventListener('message', () => callbacks.shift()?.())
    channel.port1.start()
  }
  callbacks.push(callback)
  channel.port2.postMessage(null)
}

/** Returns what cancels it. */
export function timer(callback: () => void, milliseconds: number): () => void {
  const handle = setTimeout(callback, milliseconds)
  return () => clearTimeout(handle)
}
