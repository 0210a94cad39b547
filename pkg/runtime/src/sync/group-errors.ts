// Errors of barriers, of what is done once, and of wait groups (R585 to R589).

import { registerErrorClass } from '../errors.ts'
import { LockError } from '../memory/shared-errors.ts'

/** A party of the barrier has given up or died, so the others would wait for ever (R585). */
export class BrokenBarrierError extends LockError {
  override readonly name: string = 'BrokenBarrierError'
}

registerErrorClass('BrokenBarrierError', BrokenBarrierError)

/** `what`: "the `Barrier` `stage`". */
export const brokenBarrier = (what: string): BrokenBarrierError =>
  new BrokenBarrierError(
    'R585',
    `a party of ${what} gave up, or its thread ended, before all had come: \`reset()\` makes it usable again`,
  )

/** `what`: "the `Once` `migrated`". */
export const recursive = (what: string): LockError =>
  new LockError(
    'R586',
    `${what} was asked for by the function that it is running, so it would wait for itself for ever`,
  )

/** `what`: "the `WaitGroup` `jobs`". */
export const tooOftenDone = (what: string, count: number): LockError =>
  new LockError('R588', `${what} was told \`done(${count})\`, and less than that was added`)

/** `what`: "the `Lazy` `primes`". `why`: what is wrong with it. */
export const notKeepable = (what: string, why: string, cause?: unknown): LockError =>
  new LockError(
    'R587',
    `the value of ${what} cannot be kept for all threads: ${why}`,
    cause === undefined ? {} : { cause },
  )

/** `what`: "a `Lazy`". */
export const noInitialiser = (what: string): LockError =>
  new LockError(
    'R589',
    `${what} was not made yet, and this thread does not have its function: a function cannot be sent`,
  )
