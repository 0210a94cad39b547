/** Objects whose fields lie in shared memory. */

import { arena, canShare } from './arena.ts'
import { NEXT_STRUCT } from './layout.ts'
import { registerData } from './shared-data.ts'
import { noSharedMemory } from './shared-errors.ts'
import type { SharedKind } from './shared-kind.ts'
import { UNPLACED, kindOf, registerKind } from './shared-kind.ts'
import { badFieldValue } from './struct-errors.ts'
import type { ArrayItem, BigType, FloatType, IntegerType, Layout, Placed, Scalar, Schema } from './struct-layout.ts'
import { alignTo, BYTES, layoutOf, NUMBER, SCHEMA_LENGTH, SCHEMA_START } from './struct-layout.ts'
import { registerSharedTravel } from '../sync/travel.ts'

export type { Schema } from './struct-layout.ts'

/** Views of all kinds over the memory of one struct. */
interface Views {
  readonly i8: Int8Array
  readonly u8: Uint8Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
}

type ViewType = (new (buffer: ArrayBufferLike, offset: number, length: number) => object) & {
  readonly BYTES_PER_ELEMENT: number
}

const VIEWS: Readonly<Record<ArrayItem, ViewType>> = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as unknown as Readonly<Record<ArrayItem, ViewType>>

function viewsOf(buffer: SharedArrayBuffer): Views {
  // With a length of their own: views that follow the length of a growable buffer are slow.
  const entries = Object.entries(VIEWS).map(([type, View]) => [
    type,
    new View(buffer, 0, buffer.byteLength / View.BYTES_PER_ELEMENT),
  ])
  return Object.fromEntries(entries) as Views
}

/** A part of a struct: its memory, and where its fields begin. */
class Part {
  views: Views
  readonly base: number
  /** Arrays and inner structs that somebody asked for. */
  parts: Map<string, object> = new Map()

  constructor(views: Views, base: number) {
    this.views = views
    this.base = base
  }
}

let partOf: (fields: Fields) => Part

/** The fields of a struct, or of one in it. */
class Fields {
  readonly #part: Part

  constructor(part: Part, layout: Layout) {
    this.#part = part
    Object.defineProperties(this, propertiesOf(layout))
    Object.preventExtensions(this)
  }

  /** A copy, as an ordinary object. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this).map(([name, value]) => {
        if (value instanceof Fields) return [name, value.toJSON()]
        if (ArrayBuffer.isView(value)) return [name, Array.from(value as Int8Array)]
        return [name, Array.isArray(value) ? value.map((item: Fields) => item.toJSON()) : (value as unknown)]
      }),
    )
  }

  get [Symbol.toStringTag](): string {
    return 'Shared'
  }

  /** What Node prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON()
  }

  static {
    partOf = (fields) => fields.#part
  }
}

/** A whole struct. */
class Struct extends Fields {
  /** @internal */
  static readonly sharedKind: SharedKind<Struct> = registerKind<Struct>({
    number: 10,
    unplaced: true,
    revive: (at, data) => (at === UNPLACED ? unusable() : structIn(data as SharedArrayBuffer)),
    placeOf: (struct) => Atomics.load(partOf(struct).views.i32, NUMBER) || UNPLACED,
    dataOf: (struct) => partOf(struct).views.u8.buffer,
    place(struct, data) {
      const part = partOf(struct)
      if (data !== part.views.u8.buffer) {
        part.views = viewsOf(data as SharedArrayBuffer)
        part.parts = new Map()
      }
      return numberOf(part.views.i32)
    },
  })

