/** The second oracle: the scopes of `@babel/traverse`, on the tree of Babel's parser. It says of a closure which names are free, and how often. */

import { parse } from '@babel/parser'
import babelTraverse from '@babel/traverse'
import type { NodePath, Scope } from '@babel/traverse'

import { ascending } from './facts.ts'
import type { Closure, FreeName } from './facts.ts'

// The package is CommonJS, whose namespace Node hands over as the default.
const traverse = ('default' in babelTraverse ? babelTraverse.default : babelTraverse) as typeof babelTraverse.default

/** What Babel does not know of a binding is left empty. */
export type BabelName = Pick<FreeName, 'name' | 'declared' | 'uses'>

/** The free names of the closures at these places. */
export function babelNames(text: string, closures: readonly Pick<Closure, 'start' | 'end'>[]): BabelName[][] {
  const tree = parse(text, {
    sourceType: 'module',
    plugins: ['typescript', 'decorators'],
    createParenthesizedExpressions: false,
  })
  const found = closures.map(() => new Map<unknown, BabelName>())
  traverse(tree, {
    Identifier(path) {
      if (!isUse(path)) return
      const { start = -1, end = -1, name } = path.node as { start?: number; end?: number; name: string }
      const index = closures.findIndex((closure) => closure.start <= start && end <= closure.end)
      const closure = closures[index]
      if (closure === undefined || name === 'arguments') return
      const binding = path.scope.getBinding(name)
      if (binding !== undefined && covers(closure, blockOf(binding.scope))) return
      const names = found[index]
      const key = binding ?? name
      const known = names?.get(key) ?? { name, declared: declaredAt(binding?.identifier), uses: [] }
      known.uses = ascending([...known.uses, start])
      names?.set(key, known)
    },
    TSType: (path) => path.skip(),
    TSDeclareFunction: (path) => path.skip(),
    TSDeclareMethod: (path) => path.skip(),
    TSTypeAnnotation: (path) => path.skip(),
    TSTypeParameterInstantiation: (path) => path.skip(),
    TSInterfaceDeclaration: (path) => path.skip(),
    TSTypeAliasDeclaration: (path) => path.skip(),
  })
  return found.map((names) => [...names.values()])
}

/** Whether an identifier reads or writes a variable, rather than declare it or name a property or label. */
function isUse(path: NodePath): boolean {
  if (path.isReferencedIdentifier()) return true
  // A pattern on the left of an assignment or in the head of a loop writes; in a declaration or parameter it declares.
  let child: NodePath = path
  for (let parent = path.parentPath; parent !== null; child = parent, parent = parent.parentPath) {
    if (parent.isAssignmentExpression() || parent.isForXStatement()) return child.key === 'left'
    if (parent.isUpdateExpression()) return true
    const value = parent.isObjectProperty()
      ? child.key === 'value'
      : parent.isAssignmentPattern()
        ? child.key === 'left'
        : true
    const pattern = parent.isArrayPattern() || parent.isObjectPattern() || parent.isObjectProperty()
    if (
      !value ||
      !(pattern || parent.isAssignmentPattern() || parent.isRestElement() || parent.isTSNonNullExpression())
    )
      return false
  }
  return false
}

function blockOf(scope: Scope): { start: number; end: number } {
  return { start: scope.block.start ?? 0, end: scope.block.end ?? 0 }
}

function covers(outer: { start: number; end: number }, inner: { start: number; end: number }): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

function declaredAt(identifier: { start?: number | null } | undefined): number[] {
  return typeof identifier?.start === 'number' ? [identifier.start] : []
}
