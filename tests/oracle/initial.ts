/** What a variable starts with, as the tree tells. */

import type { Variable } from '@typescript-eslint/scope-manager'

import type { Initial } from './facts.ts'
import { isFunction, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** Objects of the language whose members are the same in every thread. */
const STANDARD =
  /^(?:(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error|Array|ArrayBuffer|Atomics|BigInt|Boolean|DataView|Date|(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array|Float\d+Array|Infinity|Intl|JSON|Map|Math|NaN|Number|Object|Promise|Proxy|Reflect|RegExp|Set|SharedArrayBuffer|String|undefined|WeakMap|WeakSet)$/

/** Undefined for what is declared once and is no variable, and for what is declared in several places. */
export function initialOf({ defs, scope }: Variable): Initial | undefined {
  const [definition, ...others] = defs
  const declarator = definition?.node as unknown as Node | undefined
  if (declarator?.type !== 'VariableDeclarator' || others.length > 0) return undefined
  const init = declarator['init'] as Node | null
  if (init === null) return 'nothing'
  const value = bare(init)
  const whole = (declarator['id'] as Node).type === 'Identifier'
  const known = (name: string): boolean => {
    for (let at: typeof scope | null = scope; at !== null; at = at.upper) if (at.set.has(name)) return true
    return false
  }
  if (isStandardPath(value, known) || (whole && isLiteral(value))) return 'literal'
  if (whole && isFunction(value)) return 'function'
  if (whole && value.type === 'ClassExpression') return 'class'
  return isAwaited(init) ? 'awaited' : 'other'
}

function bare(node: Node): Node {
  const wrapped = /^(?:ParenthesizedExpression|TS(?:As|Satisfies|NonNull|Instantiation)Expression|TSTypeAssertion)$/
  return wrapped.test(node.type) ? bare(node['expression'] as Node) : node
}

function isLiteral(node: Node): boolean {
  if (node.type === 'TemplateLiteral') return (node['expressions'] as Node[]).length === 0
  if (node.type === 'UnaryExpression') {
    const argument = bare(node['argument'] as Node)
    const plain = /^(?:number|bigint|boolean)$/.test(typeof argument['value'])
    return /^[-+!~]$|^void$/.test(String(node['operator'])) && argument.type === 'Literal' && plain
  }
  const regex = node['regex'] as { flags: string } | undefined
  return node.type === 'Literal' && (regex === undefined || !/[gy]/.test(regex.flags))
}

function isStandardPath(node: Node, known: (name: string) => boolean): boolean {
  if (node.type === 'Identifier') return STANDARD.test(String(node['name'])) && !known(String(node['name']))
  return (
    node.type === 'MemberExpression' &&
    node['computed'] === false &&
    isStandardPath(bare(node['object'] as Node), known)
  )
}

/** Whether the code around waits for something in an expression. */
function isAwaited(init: Node): boolean {
  let found = false
  walk(init, (node, around) => {
    found ||= node.type === 'AwaitExpression' && !around.some(isFunction)
  })
  return found
}