  static {
    const kind = Struct.sharedKind
    registerSharedTravel('struct', kind)
    registerData({
      type: 100,
      // By number: it may be of another copy of the runtime in this thread.
      test: (value) => kindOf(value)?.number === kind.number,
      bufferOf: (value) => kind.dataOf(value as Struct) as SharedArrayBuffer,
      make: structIn,
      move: (value, toBank) =>
        void kind.place(value as Struct, toBank(kind.dataOf(value as Struct) as SharedArrayBuffer)),
    })
  }
}

/** Its number, given to it now if it has none. */
function numberOf(header: Int32Array): number {
  const number = Atomics.add(arena().words, NEXT_STRUCT, 1) + 1
  const before = Atomics.compareExchange(header, NUMBER, 0, number)
  return before === 0 ? number : before
}

const layouts = new Map<string, Layout>()

function layoutFor(text: string): Layout {
  let layout = layouts.get(text)
  if (layout === undefined) layouts.set(text, (layout = layoutOf(JSON.parse(text))))
  return layout
}

const fieldsAt = (length: number): number => alignTo(SCHEMA_START + 2 * length, 8)

/** The struct that lies in a buffer. */
function structIn(buffer: SharedArrayBuffer): Struct {
  const views = viewsOf(buffer)
  const length = views.u32[SCHEMA_LENGTH]!
  const text = String.fromCharCode(...views.u16.subarray(SCHEMA_START / 2, SCHEMA_START / 2 + length))
  return new Struct(new Part(views, fieldsAt(length)), layoutFor(text))
}

/** Stands for a struct on a page without shared memory: declaring one does no harm, using it tells what is missing. */
function unusable(): Struct {
  const refuse = (): never => {
    throw noSharedMemory()
  }
  return new Proxy(Object.create(Struct.prototype) as Struct, {
    get: (target, name) => (name === 'constructor' ? target.constructor : refuse()),
    set: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  })
}

const properties = new WeakMap<Layout, PropertyDescriptorMap>()

/** The same functions for all structs of a layout, so that engines see objects of one shape. */
function propertiesOf(layout: Layout): PropertyDescriptorMap {
  let map = properties.get(layout)
  if (map === undefined) {
    map = {}
    for (const field of layout.fields) map[field.name] = { enumerable: true, ...accessors(field) }
    properties.set(layout, map)
  }
  return map
}

interface Accessors {
  get(this: Fields): unknown
  set(this: Fields, value: never): void
}

function accessors(field: Placed): Accessors {
  const { name, offset } = field
  switch (field.kind) {
    case 'scalar':
      return scalar(name, field.type, offset)
    case 'string':
      return string(name, field.length, offset)
    case 'array':
      return part(name, 'an array: set its items', ({ views, base }) => {
        return new VIEWS[field.type](views.u8.buffer, base + offset, field.length)
      })
    case 'struct':
      return part(name, 'an object: set its fields', ({ views, base }) => {
        return new Fields(new Part(views, base + offset), field.layout)
      })
    case 'structs':
      return part(name, 'a list: set the fields of its items', ({ views, base }) => {
        const at = (index: number): Part => new Part(views, base + offset + index * field.layout.bytes)
        return Object.freeze(Array.from({ length: field.length }, (_, index) => new Fields(at(index), field.layout)))
      })
  }
}

/** A field that is an object itself, and always the same. */
function part(name: string, what: string, make: (part: Part) => object): Accessors {
  return {
    get() {
      const own = partOf(this)
      let made = own.parts.get(name)
      if (made === undefined) own.parts.set(name, (made = make(own)))
      return made
    },
    set() {
      throw badFieldValue(name, what, 'another one')
    },
  }
}

/** Smallest and largest values of integers. */
const RANGES: Readonly<Record<IntegerType, readonly [number, number]>> = {
  i8: [-0x80, 0x7f],
  u8: [0, 0xff],
  i16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
}

function scalar(name: string, type: Scalar, offset: number): Accessors {
  const shift = Math.log2(BYTES[type])
  const at = (own: Part): number => (own.base + offset) >> shift
  if (type === 'bool') {
    return {
      get() {
        const own = partOf(this)
        return Atomics.load(own.views.u8, at(own)) !== 0
      },
      set(value: unknown) {
        if (typeof value !== 'boolean') throw badFieldValue(name, 'true or false', describe(value))
        const own = partOf(this)
        Atomics.store(own.views.u8, at(own), value ? 1 : 0)
      },
    }
  }
  if (type === 'f32' || type === 'f64') {
    return {
      get() {
        const own = partOf(this)
        return own.views[type][at(own)]
      },
      set(value: unknown) {
        if (typeof value !== 'number') throw badFieldValue(name, 'a number', describe(value))
        const own = partOf(this)
        own.views[type][at(own)] = value
      },
    }
  }
  if (type === 'i64' || type === 'u64') {
    const fits = type === 'i64' ? BigInt.asIntN : BigInt.asUintN
    return {
      get() {
        const own = partOf(this)
        return Atomics.load(own.views[type] as BigInt64Array, at(own))
      },
      set(value: unknown) {
        if (typeof value !== 'bigint' || fits(64, value) !== value)
          throw badFieldValue(name, `a bigint that fits ${type}`, describe(value))
        const own = partOf(this)
        Atomics.store(own.views[type] as BigInt64Array, at(own), value)
      },
    }
  }
  const [min, max] = RANGES[type]
  return {
    get() {
      const own = partOf(this)
      return Atomics.load(own.views[type], at(own))
    },
    set(value: unknown) {
      if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
        throw badFieldValue(name, `a whole number from ${min} to ${max}`, describe(value))
      const own = partOf(this)
      Atomics.store(own.views[type], at(own), value as number)
    },
  }
}

function string(name: string, length: number, offset: number): Accessors {
  return {
    get() {
      const { views, base } = partOf(this)
      const start = (base + offset + 4) >> 1
      const end = start + Math.min(views.u32[(base + offset) >> 2]!, length)
      let text = ''
      for (let index = start; index < end; index++) text += String.fromCharCode(views.u16[index]!)
      return text
    },
    set(value: unknown) {
      if (typeof value !== 'string' || value.length > length)
        throw badFieldValue(
          name,
          `a string of at most ${length} UTF-16 code units`,
          typeof value === 'string' ? `one of ${value.length}` : describe(value),
        )
      const { views, base } = partOf(this)
      const start = (base + offset + 4) >> 1
      for (let index = 0; index < value.length; index++) views.u16[start + index] = value.charCodeAt(index)
      views.u32[(base + offset) >> 2] = value.length
    },
  }
}

function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return value === null ? '`null`' : `a value of type ${typeof value}`
}

