// Errors on their way to another thread without what `error-codec.ts` does for them: where that is not loaded and cannot be waited for.

import { knownErrorClasses } from '../errors.ts'
import { isSmall } from '../loading/load.ts'
import type { ErrorData } from './error-codec.ts'
import type { Packet } from './packet.ts'
import { TAGS } from './table-tags.ts'

/** The packet of whatever was thrown: the nearest class that all know, name, message, stack, and fields that are small. Never throws. */
export function briefly(thrown: unknown): Packet {
  if (isSmall(thrown)) return { values: [thrown] }
  const values: unknown[] = [null]
  return { values, table: [{ tag: TAGS.error, data: dataOf(thrown) }], patches: [[values, '0', 0]], order: [0] }
}

function dataOf(thrown: unknown): ErrorData {
  try {
    const { name, message, stack, code } = thrown as Partial<Error> & { code?: unknown }
    const fields = Object.entries(thrown as object).filter(([, value]) => isSmall(value))
    const known = knownErrorClasses().findLast(([, prototype]) =>
      Object.prototype.isPrototypeOf.call(prototype, thrown as object),
    )
    return {
      type: known?.[0] ?? 'Error',
      name: String(name ?? 'Error'),
      message: String(message ?? ''),
      stack: typeof stack === 'string' ? stack : undefined,
      hidden: typeof code === 'string' ? { code } : {},
      fields: Object.fromEntries(fields),
    }
  } catch {
    return { type: 'Error', name: 'Error', message: '', stack: undefined, hidden: {}, fields: {} }
  }
}
