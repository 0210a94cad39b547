import { arena, canShare } from '../memory/arena.ts'
import { cannotCarry, partGone } from './channel-errors.ts'
import { registerTravel } from '../codec/packet.ts'
import { registerData } from '../memory/shared-data.ts'
import { noSharedMemory } from '../memory/shared-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, registerKind } from '../memory/shared-kind.ts'
import { arrayMethods } from './json-arrays.ts'
import { ARRAY, JsonMemory, NODE, UNDEFINED } from './json-memory.ts'
import type { Part } from './json-values.ts'
import { HELP, check, copyNode, makeNode, partOf, parts, readSimple, toPlain, writeSlot } from './json-values.ts'

/** What a `SharedJsonBuffer` can hold at its top, given `T`. An `interface` has no index signature, so it is looked at property by property. */
type JsonRoot<T> = Record<string, unknown> | unknown[] | (object & { [K in keyof T]: Json<T[K]> })

/** `T` if it comes out of JSON as it went in, else something that no `T` is. */
type Json<T> = T extends bigint | symbol | ((...args: never[]) => unknown)
  ? never
  : T extends object
    ? { [K in keyof T]: Json<T[K]> }
    : T

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

const proxies = new WeakMap<SharedArrayBuffer, Map<number, WeakRef<object>>>()
const memories = new WeakMap<SharedArrayBuffer, JsonMemory>()

/** The proxy for a node: one and the same in this thread. */
function proxyOf(memory: JsonMemory, node: number): object {
  const generation = memory.generation(node)
  let known = proxies.get(memory.buffer)
  if (known === undefined) proxies.set(memory.buffer, (known = new Map()))
  const old = known.get(node)?.deref()
  if (old !== undefined && parts.get(old)!.generation === generation) return old
  const part: Part = { memory, node, generation, hints: new Map() }
  const isArray = memory.kind(node) === ARRAY
  const proxy = isArray
    ? new Proxy(targetOf(part, [], Array.prototype), new ArrayHandler(part))
    : new Proxy(targetOf(part, {}, Object.prototype), new ObjectHandler(part))
  parts.set(proxy, part)
  known.set(node, new WeakRef(proxy))
  return proxy
}

/** What is behind a proxy. It has a prototype of its own, so that nobody takes it for plain data; and what Node shows of a proxy is what it finds here. */
function targetOf<T extends object>({ memory, node }: Part, target: T, like: object): T {
  Object.setPrototypeOf(target, Object.create(like))
  return Object.defineProperty(target, INSPECT, { value: () => copyNode(memory, node), configurable: true })
}

/** The value in a slot. */
function readSlot(memory: JsonMemory, slot: number): unknown {
  return memory.tag(slot) === NODE ? proxyOf(memory, memory.pointer(slot)) : readSimple(memory, slot)
}

/** What objects and arrays of a value have in common. */
abstract class PartHandler {
  protected readonly part: Part

  constructor(part: Part) {
    this.part = part
  }

  /** What is no property of the value, but of what shows it. Undefined for anything else. */
  protected own(key: string | symbol): unknown {
    return key === 'toJSON' ? () => copyNode(this.checked().memory, this.part.node) : undefined
  }

  protected checked(): Part {
    check(this.part)
    return this.part
  }

  protected put(slot: () => number, value: unknown, path: string): void {
    const { memory } = this.checked()
    const same = typeof value === 'object' && value !== null ? parts.get(value) : undefined
    // `a.b = a.b` is no change, and would free what it copies.
    if (same?.memory === memory && memory.tag(slot()) === NODE && memory.pointer(slot()) === same.node) return
    writeSlot(memory, slot, toPlain(value, path))
  }

  defineProperty(target: object, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (!('value' in descriptor)) throw cannotCarry(String(key), 'a getter or setter', HELP)
    return this.set(target, key, descriptor.value)
  }

  abstract set(target: object, key: string | symbol, value: unknown): boolean
}

class ObjectHandler extends PartHandler implements ProxyHandler<object> {
  get(target: object, key: string | symbol): unknown {
    const { memory, node } = this.checked()
    const index = this.find(key)
    if (index >= 0) return readSlot(memory, memory.slot(node, index))
    if (key === 'constructor' && node === memory.root) return SharedJsonBuffer
    return this.own(key) ?? Reflect.get(target, key)
  }

