// Values that stand for work under way or for a thing outside. They cannot be in two places.

import { ASYNC_DISPOSE, DISPOSE } from '../dispose-symbols.ts'
import { isTransferable } from './sendable.ts'

/** A promise, a stream, a socket, a timer. */
export function isHandle(value: object): boolean {
  if (value instanceof EventTarget || value instanceof AbortController || isTransferable(value)) return true
  const { then, on, emit } = value as Record<string, unknown>
  if (typeof then === 'function' || (typeof on === 'function' && typeof emit === 'function')) return true
  return DISPOSE in value || ASYNC_DISPOSE in value
}
