// Errors of waiting for what threads share, and of what a dead thread left behind (R537 to R539, R580 to R584).

import { registerErrorClass } from '../errors.ts'
import { LockError } from '../memory/shared-errors.ts'
import { takeVerdict } from './verdict.ts'

/** The time of a wait was up (R537). The message says what was waited for, how long, and who holds it. */
export class TimeoutError extends LockError {
  override readonly name: string = 'TimeoutError'
}

/** A thread ended while it held the lock, so what the lock protects may be half changed (R538). */
export class PoisonedError extends LockError {
  override readonly name: string = 'PoisonedError'
}

registerErrorClass('TimeoutError', TimeoutError)
registerErrorClass('PoisonedError', PoisonedError)

/** `what`: what was waited for, such as "the `Mutex` `hits`". `holder`: who keeps it from being had, such as "which `thread 3` holds". */
export function timedOut(what: string, waited: number, holder: string): Error {
  // Where nobody has waited, the verdict is that of an earlier wait, which got what it waited for at the last moment.
  const verdict = takeVerdict()
  return verdict !== undefined && waited > 0
    ? verdict
    : new TimeoutError('R537', `waited ${waited} ms for ${what}, ${holder}`)
}

export const poisoned = (what: string, dead: string): PoisonedError =>
  new PoisonedError(
    'R538',
    `${dead} ended while it held ${what}: what it protects may be half changed; look at it with \`lock({ poisoned: 'accept' })\`, or call \`clearPoison()\``,
  )

export const badTimeout = (value: unknown): LockError =>
  new LockError(
    'R539',
    `a timeout must be a number of milliseconds from 0 on, not ${typeof value === 'number' ? value : typeof value}`,
  )

export const leftHeld = (task: string, at: string, what: string): LockError =>
  new LockError('R580', `the thread \`${task}\`, spawned at ${at}, has ended and still holds ${what}`)

export const leftWaiting = (task: string, at: string, what: string): LockError =>
  new LockError(
    'R597',
    `the thread \`${task}\`, spawned at ${at}, has ended and something in it still waits for ${what}`,
  )

export const guardWaits = (): LockError =>
  new LockError(
    'R581',
    'this guard is used while `Condvar.wait` waits with it: it holds its lock again when that has ended',
  )

export const noGuard = (value: unknown): LockError =>
  new LockError('R582', `a condition variable waits with a guard of a \`Mutex\`, and not with ${kindName(value)}`)

function kindName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `\`${String(value)}\``
  // Bundlers rename classes, and not their tags.
  return `a \`${Object.prototype.toString.call(value).slice(8, -1)}\``
}
