/** Expressions of each kind of value. Each is in brackets where that could matter. */

import type { Node } from '../tree.ts'
import { commas, item } from '../tree.ts'
import {
  awaitedMap,
  awaitedSpawn,
  collectedStream,
  instanceOfThread,
  nameOfThread,
  partOfStream,
  signalOfThread,
} from './closures.ts'
import type { Context, Shape } from './context.ts'
import { canSpend, declare, freshName, inFrame, resolve, usable, use, value, writable, write } from './context.ts'
import { jsxText } from './jsx.ts'
import { args, reserve } from './patterns.ts'
import { annotation, cast } from './types.ts'
import { number, string, list, record, OF_SHAPE, KEYS } from './shapes.ts'

const MAX_DEPTH = 9

/** An expression whose value is of `shape`. */
export function anyValue(context: Context, shape: Shape): Node {
  const deeper = { ...context, depth: context.depth + 1 }
  const node = MAKERS[shape](deeper)
  return context.language.typed ? cast(deeper, node, shape) : node
}

const MAKERS: Record<Shape, (context: Context) => Node> = {
  number: numberValue,
  string: stringValue,
  list: listValue,
  record: recordValue,
}

type Maker = (context: Context) => Node | undefined

/** Tries makers by weight until one has something to work with. */
function choose(context: Context, leaf: Maker, makers: readonly (readonly [number, Maker])[]): Node {
  if (context.depth < MAX_DEPTH) {
    for (let tries = 0; tries < 4; tries++) {
      const made = context.random.weighted(makers)(context)
      if (made !== undefined) return made
    }
  }
  return leaf(context) as Node
}

function literalNumber(context: Context): Node {
  return number`${context.random.below(10)}`
}

/** A variable of this kind. Outer ones are wanted more: they are what a closure captures. */
function variable(context: Context, shape: Shape): Node | undefined {
  const found = usable(context, ({ meaning }) => meaning === shape)
  if (found.length === 0) return undefined
  const outer = found.filter(({ scope }) => scope.frame !== context.scope.frame)
  const from = outer.length > 0 && context.random.chance(0.6) ? outer : found
  return OF_SHAPE[shape]`${use(context, context.random.pick(from))}`
}

function numberLeaf(context: Context): Node {
  return (context.random.chance(0.8) ? variable(context, 'number') : undefined) ?? literalNumber(context)
}

function numberValue(context: Context): Node {
  return choose(context, numberLeaf, [
    [5, numberLeaf],
    [
      3,
      (c) =>
        number`(${value(c, 'number')} ${c.random.pick(['+', '-', '*', '%', '&', '|', '<', '===', '??', '&&', '||'])} ${value(c, 'number')})`,
    ],
    [1, (c) => number`(${c.random.pick(['-', '+', '~', '!'])}${value(c, 'number')})`],
    [1, (c) => number`(${value(c, 'number')} > 2 ? ${value(c, 'number')} : ${value(c, 'number')})`],
    [1, (c) => number`(${value(c, 'number')}, ${value(c, 'number')})`],
    [2, (c) => number`${value(c, 'record')}${c.random.pick(['.', '?.'])}${c.random.pick(KEYS)}`],
    [1, (c) => number`${value(c, 'record')}[${c.random.pick(["'a'", "'b'", '`a`'])}]`],
    [1, (c) => number`${value(c, 'list')}[${c.random.below(3)}]`],
    [1, (c) => number`${value(c, c.random.pick(['list', 'string'] as const))}.length`],
    [4, called],
    [2, awaited],
    [2, awaitedStatic],
    [2, constructed],
    [2, member],
    [1, immediately],
    [1, (c) => number`${value(c, 'list')}.reduce(${callback(c, 2)}, ${literalNumber(c)})`],
    [1, assigned],
    [
      1,
      (c) =>
        number`${value(c, 'record')}?.${c.random.pick([...KEYS, 'none'])}?.${c.random.pick(['valueOf', 'none'])}?.()`,
    ],
    [1, instanceOfThread],
    [0.5, signalOfThread],
    [3, (c) => awaitedSpawn(c, 'number')],
  ])
}

function stringValue(context: Context): Node {
  const leaf: Maker = (c) =>
    (c.random.chance(0.7) ? variable(c, 'string') : undefined) ?? string`'${c.random.pick(['', 'x', 'yz'])}'`
  return choose(context, leaf, [
    [4, leaf],
    [3, (c) => string`\`${c.random.pick(['a', '', '$'])}\${${value(c, 'number')}}\``],
    [1, (c) => string`String(${value(c, 'number')})`],
    [1, (c) => string`JSON.stringify(${value(c, c.random.pick(['record', 'list'] as const))})`],
    [1, (c) => string`(typeof ${value(c, 'number')})`],
    [1, (c) => string`(typeof ${c.random.pick(['missing', 'undefined', 'Math.max'])})`],
    [1, (c) => (resolve(c.scope, 'tag') === undefined ? undefined : string`tag\`v\${${value(c, 'number')}}\``)],
    [2, jsxText],
    [1, nameOfThread],
    [2, (c) => awaitedSpawn(c, 'string')],
  ])
}

function listValue(context: Context): Node {
  const leaf: Maker = (c) =>
    (c.random.chance(0.8) ? variable(c, 'list') : undefined) ?? list`[${literalNumber(c)}, ${numberLeaf(c)}]`
  return choose(context, leaf, [
    [4, leaf],
    [2, (c) => list`[${commas([item`${value(c, 'number')}`, item`${value(c, 'number')}`])}]`],
    [1, (c) => list`[...${value(c, 'list')}.slice(0, 3), ${value(c, 'number')}]`],
    [1, (c) => list`Object.values(${value(c, 'record')})`],
    [2, (c) => list`${value(c, 'list')}.map(${callback(c, 1)})`],
    [1, (c) => list`${value(c, 'list')}.filter(${callback(c, 1)})`],
    [2, generated],
    [2, (c) => awaitedSpawn(c, 'list')],
    [1, awaitedMap],
    [1, collectedStream],
    [1, partOfStream],
  ])
}

