// What generated code imports. Not for people: it changes without notice, together with the build plugins.

import type { Address } from './protocol.ts'
import { runtimeState } from './state.ts'

export { PROTOCOL } from './protocol.ts'
export type { Address, Site } from './protocol.ts'
export { $classes } from './codec/class-table.ts'
export type { ClassEntry } from './codec/class-table.ts'
export { $spawn } from './spawn/spawn.ts'
export { $task } from './spawn/task.ts'
export { startStream as $stream } from './stream/stream.ts'
export { $shared } from './memory/shared.ts'

/**
 * Tells the runtime where the bootstrap of workers is: a module that imports `experimental-threads/worker`; and how modules of
 * threads are loaded here, where importing their addresses does not do.
 */
export function $boot(address: Address, load?: (address: string) => Promise<unknown>): void {
  const state = runtimeState()
  state.load = load
  // Every transformed module says it. The last one counts: a development server that has started anew has a new address.
  const isAnother = typeof state.boot === 'string' && state.boot !== address
  state.boot = address
  if (isAnother) $recycle()
}

/** Tells the pool that modules have changed: the next threads run in new workers, those that run end where they are. */
export function $recycle(): void {
  runtimeState().spawner?.recycle()
}
