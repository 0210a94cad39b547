// How values of ours are known: by symbols of the registry, so that two copies of the runtime in one program know each other's.

import type { Runnable } from './job.ts'
import type { Moved } from './move.ts'

/** A symbol that all copies of the runtime in a program have in common. */
export const common = (name: string | number): symbol => Symbol.for(`experimental-threads/${name}`)

/** Where a `Task` keeps its job. */
export const JOB: unique symbol = /* @__PURE__ */ common('job') as never

/** Where a callback keeps what answers its calls. */
export const CALLBACK: unique symbol = /* @__PURE__ */ common('callback') as never

/** What `move()` gives has it. */
export const MOVED: unique symbol = /* @__PURE__ */ common('moved') as never

export const isTask = (value: unknown): value is Runnable => typeof value === 'object' && value !== null && JOB in value

export const isMoved = (value: unknown): value is Moved => typeof value === 'object' && value !== null && MOVED in value

/** A method of values of ours that are not copied when they are moved: called when they have gone. */
export const HANDED_OVER: unique symbol = /* @__PURE__ */ common('handed-over') as never

/** Tells values that were given to `move()`, and have been sent, that they are somebody else's now. */
export function handOver(values: readonly unknown[]): void {
  for (const value of values) {
    if (Array.isArray(value)) handOver(value)
    else if (typeof value === 'object' && value !== null && HANDED_OVER in value)
      (value as { [HANDED_OVER](): void })[HANDED_OVER]()
  }
}
