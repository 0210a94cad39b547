/** Classes, enums and namespaces. What belongs to them as a whole starts anew in each thread, so it never changes. */

import type { Node } from '../tree.ts'
import { item, statement, statements } from '../tree.ts'
import type { Binding, Context, Frame } from './context.ts'
import {
  asCallee,
  body,
  canSpend,
  declare,
  freshName,
  inFrame,
  SPAWN_COST,
  spawnCall,
  usable,
  use,
  value,
} from './context.ts'
import { reserve, withoutAwait } from './patterns.ts'

/** A number that every thread computes alike. */
export function fixedNumber(context: Context): Node {
  const found = usable(context, ({ fixed, meaning }) => fixed && meaning === 'number')
  if (found.length > 0 && context.random.chance(0.4)) return item`${use(context, context.random.pick(found))} + 1`
  return item`${context.random.below(10)}`
}

/** `class a { … }`, `const a = class { … }`, `const a = class b { … }` */
export function classDeclaration(context: Context, exported = ''): Node {
  const { random } = context
  const name = freshName(context)
  const binding = declare(context.scope, name, 'other')
  const made = classBody(context)
  const callee = asCallee(made.frame)
  Object.assign(binding, callee, {
    meaning: 'class',
    members: made.statics,
    tasks: made.tasks,
    ready: true,
    // A class that needs nothing can be extended, and its instances made, wherever it is copied to.
    fixed: callee.needs.size === 0,
  })
  const { base, text } = made
  if (context.language.recent && random.chance(0.3)) {
    binding.members.push('k')
    return statement`@marked ${exported}class ${name}${base} ${text}`
  }
  return random.weighted<() => Node>([
    [6, () => statement`${exported}class ${name}${base} ${text}`],
    [1, () => statement`${exported}const ${name} = class${base} ${text};`],
    [1, () => statement`${exported}const ${name} = class Own${base} ${text};`],
    [1, () => statement`${exported}class ${name}${base} ${text}\n${name}.t = ${random.below(9)};`],
  ])()
}

interface ClassBody {
  frame: Frame
  base: string
  text: Node
  statics: string[]
  tasks: string[]
}

function classBody(context: Context): ClassBody {
  const { random, language } = context
  const bases = usable(context, ({ meaning, fixed }) => meaning === 'class' && fixed)
  const base = bases.length > 0 && random.chance(0.4) ? use(context, random.pick(bases)) : undefined
  const inner = inFrame(context, 'function', false)
  const any = language.typed ? ': any' : ''
  const statics = ['s']
  const tasks: string[] = []
  const members = [
    item`static s${random.chance(0.3) ? any : ''} = ${fixedNumber(context)};`,
    item`f = ${value(inner, 'number')};`,
    constructorOf(inner, base !== undefined),
    method(inner, 'm', (given, result) => {
      const head =
        language.recent && random.chance(0.4) ? item`@${random.pick([item`more`, decorator(context)])} ` : item``
      return item`${head}m(${given}) { return this.#p + this.f + ${result}; }`
    }),
  ]
  const optional: [number, () => Node][] = [
    [0.2, () => item`get [${random.pick(["'x'", '`y`'])}]() { return ${fixedNumber(context)}; }`],
    [
      0.2,
      () => method(inner, 'q', (given, result) => item`#q(${given}) { return #p in this ? ${result} : this.#q(1); }`),
    ],
    [
      0.2,
      () => (
        statics.push('u(2)'),
        method(inner, 'u', (given, result) => item`static u(${given}) { return this.s + ${result}; }`)
      ),
    ],
    [0.1, () => (statics.push('v'), item`static v${any} = 0;\nstatic { this.v = ${fixedNumber(context)}; }`)],
    [0.1, () => (statics.push('w'), item`static get w() { return ${fixedNumber(context)}; }`)],
    [0.15, () => item`accessor${random.below(3)} = () => this.f;`],
    [
      0.15,
      () => (
        statics.push('h(1)'),
        item`static #h(x${any}) { return x + 1; }\nstatic h(x${any}) { return this?.#h?.(x); }`
      ),
    ],
    [0.15, () => item`set #x(y${any}) { this.f = y; }\nget #x() { return this.f; }\nn() { return this.#x++; }`],
    [language.recent ? 0.4 : 0, () => item`accessor ${random.pick(['o', '#o'])} = ${value(inner, 'number')};`],
    [language.recent ? 0.4 : 0, () => item`@${decorator(context)} f2 = ${value(inner, 'number')};`],
    [language.typed ? 0.15 : 0, () => item`declare z: number;\nprivate readonly y?: number;\n[key: string]: any;`],
  ]
  for (const [chance, make] of optional) if (random.chance(chance)) members.push(make())
  if (random.chance(0.25) && canSpend(context, SPAWN_COST * 2)) {
    tasks.push('go')
    members.push(asyncMember(inner, random.chance(0.5)))
  }
  const text = item`{\n#p${any};\n${statements(members)}\n}`
  return { frame: inner.scope.frame, base: base === undefined ? '' : ` extends ${base}`, text, statics, tasks }
}

