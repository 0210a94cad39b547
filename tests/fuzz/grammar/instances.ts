/** Classes of plain data, whose instances travel to threads with their methods. */

import type { Node } from '../tree.ts'
import { item, statement } from '../tree.ts'
import { fixedNumber } from './classes.ts'
import type { Binding, Context } from './context.ts'
import { declare, freshName, usable, use, value } from './context.ts'

const travelling = new WeakSet<Binding>()

/** Whether a binding is a class whose instances travel. */
export function travels(binding: Binding): boolean {
  return travelling.has(binding)
}

/** `class a { f; constructor(b) { this.f = b; } m(b) { return this.f + b; } }` at module level. */
export function travellingClass(context: Context, exported = ''): Node {
  const { random } = context
  const bases = usable(context, (binding) => travelling.has(binding))
  const base = bases.length > 0 && random.chance(0.4) ? use(context, random.pick(bases)) : undefined
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const number = fixedNumber(context)
  const type = context.language.typed ? ': any' : ''
  const binding = declare(context.scope, name, 'class', { ready: true, members: ['s'], fixed: true })
  travelling.add(binding)
  const heritage = base === undefined ? '' : ` extends ${base}`
  const first = base === undefined ? item`f${type};\nconstructor(x${type}) { this.f = x; }` : item`own = ${number};`
  const result =
    base === undefined
      ? item`this.f + y + ${number}`
      : item`${random.pick(['super.', 'this.f + super.'])}m(y) + this.own`
  const text = item`{\nstatic s = 1;\n${first}\nget w() { return this.f; }\nm(y${type}) { return ${result}; }\n}`
  return random.chance(0.8)
    ? statement`${exported}class ${name}${heritage} ${text}`
    : statement`${exported}const ${name} = class${heritage} ${text};`
}

/** `const a = new A(1);`, of a class that travels; undefined when there is none. */
export function instance(context: Context, exported = ''): Node | undefined {
  const { random } = context
  const classes = usable(context, (binding) => travelling.has(binding))
  if (classes.length === 0) return undefined
  const made = use(context, random.pick(classes))
  const argument = value(context, 'number')
  const name = freshName(context)
  // Until its own declaration the name hides the class, when both are the same.
  if (name === made) return undefined
  const more = random.chance(0.3) ? statement`\n${name}.f = ${value(context, 'number')};` : statement``
  const change = random.chance(0.2) ? statement`\nObject.freeze(${name});` : statement``
  declare(context.scope, name, 'namespace', { ready: true, members: ['f', 'w', 'm(2)', 'constructor.s'] })
  return statement`${exported}${random.pick(['const', 'let'])} ${name} = new ${made}(${argument});${more}${change}`
}
