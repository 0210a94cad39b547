// Packing values for a thread, and unpacking them there, with what lasts as long as the thread.

import { timer } from '#host'

import type { CallFailure, Crossing } from '../state.ts'
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

/**
 * Calls back when all calls have come that a thread made which has returned. It closes its ports behind them; but where an engine keeps no order
 * among ports, or takes only so many messages from one in a turn, they come after the news of its end.
 *
 * @param longest Milliseconds to wait at most: not every engine tells of ports whose thread was ended with them.
 * @param then Called with a call that threw and that nobody looked at, if there is one.
 */
export function afterCalls(
  { ends = [] }: Crossing,
  longest: number,
  then: (failure: CallFailure | undefined) => void,
): void {
  let cancel = (): void => {}
  let waits = true
  const once = (failure?: CallFailure): void => {
    if (!waits) return
    waits = false
    cancel()
    then(failure)
  }
  if (longest !== Infinity) cancel = timer(once, longest)
  void Promise.all(ends.map((ended) => ended())).then((failures) => once(failures.find((each) => each !== undefined)))
}

export function release({ releases }: Crossing): void {
  if (releases.length > 0) for (const close of releases.splice(0)) close()
}
