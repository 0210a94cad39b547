// Node leaves shared memory to the workers that are started in a thread which has it: `bequeath`.

import { isMainThread, Worker } from 'node:worker_threads'

import { arena, hasArena } from '../memory/arena.ts'
import { describeNoWorker, notAWorker, nothingToJoin, startedTooEarly } from '../memory/connect-errors.ts'
import { inherited } from './node.ts'

export function connectTo(worker: unknown): void {
  if (!(worker instanceof Worker)) throw notAWorker(describeNoWorker(worker))
  if (!hasArena()) throw startedTooEarly()
}

export async function joinHost(): Promise<void> {
  if (isMainThread) throw nothingToJoin('the main thread')
  // One that has made its own memory would leave that, and find it here.
  if (hasArena() ? arena().host : inherited() === undefined) throw startedTooEarly()
  arena()
}
