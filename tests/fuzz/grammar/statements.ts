/** Statements, and the bodies that they make up. */

import type { Node, Variant } from '../tree.ts'
import { item, statement, statements } from '../tree.ts'
import type { Context, Frame, Scope, Shape } from './context.ts'
import {
  NAMES,
  SHAPES,
  canSpend,
  declare,
  fresh,
  freshName,
  inBlock,
  inHead,
  isPending,
  someStatements,
  spawnCall,
  usable,
  use,
  value,
  writable,
  write,
} from './context.ts'
import { declaration, declarations, fixedConstant } from './declarations.ts'
import { functionDeclaration } from './functions.ts'
import { reserve } from './patterns.ts'
import { using } from './resources.ts'

/** The body of a function; see {@link Grammar}. */
export function anyBody(context: Context, shape: Shape): Node[] {
  const inner = inBlock(context, 3, context.scope.names.keys())
  inner.scope.isBody = true
  const code = someStatements(inner, context.depth > 6 ? 0 : context.random.between(0, 3))
  return [...code, statement`return ${value(inner, shape)};`]
}

/** The content of a block; see {@link Grammar}. */
export function anyStatements(context: Context, count: number): Node[] {
  const { random } = context
  // Constants that functions above them read.
  const promised = Object.fromEntries(
    random.chance(0.3) && hasPending(context)
      ? [[random.between(0, count), declare(context.scope, freshName(context), random.pick(SHAPES))]]
      : [],
  )
  const hoisted = random.chance(0.3) && hasPending(context) && context.depth < 7 ? [functionDeclaration(context)] : []
  const code: Node[] = []
  for (let index = 0; index <= count; index++) {
    const constant = promised[index]
    if (constant !== undefined) {
      code.push(statement`const ${constant.name} = ${value(context, constant.meaning as Shape)};`)
      constant.ready = true
    }
    if (index < count) code.push(anyStatement(context))
  }
  for (const node of hoisted) code.splice(random.between(0, code.length), 0, node)
  return code
}

function hasPending(context: Context): boolean {
  return [...context.scope.names.values()].some(({ meaning }) => meaning === 'pending')
}

type Maker = (context: Context) => Node | undefined

function anyStatement(context: Context): Node {
  const deeper = { ...context, depth: context.depth + 1 }
  for (let tries = 0; tries < 5; tries++) {
    const made = context.random.weighted(context.depth > 6 ? SIMPLE : ALL)(deeper)
    if (made !== undefined) return made
  }
  return declaration(deeper)
}

const SIMPLE: readonly (readonly [number, Maker])[] = [
  [5, declaration],
  [2, fixedConstant],
  [3, assignment],
  [3, mutation],
  [3, observation],
]

/** The scope that `var` declares in, when this name can be declared from here. */
function varScope(context: Context, name: string): Scope | undefined {
  for (let scope: Scope | null = context.scope; scope !== null; scope = scope.parent) {
    if (scope.frame !== context.scope.frame) return undefined
    if (scope.isBody) return isPending(scope, name) || isVar(scope, name) ? scope : undefined
    if (scope.names.has(name)) return undefined
  }
  return undefined
}

function isVar(scope: Scope, name: string): boolean {
  return scope.names.get(name)?.isVar === true
}

/** `var a = 1;`, in any block, also a second time. */
function varDeclaration(context: Context): Node | undefined {
  const { random } = context
  const name = random.pick(NAMES)
  const scope = varScope(context, name)
  if (scope === undefined) return undefined
  const given = value(context, 'number')
  // Wherever it is read, it has a value, if only undefined.
  declare(scope, name, 'number', { ready: true, writable: true, isVar: true })
  return random.chance(0.8) ? statement`var ${name} = ${given};` : statement`var ${name};`
}

