// Instances of classes that have no hooks: taken apart into what structured clone can carry, and put together again
// without running a constructor.

import type { ClassType } from './class-hooks.ts'
import { privateName } from './private-state.ts'
import { step } from './plain.ts'
import type { InstanceData, Visit } from './travellers.ts'

const OBJECT = 0
const ARRAY = 1
const MAP = 2
const SET = 3
const DATE = 4

const HIDDEN = 1
const READ_ONLY = 2
const FIXED = 4

/** What an instance is underneath its classes; a text when that cannot be made without its constructor. */
function baseOf(value: object): number | string {
  let prototype = Object.getPrototypeOf(value) as object | null
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const type = Object.hasOwn(prototype, 'constructor') ? (prototype.constructor as { name: string }) : null
    if (type === null || !/\[native code\]/.test(Function.prototype.toString.call(type))) continue
    if (type.name === 'Object') return OBJECT
    if (type.name === 'Array' && Array.isArray(value)) return ARRAY
    if (type.name === 'Map' && has(value, Map.prototype, 'size')) return MAP
    if (type.name === 'Set' && has(value, Set.prototype, 'size')) return SET
    if (type.name === 'Date' && Object.prototype.toString.call(value) === '[object Date]') return DATE
    return type.name
  }
  return OBJECT
}

/** Whether a getter of a built-in class accepts the value: its prototype alone does not make a map. */
function has(value: object, prototype: object, getter: string): boolean {
  try {
    Object.getOwnPropertyDescriptor(prototype, getter)!.get!.call(value)
    return true
  } catch {
    return false
  }
}

/** Looks through an instance. Null when it can be sent, else what stands against it. */
export function describeInstance(value: object, type: ClassType, visit: Visit): string | null {
  const hidden = privateName(type)
  if (hidden !== null) return `has private state (\`${hidden}\`)`
  const base = baseOf(value)
  if (typeof base === 'string') return `extends ${base}`
  if (base === MAP) {
    let index = 0
    for (const [key, item] of Map.prototype.entries.call(value)) {
      const what = visit(`.keys()[${index}]`, key) ?? visit(`.values()[${index}]`, item)
      if (what !== null) return what
      index++
    }
  }
  if (base === SET) {
    let index = 0
    for (const item of Set.prototype.values.call(value)) {
      const what = visit(`.values()[${index++}]`, item)
      if (what !== null) return what
    }
  }
  return visitProperties(value, visit)
}

function visitProperties(value: object, visit: Visit): string | null {
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)!
    const place = typeof key === 'string' ? step(key) : `[${String(key)}]`
    if (!('value' in property)) return visit(place, null, 'a getter or setter of the instance itself')
    if (typeof key === 'symbol' && nameOfSymbol(key) === null)
      return visit(place, null, 'a property whose key is a symbol that other threads do not have')
    const what = visit(place, property.value)
    if (what !== null) return what
  }
  return null
}

let wellKnown: Map<symbol, string> | undefined

function nameOfSymbol(symbol: symbol): readonly [string, 1?] | null {
  const registered = Symbol.keyFor(symbol)
  if (registered !== undefined) return [registered]
  wellKnown ??= new Map(
    Object.getOwnPropertyNames(Symbol)
      .map((name) => [(Symbol as unknown as Record<string, unknown>)[name], name] as const)
      .filter((entry): entry is [symbol, string] => typeof entry[0] === 'symbol'),
  )
  const name = wellKnown.get(symbol)
  return name === undefined ? null : [name, 1]
}

/** Takes an instance apart. The values are the instance's own: whoever sends them makes copies. */
export function takeApart(value: object, key: string): InstanceData {
  const base = baseOf(value) as number
  const names: (string | readonly [string, 1?])[] = []
  const values: unknown[] = []
  const flags: number[] = []
  for (const name of Reflect.ownKeys(value)) {
    if (base === ARRAY && name === 'length') continue
    const { value: item, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(value, name)!
    names.push(typeof name === 'string' ? name : nameOfSymbol(name)!)
    values.push(item)
    flags.push((enumerable ? 0 : HIDDEN) + (writable ? 0 : READ_ONLY) + (configurable ? 0 : FIXED))
  }
  const state = Object.isExtensible(value) ? 0 : Object.isFrozen(value) ? 2 : 1
  return {
    key,
    base,
    content: contentOf(value, base),
    names,
    values,
    flags: flags.some((flag) => flag > 0) ? flags : null,
    state,
  }
}

function contentOf(value: object, base: number): unknown {
  if (base === ARRAY) return (value as unknown[]).length
  if (base === MAP) return [...(Map.prototype.entries.call(value) as Iterable<unknown[]>)].flat(1)
  if (base === SET) return [...(Set.prototype.values.call(value) as Iterable<unknown>)]
  return base === DATE ? Date.prototype.getTime.call(value) : null
}

/** An empty instance: built-in kinds are made by their own constructors, of which no program has a part. */
export function instanceShell({ base, content }: InstanceData, prototype: object): object {
  if (base === OBJECT) return Object.create(prototype) as object
  const shell = base === ARRAY ? [] : base === MAP ? new Map() : base === SET ? new Set() : new Date(content as number)
  return Object.setPrototypeOf(shell, prototype) as object
}

export function fillInstance(shell: object, { base, content, names, values, flags, state }: InstanceData): void {
  if (base === ARRAY) (shell as unknown[]).length = content as number
  const entries = content as unknown[]
  // The built-in methods: a class may have replaced its own.
  if (base === SET) for (const entry of entries) Set.prototype.add.call(shell, entry)
  if (base === MAP)
    for (let index = 0; index < entries.length; index += 2)
      Map.prototype.set.call(shell, entries[index], entries[index + 1])
  names.forEach((name, index) => {
    const flag = flags?.[index] ?? 0
    Object.defineProperty(shell, typeof name === 'string' ? name : symbolOf(name), {
      value: values[index],
      enumerable: (flag & HIDDEN) === 0,
      writable: (flag & READ_ONLY) === 0,
      configurable: (flag & FIXED) === 0,
    })
  })
  if (state === 2) Object.freeze(shell)
  else if (state === 1) Object.preventExtensions(shell)
}

function symbolOf([name, own]: readonly [string, 1?]): symbol {
  return own === 1 ? (Symbol as unknown as Record<string, symbol>)[name]! : Symbol.for(name)
}
