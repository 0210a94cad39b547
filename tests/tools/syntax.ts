/** Syntax trees of JavaScript and TypeScript, by a parser that has nothing to do with the transform's. */

import type { Lang } from '@experimental-threads/compiler'
import { parseSync } from 'rolldown/utils'

/** A node in the form of ESTree. Fields depend on `type`, which whoever reads them has looked at. */
// oxlint-disable-next-line typescript/no-explicit-any -- the types of the parser's own package are not among what it exports here
export type Tree = Record<string, any> & { type: string; start: number; end: number }

/** A parsed text. */
export interface Parsed {
  code: string
  tree: Tree
  /** Every node, outer ones first */
  nodes: Tree[]
  /** What is wrong with the text */
  errors: string[]
}

export function parse(code: string, lang: Lang): Parsed {
  const options = { lang, range: true, sourceType: 'module', astType: 'ts' } as const
  const { program, errors } = parseSync(`text.${lang}`, code, options)
  const tree = program as unknown as Tree
  return { code, tree, nodes: nodesOf(tree), errors: errors.map(({ message }) => message) }
}

function nodesOf(root: Tree): Tree[] {
  const nodes = [root]
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!
    for (const key in node) {
      const value: unknown = node[key]
      if (typeof value !== 'object' || value === null || key === 'parent' || key === 'range') continue
      if (!Array.isArray(value)) {
        if (isTree(value)) nodes.push(value)
      } else {
        for (const child of value) if (isTree(child)) nodes.push(child)
      }
    }
  }
  return nodes
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && typeof (value as Tree).type === 'string'
}

/** Every place where a name stands: variables, properties, labels, types. */
export function namesIn({ nodes }: Parsed): Tree[] {
  return nodes.filter(({ type }) => type === 'Identifier' || type === 'JSXIdentifier' || type === 'PrivateIdentifier')
}
