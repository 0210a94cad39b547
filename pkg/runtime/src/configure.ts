// The pool's settings and state, for programs.

import { isMainThread as mainThread } from '#host'

import { startSerial } from './host/serial.ts'
import type { SharedLimits } from './memory/limits.ts'
import { configureShared } from './memory/limits.ts'
import { spawner } from './spawn/control.ts'
import { badOption } from './spawn/call-errors.ts'
import type { PoolEvent } from './pool/pool-report.ts'
import type { PoolSettings, ResourceLimits, Stats } from './state.ts'
import { runtimeState } from './state.ts'

export type { LatencyCount, PoolEvent } from './pool/pool-report.ts'
export type { ResourceLimits, Stats } from './state.ts'

export interface Settings extends SharedLimits {
  /**
   * How many workers run ordinary threads at most. Default: the parallelism of the machine. With 0, closures run on the
   * program's own thread, one after the other; so they do in Node where the variable `EXPERIMENTAL_THREADS` is 0.
   */
  maxThreads?: number | undefined
  /** How many workers there are at most, those of dedicated threads included. Default: 16 or 4 × maxThreads, the larger. */
  maxWorkers?: number | undefined
  /** After how many idle milliseconds a worker ends. Default 30,000; `Infinity`: never. */
  idleTimeout?: number | undefined
  /** How many milliseconds an aborted thread may keep its worker from turning its loop. Default 2,000. */
  graceTime?: number | undefined
  /**
   * How many threads may wait at most, for a worker or in one that is busy; a further spawn gives a thread that rejects with R540.
   * `ready()` waits for room. Threads that threads spawn, and chunks of a `parallelMap` that has begun, are let in. Default: no bound.
   */
  maxQueue?: number | undefined
  /** A worker whose heap is larger, in bytes, when it has nothing to do is replaced. In browsers that do not tell: never. Default: no bound. */
  maxWorkerHeap?: number | undefined
  /** Limits of each worker of Node; workers that start later have them. */
  resourceLimits?: ResourceLimits | undefined
  /** Whether `stats()` counts how long threads took. */
  latency?: boolean | undefined
  /** Called when a worker starts or ends and when a thread ends. */
  onEvent?: ((event: PoolEvent) => void) | undefined
}

const COUNTS: ReadonlySet<string> = new Set(['maxThreads', 'maxWorkers', 'maxQueue'])
const SIZES: ReadonlySet<string> = new Set(['maxWorkerHeap'])
const OTHERS: Readonly<Record<string, string>> = { resourceLimits: 'object', latency: 'boolean', onEvent: 'function' }
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
  const given = Object.entries(others).filter(([name, value]) => value !== undefined || name === 'onEvent')
  for (const [name, value] of given) if (value !== undefined) check(name, value)
  const state = runtimeState()
  const { task, settings: current, spawner: pool } = state
  if (task.isWorker) return
  state.startSerial = startSerial
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
    const isCount = Number.isInteger(value) || (name === 'maxQueue' && value === Infinity)
    const least = name === 'maxThreads' ? 0 : 1
    if (!isCount || (value as number) < least) throw badOption(name, value, `a whole number of at least ${least}`)
  } else if (TIMES.has(name)) {
    if (typeof value !== 'number' || !(value >= 0)) throw badOption(name, value, 'a number of milliseconds')
  } else if (SIZES.has(name)) {
    if (typeof value !== 'number' || !(value > 0)) throw badOption(name, value, 'a number of bytes')
  } else if (Object.hasOwn(OTHERS, name)) {
    // oxlint-disable-next-line valid-typeof -- the names of the table are types
    if (typeof value !== OTHERS[name] || value === null) throw badOption(name, value, `of type ${OTHERS[name]!}`)
  } else {
    throw badOption('configure', name, 'given settings that exist')
  }
}

/**
 * Waits until all threads have ended and ends the workers. Running threads may still spawn; other spawns reject. After
 * `deadline` milliseconds what still runs is ended and rejects. A later spawn opens the pool again.
 */
export async function shutdown(options: { deadline?: number | undefined } = {}): Promise<void> {
  const { spawner: current, leaving } = runtimeState()
  for (const leave of leaving) leave()
  if (current !== null) await current.shutdown(options.deadline)
}

/**
 * Waits until the queue has room for one more thread: with `configure({ maxQueue })`, the way to spawn no faster than
 * the threads can run. Settles at once where there is no bound. Throws R515 in a thread.
 *
 * ```ts
 * for (const file of files) {
 *   await ready()
 *   void spawn(() => index(file))
 * }
 * ```
 */
export function ready(): Promise<void> {
  return spawner().queueReady()
}

/** What the pool is doing at this moment. Throws R515 in a thread. */
export function stats(): Stats {
  return spawner().stats()
}

/** This code runs on the program's main thread, not in a worker of any kind. */
export const isMainThread: boolean = mainThread
