// Tells whether a value survives the trip to another thread, and where in it the first thing lies that does not.
//
// Structured clone refuses functions and promises without saying where they are, and strips class instances of their
// class without a word. Both are found here, before anything is posted.

import { clone } from './clone.ts'
import { isHandle, isTransferable } from './handle.ts'
import { isNamespace, isPlainPrototype, step } from './plain.ts'
import { CALLBACK, isMoved } from '../spawn/marks.ts'
import { runtimeState } from '../state.ts'
import type { OpenObjects, Travellers } from './travellers.ts'

/** A place in a payload: the name of the root, then the way down. */
export type Path = readonly string[]

export interface Refusal {
  /** `cfg.list[3].onDone` */
  readonly path: string
  /** `a function` */
  readonly what: string
  /** What kind of class it has: one of the program (`class`) or of the platform (`built-in`), or that of a thing that cannot be in two places (`handle`). */
  readonly kind?: string
  /** Why, or what to do about it, where more can be said than `what`. */
  readonly help?: string
  /** What a hook threw. */
  readonly cause?: unknown
}

/** What is known of classes while values are looked through and encoded. */
export interface Knowledge {
  readonly classes: Travellers | null
  /** What hooks gave, by instance: each is asked once. */
  readonly hooked: Map<object, unknown>
}

export const knowing = (classes: Travellers | undefined): Knowledge => ({ classes: classes ?? null, hooked: new Map() })

export interface Scan {
  readonly transferred: ReadonlySet<unknown>
  readonly path: string[]
  seen: Set<object> | null
  /** Something in the payload needs the out-of-band table. */
  special: boolean
  readonly knowledge: Knowledge
  /** Kept where classes have hooks. */
  readonly open: OpenObjects | null
  more: Pick<Refusal, 'kind' | 'help' | 'cause'>
}

export interface Verdict {
  readonly refusal: Refusal | null
  readonly special: boolean
}

/** Looks through roots (named for messages) for what cannot be sent and for what needs the table. */
export function inspect(
  roots: readonly unknown[],
  names: (index: number) => string,
  transferred: ReadonlySet<unknown>,
  knowledge: Knowledge = knowing(undefined),
): Verdict {
  const open = knowledge.classes?.openObjects() ?? null
  const scan: Scan = { transferred, path: [], seen: null, special: false, knowledge, open, more: {} }
  for (let index = 0; index < roots.length; index++) {
    const root = roots[index]
    const what = scanRoot(root, scan)
    if (what !== null) {
      const path = names(index) + scan.path.reverse().join('')
      return { refusal: { path, what, ...scan.more }, special: false }
    }
  }
  return { refusal: null, special: scan.special }
}

/** The call stack was used up: by data that is nested too deeply, for us or for the platform. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack')
}

export const TOO_DEEP = 'data that is nested too deeply'

function scanRoot(root: unknown, scan: Scan): string | null {
  try {
    return scanValue(root, scan)
  } catch (error) {
    if (isStackOverflow(error)) return TOO_DEEP
    throw error
  }
}

/** Is this one of the values that travel by the table: an error, or a type that registered itself? */
export function isSpecial(value: object): boolean {
  return isError(value) || travelTag(value) !== null || isNodeBuffer(value)
}

export function travelTag(value: object): string | null {
  for (const [tag, travel] of runtimeState().travels) if (travel.test(value)) return tag
  return null
}

export function isError(value: unknown): value is Error {
  if (value instanceof Error) return true
  if (typeof DOMException === 'function' && value instanceof DOMException) return true
  // An error of another realm (a `vm` context, an iframe).
  return Object.prototype.toString.call(value) === '[object Error]'
}

/** Node's Buffer is a typed array with a class of its own, which structured clone would take away. */
export function isNodeBuffer(value: object): value is Uint8Array {
  const { Buffer } = globalThis as { Buffer?: { isBuffer(value: unknown): boolean } }
  return Buffer !== undefined && value instanceof Uint8Array && Buffer.isBuffer(value)
}

/** Null when the value can be sent, else what it is. The path is left in `scan.path`, innermost step first. */
export function scanValue(value: unknown, scan: Scan): string | null {
  if (typeof value === 'function' && CALLBACK in value) {
    scan.special = true
    return runtimeState().crossing === null ? 'a callback, which a thread has only while it runs' : null
  }
  if (typeof value === 'function')
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'a class' : 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return null
  if (scan.transferred.has(value)) return null
  const seen = (scan.seen ??= new Set())
  const { open } = scan
  if (seen.has(value)) return open?.again(value, scan) ?? null
  seen.add(value)
  open?.enter(value)
  const what = scanObject(value, scan)
  open?.leave(value)
  return what
}