type ValueOf<F> = F extends IntegerType | FloatType
  ? number
  : F extends BigType
    ? bigint
    : F extends 'bool'
      ? boolean
      : F extends `string:${number}`
        ? string
        : F extends `${infer T extends ArrayItem}[${number}]`
          ? Views[T]
          : F extends readonly [infer S extends Schema, number]
            ? readonly Shared<S>[]
            : F extends Schema
              ? Shared<F>
              : never

type PartNames<S> = { [K in keyof S]: S[K] extends Scalar | `string:${number}` ? never : K }[keyof S]

/** The object that `shared()` gives for a schema: values can be set, arrays and inner objects cannot be replaced. */
export type Shared<S extends Schema> = {
  -readonly [K in Exclude<keyof S, PartNames<S>>]: ValueOf<S[K]>
} & { readonly [K in PartNames<S>]: ValueOf<S[K]> } & {
  /** A copy, as an ordinary object. */
  toJSON(): Record<string, unknown>
}

/**
 * An object whose fields lie in memory that threads share: what one writes, the others read.
 *
 * Written at the top level of a module it is the same in every thread that uses it. Made anywhere else it can be captured by a closure, sent and returned. It can be
 * what a `Global` holds, or what a lock protects.
 *
 * ```ts
 * const player = new Mutex(shared({ x: 'f64', y: 'f64', lives: 'u8', name: 'string:64' }))
 *
 * await spawn(async () => {
 *   using guard = await player.lock()
 *   guard.value.lives--
 *   guard.value.name = 'Ada'
 * })
 * ```
 *
 * | type | value |
 * | --- | --- |
 * | `'i8' 'u8' 'i16' 'u16' 'i32' 'u32'` | whole numbers that fit |
 * | `'i64' 'u64'` | bigints that fit |
 * | `'f32' 'f64'` | numbers |
 * | `'bool'` | booleans |
 * | `'string:64'` | strings of at most 64 UTF-16 code units |
 * | `'f64[16]'` | a typed array of 16 numbers; every number type |
 * | `{ … }` | an inner object |
 * | `[{ … }, 100]` | a list of 100 inner objects |
 *
 * All fields are 0, false or empty at first. Reading or writing an integer, a bigint or a boolean is one indivisible step, in the same order for all threads.
 * Everything else is not: numbers with a fraction, strings and arrays need a lock when another thread may write, and so does every change that reads first
 * (`hits.count++`), for which there is `AtomicCounter` too.
 *
 * @throws E322 for a type that there is not.
 */
export const shared: SharedFunction = /* @__PURE__ */ Object.assign(structOf, { sharedKind: Struct.sharedKind })

interface SharedFunction {
  <const S extends Schema>(schema: S): Shared<S>
  /** @internal */
  readonly sharedKind: SharedKind
}

// A declaration at the top level of a module is made with `new`.
function structOf<const S extends Schema>(schema: S): Shared<S> {
  const text = JSON.stringify(schema)
  const layout = layoutOf(schema)
  if (!canShare()) return unusable() as unknown as Shared<S>
  layouts.set(text, layout)
  const start = fieldsAt(text.length)
  const views = viewsOf(new SharedArrayBuffer(start + layout.bytes))
  views.u32[SCHEMA_LENGTH] = text.length
  for (let index = 0; index < text.length; index++) views.u16[SCHEMA_START / 2 + index] = text.charCodeAt(index)
  return new Struct(new Part(views, start), layout) as unknown as Shared<S>
}