/** `plus(3)`, which makes a decorator. What it is given is the same in every thread. */
function decorator(context: Context): Node {
  return item`plus(${fixedNumber(context)})`
}

function constructorOf(inner: Context, derived: boolean): Node {
  const context = inFrame(inner, 'function', false)
  const parameter = reserve(context, 'number', 'parameter').finish()
  const start = value(context, 'number')
  joins(inner, context)
  return item`constructor(${parameter}) {${derived ? ' super(1);' : ''} this.#p = ${start}; }`
}

function method(inner: Context, _: string, make: (given: Node, result: Node) => Node): Node {
  const context = inFrame(inner, 'function', false)
  const given = reserve(context, 'number', 'parameter').finish()
  const result = value(context, 'number')
  joins(inner, context)
  return make(given, result)
}

/** A static method that may start threads. */
function asyncMember(inner: Context, direct: boolean): Node {
  const context = inFrame(inner, 'function', true)
  const given = reserve(context, 'number', 'parameter').finish()
  const call = direct ? spawnCall(withoutAwait(context), 'number') : undefined
  const text =
    call === undefined
      ? item`static async go(${given}) {\n${statements(body(context, 'number'))}\n}`
      : item`static go(${given}) { return ${call}; }`
  joins(inner, context)
  return text
}

/** What a member needs its class needs. */
function joins(inner: Context, member: Context): void {
  const { frame } = inner.scope
  const callee = asCallee(member.scope.frame)
  callee.needs.forEach((needed) => frame.needs.add(needed))
  callee.writes.forEach((written) => frame.writes.add(written))
  frame.cost += callee.cost
}

/** `enum A { A, B = A + 2 }` */
export function enumDeclaration(context: Context, exported = ''): Node {
  const { random } = context
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const first = fixedNumber(context)
  const binding: Partial<Binding> = { ready: true, members: ['A', 'B', 'C', 'D.length'] }
  const head = `${exported}${random.chance(0.2) ? 'const ' : ''}enum ${name}`
  const node = statement`${head} { A = ${first}, B, C = A + 2, D = 'x' }`
  declare(context.scope, name, 'enum', binding)
  if (!random.chance(0.2) || head.includes('const')) return node
  binding.members = ['A', 'E']
  declare(context.scope, name, 'enum', binding)
  return statement`${node}\n${exported}enum ${name} { E = ${random.below(9)} }`
}

/** `namespace A { export const v = 1 }`, at module level only. */
export function namespaceDeclaration(context: Context, exported = ''): Node {
  const name = freshName(context)
  const first = fixedNumber(context)
  const own = context.random.pick(['hidden', name, 'v2'])
  const node = statement`${exported}namespace ${name} { const ${own} = ${first}; export const v = ${own} + 1; export function w() { return v * 2; } }`
  const merged = context.random.chance(0.3)
    ? statement`\n${exported}namespace ${name} { export const x = ${context.random.below(9)} + ${name}.v; }`
    : undefined
  const members = merged === undefined ? ['v', 'w()'] : ['v', 'w()', 'x']
  declare(context.scope, name, 'namespace', { ready: true, members })
  return merged === undefined ? node : statement`${node}${merged}`
}
