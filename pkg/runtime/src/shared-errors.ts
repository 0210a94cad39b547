// Errors of shared memory (E31x) and of locks (R53x): one function per code.

import { ThreadError, registerErrorClass } from './errors.ts'

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

/** `name`: what was given the value, such as "the `Mutex` `hits`". */
export const notShareable = (name: string, what: string): SharedMemoryError =>
  new SharedMemoryError(
    'E310',
    `${name} was given ${what}, which threads cannot share: give it a \`SharedArrayBuffer\`, or a typed array or \`DataView\` over one`,
  )

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

export const notIsolated = (): SharedMemoryError =>
  new SharedMemoryError(
    'E314',
    'shared memory needs a cross-origin isolated page: serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp` (the Vite plugin sends them in development and preview unless its option `crossOriginIsolated` is `false`)',
  )

export const registryFull = (count: number): SharedMemoryError =>
  new SharedMemoryError('E315', `all ${count} places for module-level shared values are taken`)

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

export const notMadeYet = (name: string): SharedMemoryError =>
  new SharedMemoryError('E320', `${name} is needed in a thread before the module that declares it has made it`)

export const released = (what: 'guard' | 'permit'): LockError =>
  new LockError('R530', `this ${what} was released before: what it protected belongs to somebody else now`)

export const reentrant = (): LockError =>
  new LockError('R531', '`blockingLock` would wait for ever: this very thread holds the lock')

export const mayNotBlock = (operation: string, where: string, instead: string): LockError =>
  new LockError('R532', `\`${operation}\` cannot block ${where}: use \`${instead}\``)

export const badCount = (what: string, value: unknown, min: number, max: number): LockError =>
  new LockError(
    'R533',
    `${what} must be a whole number from ${min} to ${max}, not ${typeof value === 'number' ? value : typeof value}`,
  )

export const tooManyPermits = (max: number): LockError =>
  new LockError('R534', `this release would give the semaphore more than ${max} permits`)

export const globalNotLifted = (): SharedMemoryError =>
  new SharedMemoryError(
    'R535',
    'this `new Global` was not transformed, so no other thread could find it: write it at the top level of a module, and see that the plugin (vite-plugin-experimental-threads or esbuild-plugin-experimental-threads) covers the file',
  )

export const lostLock = (): LockError =>
  new LockError('R536', 'the lock of this guard is not held by this thread any more')
