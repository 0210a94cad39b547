// A captured lock arrives in a worker whose chunk may never name its class: `m.lock()` is all that the closure says. Such classes are fetched when they first
// arrive, so that workers of programs without locks never load them.

import type { Packet } from './codec.ts'
import { runtimeState } from './state.ts'

const LOADERS: Readonly<Record<string, () => Promise<unknown>>> = {
  global: () => import('./shared.ts'),
  mutex: () => import('./sync/mutex.ts'),
  semaphore: () => import('./sync/semaphore.ts'),
  task: () => import('./task.ts'),
}

/** What a `Global` holds is known when its entry is read; it may be a lock of any kind. */
const NEEDS: Readonly<Record<string, readonly string[]>> = { global: ['global', 'mutex', 'semaphore'] }

/** Loads the classes that a packet needs and this worker does not have yet; undefined when there are none. */
export function missingClasses({ table }: Packet): Promise<unknown> | undefined {
  if (table === undefined) return undefined
  const { travels } = runtimeState()
  const needed = new Set(table.flatMap(({ tag }) => NEEDS[tag] ?? tag))
  const missing = [...needed].filter((tag) => Object.hasOwn(LOADERS, tag) && !travels.has(tag))
  return missing.length === 0 ? undefined : Promise.all(missing.map((tag) => LOADERS[tag]!()))
}
