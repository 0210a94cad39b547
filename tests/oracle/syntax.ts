/** ES trees as oxc (in Vite) parses them, and a walk over them that knows no kind of node by name. */

import { parseSync } from 'vite'
import type { Lang } from '@experimental-threads/compiler'

/** A node of the tree; everything but place and kind is looked up where it is known to be there. */
export interface Node {
  type: string
  start: number
  end: number
  range: [number, number]
  [key: string]: unknown
}

/** @throws SyntaxError when the text is no module */
export function parse(text: string, lang: Lang): Node {
  const { program, errors } = parseSync(`file.${lang}`, text, {
    lang,
    astType: 'ts',
    range: true,
    sourceType: 'module',
  })
  if (errors.length > 0) throw new SyntaxError(errors[0]?.message)
  return program as unknown as Node
}

/** Calls `enter` for every node, outer ones first and in the order of the source, with the nodes around it, outermost first. */
export function walk(root: Node, enter: (node: Node, around: readonly Node[]) => void): void {
  const around: Node[] = []
  const visit = (node: Node): void => {
    enter(node, around)
    around.push(node)
    for (const child of children(node)) visit(child)
    around.pop()
  }
  visit(root)
}

/** The nodes directly below a node, in the order of the source. */
export function children(node: Node): Node[] {
  const found: Node[] = []
  for (const [key, value] of Object.entries(node)) {
    if (key === 'parent') continue
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) found.push(each)
  }
  return found.sort((a, b) => a.start - b.start)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string' && 'start' in value
}

/** The nodes around the one that starts and ends at these places, outermost first and the node itself last. */
export function pathTo(root: Node, start: number, end: number): Node[] {
  const path: Node[] = []
  let node: Node | undefined = root
  while (node !== undefined) {
    path.push(node)
    node = children(node).find((child) => covers(child, { start, end }))
  }
  return path
}

/** Whether `outer` covers `inner`. */
export function covers(outer: { start: number; end: number }, inner: { start: number; end: number }): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** Whether a node is a function with a body of its own. */
export function isFunction(node: Node): boolean {
  return (
    /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) && isPresent(node['body'])
  )
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined
}
