/**
 * What esbuild changes the meaning of, with or without threads: it writes a function that is declared in a case of a `switch` as a variable
 * of that case, so the function has no value where another case uses it (https://github.com/evanw/esbuild/issues/4533). A program that
 * needs such a function cannot be compared once esbuild has bundled it.
 */

import { analyze } from '@typescript-eslint/scope-manager'

import type { Tree } from '../tools/syntax.ts'
import { parse } from '../tools/syntax.ts'

/** Whether a JavaScript text uses a function that a case of a `switch` declares outside of that case. */
export function isBrokenByEsbuild(code: string): boolean {
  if (!code.includes('switch')) return false
  const { tree, nodes } = parse(code, 'js')
  const cases = nodes.filter(({ type }) => type === 'SwitchCase')
  const { scopes } = analyze(tree as never, { sourceType: 'module', lib: [], jsxPragma: null })
  return scopes
    .filter(({ type }) => (type as string) === 'switch')
    .flatMap(({ variables }) => variables)
    .some(({ defs, references }) => {
      const home = cases.find(({ consequent }) => defs.some(({ node }) => consequent.includes(node)))
      const declares = defs.some(({ node }) => (node.type as string) === 'FunctionDeclaration')
      return declares && references.some(({ identifier }) => !isInside(identifier as unknown as Tree, home))
    })
}

function isInside({ start, end }: Tree, outer: Tree | undefined): boolean {
  return outer !== undefined && start >= outer.start && end <= outer.end
}
