/** Declarations of what can be called or constructed. None changes what is outside of it but variables, and each ends. */

import type { Node } from '../tree.ts'
import { commas, item, statement, statements } from '../tree.ts'
import type { Context } from './context.ts'
import {
  SPAWN_COST,
  canSpend,
  spawnCall,
  asCallee,
  body,
  declare,
  freshName,
  inBlock,
  inFrame,
  someStatements,
  value,
} from './context.ts'
import { reserve, withoutAwait } from './patterns.ts'
import { annotation, typeParameters } from './types.ts'

/** Parameters that take numbers, as many as `arity`. */
function parameters(context: Context, arity: number): Node[] {
  const reserved = Array.from({ length: arity }, () => reserve(context, 'number', 'parameter'))
  return reserved.map(({ finish }, index) => {
    const fallback = context.random.chance(0.25) && index > 0
    const text = fallback ? item` = ${value(withoutAwait(context), 'number')}` : item``
    return item`${finish()}${text}`
  })
}

/** `function a(b, c = b) { … }`, which can be called above its text too. */
export function functionDeclaration(context: Context, isAsync = false, exported = ''): Node {
  const { random } = context
  const name = freshName(context)
  const arity = random.between(0, 2)
  // Until it is written its own name means nothing that could be used.
  declare(context.scope, name, 'other')
  const inner = inFrame(context, 'function', isAsync)
  const given = parameters(inner, arity)
  const code = body(inner, 'number')
  const binding = { arity, ready: true, ...asCallee(inner.scope.frame) }
  declare(context.scope, name, isAsync ? 'async function' : 'function', binding)
  const head = `${exported}${isAsync ? 'async ' : ''}function ${name}${typeParameters(context)}`
  return statement`${head}(${commas(given)})${isAsync ? '' : annotation(context, 'number')} {\n${statements(code)}\n}`
}

/** `const a = (b) => …` */
export function functionConstant(context: Context, exported = ''): Node {
  const { random } = context
  const name = freshName(context)
  const isAsync = random.chance(0.2)
  const arity = random.between(0, 2)
  const binding = declare(context.scope, name, isAsync ? 'async function' : 'function', { arity })
  const inner = inFrame(context, 'function', isAsync)
  // The name has no value before the whole declaration has run; what calls itself would not end.
  binding.meaning = 'other'
  const given = parameters(inner, arity)
  const head = isAsync ? 'async ' : ''
  const code = random.weighted<() => Node>([
    [3, () => item`${head}${typeParameters(context)}(${commas(given)}) => ${value(inner, 'number')}`],
    [2, () => item`${head}(${commas(given)}) => {\n${statements(body(inner, 'number'))}\n}`],
    [1, () => item`${head}function (${commas(given)}) {\n${statements(body(inner, 'number'))}\n}`],
    [1, () => item`${head}function ${freshInner(inner)}(${commas(given)}) {\n${statements(body(inner, 'number'))}\n}`],
  ])()
  Object.assign(binding, asCallee(inner.scope.frame), { meaning: isAsync ? 'async function' : 'function', ready: true })
  return statement`${exported}${random.pick(['const', 'const', 'let'])} ${name} = ${code};`
}

/** The name of a function expression: known inside of it, unless a parameter has the same. */
function freshInner(inner: Context): string {
  return inner.random.pick(['inner', 'own', ...inner.scope.names.keys()])
}

/** `const a = (b) => spawn(() => …)`: gives a thread without awaiting it. */
export function threadFunction(context: Context): Node | undefined {
  if (!canSpend(context, SPAWN_COST)) return undefined
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const inner = inFrame(context, 'function', false)
  const given = parameters(inner, 1)
  const call = spawnCall(inner, 'number')
  declare(context.scope, name, 'async function', {
    arity: 1,
    ready: true,
    opaque: true,
    ...asCallee(inner.scope.frame),
  })
  return context.random.chance(0.5)
    ? statement`const ${name} = (${commas(given)}) => ${call ?? item`1`};`
    : statement`function ${name}(${commas(given)}) { return ${call ?? item`1`}; }`
}

/** A function that starts a thread that calls it again, counting down. */
export function recursiveThreads(context: Context): Node | undefined {
  if (!canSpend(context, SPAWN_COST * 4)) return undefined
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const inner = inFrame(context, 'function', true)
  const parameter = freshName(inner)
  declare(inner.scope, parameter, 'number', { ready: true })
  const last = value({ ...inner, depth: 7 }, 'number')
  const more = value({ ...inner, depth: 7 }, 'number')
  const callee = asCallee(inner.scope.frame)
  const cost = callee.cost * 4 + SPAWN_COST * 3
  declare(context.scope, name, 'async function', { arity: 1, ready: true, ...callee, cost })
  // The thread is given the function, and with it all that the function needs.
  const stays = [...callee.needs].some((needed) => needed.stays)
  if (parameter === name || stays) return statement`async function ${name}(${parameter}) { return ${last}; }`
  return statement`async function ${name}(${parameter}) {\nif (!(${parameter} > 0)) return ${last};\nreturn (await spawn(() => ${name}((${parameter} & 3) - 1))) + ${more};\n}`
}

/** Two functions that call one another, counting down. */
export function recursivePair(context: Context): Node {
  const [first, second] = [freshName(context), ''] as [string, string]
  const one = declare(context.scope, first, 'other')
  const other = second === '' ? freshName(context) : second
  const two = declare(context.scope, other, 'other')
  const code = [
    [first, other],
    [other, first],
  ].map(([own, next]) => {
    const inner = inFrame(context, 'function', false)
    const parameter = freshName(inner)
    declare(inner.scope, parameter, 'number', { ready: true })
    // The callee must not be hidden by the parameter.
    const hidden = parameter === own || parameter === next
    const block = inBlock(inner, 0)
    const result = value(block, 'number')
    const more = value(block, 'number')
    const text = hidden
      ? statement`function ${own!}(${parameter}${annotation(context, 'number')}) { return ${result}; }`
      : statement`function ${own!}(${parameter}${annotation(context, 'number')}) {\nif (!(${parameter} > 0)) return ${result};\nreturn ${next!}((${parameter} & 3) - 1) + ${more};\n}`
    return { text, callee: asCallee(inner.scope.frame) }
  })
  for (const binding of [one, two]) {
    binding.meaning = 'function'
    binding.arity = 1
    binding.ready = true
    binding.cost = 0
    for (const { callee } of code) {
      callee.needs.forEach((needed) => binding.needs.add(needed))
      callee.writes.forEach((written) => binding.writes.add(written))
      binding.cost += callee.cost * 3
    }
  }
  one.needs.add(two)
  two.needs.add(one)
  return statement`${code[0]!.text}\n${code[1]!.text}`
}

/** `function* a(b) { yield … }` */
export function generatorDeclaration(context: Context): Node {
  const name = freshName(context)
  declare(context.scope, name, 'other')
  const inner = inFrame(context, 'function', false)
  const parameter = reserve(inner, 'number', 'parameter').finish()
  const block = inBlock(inner, 2, inner.scope.names.keys())
  const code = someStatements(block, 1)
  const yields = [value(block, 'number'), value(block, 'number')].map((node) => statement`yield ${node};`)
  declare(context.scope, name, 'generator', { ready: true, ...asCallee(inner.scope.frame) })
  return statement`function* ${name}(${parameter}) {\n${statements([...code, ...yields])}\n}`
}
