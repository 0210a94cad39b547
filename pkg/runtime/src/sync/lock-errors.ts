// Errors of locks and of values that threads share (E310, E315, E320, E321, E323, R530 to R536).

import { LockError, SharedMemoryError } from '../memory/shared-errors.ts'

/** `name`: what was given the value, such as "the `Mutex` `hits`". */
export const notShareable = (name: string, what: string): SharedMemoryError =>
  new SharedMemoryError(
    'E310',
    `${name} was given ${what}, which threads cannot share: give it \`shared({ … })\` or a \`SharedJsonBuffer\` for plain data, or a typed array over a \`SharedArrayBuffer\``,
  )

export const registryFull = (count: number): SharedMemoryError =>
  new SharedMemoryError('E315', `all ${count} places for module-level shared values are taken`)

export const notMadeYet = (name: string): SharedMemoryError =>
  new SharedMemoryError('E320', `${name} is needed in a thread before the module that declares it has made it`)

export const declaredTwice = (type: string, name: string): SharedMemoryError =>
  new SharedMemoryError(
    'E411',
    `two builds of this program are loaded, and they declare the \`${type}\` \`${name}\` in two ways: load the program anew, or give the two packages different versions`,
  )

export const notForThreads = (name: string): SharedMemoryError =>
  new SharedMemoryError(
    'E323',
    `the initialiser of the \`threadLocal\` \`${name}\` reads variables of its module, which threads do not have: import what it needs, or make it in the initialiser`,
  )

export const wordsGone = (): SharedMemoryError =>
  new SharedMemoryError(
    'E321',
    'a lock or another shared object has arrived that no thread has any more: the one that sent it has ended, and its memory is used for something else',
  )

export const released = (what: 'guard' | 'permit' | 'member'): LockError =>
  new LockError('R530', `this ${what} was released before: what it protected belongs to somebody else now`)

export const reentrant = (operation = 'blockingLock'): LockError =>
  new LockError('R531', `\`${operation}\` would wait for ever: this very thread holds the lock`)

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
