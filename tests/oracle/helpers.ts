/**
 * What comes along through declarations that a closure needs. The oracle looks at the text of each declaration that is copied: what
 * it takes from outside must be among the names of the site, and whether any of that is a value decides between rules 6 and 8.
 */

import type { ExplainedName, ExplainedSite, Explanation } from '@experimental-threads/compiler'

import type { Closure, FreeName } from './facts.ts'
import { covers, walk } from './syntax.ts'
import type { Node } from './syntax.ts'
import { SPAWN } from './wrap.ts'

/** What came of one text. */
export interface Along {
  /** Names of declarations that were compared */
  names: number
  /** Sentences, with the place */
  wrong: { at: number; text: string }[]
}

/** Rules by which a text is copied to the top level of a module (6), or beside the captured values (8, 11). */
const COPIED = new Set([6, 8, 11])

/** Rules by which a value is sent, also one that a helper of the module writes (3). */
const SENT = new Set([3, 8, 9, 10, 12])

/** The declarations that sites need, by what the compiler says of them. */
export function helpersOf(program: Node, { sites }: Explanation): Map<ExplainedName, Node> {
  const declarations = declarationsOf(program)
  const found = new Map<ExplainedName, Node>()
  for (const helper of sites.flatMap(({ names }) => names)) {
    const node = nodeOf(helper, declarations)
    if (node !== undefined) found.set(helper, node)
  }
  return found
}

/** @param free what each declaration takes from outside of it */
export function compareHelpers(
  explanation: Explanation,
  helpers: ReadonlyMap<ExplainedName, Node>,
  free: ReadonlyMap<Node, readonly FreeName[]>,
  { program, closures }: { program: Node; closures: readonly Closure[] },
): Along {
  const along: Along = { names: 0, wrong: [] }
  const completed = completedNames(program)
  for (const site of explanation.sites) {
    for (const helper of site.names) {
      const node = helpers.get(helper)
      if (node === undefined) continue
      const wanted = wantedBy(node, free.get(node) ?? [], helper, closures)
      compareHelper(along, site, helper, { ...wanted, more: wanted.more || completed.has(helper.name) })
    }
  }
  return along
}

/** Functions, classes and variables by where their name stands. */
function declarationsOf(program: Node): Map<number, Node> {
  const found = new Map<number, Node>()
  walk(program, (node) => {
    const id = node['id'] as Node | null | undefined
    if (/^(?:FunctionDeclaration|ClassDeclaration|VariableDeclarator)$/.test(node.type) && id?.type === 'Identifier')
      found.set(id.start, node)
  })
  return found
}

function nodeOf({ declared, rule, how }: ExplainedName, declarations: ReadonlyMap<number, Node>): Node | undefined {
  return COPIED.has(rule) && how !== 'refused' && declared !== undefined ? declarations.get(declared.start) : undefined
}

/** Names with properties that are set beside their declaration: `f.cache = {}`, `K.prototype.m = …` */
function completedNames(program: Node): Set<unknown> {
  const found = new Set<unknown>()
  walk(program, (node) => {
    const target = node.type === 'AssignmentExpression' ? (node['left'] as Node) : undefined
    const [argument] = node.type === 'CallExpression' ? (node['arguments'] as Node[]) : []
    for (let at = target?.type === 'MemberExpression' ? target : argument; at !== undefined;) {
      if (at.type === 'Identifier') found.add(at['name'])
      at = at.type === 'MemberExpression' ? (at['object'] as Node) : undefined
    }
  })
  return found
}

interface Wanted {
  /** Names that the text itself reads */
  own: FreeName[]
  /** More than the text of its declaration decides: it starts threads, whose captures it reads, or is completed by statements */
  more: boolean
}

/** A closure that is lifted out of a text is no part of it. */
function wantedBy(node: Node, names: readonly FreeName[], helper: ExplainedName, closures: readonly Closure[]): Wanted {
  const inside = closures.filter((closure) => covers(node, closure))
  const isOwn = (at: number): boolean => !inside.some((closure) => closure.start <= at && at < closure.end)
  const own = names.filter(({ name, uses, declared }) => {
    return name !== SPAWN && uses.some(isOwn) && !declared.includes(helper.declared!.start)
  })
  return { own, more: inside.length > 0 }
}

function compareHelper(along: Along, site: ExplainedSite, helper: ExplainedName, { own, more }: Wanted): void {
  const at = helper.declared!.start
  let sent = false
  for (const free of own) {
    along.names++
    const explained = site.names.find(({ name, declared }) => {
      return (
        name === free.name &&
        (declared === undefined ? free.declared.length === 0 : free.declared.includes(declared.start))
      )
    })
    if (explained === undefined)
      along.wrong.push({ at, text: `\`${helper.name}\` needs \`${free.name}\`, which the site does not list` })
    else if (explained.via.length === 0 && explained.uses === 0)
      along.wrong.push({ at, text: `nothing says through what \`${free.name}\` is needed` })
    sent ||= explained !== undefined && (SENT.has(explained.rule) || explained.how === 'per-task')
  }
  if (helper.rule === 6 && sent) along.wrong.push({ at, text: `\`${helper.name}\` is hoisted, and needs a value` })
  if (helper.rule === 8 && !sent && !more)
    along.wrong.push({ at, text: `\`${helper.name}\` needs no value, and is not hoisted` })
}
