// How large the shared memory (`arena.ts`) may be.

import { shareState } from './joined.ts'
import { badLimit, limitsTooLate } from './shared-errors.ts'

/** Sizes that must be set before the first shared value or thread is made. */
export interface SharedLimits {
  /** How many `SharedArrayBuffer`s `Global` and `Mutex` values can own in one program. Default 256; 64 in Safari. */
  sharedBuffers?: number | undefined
  /** How large each of them can be, in bytes. Default 256 MiB; 64 MiB in Safari, which has few addresses. Costs addresses, not memory. */
  maxSharedBytes?: number | undefined
}

const MAX_BUFFERS = 65536
const MAX_BYTES = 2 ** 32

/**
 * Sets the limits of shared memory.
 *
 * @throws E317 when the shared memory has been made already, E318 when a limit is not a whole number in its range.
 */
export function configureShared(limits: SharedLimits): void {
  const own = shareState()
  const { sharedBuffers = own.sharedBuffers, maxSharedBytes = own.maxSharedBytes } = limits
  if (sharedBuffers === own.sharedBuffers && maxSharedBytes === own.maxSharedBytes) return
  if (own.arena !== undefined) throw limitsTooLate()
  if (!inRange(sharedBuffers, MAX_BUFFERS)) throw badLimit('sharedBuffers', sharedBuffers, MAX_BUFFERS)
  if (!inRange(maxSharedBytes, MAX_BYTES)) throw badLimit('maxSharedBytes', maxSharedBytes, MAX_BYTES)
  own.sharedBuffers = sharedBuffers
  own.maxSharedBytes = maxSharedBytes
}

function inRange(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max
}
