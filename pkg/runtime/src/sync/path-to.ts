// Where in a value the first thing lies that bytes cannot carry, though a message of the platform could.

import { encode } from '../codec/codec.ts'
import type { Refusal } from '../codec/sendable.ts'
import { isPlainPrototype, step } from '../codec/plain.ts'
import { isSpecial } from '../codec/sendable.ts'
import { BytesWriter, NOT_PLAIN } from './bytes-writer.ts'

const SHARED =
  'its memory is not one that all threads have: declare it at the top level of a module, in a `Global` or a lock'
const PLATFORM = 'only messages of the platform carry it: pass it to the thread as an argument, or capture it'

/** Goes down to the first thing that is not plain. There must be one. */
export function pathTo(root: unknown): Refusal & { help: string } {
  const seen = new Set<unknown>()
  const walk = (value: unknown, path: string): (Refusal & { help: string }) | undefined => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
    seen.add(value)
    for (const [place, child] of children(value) ?? []) {
      const found = walk(child, path + place)
      if (found !== undefined) return found
    }
    return children(value) === null && !isCarried(value) ? refusal(path, value) : undefined
  }
  return walk(root, 'value') ?? { path: 'value', what: 'an object that cannot be cloned', help: PLATFORM }
}

function refusal(path: string, value: object): Refusal & { help: string } {
  const type = value.constructor?.name ?? 'Object'
  const isShared = Object.prototype.toString.call(ArrayBuffer.isView(value) ? value.buffer : value).includes('Shared')
  const help = isShared || isSpecial(value) ? SHARED : PLATFORM
  return { path, what: `${/^[AEIO]/i.test(type) ? 'an' : 'a'} ${type}`, help }
}

function isCarried(value: object): boolean {
  try {
    const packet = isSpecial(value) ? encode({ values: [value], roots: [value], names: String, transfer: [] }) : value
    new BytesWriter().value(packet)
    return true
  } catch (error) {
    return error !== NOT_PLAIN
  }
}

/** What a container holds, with the steps of the path; null for anything else. */
function children(value: object): [string, unknown][] | null {
  if (value instanceof Map)
    return [...value].flatMap(([key, item], index): [string, unknown][] => [
      [`.keys()[${index}]`, key],
      [typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`, item],
    ])
  if (value instanceof Set) return [...value].map((item, index) => [`.values()[${index}]`, item])
  const prototype = Object.getPrototypeOf(value) as object | null
  if (!Array.isArray(value) && !isPlainPrototype(prototype)) return null
  return Object.keys(value).map((key) => [step(key), (value as Record<string, unknown>)[key]])
}
