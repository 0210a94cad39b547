// Where a thread was spawned, in the stack of what it threw.

import { define } from '../codec/assign.ts'

/** Adds the line that tells where the thread was spawned. Nested threads add one line for each level. */
export function addSpawnSite(error: unknown, at: string, what = 'spawn'): void {
  if (!(error instanceof Error)) return
  define(error, 'stack', `${error.stack ?? `${error.name}: ${error.message}`}\n    at ${what} (${at})`)
}
