// Errors of connecting workers that the user has started (E324 to E326).

import { SharedMemoryError } from './shared-errors.ts'

export const startedTooEarly = (): SharedMemoryError =>
  new SharedMemoryError(
    'E324',
    'the worker was started before the program had shared memory, so it has memory of its own and cannot be connected any more',
  )

export const declaredTooEarly = (): SharedMemoryError =>
  new SharedMemoryError(
    'E324',
    'this worker has declared or used something shared, so it has memory of its own and cannot be connected any more',
  )

export const notAWorker = (what: string): SharedMemoryError =>
  new SharedMemoryError('E325', `\`connect\` needs a \`Worker\` of this host, and not ${what}`)

export const nothingToJoin = (here: 'a page' | 'the main thread'): SharedMemoryError =>
  new SharedMemoryError('E326', `\`connect()\` finds no program to join: this is ${here}`)

export const nobodyConnects = (seconds: number): SharedMemoryError =>
  new SharedMemoryError(
    'E326',
    `\`connect()\` finds no program to join: ${seconds} seconds have passed and nobody has called \`connect(worker)\``,
  )

/** A value, for `notAWorker`. */
export function describeNoWorker(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `\`${Object.prototype.toString.call(value).slice(8, -1)}\``
    : `\`${String(value)}\``
}