function recordValue(context: Context): Node {
  const leaf: Maker = (c) => (c.random.chance(0.8) ? variable(c, 'record') : undefined) ?? recordLiteral(c)
  return choose(context, leaf, [
    [4, leaf],
    [3, recordLiteral],
    [1, (c) => record`({ ...${value(c, 'record')}, ${c.random.pick(KEYS)}: ${value(c, 'number')} })`],
    [1, (c) => record`({ ['a']: ${value(c, 'number')}, [\`b\`]: ${value(c, 'number')} })`],
    [2, (c) => awaitedSpawn(c, 'record')],
  ])
}

/** `({ a, b: 2 })`: short wherever a variable of that name is in reach. */
function recordLiteral(context: Context): Node {
  const members = KEYS.map((key) => {
    const [named] = usable(context, ({ name, meaning }) => name === key && meaning === 'number')
    if (named !== undefined && context.random.chance(0.7)) return item`${use(context, named)}`
    return item`${key}: ${value(context, 'number')}`
  })
  return record`({ ${commas(members)} })`
}

function called(context: Context): Node | undefined {
  const found = usable(context, ({ meaning }) => meaning === 'function')
  if (found.length === 0) return undefined
  const callee = context.random.pick(found)
  // The name is noted before its arguments are written, since these spend of the same budget.
  const name = use(context, callee)
  return number`${name}${context.random.chance(0.1) ? '?.' : ''}(${args(context, callee.arity)})`
}

function awaited(context: Context): Node | undefined {
  if (!context.awaits) return undefined
  const found = usable(context, ({ meaning }) => meaning === 'async function')
  if (found.length === 0) return undefined
  const callee = context.random.pick(found)
  const name = use(context, callee)
  return number`(await ${name}(${args(context, callee.arity)}))`
}

/** `(await K.go(1))` */
function awaitedStatic(context: Context): Node | undefined {
  if (!context.awaits) return undefined
  const found = usable(context, ({ tasks }) => tasks.length > 0)
  if (found.length === 0) return undefined
  const binding = context.random.pick(found)
  return number`(await ${use(context, binding)}.${context.random.pick(binding.tasks)}(${args(context, 1)}))`
}

function constructed(context: Context): Node | undefined {
  const found = usable(context, ({ meaning }) => meaning === 'class')
  if (found.length === 0) return undefined
  const name = use(context, context.random.pick(found))
  return number`new ${name}(${value(context, 'number')}).m${context.random.pick(['', '', '?.'])}(${args(context, 1)})`
}

/** `K.s`, `E.A`, `N.v` */
function member(context: Context): Node | undefined {
  const found = usable(context, ({ members }) => members.length > 0)
  if (found.length === 0) return undefined
  const binding = context.random.pick(found)
  const chosen = context.random.pick(binding.members)
  return number`${use(context, binding)}${chosen.startsWith('?') ? `?.${chosen.slice(1)}` : `.${chosen}`}`
}

/** `((a, { b }) => a + b)(1, { b: 2 })` */
function immediately(context: Context): Node | undefined {
  if (!canSpend(context, 5)) return undefined
  const given = context.random.pick(['number', 'record', 'list'] as const)
  const argument = value(context, given)
  const inner = inFrame(context, 'function', false, true)
  const parameter = reserve(inner, given, 'parameter').finish()
  const node = number`((${parameter}) => ${value(inner, 'number')})(${argument})`
  context.scope.frame.cost += inner.scope.frame.cost
  return node
}

/** A function of numbers that is called at once, some times. */
function callback(context: Context, arity: number): Node {
  const found = usable(context, (binding) => binding.meaning === 'function' && binding.arity === arity)
  if (found.length > 0 && context.random.chance(0.3)) {
    const binding = context.random.pick(found)
    if (canSpend(context, binding.cost * 4)) {
      context.scope.frame.cost += binding.cost * 3 * context.scope.frame.times
      return item`${use(context, binding)}`
    }
  }
  const inner = inFrame(context, 'function', false, true)
  const names: string[] = []
  for (let index = 0; index < arity; index++) {
    const name = freshName(inner)
    declare(inner.scope, name, 'number', { ready: true, writable: true })
    names.push(`${name}${annotation(context, 'number')}`)
  }
  const node = item`(${names.join(', ')}) => ${value(inner, 'number')}`
  context.scope.frame.cost += inner.scope.frame.cost * 4
  return node
}

/** `[...numbers(3)]` */
function generated(context: Context): Node | undefined {
  const found = usable(context, ({ meaning }) => meaning === 'generator')
  if (found.length === 0) return undefined
  return list`[...${use(context, context.random.pick(found))}(${value(context, 'number')} & 3)]`
}

/** `(a = 3)`, `(a += 1)`, `a++` */
function assigned(context: Context): Node | undefined {
  const found = writable(context, 'number')
  if (found.length === 0) return undefined
  const name = write(context, context.random.pick(found))
  return context.random.weighted<() => Node>([
    [2, () => number`(${name} = ${value(context, 'number')})`],
    [2, () => number`(${name} ${context.random.pick(['+=', '-=', '??=', '||=', '&&='])} ${value(context, 'number')})`],
    [1, () => number`(${name}++)`],
    [1, () => number`(--${name})`],
  ])()
}
