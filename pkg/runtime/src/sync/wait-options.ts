import { badTimeout } from './wait-errors.ts'

export { PoisonedError, TimeoutError } from './wait-errors.ts'

/** How long an operation that blocks the thread may wait. */
export interface BlockingOptions {
  /** In milliseconds, from 0 on; 0 is one try. When it is up, the operation throws a `TimeoutError` (R537). No limit unless told. */
  timeout?: number | undefined
}

/** How long an operation may wait, and what ends the wait before. */
export interface WaitOptions extends BlockingOptions {
  /** Ends the wait when it fires: the operation rejects with its reason. */
  signal?: AbortSignal | undefined
  /** The wait does not keep a Node program alive that has nothing else to do. */
  unref?: boolean | undefined
}

/**
 * When a wait with these options is over, in milliseconds of `performance.now()`.
 *
 * @throws R539 when the timeout is no number from 0 on.
 */
export function deadlineOf(options: BlockingOptions | undefined): number {
  const timeout = options?.timeout
  if (timeout === undefined) return Infinity
  if (typeof timeout !== 'number' || !(timeout >= 0)) throw badTimeout(timeout)
  return performance.now() + timeout
}
