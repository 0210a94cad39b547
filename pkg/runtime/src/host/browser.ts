// What browsers give to pages and their workers. `browser-start.ts` starts workers.

import type { WorkerPort } from './host.ts'

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

/** Nobody sees the page. */
export const isHidden = (): boolean => isMainThread && document.hidden

/** The servers of an edge have none, and some old browsers have none inside workers. */
export const hasWorkers = (): boolean => typeof Worker === 'function'

/** Threads run without workers. */
export const isSerial = (): boolean => !hasWorkers()

export const parallelism = (): number => globalThis.navigator?.hardwareConcurrency || 2

/** What relative addresses are relative to: nothing where there is neither a page nor a worker. */
export const baseUrl = (): string => (isPage() ? document.baseURI : (globalThis.location?.href ?? 'about:blank'))

export const toUrl = (address: string, base: string): string => new URL(address, base).href

/** Old browsers have none. */
export const locks = (): LockManager | undefined => (globalThis.navigator as { locks?: LockManager } | undefined)?.locks

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

/**
 * How many shared buffers there are unless somebody says another number, and how large each can become, in bytes.
 *
 * WebKit, whose errors know their line, keeps all buffers of a process in one region of addresses: 64 GiB, on telephones 16 GiB, before Safari 18 half as much and 2 GiB.
 * Where most of it is taken, no page of the process gets the smallest buffer.
 */
export const reserves: { readonly count: number; readonly bytes: number } =
  'line' in new Error() ? { count: 64, bytes: 2 ** 26 } : { count: 256, bytes: 2 ** 28 }

/** Bytes in use in this thread's heap, where the browser tells. */
export function heapUsed(): number {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } }
  return memory?.usedJSHeapSize ?? 0
}

/** Milliseconds since some moment. */
export const clock = (): number => performance.now()

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

/** Browsers do not number threads. */
export const threadNumber = (): number => 0

/** A worker runs on for a while when the one that started it has ended. */
export const endsChildren: boolean = false

/** Browsers give workers nothing but messages. */
export const inherited = (): unknown => undefined

export function bequeath(_legacy: unknown): void {}

/** Browsers tell only when it is moved. */
export const isMovable = (_buffer: ArrayBuffer): boolean => true
