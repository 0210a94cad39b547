// Packing values for a thread, and unpacking them there, with what lasts as long as the thread.

import type { Crossing } from '../state.ts'
import { runtimeState } from '../state.ts'

/** Packs or unpacks. What was opened meanwhile is closed if that fails. */
export function across<T>(crossing: Crossing, work: () => T): T {
  const state = runtimeState()
  const outer = state.crossing
  state.crossing = crossing
  try {
    return work()
  } catch (error) {
    release(crossing)
    throw error
  } finally {
    state.crossing = outer
  }
}

export function release({ releases }: Crossing): void {
  if (releases.length > 0) for (const close of releases.splice(0)) close()
}
