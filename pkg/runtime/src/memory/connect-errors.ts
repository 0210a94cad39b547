// Errors of connecting workers that the user has started (E324 to E326).

import { SharedMemoryError } from './shared-errors.ts'

/** `why`: the first half of the sentence. */
export const connectedTooLate = (why: string): SharedMemoryError =>
  new SharedMemoryError('E324', `${why}, so it has memory of its own and cannot be connected any more`)

export const notAWorker = (what: string): SharedMemoryError =>
  new SharedMemoryError('E325', `\`connect\` needs a \`Worker\` of this host, and not ${what}`)

export const nobodyConnects = (why: string): SharedMemoryError =>
  new SharedMemoryError('E326', `\`connect()\` finds no program to join: ${why}`)

export const TOO_EARLY = 'the worker was started before the program had shared memory'
export const DECLARED = 'this worker has declared or used something shared'

/** A value, for `notAWorker`. */
export function describeNoWorker(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `\`${Object.prototype.toString.call(value).slice(8, -1)}\``
    : `\`${String(value)}\``
}
