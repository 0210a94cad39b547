// Errors on their way to another thread. Structured clone would lose their own fields (`code` first of all) and, for
// anything but a few classes, their class; and what it refuses in a field would hide the error itself.

import { define } from './assign.ts'
import { knownErrorClasses } from '../errors.ts'
import type { Knowledge } from './sendable.ts'
import { inspect } from './sendable.ts'

export interface ErrorData {
  /** The nearest class that both sides know. */
  readonly type: string
  /** Its own class, when that travels. */
  readonly key?: string
  readonly message: string
  readonly name: string
  readonly stack: string | undefined
  /** Own properties that are not enumerable, and can be sent: `cause`, and what a class hides, as zod does its `issues`. */
  readonly hidden: Record<string, unknown>
  /** Own enumerable properties that can be sent. */
  readonly fields: Record<string, unknown>
}

/** The longest chain of prototypes that is looked at. */
const MAX_DEPTH = 32

export function encodeError(error: Error, knowledge: Knowledge): ErrorData {
  const own = bareError(error)
  const fields: Record<string, unknown> = {}
  const hidden: Record<string, unknown> = {}
  for (const key of safeKeys(error)) {
    const isShown = isEnumerable(error, key)
    if (key === 'message' || key === 'stack' || (key === 'name' && !isShown)) continue
    addSendable(isShown ? fields : hidden, key, read(error, key), knowledge)
  }
  // A `code` that a class gives as a getter; DOMException makes its own again.
  const code = read(error, 'code')
  if (!('code' in fields) && typeof code === 'string') hidden['code'] = code
  const prototype = Object.getPrototypeOf(error) as object | null
  const key = prototype === null ? null : (knowledge.classes?.errorKeyOf(prototype) ?? null)
  return {
    type: typeOf(error),
    ...(key === null ? {} : { key }),
    message: text(own.message),
    name: text(own.name),
    stack: own.stack,
    hidden,
    fields,
  }
}

/** A copy with nothing on it that could fail to travel. */
export function bareError(error: Error): Error {
  const bare = new Error(text(read(error, 'message')))
  const stack = read(error, 'stack')
  define(bare, 'stack', typeof stack === 'string' ? stack : undefined)
  define(bare, 'name', text(read(error, 'name')))
  for (const [, prototype] of knownErrorClasses()) {
    if (prototype !== Error.prototype && Object.prototype.isPrototypeOf.call(prototype, error))
      Object.setPrototypeOf(bare, prototype)
  }
  const code = read(error, 'code')
  if (typeof code === 'string') define(bare, 'code', code, true)
  return bare
}

function typeOf(error: Error): string {
  if (typeof DOMException === 'function' && error instanceof DOMException) return 'DOMException'
  const known = knownErrorClasses()
  let prototype = Object.getPrototypeOf(error) as object | null
  for (let depth = 0; prototype !== null && depth < MAX_DEPTH; depth++) {
    const found = known.find(([, candidate]) => candidate === prototype)
    if (found !== undefined) return found[0]
    // An error of another realm has built-in classes of its own, with the same names.
    const name = (prototype.constructor as { name?: unknown } | undefined)?.name
    const twin = known.find(([candidate]) => candidate === name)
    if (twin !== undefined) return twin[0]
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
  return 'Error'
}

function addSendable(to: Record<string, unknown>, key: string, value: unknown, knowledge: Knowledge): void {
  const { refusal } = inspect([value], () => key, new Set(), knowledge)
  if (refusal === null) define(to, key, value, true)
  // A field that cannot travel is left out: hiding the error behind a complaint about its field helps nobody. A cause
  // is what the reader wants next, so it is at least described.
  else if (key === 'cause') define(to, key, `(${refusal.what})`, true)
}

function safeKeys(value: object): string[] {
  try {
    return Object.getOwnPropertyNames(value)
  } catch {
    return []
  }
}

function isEnumerable(value: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key)
}

/** Property of an error that may be a proxy or have getters that throw. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : Object.prototype.toString.call(value)
}
