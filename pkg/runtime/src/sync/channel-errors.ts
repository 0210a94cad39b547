// Errors of channels and of what else carries values through shared memory (R590 to R594).

import { registerErrorClass, SendError } from '../errors.ts'
import { LockError } from '../memory/shared-errors.ts'

/** The channel, or this end of it, is closed (R590, R591). */
export class ClosedError extends LockError {
  override readonly name: string = 'ClosedError'
}

registerErrorClass('ClosedError', ClosedError)

export const channelClosed = (): ClosedError =>
  new ClosedError('R590', 'the channel is closed: nothing can be sent any more, and what was sent has been received')

export const endDisposed = (what: 'sender' | 'receiver'): ClosedError =>
  new ClosedError(
    'R591',
    `this ${what} is not here any more: it was disposed of or moved to another thread; use a \`clone()\` where both need one`,
  )

export const partGone = (): LockError =>
  new LockError('R591', 'this part of a `SharedJsonBuffer` is not here any more: it was removed or replaced')

export const cannotCarry = (path: string, what: string, help: string, cause?: unknown): SendError =>
  new SendError(
    'R592',
    `cannot put ${JSON.stringify(path)} (${what}) into shared memory${help === '' ? '' : `: ${help}`}`,
    cause === undefined ? undefined : { cause },
  )

export const noRoom = (): LockError => new LockError('R593', 'the channel is full')

export const noMessage = (): LockError => new LockError('R593', 'the channel is empty')

export const heapFull = (bytes: number, cause?: unknown): LockError =>
  new LockError(
    'R594',
    `the ${bytes} bytes for messages are used up: send it in parts, or call \`configure({ maxSharedBytes })\` with a larger number before the first shared value or thread is made`,
    cause === undefined ? undefined : { cause },
  )
