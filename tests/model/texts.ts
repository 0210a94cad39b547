import { parseSync } from 'vite'

// oxlint-disable-next-line no-explicit-any -- syntax trees come untyped
export type Node = any

/** Functions and numeric constants, in one scope. */
export interface Texts {
  readonly functions: ReadonlyMap<string, { node: Node; source: string }>
  readonly constants: ReadonlyMap<string, number>
}

const WITHOUT_EFFECT = new Set(['ImportDeclaration', 'TSTypeAliasDeclaration', 'TSInterfaceDeclaration'])

/**
 * Reads source texts: their functions and numeric constants, in one scope.
 *
 * @param values constants that have other values than the texts say, such as the size of a table, and those that the texts import from files that are not given
 */
export function readTexts(sources: readonly string[], values: Readonly<Record<string, number>> = {}): Texts {
  const functions = new Map<string, { node: Node; source: string }>()
  const constants = new Map<string, number>([...Object.entries(values), ['Infinity', Infinity]])
  for (const source of sources) {
    const { program, errors } = parseSync('text.ts', source)
    if (errors.length > 0) throw new Error(`cannot parse: ${errors[0]!.message}`)
    for (const statement of program.body as Node[]) {
      const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
      if (node === null) continue
      if (node.type === 'FunctionDeclaration') functions.set(node.id.name, { node, source })
      else if (node.type === 'VariableDeclaration') {
        for (const { id, init } of node.declarations)
          if (!(id.name in values)) constants.set(id.name, constant(source.slice(init.start, init.end), constants))
      } else if (!WITHOUT_EFFECT.has(node.type)) throw new Error(`cannot compile ${node.type}`)
    }
  }
  return { functions, constants }
}

/** The value of an initialiser that computes with numbers and known constants; NaN for any other, which only matters to who uses it. */
function constant(text: string, known: ReadonlyMap<string, number>): number {
  if (!/^[-+*/%~|&^()<>\s\w.]+$/.test(text)) return NaN
  const numbers = text.replace(/\b[A-Za-z_]\w*/g, (name) => String(known.get(name) ?? 'NaN'))
  try {
    return Number(new Function(`return ${numbers}`)())
  } catch {
    return NaN
  }
}

/** The names that a syntax tree assigns to. */
export function assignedNames(node: Node, names: Set<string> = new Set()): Set<string> {
  if (node === null || typeof node !== 'object') return names
  if (node.type === 'AssignmentExpression') names.add(node.left.name)
  if (node.type === 'UpdateExpression') names.add(node.argument.name)
  for (const part of Object.values(node)) assignedNames(part, names)
  return names
}
