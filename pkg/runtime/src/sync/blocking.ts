import { mayNotBlock } from './lock-errors.ts'
import type { TaskContext } from '../state.ts'
import { runtimeState } from '../state.ts'

/** Asked for once: looking for it takes longer than a free lock. */
const { task } = runtimeState()

/**
 * The one place that decides whether this thread may block. It does not ask whether the operation would have to: a program must not fail only when a lock happens
 * to be taken.
 *
 * @throws R532 on a page, in a worker outside a dedicated task, and on a Node host while threads are out that may need it to go on.
 */
export function assertMayBlock(operation: string, instead: string): void {
  // What refuses is a function of its own, since engines inline small ones only.
  if (!task.dedicated && (task.isPage || task.isWorker || task.unsettled > 0)) refuse(task, operation, instead)
}

function refuse({ isPage, isWorker }: TaskContext, operation: string, instead: string): never {
  if (isPage) throw mayNotBlock(operation, "a page's main thread", instead)
  if (isWorker)
    throw mayNotBlock(operation, 'a worker that other tasks may share, which `{ dedicated: true }` prevents', instead)
  throw mayNotBlock(operation, 'the main thread while threads are running', instead)
}
