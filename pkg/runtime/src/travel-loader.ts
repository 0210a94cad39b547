// A captured lock arrives in a worker whose chunk may never name its class: `m.lock()` is all that the closure says. Such classes are fetched when they first
// arrive, so that workers of programs without locks never load them.

import type { Packet } from './codec.ts'
import { runtimeState } from './state.ts'

const LOADERS: Readonly<Record<string, () => Promise<unknown>>> = {
  global: () => import('./shared.ts'),
  mutex: () => import('./sync/mutex.ts'),
  semaphore: () => import('./sync/semaphore.ts'),
}

/** Loads the classes that a packet needs and this worker does not have yet; undefined when there are none. */
export function missingClasses({ table }: Packet): Promise<unknown> | undefined {
  if (table === undefined) return undefined
  const { travels } = runtimeState()
  const missing = new Set(table.map(({ tag }) => tag).filter((tag) => tag in LOADERS && !travels.has(tag)))
  return missing.size === 0 ? undefined : Promise.all([...missing].map((tag) => LOADERS[tag]!()))
}
