// The pool's settings and state, for programs.

import { isMainThread as mainThread } from '#host'

import type { SharedLimits } from './arena.ts'
import { configureShared } from './arena.ts'
import { spawner } from './control.ts'
import { badOption } from './errors.ts'
import type { PoolSettings, Stats } from './state.ts'
import { runtimeState } from './state.ts'

export type { Stats } from './state.ts'

export interface Settings extends SharedLimits {
  /** How many workers run ordinary threads at most. Default: the parallelism of the machine. */
  maxThreads?: number
  /** How many workers there are at most, those of dedicated threads included. Default: 16 or 4 × maxThreads, the larger. */
  maxWorkers?: number
  /** After how many idle milliseconds a worker ends. Default 30,000; `Infinity`: never. */
  idleTimeout?: number
  /** How many milliseconds an aborted thread may keep its worker from turning its loop. Default 2,000. */
  graceTime?: number
}

const COUNTS: ReadonlySet<string> = new Set(['maxThreads', 'maxWorkers'])
const TIMES: ReadonlySet<string> = new Set(['idleTimeout', 'graceTime'])

/**
 * Changes settings of the pool; those not named stay. Throws R513 for a value that makes no sense. In a thread it does
 * nothing, since the pool belongs to the program that started it.
 *
 * ```ts
 * configure({ maxThreads: 4, idleTimeout: 5_000 })
 * ```
 */
export function configure(settings: Settings): void {
  const { sharedBuffers, maxSharedBytes, ...others } = settings
  const given = Object.entries(others).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) check(name, value)
  const { task, settings: current, spawner: pool } = runtimeState()
  if (task.isWorker) return
  configureShared({
    ...(sharedBuffers !== undefined && { sharedBuffers }),
    ...(maxSharedBytes !== undefined && { maxSharedBytes }),
  })
  Object.assign(current satisfies PoolSettings, Object.fromEntries(given))
  pool?.settingsChanged()
}

/** The name that `configure` had in the first library of this name. */
export const initRuntime: typeof configure = configure

function check(name: string, value: unknown): void {
  if (COUNTS.has(name)) {
    if (!Number.isInteger(value) || (value as number) < 1) throw badOption(name, value, 'a whole number of at least 1')
  } else if (TIMES.has(name)) {
    if (typeof value !== 'number' || !(value >= 0)) throw badOption(name, value, 'a number of milliseconds')
  } else {
    throw badOption('configure', name, 'given settings that exist')
  }
}

/**
 * Waits until all threads have ended and ends the workers. Running threads may still spawn; other spawns reject. After
 * `deadline` milliseconds what still runs is ended and rejects. A later spawn opens the pool again.
 */
export async function shutdown(options: { deadline?: number } = {}): Promise<void> {
  const { spawner: current, leaving } = runtimeState()
  for (const leave of leaving) leave()
  if (current !== null) await current.shutdown(options.deadline)
}

/** What the pool is doing at this moment. Throws R515 in a thread. */
export function stats(): Stats {
  return spawner().stats()
}

/** This code runs on the program's main thread, not in a worker of any kind. */
export const isMainThread: boolean = mainThread
