/** Values that are more than numbers, strings, lists and records. They never change once they are made. */

import type { Node } from '../tree.ts'
import { commas, item, statement } from '../tree.ts'
import { fixedNumber } from './classes.ts'
import type { Binding, Context } from './context.ts'
import { declare, freshName, usable, use, value } from './context.ts'

/** `const a = new Map([['k', 1]])`: a value that can be cloned. */
export function cloneable(context: Context, exported = ''): Node {
  const { random } = context
  const given = value(context, 'number')
  const [text, members] = random.pick<() => [Node, string[]]>([
    () => [item`new Map([['k', ${given}]])`, ["get('k')", 'size']],
    () => [item`new Set([${given}, 1])`, ['size', 'has(1)']],
    () => [item`new Date(Number(${given}) & 255)`, ['getTime()']],
    () => [item`new Uint8Array([${given}, 2])`, ['length', 'at(0)']],
    () => [item`BigInt(Number(${given}) & 255)`, ['toString().length']],
    () => [item`[{ a: [${given}] }]`, ['at(0).a.length', 'length']],
    () => [item`/${random.pick(['a', 'x', '\\d'])}+/${random.pick(['', 'g', 'i'])}`, ['source.length', 'flags.length']],
    () => [item`${random.pick(['true', 'null', 'undefined', '-1n'])}`, ['constructor?.name', 'valueOf?.call(1)']],
    () => [item`Object.freeze({ a: ${given} })`, ['a']],
    () => [item`{ get a() { return 1; }, ['b']: ${given} }`, ['a', 'b']],
  ])()
  const name = freshName(context)
  const kind = random.pick(['const', 'let'])
  const node = statement`${exported}${kind} ${name} = ${text};`
  // `null?.a` is one more way to be undefined.
  declare(context.scope, name, 'namespace', { ready: true, members: members.map((member) => `?${member}`) })
  return node
}

/**
 * `const a = { v: 1, f: (x) => x + 1 }` at module level: a value that cannot be cloned, so a thread makes it again. That gives the same
 * only where all it needs is the same in every thread.
 */
export function remade(context: Context, exported = ''): Node {
  const { random } = context
  const functions = usable(context, ({ meaning, needs, scope }) => {
    return meaning === 'function' && needs.size === 0 && scope.frame.kind === 'module'
  })
  const called = functions.length > 0 ? use(context, random.pick(functions)) : 'Math.abs'
  const instances = usable(context, ({ meaning, fixed }) => meaning === 'class' && fixed)
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const first = fixedNumber(context)
  const made = random.weighted<() => [Node, string[]]>([
    [
      3,
      () => [
        item`{ ${commas([item`v: ${first}`, item`f(x) { return x + ${called}(1); }`, item`g: (x) => x * 2`], 3)} }`,
        ['v', 'f(2)', 'g(3)'],
      ],
    ],
    [1, () => [item`{ v: ${first}, get w() { return this.v + 1; }, f() { return this.w; } }`, ['w', 'f()']]],
    [1, () => [item`[${called}, (x) => x + ${first}]`, ['at(1)(2)', 'length']]],
    [1, () => [item`new Map([['k', ${called}]])`, ["get('k')(2)", 'size']]],
    [1, () => [item`Object.freeze({ f: ${called} })`, ['f(2)']]],
    [1, () => [item`((x) => (y) => x + y)(${first})`, ['call(0, 2)']]],
    [instances.length > 0 ? 3 : 0, () => [item`new ${use(context, random.pick(instances))}(${first})`, ['m(2)']]],
  ])()
  recipes.add(declare(context.scope, name, 'namespace', { ready: true, members: made[1] }))
  return statement`${exported}const ${name} = ${made[0]};`
}

const recipes = new WeakSet<Binding>()

/** `const a = wrap(b)`: what is made of something that is made again, which a thread makes after it; undefined when there is none. */
export function remadeOfRemade(context: Context, exported = ''): Node | undefined {
  const { random } = context
  const found = usable(context, (binding) => recipes.has(binding))
  if (found.length === 0) return undefined
  const inner = random.pick(found)
  const member = random.pick(inner.members)
  const from = `${use(context, inner)}${member.startsWith('?') ? '?.' : '.'}${member.replace('?', '')}`
  const name = freshName(context)
  if (name === inner.name) return undefined
  const [text, members] = random.pick([
    [`{ v: ${from}, f: (x) => x + ${from} }`, ['v', 'f(2)']],
    [`((x) => ({ v: x, f() { return ${from}; } }))(${from})`, ['v', 'f()']],
    [`[() => ${from}, ${from}]`, ['at(0)()', 'at(1)']],
    [`Object.assign(() => ${from}, { v: ${from} })`, ['v', 'call()']],
    [`new (class { #p = ${from}; f(x) { return #p in this ? this.#p : x; } })()`, ['f(1)', 'constructor.length']],
  ] as const)
  recipes.add(declare(context.scope, name, 'namespace', { ready: true, members: [...members] }))
  return statement`${exported}const ${name} = ${text};`
}

/** `const { a, b: c } = { … }` with functions in it, or of a global: names of one pattern at module level. */
export function takenApart(context: Context): Node {
  const { random } = context
  const first = fixedNumber(context)
  const names = [0, 1].slice(0, random.between(1, 2)).map(() => {
    const name = freshName(context)
    declare(context.scope, name, 'function', { arity: 1 })
    return name
  })
  const from = random.pick([
    { text: item`Math`, keys: ['abs', 'round'] },
    { text: item`{ p: (x) => x + ${first}, q: (x) => x * 2 }`, keys: ['p', 'q'] },
  ])
  for (const name of names) declare(context.scope, name, 'function', { ready: true, arity: 1, opaque: true })
  return statement`const { ${commas(
    names.map((name, index) => item`${from.keys[index]!}: ${name}`),
    1,
  )} } = ${from.text};`
}
