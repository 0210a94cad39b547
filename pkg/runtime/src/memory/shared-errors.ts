// Errors of shared memory (E31x) and the class of those of locks: one function per code. Those of values and locks stand in `lock-errors.ts`.

import { isTooOld, registerErrorClass, ThreadError } from '../common.ts'

/** Shared memory cannot do what was asked (E310 to E320). */
export class SharedMemoryError extends ThreadError {
  override readonly name: string = 'SharedMemoryError'
}

/** A lock, guard or permit was used in a way that cannot work (R530 to R539). */
export class LockError extends ThreadError {
  override readonly name: string = 'LockError'
}

registerErrorClass('SharedMemoryError', SharedMemoryError)
registerErrorClass('LockError', LockError)

export const bankEmpty = (count: number): SharedMemoryError =>
  new SharedMemoryError(
    'E311',
    `all ${count} shared buffers of this program are taken: call \`configure({ sharedBuffers })\` with a larger number before the first shared value or thread is made`,
  )

export const bufferTooLarge = (bytes: number, max: number): SharedMemoryError =>
  new SharedMemoryError(
    'E312',
    `a shared buffer of ${bytes} bytes is larger than the ${max} bytes set aside for each: call \`configure({ maxSharedBytes })\` before the first shared value or thread is made`,
  )

export const arenaFull = (bytes: number): SharedMemoryError =>
  new SharedMemoryError(
    'E313',
    `the ${bytes} bytes for locks are used up: make locks once and use them again, not one for each piece of work`,
  )

/** Why there is no shared memory here. */
export const noSharedMemory = (): SharedMemoryError => (isTooOld() ? cannotGrow() : notIsolated())

const cannotGrow = (): SharedMemoryError =>
  new SharedMemoryError(
    'R551',
    'this browser is too old for shared memory that grows, which Chrome and Edge have from version 111 on, Firefox from 128 and Safari from 16.4',
  )

const notIsolated = (): SharedMemoryError =>
  new SharedMemoryError(
    'E314',
    'shared memory needs a cross-origin isolated page: serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp` (the Vite plugin sends them in development and preview unless its option `crossOriginIsolated` is `false`)',
  )

export const tooManyAgents = (limit: number): SharedMemoryError =>
  new SharedMemoryError('E316', `more than ${limit} threads share memory at the same time`)

export const limitsTooLate = (): SharedMemoryError =>
  new SharedMemoryError(
    'E317',
    'the limits of shared memory cannot change any more: call `configure({ sharedBuffers, maxSharedBytes })` before the first shared value or thread is made',
  )

export const badLimit = (option: string, value: number, max: number): SharedMemoryError =>
  new SharedMemoryError('E318', `\`${option}\` must be a whole number from 1 to ${max}, not ${String(value)}`)

export const outOfMemory = (bytes: number, cause: unknown): SharedMemoryError =>
  new SharedMemoryError('E319', `the system has no memory for a shared buffer of ${bytes} bytes`, { cause })
