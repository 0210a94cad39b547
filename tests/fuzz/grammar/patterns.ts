/** Patterns: names that a declaration, a parameter or a `catch` takes out of a value. */

import type { Node } from '../tree.ts'
import { commas, item } from '../tree.ts'
import type { Binding, Context, Scope, Shape } from './context.ts'
import { declare, freshName, isPending, value } from './context.ts'
import { annotation } from './types.ts'
import { KEYS } from './shapes.ts'

export type Kind = 'const' | 'let' | 'var' | 'parameter'

/** A pattern whose names are declared already, and have no value yet. */
export interface Reserved {
  /** Writes the pattern, with its defaults, in which names to the left have their value. All have one afterwards. */
  finish(): Node
}

/**
 * Declares the names of a pattern for a value of `shape`, or just one name. What comes before the pattern in time, such as the value
 * itself, has to be written before `finish`.
 */
export function reserve(context: Context, shape: Shape, kind: Kind, target: Scope = context.scope): Reserved {
  const { random } = context
  if (kind === 'parameter') context = withoutAwait(context)
  if (shape === 'record' && random.chance(0.6)) return withType(context, shape, recordPattern(context, kind, target))
  if (shape === 'list' && random.chance(0.6)) return withType(context, shape, listPattern(context, kind, target))
  const binding = bind(context, shape, kind, target)
  return {
    finish: () => {
      binding.ready = true
      return item`${binding.name}${annotation(context, shape)}`
    },
  }
}

/** In a default of a parameter nothing can be awaited. */
export function withoutAwait(context: Context): Context {
  return { ...context, awaits: false }
}

function withType(context: Context, shape: Shape, { finish }: Reserved): Reserved {
  return { finish: () => item`${finish()}${annotation(context, shape)}` }
}

/** A member of a pattern: what stands before its default, and what it declares. */
interface Member {
  text: string
  binding?: Binding
  fallback: boolean
}

/** `{ a, b: c = d, ...e }` */
function recordPattern(context: Context, kind: Kind, target: Scope): Reserved {
  const { random } = context
  const members: Member[] = []
  for (const key of random.shuffled(KEYS).slice(0, random.between(1, 2))) {
    const fallback = random.chance(0.3)
    if (isFree(target, key) && random.chance(0.6)) {
      members.push({ text: key, binding: bindName(key, 'number', kind, target), fallback })
      continue
    }
    const binding = bind(context, 'number', kind, target)
    members.push({ text: `${random.chance(0.2) ? `['${key}']` : key}: ${binding.name}`, binding, fallback })
  }
  if (random.chance(0.25)) members.push(rest(context, 'record', kind, target))
  return { finish: () => item`{ ${commas(finished(context, members), 1)} }` }
}

/** `[a, , b = c, ...d]` */
function listPattern(context: Context, kind: Kind, target: Scope): Reserved {
  const { random } = context
  const members: Member[] = []
  if (random.chance(0.2)) members.push({ text: '', fallback: false })
  for (let index = random.between(1, 2); index > 0; index--) {
    const binding = bind(context, 'number', kind, target)
    members.push({ text: binding.name, binding, fallback: random.chance(0.4) })
  }
  if (random.chance(0.3)) members.push(rest(context, 'list', kind, target))
  return { finish: () => item`[${commas(finished(context, members), 1)}]` }
}

function rest(context: Context, shape: Shape, kind: Kind, target: Scope): Member {
  const binding = bind(context, shape, kind, target)
  return { text: `...${binding.name}`, binding, fallback: false }
}

function finished(context: Context, members: Member[]): Node[] {
  return members.map(({ text, binding, fallback }) => {
    const node = fallback ? item`${text} = ${value(context, 'number')}` : item`${text}`
    if (binding !== undefined) binding.ready = true
    return node
  })
}

function isFree(scope: Scope, name: string): boolean {
  return scope.open ? !scope.names.has(name) : isPending(scope, name)
}

/** A name that this scope can declare now. */
function bind(context: Context, shape: Shape, kind: Kind, target: Scope): Binding {
  return bindName(freshName(context, target), shape, kind, target)
}

function bindName(name: string, shape: Shape, kind: Kind, target: Scope): Binding {
  return declare(target, name, shape, { writable: kind !== 'const' })
}

/** Numbers for parameters: small, so that what counts down ends soon. */
export function args(context: Context, arity: number): ReturnType<typeof commas> {
  const given = context.random.chance(0.15) ? arity - 1 : arity
  return commas(Array.from({ length: Math.max(given, 0) }, () => item`(${value(context, 'number')} & 3)`))
}
