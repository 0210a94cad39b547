/**
 * Programs as trees of text. A node knows just enough of its meaning that a failing program can be made smaller without breaking its
 * syntax: what may be left out, what may stand in for it, and which of its parts could take its place.
 */

/** What a node is in the grammar: statements and items of lists can be left out, expressions replaced. */
export type Sort = 'statement' | 'expression' | 'item' | 'program'

export type Part = string | Node | List | Variant

export interface Node {
  sort: Sort
  parts: Part[]
  /** Of an expression: the kind of its value. Only an expression of the same kind can take its place. */
  shape?: string
  /** Of an expression: the smallest text that gives a value of its kind. */
  smallest?: string
}

/** Parts that stand beside one another; each can be left out as long as `least` are left. */
export interface List {
  items: Node[]
  separator: string
  least: number
}

/** Text that differs between the program as it is transformed and the reference program. */
export interface Variant {
  lifted: string
  reference: string
}

export type Mode = keyof Variant

type Template = (strings: TemplateStringsArray, ...values: (Part | number)[]) => Node

function template(sort: Sort, more: Partial<Node> = {}): Template {
  return (strings, ...values) => ({
    sort,
    parts: strings.flatMap((text, index): Part[] => {
      const value = values[index]
      if (value === undefined) return [text]
      return [text, typeof value === 'number' ? String(value) : value]
    }),
    ...more,
  })
}

/** A statement: it can be left out. */
export const statement: Template = template('statement')

/** A member of a list, such as a parameter or a property. */
export const item: Template = template('item')

/** An expression whose value is of `shape`. */
export function expression(shape: string, smallest: string): Template {
  return template('expression', { shape, smallest })
}

/** Statements, one on each line. */
export function statements(items: Node[]): List {
  return { items, separator: '\n', least: 0 }
}

/** What commas separate. */
export function commas(items: Node[], least = 0): List {
  return { items, separator: ', ', least }
}

/** The text of a tree. */
export function print(part: Part, mode: Mode): string {
  if (typeof part === 'string') return part
  if ('items' in part) return part.items.map((item) => print(item, mode)).join(part.separator)
  if ('parts' in part) return part.parts.map((inner) => print(inner, mode)).join('')
  return part[mode]
}

/** Every list and node below a part, outer ones first. */
export function* walk(part: Part): Generator<{ node: Node } | { list: List }> {
  if (typeof part === 'string') return
  if ('items' in part) {
    yield { list: part }
    for (const item of part.items) yield* walk(item)
  } else if ('parts' in part) {
    yield { node: part }
    for (const inner of part.parts) yield* walk(inner)
  }
}
