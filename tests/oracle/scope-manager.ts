/** The first oracle: `@typescript-eslint/scope-manager`, the analyser of ESLint for TypeScript, on the tree of oxc's parser. */

import { analyze } from '@typescript-eslint/scope-manager'
import type { Definition, Reference, Scope, Variable } from '@typescript-eslint/scope-manager'

import { ascending } from './facts.ts'
import { initialOf } from './initial.ts'
import type { Closure, FreeName, Kind } from './facts.ts'
import { covers, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** What the analyser says of a text. */
export interface Found {
  /** In the order in which they were asked for */
  closures: Closure[]
  /** Starts of all places that write a variable */
  writes: Set<number>
  /** How many uses in type positions were set aside: the analyser counts `typeof x` and `{ [x]: … }` in types as reads */
  inTypes: number
}

/** The free names of each closure. */
export function freeNames(program: Node, closures: readonly Node[]): Found {
  const types = typePlaces(program)
  const all = collect(program)
  const references = all.filter(({ identifier: { range } }) => !inSome(types, range[0]))
  references.sort((a, b) => a.identifier.range[0] - b.identifier.range[0])
  const writes = new Set(references.filter((each) => each.isWrite()).map(({ identifier: { range } }) => range[0]))
  const found = closures.map((closure) => {
    const names = new Map<Variable | string, FreeName>()
    for (const reference of slice(references, closure)) {
      const variable = known(reference)
      if (variable !== undefined && covers(closure, blockOf(variable))) continue
      // `arguments` is declared by the language; what a closure may do with it is another question.
      if (variable === undefined ? reference.identifier.name === 'arguments' : variable.defs.length === 0) continue
      const key = variable ?? reference.identifier.name
      const name = names.get(key) ?? describe(variable, reference.identifier.name)
      names.set(key, name)
      const at = reference.identifier.range[0]
      name.uses = ascending([...name.uses, at])
      if (reference.isWrite()) name.writes = ascending([...name.writes, at])
    }
    return { start: closure.start, end: closure.end, names: [...names.values()] }
  })
  return { closures: found, writes, inTypes: all.length - references.length }
}

function collect(program: Node): (Reference & { identifier: { name: string; range: [number, number] } })[] {
  const manager = analyze(program as never, {
    sourceType: 'module',
    lib: [],
    jsxPragma: null,
    emitDecoratorMetadata: false,
  })
  return manager.scopes
    .flatMap((scope: Scope) => scope.references)
    .filter((reference) => reference.isValueReference) as never
}

/** Types that may name values. They read nothing when the program runs. */
function typePlaces(program: Node): Node[] {
  const found: Node[] = []
  walk(program, (node) => {
    if (/^TS(?:TypeQuery|PropertySignature|MethodSignature|ImportType)$/.test(node.type)) found.push(node)
  })
  return found
}

function inSome(nodes: readonly Node[], at: number): boolean {
  return nodes.some((node) => node.start <= at && at < node.end)
}

function slice(references: ReturnType<typeof collect>, closure: Node): ReturnType<typeof collect> {
  let first = 0
  for (let end = references.length; first < end;) {
    const middle = (first + end) >> 1
    if ((references[middle]?.identifier.range[0] ?? 0) < closure.start) first = middle + 1
    else end = middle
  }
  const behind = references.findIndex(({ identifier }, at) => at >= first && identifier.range[0] >= closure.end)
  return references.slice(first, behind < 0 ? undefined : behind)
}

function known(reference: Reference): Variable | undefined {
  const variable = reference.resolved
  if (variable === null || variable === undefined) return undefined
  // Inside a class its name is a binding of its own, of the same class.
  const [definition] = variable.defs
  if (definition?.node.type === ('ClassDeclaration' as never) && variable.scope.type === ('class' as never)) {
    return variable.scope.upper?.set.get(variable.name) ?? variable
  }
  return variable
}

function blockOf(variable: Variable): Node {
  return variable.scope.block as unknown as Node
}

function describe(variable: Variable | undefined, name: string): FreeName {
  if (variable === undefined) {
    return {
      name,
      declared: [],
      kinds: ['global'],
      uses: [],
      writes: [],
      constant: true,
      moduleLevel: false,
      ambient: false,
      initial: undefined,
    }
  }
  return {
    name,
    declared: variable.defs.map((definition) => (definition.name as unknown as Node).range[0]),
    kinds: variable.defs.map(kindOf),
    uses: [],
    writes: [],
    constant: !variable.references.some((reference) => reference.isWrite() && reference.init !== true),
    moduleLevel: variable.scope.type === ('module' as never),
    ambient: variable.defs.some(isAmbient),
    initial: initialOf(variable),
  }
}

function isAmbient({ node, parent }: Definition): boolean {
  return [node, parent].some((each) => (each as unknown as Node | null | undefined)?.['declare'] === true)
}

function kindOf(definition: Definition): Kind {
  const node = definition.node as unknown as Node
  const parent = definition.parent as unknown as Node | null | undefined
  switch (definition.type as string) {
    case 'ImportBinding':
      return 'import'
    case 'FunctionName':
      return node.type === 'FunctionExpression' ? 'own-name' : 'function'
    case 'ClassName':
      return node.type === 'ClassExpression' ? 'own-name' : 'class'
    case 'Parameter':
      return 'parameter'
    case 'CatchClause':
      return 'catch'
    case 'TSEnumName':
      return 'enum'
    case 'TSModuleName':
      return 'namespace'
    default: {
      const kind = String(parent?.['kind'])
      return kind.endsWith('using') ? 'using' : (kind as Kind)
    }
  }
}