  override set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol') throw cannotCarry(String(key), 'a symbol as a key', HELP)
    const { memory, node } = this.checked()
    const known = this.find(key)
    if (known >= 0) this.put(() => memory.slot(node, known), value, key)
    else {
      const plain = toPlain(value, key)
      memory.addProperty(node, key)
      const index = memory.length(node) - 1
      writeSlot(memory, () => memory.slot(node, index), plain)
    }
    return true
  }

  has(target: object, key: string | symbol): boolean {
    return this.find(key) >= 0 || Reflect.has(target, key)
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    const { memory, node } = this.checked()
    const index = this.find(key)
    if (index >= 0) memory.remove(node, index, 1)
    return true
  }

  ownKeys(): string[] {
    const { memory, node } = this.checked()
    const names = Array.from({ length: memory.length(node) }, (_, index) => memory.name(node, index))
    // As in any object: indexes come first, in their order.
    return Object.keys(Object.fromEntries(names.map((name) => [`${name}`, 0])))
  }

  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    const { memory, node } = this.checked()
    const index = this.find(key)
    if (index < 0) return undefined
    const value = readSlot(memory, memory.slot(node, index))
    return { value, writable: true, enumerable: true, configurable: true }
  }

  private find(key: string | symbol): number {
    if (typeof key === 'symbol') return -1
    const { memory, node, hints } = this.checked()
    const index = memory.find(node, key, hints.get(key) ?? -1)
    if (index >= 0) hints.set(key, index)
    return index
  }
}

class ArrayHandler extends PartHandler implements ProxyHandler<unknown[]> {
  get(target: unknown[], key: string | symbol): unknown {
    const { memory, node } = this.checked()
    if (key === 'length') return memory.length(node)
    const index = indexOf(key)
    if (index >= 0) return index < memory.length(node) ? readSlot(memory, memory.slot(node, index)) : undefined
    if (typeof key === 'string' && Object.hasOwn(arrayMethods, key))
      return arrayMethods[key as keyof typeof arrayMethods]
    if (key === 'constructor' && node === memory.root) return SharedJsonBuffer
    return this.own(key) ?? Reflect.get(target, key)
  }

  override set(_target: object, key: string | symbol, value: unknown): boolean {
    const { memory, node } = this.checked()
    const length = memory.length(node)
    if (key === 'length') {
      const wished = Number(value)
      if (wished < length) memory.remove(node, wished, length - wished)
      else memory.insert(node, length, wished - length)
      return true
    }
    const index = indexOf(key)
    if (index < 0) throw cannotCarry(String(key), 'a property of an array', HELP)
    const plain = index < length ? value : toPlain(value, `[${index}]`)
    if (index >= length) memory.insert(node, length, index + 1 - length)
    this.put(() => memory.slot(node, index), plain, `[${index}]`)
    return true
  }

  has(target: unknown[], key: string | symbol): boolean {
    const index = indexOf(key)
    const { memory, node } = this.checked()
    return index >= 0 ? index < memory.length(node) : Reflect.has(target, key)
  }

  deleteProperty(_target: unknown[], key: string | symbol): boolean {
    const index = indexOf(key)
    const { memory, node } = this.checked()
    if (index >= 0 && index < memory.length(node)) memory.setSimple(memory.slot(node, index), UNDEFINED)
    return true
  }

  ownKeys(): string[] {
    const { memory, node } = this.checked()
    return [...Array.from({ length: memory.length(node) }, (_, index) => String(index)), 'length']
  }

  getOwnPropertyDescriptor(target: unknown[], key: string | symbol): PropertyDescriptor | undefined {
    const { memory, node } = this.checked()
    if (key === 'length') return { value: memory.length(node), writable: true, enumerable: false, configurable: false }
    const index = indexOf(key)
    if (index < 0 || index >= memory.length(node)) return undefined
    return { value: this.get(target, key), writable: true, enumerable: true, configurable: true }
  }
}

function indexOf(key: string | symbol): number {
  if (typeof key === 'symbol' || !/^(?:0|[1-9]\d{0,9})$/.test(key)) return -1
  return Number(key)
}