const ALL: readonly (readonly [number, Maker])[] = [
  ...SIMPLE,
  [7, declarations],
  [2, condition],
  [3, countingLoop],
  [3, loopOver],
  [1, (c) => (c.language.recent ? undefined : switchStatement(c))],
  [2, tryStatement],
  [1, (c) => statement`{\n${statements(someStatements(inBlock(c, 3), 2))}\n}`],
  [1, labelled],
  [1, labelledLoops],
  [3, (c) => (c.language.recent ? using(c) : undefined)],
  [2, varDeclaration],
  [3, spawnAndGoOn],
  [2, spawnInLoop],
]

/** The frame of the function whose results are looked at. */
const observed = new WeakSet<Frame>()

export function observe(frame: Frame): void {
  observed.add(frame)
}

/** `out.push(a, b);`: what the program tells. */
export function observation(context: Context): Node | undefined {
  if (!observed.has(context.scope.frame)) return undefined
  const found = usable(context, ({ meaning }) => (SHAPES as readonly string[]).includes(meaning))
  if (found.length === 0) return statement`out.push(${value(context, context.random.pick(SHAPES))});`
  const names = context.random.shuffled(found).slice(0, 3)
  // Copies: what is changed afterwards is another observation.
  return statement`out.push(structuredClone([${names.map((binding) => use(context, binding)).join(', ')}]));`
}

function assignment(context: Context): Node | undefined {
  const { random } = context
  const shape = random.pick(SHAPES)
  const found = writable(context, shape)
  if (found.length === 0) return undefined
  const numbers = writable(context, 'number')
  if (numbers.length > 0 && random.chance(0.4)) {
    const target = random.pick(numbers)
    const given = random.pick([
      () => statement`({ a: ${write(context, target)} = ${value(context, 'number')} } = ${value(context, 'record')});`,
      () => statement`[${write(context, target)}] = ${value(context, 'list')};`,
      () => statement`[, ${write(context, target)} = ${value(context, 'number')}] = ${value(context, 'list')};`,
      () => statement`${write(context, target)}++;`,
    ])
    return given()
  }
  const target = random.pick(found)
  const given = value(context, shape)
  return statement`${write(context, target)} = ${given};`
}

/** A change inside of a value. What a closure changes is its own copy. */
function mutation(context: Context): Node | undefined {
  const { random } = context
  const shape = random.pick(['record', 'list'] as const)
  const found = usable(context, ({ meaning }) => meaning === shape)
  if (found.length === 0) return undefined
  const name = use(context, random.pick(found))
  const given = value(context, 'number')
  if (shape === 'record') {
    return random.pick([
      () => statement`${name}.${random.pick(['a', 'b'])} = ${given};`,
      () => statement`${name}.a += ${given};`,
      () => statement`delete ${name}.b;`,
    ])()
  }
  return random.pick([
    () => statement`${name}.length < 9 && ${name}.push(${given});`,
    () => statement`${name}[${random.below(2)}] = ${given};`,
  ])()
}

function block(context: Context, count: number, most = 2): Node {
  return item`{\n${statements(someStatements(inBlock(context, most), count))}\n}`
}

function condition(context: Context): Node {
  const test = value(context, 'number')
  const then = block(context, 2)
  if (context.random.chance(0.5)) return statement`if (${test} > 1) ${then}`
  return statement`if (${test} > 1) ${then} else ${block(context, 1)}`
}

/** Text that runs several times costs as many times as much. */
function repeated<T>(context: Context, times: number, make: () => T): T {
  const { frame } = context.scope
  frame.times *= times
  try {
    return make()
  } finally {
    frame.times /= times
  }
}

/** `for (let a = 0; a < 3; a++) { … }` */
function countingLoop(context: Context): Node | undefined {
  if (!canSpend(context, 20)) return undefined
  const head = inHead(context)
  const name = freshName(head)
  // Its end must not depend on what is written inside.
  const counter = declare(head.scope, name, 'number')
  // It hides outer names from its own beginning on, so it is declared before anything is written.
  const second = head.random.chance(0.3) ? declare(head.scope, freshName(head), 'number') : undefined
  const start = value(head, 'number')
  counter.ready = true
  const rounds = context.random.between(2, 3)
  const more = second === undefined ? item`` : item`, ${second.name} = ${value(head, 'number')}`
  if (second !== undefined) Object.assign(second, { ready: true, writable: true })
  const limit = fresh(context, 'n')
  return repeated(context, rounds, () => {
    const code = someStatements(inBlock({ ...head, inLoop: true }, 2), 2)
    return statement`for (let ${name} = ${start}${more}, ${limit} = 0; ${limit} < ${rounds}; ${name}++, ${limit}++) {\n${statements(code)}\n}`
  })
}

