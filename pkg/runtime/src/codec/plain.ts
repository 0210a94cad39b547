// Plain data, which structured clone copies as it is. For most results this is all that is to be found out.

/** Cloned whole. Typed arrays too, which are never walked: their elements are numbers. */
const WHOLE: readonly unknown[] = [ArrayBuffer, DataView, Date, RegExp].map((type) => type.prototype)

const TYPED = Object.getPrototypeOf(Int8Array.prototype) as unknown

/** False for all that `sendable.ts` has to look at, and for some plain data of other realms. */
export function isPlain(value: unknown): boolean {
  try {
    return isPlainIn(value, new Set())
  } catch {
    // Nested too deeply, or a getter that throws.
    return false
  }
}

function isPlainIn(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol'
  if (seen.has(value)) return true
  seen.add(value)
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || prototype === Object.prototype) {
    const values = Object.values(value)
    return values.length > 0 ? areAll(values, seen) : !isNamespace(value)
  }
  if (prototype === Array.prototype || prototype === Set.prototype) return areAll(value as Iterable<unknown>, seen)
  if (prototype === Map.prototype) {
    for (const entry of value as Map<unknown, unknown>) if (!areAll(entry, seen)) return false
    return true
  }
  return WHOLE.includes(prototype) || Object.getPrototypeOf(prototype) === TYPED
}

function areAll(values: Iterable<unknown>, seen: Set<object>): boolean {
  for (const value of values) if (typeof value !== 'number' && !isPlainIn(value, seen)) return false
  return true
}

/** Not one of a class of its own. */
export function isTypedArray(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value) && Object.getPrototypeOf(Object.getPrototypeOf(value)) === TYPED
}

/** The prototype of object literals, of this realm or another, or none. */
export function isPlainPrototype(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

// Not a literal: engines check those where they read the module, and for this one look through the tables of Unicode, in every page and every worker.
let identifier: RegExp | undefined

/** `.name`, `[3]` or `["odd name"]`. */
export function step(key: string): string {
  if (/^(?:0|[1-9]\d*)$/.test(key)) return `[${key}]`
  identifier ??= new RegExp('^[\\p{ID_Start}$_][\\p{ID_Continue}$]*$', 'u')
  return identifier.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** Whether an empty object is `Math`, `JSON` or another of the platform's, of which a clone would be an empty object. */
export function isNamespace(value: object): boolean {
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return typeof tag === 'string' && (globalThis as Record<string, unknown>)[tag] === value
}

/** Numbers, strings and their like: a copy of the list is a clone of it. */
export function isFlatList(list: unknown): boolean {
  return Array.isArray(list) && list.every((value) => typeof value !== 'object' || value === null)
}
