// How values of ours are known: by symbols of the registry, so that two copies of the runtime in one program know each other's.

import type { Runnable } from './job.ts'
import type { Moved } from './move.ts'

/** Where a `Task` keeps its job. */
export const JOB: unique symbol = Symbol.for('experimental-threads/job') as never

/** Where a callback keeps what answers its calls. */
export const CALLBACK: unique symbol = Symbol.for('experimental-threads/callback') as never

/** What `move()` gives has it. */
export const MOVED: unique symbol = Symbol.for('experimental-threads/moved') as never

export const isTask = (value: unknown): value is Runnable => typeof value === 'object' && value !== null && JOB in value

export const isMoved = (value: unknown): value is Moved => typeof value === 'object' && value !== null && MOVED in value
