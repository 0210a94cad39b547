// Copies as messages make them: at once, and with the same shared memory.
//
// WebKit shares memory between the two sides of a message, as the HTML standard has it, and copies it in
// `structuredClone`, where it also refuses a `WebAssembly.Memory`. A thread whose call waited its turn would write to
// memory that nobody else has. There, containers are copied here, what is shared stays what it is, and only the rest is
// cloned by the platform.

import { assign } from './assign.ts'
import { isPlainPrototype } from './plain.ts'

let keepsShared: boolean | undefined

/** Whether `structuredClone` shares what a message shares. */
function sharesMemory(): boolean {
  return (keepsShared ??=
    typeof SharedArrayBuffer !== 'function' || isShared(structuredClone(new SharedArrayBuffer(0))))
}

/** A copy as a message would bring it. Throws what `structuredClone` throws. */
export function clone<T>(value: T, transfer: readonly Transferable[] = []): T {
  return sharesMemory() ? structuredClone(value, { transfer: [...transfer] }) : cloneAroundShared(value, transfer)
}

/** {@link clone} where `structuredClone` does not share memory. */
export function cloneAroundShared<T>(value: T, transfer: readonly Transferable[] = []): T {
  const rest = new Set<unknown>()
  gather(value, rest, new Set())
  // In one piece, so that two views of one buffer are that afterwards.
  const clones = structuredClone([...rest], { transfer: [...transfer] })
  return copy(value, new Map([...rest].map((item, index) => [item, clones[index]]))) as T
}

/** Shared memory by itself, in a view or as that of WebAssembly. */
function isShared(value: unknown): boolean {
  if (value instanceof SharedArrayBuffer) return true
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer
  // A locked-down Safari has no WebAssembly.
  return typeof WebAssembly === 'object' && value instanceof WebAssembly.Memory && isShared(value.buffer)
}

/** The empty copy of a container whose content is copied here; undefined for what the platform clones. */
function emptyLike(value: object): object | undefined {
  if (Array.isArray(value)) return Array.from<undefined>({ length: 0 })
  const prototype = Object.getPrototypeOf(value) as object | null
  if (isPlainPrototype(prototype)) return {}
  if (prototype === Map.prototype) return new Map()
  return prototype === Set.prototype ? new Set() : undefined
}

/** What a container holds, keys of a map included. */
function* contentOf(container: object): Generator<unknown> {
  if (container instanceof Map) for (const entry of container) yield* entry
  else if (container instanceof Set) yield* container
  else for (const key of Object.keys(container)) yield (container as Record<string, unknown>)[key]
}

/** Adds to `rest` all that the platform is to clone, or to refuse. */
function gather(value: unknown, rest: Set<unknown>, seen: Set<object>): void {
  if (typeof value === 'function' || typeof value === 'symbol') rest.add(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (isShared(value)) return
  if (emptyLike(value) === undefined) rest.add(value)
  else for (const item of contentOf(value)) gather(item, rest, seen)
}

/** Copies containers. `copies` has what has been copied. */
function copy(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  const made = isShared(value) ? undefined : emptyLike(value)
  if (made === undefined) return value
  copies.set(value, made)
  if (value instanceof Map) {
    for (const [key, item] of value) (made as Map<unknown, unknown>).set(copy(key, copies), copy(item, copies))
  } else if (value instanceof Set) {
    for (const item of value) (made as Set<unknown>).add(copy(item, copies))
  } else {
    if (Array.isArray(value)) (made as unknown[]).length = value.length
    for (const key of Object.keys(value)) assign(made, key, copy((value as Record<string, unknown>)[key], copies))
  }
  return made
}