function scanObject(value: object, scan: Scan): string | null {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null && isModule(value)) return refuse(scan, 'a module', 'import it inside the closure')
  if (isPlainPrototype(prototype)) return scanKeys(value, scan)
  if (Array.isArray(value) && isBuiltIn(prototype)) return scanArray(value, scan)
  if (travellingPrototypes().has(prototype as object)) return null
  const ofClass = scan.knowledge.classes?.scan(value, scan)
  if (ofClass !== undefined) return ofClass
  if (isSpecial(value)) {
    scan.special = true
    return null
  }
  if (value instanceof Map && isBuiltIn(prototype)) return scanMap(value, scan)
  if (value instanceof Set && isBuiltIn(prototype)) return scanSet(value, scan)
  return scanOther(value, prototype as object, scan)
}

/** What `import * as` and `import()` give. A bundler may have made plain data of it; the platform clones that, and no module. */
function isModule(value: object): boolean {
  if ((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] !== 'Module') return false
  try {
    clone(value)
    return false
  } catch {
    // Of plain data what cannot be cloned is found further down.
    return !Object.isFrozen(value)
  }
}

/** `Array.prototype` and its like inherit from `Object.prototype`; the prototype of a subclass does not. */
function isBuiltIn(prototype: object | null): boolean {
  return prototype !== null && isPlainPrototype(Object.getPrototypeOf(prototype) as object | null)
}

function scanKeys(value: object, scan: Scan): string | null {
  const keys = Object.keys(value)
  if (keys.length === 0 && isNamespace(value))
    return refuse(scan, Object.prototype.toString.call(value).slice(8, -1), 'every thread has it: name it there')
  for (const key of keys) {
    const what = scanValue((value as Record<string, unknown>)[key], scan)
    if (what !== null) return at(step(key), what, scan)
  }
  return null
}

function scanArray(value: readonly unknown[], scan: Scan): string | null {
  for (let index = 0; index < value.length; index++) {
    const item = value[index]
    if (typeof item === 'number' || typeof item === 'string') continue
    const what = scanValue(item, scan)
    if (what !== null) return at(`[${index}]`, what, scan)
  }
  return null
}

function scanMap(value: ReadonlyMap<unknown, unknown>, scan: Scan): string | null {
  let index = 0
  for (const [key, item] of value) {
    const keyIs = scanValue(key, scan)
    if (keyIs !== null) return at(`.keys()[${index}]`, keyIs, scan)
    const what = scanValue(item, scan)
    if (what !== null)
      return at(typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`, what, scan)
    index++
  }
  return null
}

function scanSet(value: ReadonlySet<unknown>, scan: Scan): string | null {
  let index = 0
  for (const item of value) {
    const what = scanValue(item, scan)
    if (what !== null) return at(`.values()[${index}]`, what, scan)
    index++
  }
  return null
}

export function at(place: string, what: string, scan: Scan): string {
  scan.path.push(place)
  return what
}

/** Prototypes whose instances survived a clone with their class. Asked once for each. */
let travelling: WeakSet<object> | undefined

function travellingPrototypes(): WeakSet<object> {
  if (travelling !== undefined) return travelling
  // Typed arrays are never walked, their elements are numbers; nor is what may be large ever cloned to see whether it survives.
  const known = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
  const others = [Float32Array, Float64Array, BigInt64Array, BigUint64Array, ArrayBuffer, DataView]
  travelling = new WeakSet([...known, ...others].map((type) => type.prototype as object))
  if (typeof SharedArrayBuffer === 'function') travelling.add(SharedArrayBuffer.prototype)
  return travelling
}

/** Neither plain data nor ours. The platform decides: what comes back from a clone with its class travels. */
function scanOther(value: object, prototype: object, scan: Scan): string | null {
  const name = className(value)
  if (value instanceof Promise) return 'a promise'
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return withArticle(name)
  if (isMoved(value)) return 'a moved value'
  let copy: unknown
  try {
    copy = clone(value)
  } catch {
    return isTransferable(value)
      ? `${withArticle(name)}, which can only be moved: use \`transfer\` or \`move()\``
      : describe(value, name, scan)
  }
  if (Object.getPrototypeOf(copy) !== prototype && (className(copy as object) !== name || name === 'Object')) {
    return describe(value, name, scan)
  }
  travelling?.add(prototype)
  return null
}

function describe(value: object, name: string, scan: Scan): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (name === '' || name === 'Object')
    return tag.endsWith('Generator') ? 'a generator' : 'an object with a prototype of its own'
  // Where the build saw no class at all, `class` is as good a guess.
  scan.more = { kind: isHandle(value) ? 'handle' : isPlatforms(value.constructor) ? 'built-in' : 'class' }
  return tag === name ? withArticle(name) : `an instance of ${name}`
}

/** Whether a class is one of the platform, of which some are written in JavaScript: those that modules export can be imported as any other. */
const isPlatforms = (type: Function): boolean =>
  (globalThis as Record<string, unknown>)[type.name] === type ||
  /\[native code\]/.test(Function.prototype.toString.call(type))

export function refuse(scan: Scan, what: string, help: string): string {
  scan.more = { help }
  return what
}

function withArticle(name: string): string {
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`
}

function className(value: object): string {
  try {
    const type = (value as { constructor?: unknown }).constructor
    return typeof type === 'function' ? type.name : ''
  } catch {
    return ''
  }
}
