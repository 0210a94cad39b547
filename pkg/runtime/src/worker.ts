// The bootstrap of a worker: importing this module makes the worker one of the pool.

import { workerPort } from '#host'

import { adoptArena } from './arena.ts'
import type { Loader } from './chunks.ts'
import { Runner } from './runner.ts'
import { runtimeState } from './state.ts'

const state = runtimeState()

// A second copy of the runtime in the same worker leaves the tasks to the first.
if (!state.task.isWorker) {
  const port = workerPort()
  if (port !== null) {
    state.task.isWorker = true
    state.spawner = new Runner(
      port,
      (address) => import(/* @vite-ignore */ /* webpackIgnore: true */ address),
      adoptArena,
      state.task,
    )
  }
}

/**
 * Sets how this worker loads chunks, for hosts whose modules are not files (a development server). The loader is asked for a chunk
 * each time a thread needs it, since it may have changed. To be called by the module that imports this one, before it awaits anything.
 */
export function loadWith(load: Loader): void {
  const runner = state.spawner as { loadWith?(load: Loader): void } | null
  runner?.loadWith?.(load)
}
