// What the runtime needs from a platform. `node.ts`, and `browser.ts` with `browser-start.ts`, have exactly this shape.

import type { ResourceLimits } from '../state.ts'
import type { Transferable } from '../platform-types.ts'

/** How a worker is started. */
export interface WorkerStart {
  readonly name: string
  /** Only Node has them. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Name of the lock that it holds as long as it lives, where there is shared memory; asked when it has begun or ended. Only browsers need it. */
  readonly life: () => string | undefined
}

/** A started worker, as its host sees it. */
export interface HostWorker {
  post(message: unknown, transfer: Transferable[]): void
  /** Keeps the program alive. */
  ref(): void
  unref(): void
  /** It has booted, and holds its lock. */
  lives(): void
  /** Ends it at once. Settles when it has ended. */
  terminate(): Promise<void>
}

/** What can happen to a worker. `ended` and `stopped` are called at most once each, in this order, and last. */
export interface HostWorkerEvents {
  message(data: unknown): void
  /** A message has arrived that could not be read. */
  unreadable(): void
  /** The worker has ended, or must be taken for ended. */
  ended(why: string, cause: unknown): void
  /** No statement runs in it any more. Browsers let a worker that was ended run on for seconds; never called where nobody can tell. */
  stopped(): void
}

/** The way from inside a worker to its host. */
export interface WorkerPort {
  post(message: unknown, transfer: Transferable[]): void
  listen(message: (data: unknown) => void, unreadable: () => void): void
  /** Calls back when the worker ends itself in a way that its host would not hear of. */
  closing(callback: () => void): void
  /** Calls back with an uncaught error of which the host would hear too little. */
  uncaught(callback: (error: unknown) => void): void
}
