/** Whole programs. */

import { Random } from '../random.ts'
import type { Mode, Node, Variant } from '../tree.ts'
import { commas, item, print, statement, statements } from '../tree.ts'
import type { Context, Language } from './context.ts'
import {
  NAMES,
  SHAPES,
  declare,
  fresh,
  inBlock,
  inFrame,
  newFrame,
  newScope,
  someStatements,
  spawnCall,
} from './context.ts'
import { declaration, declarations, fixedConstant } from './declarations.ts'
import { namespaceDeclaration } from './classes.ts'
import { functionDeclaration } from './functions.ts'
import { cloneable, remade, remadeOfRemade, takenApart } from './objects.ts'
import { instance, travellingClass } from './instances.ts'
import { anyValue } from './expressions.ts'
import { anyBody, anyStatements, observation, observe } from './statements.ts'
import { anySpawnCall } from './closures.ts'
import type { Style } from './style.ts'
import { anyStyle, laidOut } from './style.ts'

/** A generated program: a module that exports `main`. */
export interface Program {
  seed: number
  language: Language
  style: Style
  tree: Node
}

/** The text of a program, or of its reference. */
export function textOf({ tree, style }: Program, mode: Mode): string {
  return laidOut(print(tree, mode), style)
}

/** Extension of the file that holds a program. */
export function extensionOf({ typed, jsx }: Language): 'js' | 'jsx' | 'ts' | 'tsx' {
  return `${typed ? 'ts' : 'js'}${jsx ? 'x' : ''}`
}

/** The program of a seed, the same on every machine. */
export function generate(seed: number): Program {
  const random = new Random(seed)
  const language = { typed: random.chance(0.5), jsx: random.chance(0.15), recent: random.chance(0.2) }
  const frame = newFrame('module', null)
  const scope = newScope(null, frame)
  scope.open = false
  const context: Context = {
    grammar: { value: anyValue, body: anyBody, someStatements: anyStatements, spawnCall: anySpawnCall },
    random,
    scope,
    depth: 0,
    language,
    counter: { last: 0 },
    types: [],
    labels: [],
    inLoop: false,
    awaits: true,
  }
  const imports = importsOf(context)
  for (const name of random.shuffled(NAMES)) if (!scope.names.has(name)) declare(scope, name, 'pending')
  const code = [...typesOf(context), ...moduleStatements(context)]
  const main = mainFunction(context)
  const tree: Node = {
    sort: 'program',
    parts: [HEAD, statements(imports), '\n', statements([...code, main]), '\n'],
  }
  return { seed, language, style: anyStyle(random), tree }
}

const RUNTIME = `import { spawn, move, task, parallelMap, threadName, threadSignal } from 'experimental-threads';
import * as threads from 'experimental-threads';\n`
const HEAD: Variant = {
  lifted: RUNTIME,
  reference: `${RUNTIME}import { $guard, $name } from 'experimental-threads';\n`,
}

/** What tests/fuzz/library.ts exports, and what it is. */
const LIBRARY = [
  { name: 'add', meaning: 'function', arity: 2 },
  { name: 'twice', meaning: 'function', arity: 1 },
  { name: 'later', meaning: 'async function', arity: 1 },
  { name: 'numbers', meaning: 'generator', arity: 1 },
  { name: 'Box', meaning: 'class', members: ['s'] },
  { name: 'limit', meaning: 'number' },
  { name: 'default', meaning: 'function', arity: 1 },
] as const

function importsOf(context: Context): Node[] {
  const { random, scope } = context
  const specifiers: Node[] = []
  const names = random.shuffled(NAMES)
  for (const { name, meaning, ...more } of random.shuffled(LIBRARY).slice(0, random.between(0, 3))) {
    const local = random.chance(0.8) || name === 'default' ? names.pop()! : name
    declare(scope, local, meaning, { ready: true, ...more, members: 'members' in more ? [...more.members] : [] })
    specifiers.push(local === name ? item`${name}` : item`${name} as ${local}`)
  }
  const recent = context.language.recent ? ['Resource', 'more', 'plus', 'marked'] : []
  for (const name of ['tag', 'collect', 'take', ...recent, ...(context.language.jsx ? ['jsx', 'Fragment'] : [])]) {
    declare(scope, name, 'other')
    specifiers.push(item`${name}`)
  }
  if (context.language.jsx) {
    declare(scope, 'Card', 'function', { ready: true, arity: 1 })
    specifiers.push(item`Card`)
  }
  const imports = [statement`import { ${commas(specifiers)} } from './library';`]
  if (random.chance(0.3)) {
    const local = names.pop()!
    declare(scope, local, 'namespace', { ready: true, members: ['limit', 'twice(2)'] })
    imports.push(statement`import * as ${local} from './library';`)
  }
  if (context.language.typed && random.chance(0.3)) {
    imports.push(statement`import type { Shape } from './library';`)
    context.types.push('Shape')
  }
  return imports
}

function typesOf(context: Context): Node[] {
  if (!context.language.typed) return []
  const types: Node[] = []
  if (context.random.chance(0.4)) {
    context.types.push('T')
    types.push(statement`type T = any;`)
  }
  if (context.random.chance(0.2)) {
    context.types.push('I')
    types.push(statement`interface I { a: number; b?: I }`)
  }
  return types
}

function moduleStatements(context: Context): Node[] {
  const { random } = context
  const code: Node[] = []
  const hoisted: Node[] = []
  const count = random.between(1, 7)
  for (let index = 0; index < count; index++) {
    const exported = random.chance(0.15) ? 'export ' : ''
    const made = random.weighted<() => Node | undefined>([
      [3, () => fixedConstant(context, exported)],
      [4, () => declaration(context, exported)],
      [7, () => declarations(context, exported)],
      [2, () => void hoisted.push(functionDeclaration(context, random.chance(0.3)))],
      [context.language.typed ? 1 : 0, () => namespaceDeclaration(context, exported)],
      [2, () => remade(context, exported)],
      [2, () => remadeOfRemade(context, exported)],
      [1, () => cloneable(context, exported)],
      [1, () => takenApart(context)],
      [2, () => travellingClass(context, exported)],
      [1, () => instance(context, exported)],
      [1, () => spawnAtModuleLevel(context)],
    ])()
    if (made !== undefined) code.push(made)
  }
  for (const node of hoisted) code.splice(random.between(0, code.length), 0, node)
  return code
}

function spawnAtModuleLevel(context: Context): Node | undefined {
  const call = spawnCall(context, context.random.pick(SHAPES))
  return call === undefined ? undefined : statement`export const ${fresh(context, 'early')} = await ${call};`
}

function mainFunction(context: Context): Node {
  const { random } = context
  const inner = inBlock(inFrame(context, 'function', true, true), 6)
  observe(inner.scope.frame)
  inner.scope.isBody = true
  const code = someStatements(inner, random.between(2, 5))
  for (let extra = random.between(1, 3); extra > 0; extra--) {
    const call = spawnCall(inner, random.pick(SHAPES))
    if (call !== undefined) code.push(statement`out.push(await ${call});`)
  }
  const last = observation(inner)
  if (last !== undefined) code.push(last)
  const type = context.language.typed ? ': any[]' : ''
  return statement`export async function main() {\nconst out${type} = [];\n${statements(code)}\nreturn out;\n}`
}
