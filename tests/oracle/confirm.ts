/** Asks the oracle whether a closure was refused for a reason that is there. Each code has its own question to the tree. */

import type { Diagnostic, Explanation } from '@experimental-threads/compiler'

import type { Closure } from './facts.ts'
import { covers, pathTo, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** What the questions are asked of. */
interface Subject {
  program: Node
  closures: readonly Closure[]
  /** Starts of all places of the file that write a variable */
  writes: ReadonlySet<number>
}

/** The errors whose reason the oracle does not find. */
export function unconfirmed(explanation: Explanation, subject: Subject): Diagnostic[] {
  return explanation.diagnostics.filter(
    (diagnostic) => diagnostic.severity === 'error' && QUESTIONS[diagnostic.code]?.(diagnostic, subject) !== true,
  )
}

const QUESTIONS: Record<string, (diagnostic: Diagnostic, subject: Subject) => boolean> = {
  // The closure writes a name of its own surroundings.
  E101: ({ start }, { closures }) => closures.some(({ names }) => names.some(({ writes }) => writes.includes(start))),
  // Something is written there, by a function that is not the module's or where a property of it is set.
  E102: ({ start, end, message }, { program, writes }) => {
    const functions = pathTo(program, start, end).filter(isAnyFunction)
    return writes.has(start) && (functions.length > 1 || setsPropertyOf(program, start, end, quoted(message).at(-1)))
  },
  // What gives the word its meaning lies around the text that is copied.
  E103: ({ start, end, message, labels }, { program }) => {
    const path = pathTo(program, start, end)
    const word = path.at(-1)
    const home = homeOf(path)
    if (word === undefined || home === undefined || !isContextWord(word)) return false
    const [closure] = labels
    const copied = closure !== undefined && covers(closure, { start, end }) ? closure : helperAround(path, message)
    return copied !== undefined && !covers(copied, home)
  },
  E104: ({ start, end, labels }, { program }) => {
    const path = pathTo(program, start, end)
    const name = path.at(-1)?.['name']
    const home = path.findLast((node) => node.type === 'ClassBody' && declaresPrivate(node, name))
    return home !== undefined && labels.some((closure) => !covers(closure, home))
  },
  // The declaration ends behind the call, in the same function.
  E105: ({ labels }, { program }) => {
    const [call, declared] = labels
    if (call === undefined || declared === undefined) return false
    const around = (path: Node[]): Node | undefined => path.findLast(isAnyFunction)
    const declaration = pathTo(program, declared.start, declared.end)
    const end = declaration.findLast((node) => /Declarator|^Class/.test(node.type))?.end ?? declared.end
    return call.start < end && around(declaration) === around(pathTo(program, call.start, call.end))
  },
  // A property of the function is written there.
  E108: ({ start, end, message }, { program }) => setsPropertyOf(program, start, end, quoted(message)[0]),
  E112: ({ start, end, message }, { program }) => setsPropertyOf(program, start, end, quoted(message)[0]),
  // The call stands in a part of a class or namespace that runs with its declaration.
  E109: ({ start, end }, { program }) =>
    pathTo(program, start, end).some(
      ({ type, static: isStatic }) =>
        /^(?:StaticBlock|TSModuleBlock|TSEnumMember)$/.test(type) ||
        (type === 'PropertyDefinition' && isStatic === true),
    ),
}

function quoted(message: string): string[] {
  return [...message.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

function isAnyFunction(node: Node): boolean {
  return /Function(?:Declaration|Expression)$/.test(node.type)
}

function isContextWord(node: Node): boolean {
  if (node.type === 'Identifier') return node['name'] === 'arguments'
  return /^(?:ThisExpression|Super|MetaProperty|JSXIdentifier)$/.test(node.type)
}

/** The function, field or static block that gives `this` and its like their meaning; none at the top level. */
export function homeOf(path: readonly Node[]): Node | undefined {
  const word = path.at(-1)
  for (let at = path.length - 2; at >= 0; at--) {
    const node = path[at] as Node
    if (/^Function(?:Declaration|Expression)$/.test(node.type) || node.type === 'StaticBlock') return node
    const value = node['value'] as Node | null | undefined
    if (/^(?:PropertyDefinition|AccessorProperty)$/.test(node.type) && value && word && covers(value, word)) return node
  }
  return undefined
}

/** The declaration of the helper that a message names last: `(via a, b)`. */
function helperAround(path: readonly Node[], message: string): Node | undefined {
  const name = quoted(message).at(-1)
  return path.find((node) => (node['id'] as Node | null | undefined)?.['name'] === name)
}

function declaresPrivate(body: Node, name: unknown): boolean {
  return (body['body'] as Node[]).some((member) => {
    const key = member['key'] as Node | undefined
    return key?.type === 'PrivateIdentifier' && key['name'] === name
  })
}

/** Whether a statement around a place sets a property of `name`: `name.a = …`, `Object.defineProperty(name, …)`. */
function setsPropertyOf(program: Node, start: number, end: number, name: string | undefined): boolean {
  let found = false
  for (const node of pathTo(program, start, end)) {
    if (node.type !== 'AssignmentExpression' && node.type !== 'ExpressionStatement') continue
    walk(node, (inner) => {
      const target = inner.type === 'AssignmentExpression' ? (inner['left'] as Node) : undefined
      const [argument] = inner.type === 'CallExpression' ? (inner['arguments'] as Node[]) : []
      found ||= target?.type === 'MemberExpression' && rootOf(target) === name
      found ||= argument !== undefined && rootOf(argument) === name
    })
  }
  return found
}

function rootOf(node: Node): unknown {
  let at = node
  while (at.type === 'MemberExpression') at = at['object'] as Node
  return at['name']
}

/** Places of `this` and its like in a closure that get their meaning outside of it, below no other closure. */
export function outerContexts(program: Node, closures: readonly Closure[]): number[] {
  const found: number[] = []
  walk(program, (node, around) => {
    if (node.type !== 'ThisExpression' && node.type !== 'Super' && !isNewTarget(node)) return
    if (
      around.some(
        ({ type }) =>
          type.startsWith('TS') &&
          !/^TS(?:As|Satisfies|NonNull|Instantiation|TypeAssertion|Module|Enum|Parameter)/.test(type),
      )
    )
      return
    const home = homeOf([...around, node])
    const inside = closures.find((closure) => covers(closure, node))
    if (home !== undefined && inside !== undefined && !covers(inside, home)) found.push(node.start)
  })
  return found
}

function isNewTarget(node: Node): boolean {
  return node.type === 'MetaProperty' && (node['meta'] as Node)['name'] === 'new'
}
