// Workers that the user has started join the shared memory of the program.

import { connectTo, joinHost } from '#connect'

/** A `Worker` of the browser or of `node:worker_threads`. */
export interface ConnectableWorker {
  postMessage(message: unknown): void
  terminate(): unknown
}

/**
 * Lets a worker that the program has started itself take part in its shared memory: what modules declare there, a `Global`, a lock, a channel, is the same as in the
 * program and its threads, and the worker's end is noticed, as that of a thread is.
 *
 * Called with the worker where it is started, at once, and without anything in the worker, before it evaluates modules that declare shared values:
 *
 * ```ts
 * // main.ts                                                            // worker.ts
 * import { hits } from './shared'                                       import { connect } from 'experimental-threads'
 * const url = new URL('./worker.ts', import.meta.url)                   await connect()
 * const worker = new Worker(url, { type: 'module' })                    const { hits } = await import('./shared')
 * connect(worker)                                                       using guard = await hits.lock()
 * ```
 *
 * In Node, workers that are started after the program has got its shared memory have it from the beginning, so there the worker may import such modules in the usual
 * way; both calls only see to it that it is so. In browsers memory can come in a message only. The messages that this takes do not reach listeners that are added later. As
 * after any `await` at the top of a worker, what the page posts before the worker listens is lost.
 *
 * @throws E324 when the worker was started too early, or has shared memory of its own already, E325 for what is no worker, E326 (rejects, in the worker) when nobody
 * connects it, E314 where there is no shared memory.
 */
export function connect(): Promise<void>
export function connect(worker: ConnectableWorker): void
export function connect(...given: [worker?: ConnectableWorker]): Promise<void> | void {
  return given.length === 0 ? joinHost() : connectTo(given[0])
}
