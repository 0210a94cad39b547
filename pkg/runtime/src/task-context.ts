// What runs in the current agent, for code that must know whether it may block.

import type { TaskContext } from './state.ts'
import { runtimeState } from './state.ts'

export type { TaskContext } from './state.ts'

/** A live view: every read tells what is true at that moment, also when two copies of the runtime share an agent. */
export const taskContext: Readonly<TaskContext> = {
  get dedicated() {
    return runtimeState().task.dedicated
  },
  get unsettled() {
    return runtimeState().task.unsettled
  },
  get isWorker() {
    return runtimeState().task.isWorker
  },
  get isPage() {
    return runtimeState().task.isPage
  },
}