/** `for (const [a, b = c] of d) { … }`, `for (const a in b)` */
function loopOver(context: Context): Node | undefined {
  if (!canSpend(context, 20)) return undefined
  const { random } = context
  const form = random.pick(['list', 'lists', 'records', 'keys', 'written'] as const)
  const written = form === 'written' ? writable(context, 'number') : []
  if (form === 'written' && written.length === 0) return undefined
  const head = inHead(context)
  const kind = random.pick(['const', 'let'] as const)
  const shape = form === 'lists' ? 'list' : form === 'records' ? 'record' : form === 'keys' ? 'string' : 'number'
  const target = form === 'written' ? undefined : reserve(head, shape, kind)
  const items = Array.from({ length: 2 }, () =>
    value(head, form === 'lists' ? 'list' : form === 'records' ? 'record' : 'number'),
  )
  const over = form === 'keys' ? item`in ${value(head, 'record')}` : item`of [${items[0]!}, ${items[1]!}]`
  const untyped = { ...head, language: { ...head.language, typed: false } }
  const left =
    target === undefined
      ? item`${write(context, random.pick(written))}`
      : item`${kind} ${withoutType(untyped, target.finish())}`
  return repeated(context, 2, () => {
    const inner = inBlock({ ...head, inLoop: true }, 2)
    const code = someStatements(inner, 2)
    if (random.chance(0.15))
      code.push(statement`if (${value(inner, 'number')} > 3) ${random.pick(['break', 'continue'])};`)
    return statement`for (${left} ${over}) {\n${statements(code)}\n}`
  })
}

/** The head of `for … of` takes no annotation. */
function withoutType(_: Context, node: Node): Node {
  return { ...node, parts: node.parts.filter((part) => typeof part !== 'string' || !part.startsWith(':')) }
}

function switchStatement(context: Context): Node {
  const tested = value(context, 'number')
  const inner = inBlock(context, 3)
  // A function in one case may read what another declares.
  const late = hasPending(inner) ? declare(inner.scope, freshName(inner), 'number') : undefined
  const hoisted = late !== undefined && hasPending(inner) ? [functionDeclaration(inner)] : []
  const everywhere = new Set(inner.scope.names.values())
  const first = [...hoisted, ...someStatements(inner, 1)]
  // What a case declares has no value in another one that is jumped to.
  const declared = [...inner.scope.names.values()].filter((binding) => !everywhere.has(binding) && binding.ready)
  for (const binding of declared) binding.ready = false
  const second: Node[] = []
  if (late !== undefined) {
    second.push(statement`const ${late.name} = ${value(inner, 'number')};`)
    late.ready = true
  }
  second.push(anyStatement({ ...inner, depth: 7 }))
  return statement`switch (${tested} & 1) {\ncase 0:\n${statements(first)}\nbreak;\ndefault:\n${statements(second)}\n}`
}

/** The reference program is stopped by an exception that nothing may catch. */
const GUARD: Variant = { lifted: '', reference: '$guard();\n' }