interface SharedJsonBufferConstructor {
  /**
   * Makes an object or array that threads share, and that is used as any other. It does not protect itself: put it into a lock.
   *
   * ```ts
   * const state = new Mutex(new SharedJsonBuffer({ score: 0 }))
   * ```
   *
   * @param initial What it holds at first; copied.
   * @param options `size`: bytes to begin with. It grows as it is needed.
   */
  new <T extends JsonRoot<T>>(initial: T, options?: { size?: number | undefined }): T
  /** @internal */
  readonly sharedKind: SharedKind
}

/** A value that threads share, as it is used: an object or array. */
export type SharedJsonBuffer<T extends JsonRoot<T>> = T

/** Made where there is no shared memory: every use says so. */
function barred(): object {
  const refuse = (): never => {
    throw noSharedMemory()
  }
  return new Proxy(
    {},
    {
      get: (_, key) => (key === 'constructor' ? SharedJsonBuffer : refuse()),
      set: refuse,
      ownKeys: refuse,
      has: refuse,
    },
  )
}

function make(initial: object, options?: { size?: number | undefined }): object {
  const plain = toPlain(initial, 'value') as object
  if (typeof plain !== 'object' || plain === null)
    throw cannotCarry('value', `a ${typeof plain}`, 'its top is an object or an array')
  if (!canShare()) return barred()
  const memory = JsonMemory.make(options?.size ?? 0)
  memory.root = makeNode(memory, plain)
  memories.set(memory.buffer, memory)
  return proxyOf(memory, memory.root)
}

/** The value in a buffer. */
function attach(buffer: SharedArrayBuffer): object {
  let memory = memories.get(buffer)
  if (memory === undefined) memories.set(buffer, (memory = new JsonMemory(buffer)))
  return proxyOf(memory, memory.root)
}

const isPart = (value: unknown): value is object => typeof value === 'object' && value !== null && parts.has(value)

const kind: SharedKind = registerKind<object>({
  number: 11,
  unplaced: true,
  revive: (at) => (at === UNPLACED ? barred() : attach(arena().bank[at]!)),
  placeOf: (value) => arena().bank.indexOf(partOf(value).memory.buffer),
  dataOf: () => undefined,
  place: (value) => arena().bank.indexOf(partOf(value).memory.buffer),
})

registerData({ type: 64, test: isPart, bufferOf: (value) => partOf(value).memory.buffer, make: attach })

registerTravel<object, { buffer: number; node: number; generation: number }>({
  tag: 'json',
  test: isPart,
  encode(value) {
    const { memory, node, generation } = partOf(value)
    return { buffer: arena().bank.indexOf(memory.buffer), node, generation }
  },
  decode({ buffer, node, generation }) {
    const root = attach(arena().bank[buffer]!)
    const { memory } = parts.get(root)!
    if (memory.generation(node) !== generation) throw partGone()
    return proxyOf(memory, node)
  },
})

/**
 * A JSON value in memory that threads share: objects, arrays, strings, numbers, booleans, null. It is used as any object. A change writes what has changed, and a read
 * reads what is asked for; nothing else is copied.
 *
 * ```ts
 * const state = new Mutex(new SharedJsonBuffer({ score: 0, players: ['main'] }))
 *
 * await spawn(async () => {
 *   using guard = await state.lock()
 *   guard.value.score += 100
 *   guard.value.players.push('thread')
 * })
 * ```
 *
 * It does not protect itself: threads that use it at the same time must hold a lock. What is put in is copied, and what is taken out by `pop`, `shift` or `splice` is a
 * copy. Each takes one of the shared buffers of the program (`configure({ sharedBuffers })`).
 *
 * Throws R592 for what JSON has no word for, R591 for the use of a part that was removed, R594 when its memory is used up, E311, E312 or E319 when there is none for it.
 */
export const SharedJsonBuffer: SharedJsonBufferConstructor = Object.assign(
  function SharedJsonBuffer(initial: object, options?: { size?: number | undefined }) {
    return make(initial, options)
  } as unknown as SharedJsonBufferConstructor,
  { sharedKind: kind },
)
