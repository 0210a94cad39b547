// Workers of Node: `worker_threads`.

import { AsyncResource } from 'node:async_hooks'
import type { TransferListItem } from 'node:worker_threads'
import { isMainThread as mainThread, parentPort, Worker } from 'node:worker_threads'

import type { HostWorker, HostWorkerEvents, WorkerPort, WorkerStart } from './host.ts'
import { adoptArguments, withArguments } from './node-arguments.ts'

export const isMainThread: boolean = mainThread

export const isPage = (): boolean => false

/** Nobody sees the page. */
export const isHidden = (): boolean => false

/** The environment asks for threads without workers. */
export const hasWorkers = (): boolean => true

export const isSerial = (): boolean => process.env['EXPERIMENTAL_THREADS'] === '0'

// Workers do not ask, and reading `node:os` takes a millisecond.
export const parallelism = (): number => process.getBuiltinModule('node:os').availableParallelism()

// Workers need it only for files of Windows, and would compile it: Node keeps code of its own modules for the main thread alone.
const fileUrl = (path: string): string => process.getBuiltinModule('node:url').pathToFileURL(path).href

/** What relative addresses are relative to. */
export const baseUrl = (): string => fileUrl(`${process.cwd()}/`)

/** Absolute URL of a URL or a file path. */
export function toUrl(address: string, base: string): string {
  // `C:\app\a.js` would be read as a URL with the scheme `c:`.
  return /^[a-z]:[\\/]/i.test(address) ? fileUrl(address) : new URL(address, base).href
}

export function startWorker(url: string, { name, resourceLimits }: WorkerStart, events: HostWorkerEvents): HostWorker {
  // Everything else is inherited: environment, stdout, stderr and, unless it says how to read text given on the command
  // line, which a worker's file is not, execArgv.
  const fromText = process.execArgv.some((option) => option.startsWith('--input-type'))
  const options = {
    name,
    // Node puts the worker's file before them once it has loaded what is preloaded, and nothing before them for a `data:` URL.
    argv: process.argv.slice(1),
    ...(fromText && { execArgv: [] }),
    ...(resourceLimits && { resourceLimits }),
  }
  const worker = withArguments(() => new Worker(new URL(url), options))
  let cause: unknown
  worker.on('message', events.message)
  worker.on('messageerror', events.unreadable)
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', (code) => {
    events.ended(cause === undefined ? `it exited with code ${code}` : 'it crashed', cause)
    events.stopped()
  })
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as unknown as TransferListItem[]),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    lives() {},
    terminate: async () => {
      await worker.terminate()
    },
  }
}

/** The port to the host, or null when this is no worker. */
export function workerPort(): WorkerPort | null {
  const port = parentPort
  if (port === null) return null
  adoptArguments()
  return {
    post: (message, transfer) => port.postMessage(message, transfer as unknown as TransferListItem[]),
    listen(message, unreadable) {
      port.on('message', message)
      port.on('messageerror', unreadable)
    },
    // The host hears of every exit.
    closing() {},
    // The host gets the error itself.
    uncaught() {},
  }
}

/** The host hears of every exit: nothing is needed to know when this worker has stopped. */
export function holdLife(_name: string | undefined, then: () => void): void {
  then()
}

/**
 * Whether a buffer can be moved. Node's pool cannot, nor what belongs to a WebAssembly memory; Node 20 copies them unasked.
 * Naming a buffer twice is an error in any case, so nothing moves, and tells which kind it is. Deno would move it.
 */
export function isMovable(buffer: ArrayBuffer): boolean {
  if ('deno' in process.versions) return true
  try {
    structuredClone(null, { transfer: [buffer, buffer] })
  } catch (error) {
    return !/unsupported type|WebAssembly/.test((error as Error).message)
  }
  return true
}

/** The function, run in the `AsyncLocalStorage` context of this moment. */
export function keepContext<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  return AsyncResource.bind(run)
}

/** How many shared buffers there are unless somebody says another number, and how large each can become, in bytes. */
export const reserves: { readonly count: number; readonly bytes: number } = { count: 256, bytes: 2 ** 28 }

/** Bytes in use in this thread's heap. */
export const heapUsed = (): number => process.memoryUsage().heapUsed

/** Milliseconds since some moment. For `performance` a worker would compile ten of Node's own modules before it runs its first task. */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/** Runs a callback when the event loop has come round. */
export function macrotask(callback: () => void): void {
  setImmediate(callback)
}

/** A timer that does not keep the program alive. Returns what cancels it. */
export function timer(callback: () => void, milliseconds: number): () => void {
  const handle = setTimeout(callback, milliseconds)
  handle.unref()
  return () => clearTimeout(handle)
}

export { bequeath, endsChildren, inherited, threadNumber } from './node-family.ts'
