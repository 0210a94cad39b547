// Which of many values it is that the platform refuses to clone or to move.

import { clone } from './clone.ts'
import type { Refusal } from './sendable.ts'
import { step } from './plain.ts'
import { isSpecial } from './sendable.ts'

/**
 * Finds the culprit after the platform refused to clone something that looked sendable (a proxy, a detached buffer):
 * goes down, at each level to the first child that cannot be cloned by itself.
 */
export function locate(
  roots: readonly unknown[],
  names: (index: number) => string,
  transferred: ReadonlySet<unknown>,
): Refusal | null {
  for (let index = 0; index < roots.length; index++) {
    if (clones(roots[index], transferred)) continue
    let path = names(index)
    let value = roots[index]
    const seen = new Set<unknown>()
    for (;;) {
      seen.add(value)
      const bad = children(value).find(([, child]) => !seen.has(child) && !clones(child, transferred))
      if (bad === undefined) return { path, what: isGone(value) ? GONE : 'an object that cannot be cloned' }
      path += bad[0]
      value = bad[1]
    }
  }
  return null
}

/** What is said of a buffer that has been moved. */
export const GONE = 'a buffer that has been moved to another thread'

/** Whether a buffer, or that of a view, has been moved away. Not every platform can be asked. */
export function isGone(value: unknown): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).length > 0
  } catch {
    return true
  }
}

function clones(value: unknown, transferred: ReadonlySet<unknown>): boolean {
  if (transferred.has(value) || (typeof value === 'object' && value !== null && isSpecial(value))) return true
  try {
    clone(value)
    return true
  } catch {
    return false
  }
}

function children(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return []
  if (value instanceof Map) return [...value].map(([key, item]) => [`.get(${String(key)})`, item])
  if (value instanceof Set) return [...value].map((item, index) => [`.values()[${index}]`, item])
  return Object.keys(value).map((key) => [step(key), (value as Record<string, unknown>)[key]])
}
