// The bootstrap of a worker: importing this module makes the worker one of the pool.

import { workerPort } from '#host'

import { adoptArena, importModule, runtimeState } from './common.ts'
import { Runner } from './thread/runner.ts'
import type { Load } from './state.ts'

export { $edits } from './edits.ts'
export { nameConsole } from './thread/console-names.ts'

const state = runtimeState()

// Who spawns and loads this has no workers, and wants what runs closures.
if (state.spawner !== null) {
  state.runner = (port, load) =>
    void new Runner(port, load, () => {}, { dedicated: false, unsettled: 0, isWorker: true, isPage: false })
} else if (!state.task.isWorker) {
  const port = workerPort()
  if (port !== null) {
    state.task.isWorker = true
    state.spawner = new Runner(port, importModule, adoptArena, state.task)
  }
}

/**
 * Sets how this worker loads chunks, for hosts whose modules are not files (a development server). The loader is asked for a chunk
 * each time a thread needs it, since it may have changed. To be called by the module that imports this one, before it awaits anything.
 */
export function loadWith(load: Load): void {
  const runner = state.spawner as { loadWith?(load: Load): void } | null
  runner?.loadWith?.(load)
}