function tryStatement(context: Context): Node {
  const { random } = context
  const inner = inBlock(context, 2)
  const tried = someStatements(inner, 2)
  if (random.chance(0.5)) {
    tried.push(
      statement`if (${value(inner, 'number')} > 2) throw new ${random.pick(['RangeError', 'Error', 'TypeError'])}('x' + ${value(inner, 'number')});`,
    )
  }
  const head = inHead(context)
  const form = random.pick(['none', 'name', 'pattern'] as const)
  const name = form === 'none' ? '' : freshName(head)
  if (form !== 'none') declare(head.scope, name, 'string', { ready: true, writable: true })
  const parameter = form === 'none' ? '' : form === 'name' ? ` (${name})` : ` ({ message: ${name} })`
  const first = form === 'name' ? `${name} = String(${name});\n` : ''
  const caught = someStatements(inBlock(head, 2, head.scope.names.keys()), 1)
  const last = random.chance(0.3)
    ? item` finally {\n${GUARD}${statements(someStatements(inBlock(context, 1), 1))}\n}`
    : item``
  return statement`try {\n${statements(tried)}\n} catch${parameter} {\n${GUARD}${first}${statements(caught)}\n}${last}`
}

function labelled(context: Context): Node | undefined {
  const label = context.random.pick(['a', 'b', 'outer'])
  if (context.labels.includes(label)) return undefined
  const inner = inBlock({ ...context, labels: [...context.labels, label] }, 2)
  // Written first, so that it reads nothing that has its value only further down.
  const leave = statement`if (${value(inner, 'number')} > 2) break ${label};`
  const code = someStatements(inner, 2)
  code.splice(context.random.between(0, code.length), 0, leave)
  return statement`${label}: {\n${statements(code)}\n}`
}

/** `outer: for (const a of [1, 2]) { for (const b of [1, 2]) { if (…) continue outer; … } … }` */
function labelledLoops(context: Context): Node | undefined {
  const label = context.random.pick(['a', 'b', 'outer'])
  if (context.labels.includes(label) || !canSpend(context, 40)) return undefined
  const way = context.random.pick(['continue', 'break'])
  const head = inHead({ ...context, labels: [...context.labels, label] })
  const [outer, counted] = [freshName(head), fresh(context, 'n')]
  declare(head.scope, outer, 'number', { ready: true })
  return repeated(context, 4, () => {
    const inner = inBlock({ ...head, inLoop: true }, 2)
    // Written first, so that it reads nothing that has its value only further down.
    const leave = statement`if (${counted} + ${value(inner, 'number')} > 3) ${way} ${label};`
    const code = someStatements(inner, 2)
    return statement`${label}: for (const ${outer} of [1, 2]) { for (const ${counted} of [1, 2]) {\n${leave}\n${statements(code)}\n} }`
  })
}

/** `const t1 = spawn(…); … await t1`: what happens in between is none of the thread's business. */
function spawnAndGoOn(context: Context): Node | undefined {
  if (!context.awaits) return undefined
  const { random } = context
  const shape = random.pick(SHAPES)
  const call = spawnCall(context, shape)
  if (call === undefined) return undefined
  const thread = fresh(context, 't')
  const between = [assignment(context), mutation(context)].filter((node) => node !== undefined)
  const target = observed.has(context.scope.frame) ? statement`out.push(await ${thread});` : statement`await ${thread};`
  return statement`const ${thread} = ${call};\n${statements(between)}\n${target}`
}

/** `const t1 = []; for (let a = 0; a < 3; a++) t1.push(spawn(…)); await Promise.all(t1)` */
function spawnInLoop(context: Context): Node | undefined {
  if (!context.awaits || !observed.has(context.scope.frame)) return undefined
  const threads = fresh(context, 't')
  const head = inHead(context)
  const name = freshName(head)
  const kind = context.random.pick(['let', 'var'])
  declare(head.scope, name, 'number', { ready: true })
  // `var` would be declared in the whole function.
  const counter = kind === 'var' ? fresh(context, 'v') : name
  const alias = kind === 'var' ? `const ${name} = ${counter}; ` : ''
  const call = repeated(context, 2, () => spawnCall(head, context.random.pick(SHAPES)))
  if (call === undefined) return undefined
  return statement`const ${threads}${context.language.typed ? ': any[]' : ''} = [];
for (${kind} ${counter} = 0; ${counter} < 2; ${counter}++) { ${alias}${threads}.push(${call}); }
out.push(await Promise.all(${threads}));`
}
