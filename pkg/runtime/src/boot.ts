// What tells the runtime where workers come from, and that their modules have changed.

import { runtimeState } from './common.ts'
import type { Address } from './protocol.ts'

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
