/**
 * Puts `spawn` calls around the functions of a file without moving any of their text to another scope.
 *
 * ```ts
 * // in                                   // expressions: the function itself becomes the closure
 * const add = (a) => a + n                const add = $$spawn((a) => a + n)
 * function inc(k) { return k + n }        function inc(k) { return k + n };$$spawn(function (k) { return k + n });
 *
 *                                         // bodies: the parameters become captures
 *                                         const add = (a) => $$spawn(() => (a + n))
 *                                         function inc(k) { return $$spawn(() => { return k + n }) }
 * ```
 */

import { isFunction, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** The local name of `spawn`; no file uses it. */
export const SPAWN = '$$spawn'

const HEAD = `import { spawn as ${SPAWN} } from 'experimental-threads';`

export type Mode = 'expressions' | 'bodies'

/** A function of a file, with how many functions are around it. */
export interface Found {
  node: Node
  depth: number
  around: readonly Node[]
}

/** All functions of a file, in source order. */
export function functionsOf(program: Node): Found[] {
  const found: Found[] = []
  walk(program, (node, around) => {
    if (isFunction(node)) found.push({ node, depth: around.filter(isFunction).length, around: [...around] })
  })
  return found
}

interface Insertion {
  at: number
  /** How much of the source is replaced */
  cut: number
  text: string
}

/** Wraps these functions, none of which lies in another, in one text. Undefined when none of them can be wrapped in this way. */
export function wrap(source: string, functions: readonly Found[], mode: Mode): string | undefined {
  const insertions = functions.flatMap((found) =>
    mode === 'bodies' ? aroundBody(source, found) : around(source, found),
  )
  if (insertions.length === 0) return undefined
  let text = ''
  let at = hashbangEnd(source)
  text += source.slice(0, at) + HEAD
  for (const insertion of insertions.sort((a, b) => a.at - b.at)) {
    text += source.slice(at, insertion.at) + insertion.text
    at = insertion.at + insertion.cut
  }
  return text + source.slice(at)
}

function hashbangEnd(source: string): number {
  return source.startsWith('#!') ? source.indexOf('\n') + 1 : 0
}

function put(at: number, text: string, cut = 0): Insertion {
  return { at, cut, text }
}

function around(source: string, { node, around: outer }: Found): Insertion[] {
  const parent = outer.at(-1)
  if (node.type === 'FunctionDeclaration') {
    const id = node['id'] as Node | null
    if (id === null || parent?.type === 'ExportDefaultDeclaration') return []
    const end = parent?.type === 'ExportNamedDeclaration' ? parent.end : node.end
    return [put(end, `;${SPAWN}(${source.slice(node.start, id.start)}${source.slice(id.end, node.end)});`)]
  }
  // The function of a method is not an expression: its text has no word of its own.
  if (parent !== undefined && isMethod(parent) && parent['value'] === node) return []
  return [put(node.start, `${SPAWN}(`), put(node.end, ')')]
}

function isMethod(node: Node): boolean {
  if (/^(?:TSAbstract)?MethodDefinition$/.test(node.type)) return true
  return node.type === 'Property' && (node['method'] === true || node['kind'] !== 'init')
}

function aroundBody(source: string, { node }: Found): Insertion[] {
  const body = node['body'] as Node
  const inner = node['async'] === true ? 'async ' : ''
  if (body.type !== 'BlockStatement') {
    return [put(body.start, `${SPAWN}(${inner}() => (`), put(body.end, '))')]
  }
  const head = node['generator'] === true ? `${inner}function* ()` : `${inner}() =>`
  // The text of the directives stays where it is: they say how the whole function is read.
  const directives = (body['body'] as Node[]).filter((statement) => typeof statement['directive'] === 'string')
  const start = directives.at(-1)?.end ?? body.start + 1
  return [put(start, ` return ${SPAWN}(${head} {`), put(body.end - 1, '})')]
}
