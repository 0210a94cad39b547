// Copies as messages make them: at once, and with the same shared memory.
//
// WebKit shares memory between the two sides of a message, as the HTML standard has it, and copies it in
// `structuredClone`, where it also refuses a `WebAssembly.Memory`. A thread whose call waited its turn would write to
// memory that nobody else has. There, containers are copied here, what is shared stays what it is, and only the rest is
// cloned by the platform.

import { assign } from './assign.ts'
import { isPlainPrototype } from './plain.ts'
import type { Transferable } from '../platform-types.ts'

let keepsShared: boolean | undefined

/** Whether `structuredClone` shares what a message shares. */
function sharesMemory(): boolean {
  return (keepsShared ??=
    typeof SharedArrayBuffer !== 'function' || isShared(structuredClone(new SharedArrayBuffer(0))))
}

/** A copy as a message would bring it. Throws what `structuredClone` throws. */
export function clone<T>(value: T, transfer: readonly Transferable[] = []): T {
  if (!sharesMemory() && holdsShared(value, new Set())) return cloneAroundShared(value, transfer)
  return structuredClone(value, { transfer: [...transfer] })
}

/** {@link clone} of what holds shared memory, where `structuredClone` would copy that. */
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

/** Whether its content is copied here; the rest is the platform's. */
function isContainer(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return (
    Array.isArray(value) || isPlainPrototype(prototype) || prototype === Map.prototype || prototype === Set.prototype
  )
}

function emptyLike(container: object): object {
  if (Array.isArray(container)) return Array.from<undefined>({ length: 0 })
  if (container instanceof Map) return new Map()
  return container instanceof Set ? new Set() : {}
}

/** What a container holds, keys of a map included. */
function contentOf(container: object): unknown[] {
  if (container instanceof Map) return [...container.keys(), ...container.values()]
  return container instanceof Set ? [...container] : Object.values(container)
}

/** Whether there is shared memory at any place that is copied here. */
export function holdsShared(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  return isShared(value) || (isContainer(value) && contentOf(value).some((item) => holdsShared(item, seen)))
}

/** Adds to `rest` all that the platform is to clone, or to refuse. */
function gather(value: unknown, rest: Set<unknown>, seen: Set<object>): void {
  if (typeof value === 'function' || typeof value === 'symbol') rest.add(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (isShared(value)) return
  if (!isContainer(value)) rest.add(value)
  else for (const item of contentOf(value)) gather(item, rest, seen)
}

/** Copies containers. `copies` has what has been copied. */
function copy(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  if (isShared(value)) return value
  const made = emptyLike(value)
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
