/**
 * Where the fields of a shared struct lie. A struct says itself what it is, so that a thread that gets only its memory can read it:
 *
 *   u32      number of the struct, by which a thread knows one that it has already; 0 until it is sent for the first time
 *   u32      length of the schema, in UTF-16 code units
 *   …        the schema, as JSON
 *   …        from the next multiple of 8: the fields
 *
 * A string is a u32, its length, and room for its code units.
 */

import { badField } from './struct-errors.ts'

/** What a schema may hold; `shared()` says what each means. */
export type Field = Scalar | `string:${number}` | `${ArrayItem}[${number}]` | Schema | readonly [Schema, number]

/** Names of fields with their types. */
export interface Schema {
  readonly [name: string]: Field
}

export type IntegerType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32'
export type BigType = 'i64' | 'u64'
export type FloatType = 'f32' | 'f64'
export type Scalar = IntegerType | BigType | FloatType | 'bool'
export type ArrayItem = IntegerType | BigType | FloatType

export const BYTES: Readonly<Record<Scalar, number>> = {
  i8: 1,
  u8: 1,
  bool: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
}

/** A field, with its place in bytes from where its struct begins. */
export type Placed = { readonly name: string; readonly offset: number } & (
  | { readonly kind: 'scalar'; readonly type: Scalar }
  | { readonly kind: 'string'; readonly length: number }
  | { readonly kind: 'array'; readonly type: ArrayItem; readonly length: number }
  | { readonly kind: 'struct'; readonly layout: Layout }
  | { readonly kind: 'structs'; readonly layout: Layout; readonly length: number }
)

export interface Layout {
  readonly fields: readonly Placed[]
  /** A multiple of 8. */
  readonly bytes: number
}

/** Words of the header. */
export const NUMBER = 0
export const SCHEMA_LENGTH = 1
export const SCHEMA_START = 8

/** How many bytes one struct may have. */
const MOST_BYTES = 2 ** 31 - 8

/** @throws E322 for a type that there is not, or a name that cannot be a field's. */
export function layoutOf(schema: unknown, path = ''): Layout {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw badField(path, describe(schema))
  const fields: Placed[] = []
  let end = 0
  for (const [name, field] of Object.entries(schema)) {
    const place = path === '' ? name : `${path}.${name}`
    if (name === '__proto__' || name === 'constructor' || name === 'toJSON')
      throw badField(place, 'a name that objects use themselves')
    const { align, bytes, rest } = sized(field, place)
    const offset = alignTo(end, align)
    end = offset + bytes
    if (end > MOST_BYTES) throw badField(place, 'more than 2 GiB')
    fields.push({ name, offset, ...rest })
  }
  if (fields.length === 0) throw badField(path, 'no field')
  return { fields, bytes: alignTo(end, 8) }
}

type Rest = Placed extends infer P ? (P extends Placed ? Omit<P, 'name' | 'offset'> : never) : never

function sized(field: unknown, path: string): { align: number; bytes: number; rest: Rest } {
  if (typeof field === 'string') return sizedText(field, path)
  if (!Array.isArray(field)) {
    const layout = layoutOf(field, path)
    return { align: 8, bytes: layout.bytes, rest: { kind: 'struct', layout } }
  }
  const layout = layoutOf(field[0], path)
  const length = count(field[1], path)
  return { align: 8, bytes: layout.bytes * length, rest: { kind: 'structs', layout, length } }
}

function sizedText(field: string, path: string): { align: number; bytes: number; rest: Rest } {
  if (Object.hasOwn(BYTES, field)) {
    const type = field as Scalar
    return { align: BYTES[type], bytes: BYTES[type], rest: { kind: 'scalar', type } }
  }
  const [, text, array, items] = /^(?:string:(\d+)|([iuf]\d+)\[(\d+)\])$/.exec(field) ?? []
  if (text !== undefined) {
    const length = count(Number(text), path)
    return { align: 4, bytes: 4 + 2 * length, rest: { kind: 'string', length } }
  }
  if (array === undefined || !Object.hasOwn(BYTES, array)) throw badField(path, describe(field))
  const type = array as ArrayItem
  const length = count(Number(items), path)
  return { align: BYTES[type], bytes: BYTES[type] * length, rest: { kind: 'array', type, length } }
}

function count(length: unknown, path: string): number {
  if (Number.isInteger(length) && (length as number) > 0) return length as number
  throw badField(path, `a length of ${typeof length === 'number' ? length : describe(length)}`)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `\`${JSON.stringify(value)}\``
  return value === null ? '`null`' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

/** The next multiple of `align`, a power of two. */
export function alignTo(offset: number, align: number): number {
  return (offset + align - 1) & -align
}
