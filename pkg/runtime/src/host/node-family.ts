// The workers that users start in this thread: what is left to them, and their ends.

import type { Worker } from 'node:worker_threads'
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from 'node:worker_threads'

import type { Legacy } from '../memory/joined.ts'
import { ARENA_WORDS } from '../memory/layout.ts'

const LEGACY = 'experimental-threads/1/memory'

/** What Node calls this thread: a number. */
export const threadNumber = (): number => threadId

/** A worker has stopped when the thread that started it has. */
export const endsChildren: boolean = true

/** What the thread that started this one has left to it. */
export const inherited = (): unknown => (isMainThread ? undefined : getEnvironmentData(LEGACY))

/** Leaves this to every worker that is started in this thread from now on, whoever starts it, and announces the deaths of those that have used it. */
export function bequeath(legacy: Legacy): void {
  setEnvironmentData(LEGACY, legacy as unknown as Parameters<typeof setEnvironmentData>[1])
  const words = new Int32Array(legacy.words, 0, ARENA_WORDS)
  process.on('worker', (worker: Worker) => {
    const thread = worker.threadId
    // Threads that share nothing do not carry what announces deaths. It is loaded now: a development server that has ended loads nothing any more, but its threads still end.
    const shared = import('../memory/arena.ts').catch(() => undefined)
    worker.on('exit', () => void shared.then((arena) => arena?.buryThread(words, thread + 1)))
  })
}
