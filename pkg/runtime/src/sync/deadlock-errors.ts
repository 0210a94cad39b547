// Errors of threads that wait for one another (R595, R596).

import { registerErrorClass } from '../errors.ts'
import { LockError } from '../memory/shared-errors.ts'

/** Threads wait for one another in a circle, and this wait was ended to break it (R595). The message says who waits for what, and who holds it. */
export class DeadlockError extends LockError {
  override readonly name: string = 'DeadlockError'
}

registerErrorClass('DeadlockError', DeadlockError)

/** `circle`: who waits for what, and who holds it, for each thread. */
export const deadlocked = (circle: string): DeadlockError => new DeadlockError('R595', `deadlock: ${circle}`)

export const mayBeDeadlocked = (circle: string): LockError =>
  new LockError('R596', `threads have waited for one another for 5 s: ${circle}`)
