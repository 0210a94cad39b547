/** Compares what the compiler says of the closures of a text with what an oracle says of the same closures. */

import type { ExplainedName, ExplainedSite, Explanation } from '@experimental-threads/compiler'

import type { Closure, FreeName, Initial, Kind } from './facts.ts'

/** One thing on which two analyses differ. */
export interface Difference {
  what: 'site' | 'missing' | 'extra' | 'uses' | 'writes' | 'kind' | 'rule'
  /** The closure */
  at: number
  name: string
  ours: unknown
  theirs: unknown
  free?: FreeName | undefined
  explained?: ExplainedName | undefined
}

/** What the comparison of one text came to. */
export interface Comparison {
  sites: number
  names: number
  differences: Difference[]
}

export function compare(explanation: Explanation, closures: readonly Closure[]): Comparison {
  const differences: Difference[] = []
  let names = 0
  for (const closure of closures) {
    const site = explanation.sites.find((each) => each.closure.start === closure.start)
    if (site === undefined) {
      differences.push({ what: 'site', at: closure.start, name: '', ours: undefined, theirs: closure.start })
      continue
    }
    names += closure.names.length
    differences.push(...compareSite(site, closure))
  }
  return { sites: closures.length, names, differences }
}

function compareSite(site: ExplainedSite, closure: Closure): Difference[] {
  const differences: Difference[] = []
  const open = new Set(site.names.filter(({ uses }) => uses > 0))
  for (const free of closure.names) {
    const explained = [...open].find((name) => isSame(name, free))
    const differ = (what: Difference['what'], ours: unknown, theirs: unknown): void => {
      differences.push({ what, at: closure.start, name: free.name, ours, theirs, free, explained })
    }
    if (explained === undefined) {
      differ('missing', undefined, free.declared)
      continue
    }
    open.delete(explained)
    const writes = explained.writes.map(({ start }) => start).filter((at) => closure.start <= at && at < closure.end)
    if (explained.uses !== free.uses.length) differ('uses', explained.uses, free.uses)
    if (free.declared.length > 0 && String(writes) !== String(free.writes)) differ('writes', writes, free.writes)
    if (!KINDS[explained.binding].some((kind) => free.kinds.includes(kind)))
      differ('kind', explained.binding, free.kinds)
    const rules = rulesFor(free)
    if (!rules.includes(explained.rule)) differ('rule', explained.rule, rules)
  }
  for (const explained of open) {
    const { name, declared } = explained
    differences.push({ what: 'extra', at: closure.start, name, ours: declared?.start, theirs: undefined, explained })
  }
  return differences
}

function isSame({ name, declared }: ExplainedName, free: FreeName): boolean {
  if (name !== free.name) return false
  return declared === undefined ? free.declared.length === 0 : free.declared.includes(declared.start)
}

/** The words of the oracles for what the compiler calls a binding. */
const KINDS: Record<ExplainedName['binding'], readonly Kind[]> = {
  global: ['global'],
  import: ['import'],
  var: ['var'],
  let: ['let', 'catch'],
  const: ['const'],
  using: ['using'],
  function: ['function'],
  class: ['class'],
  enum: ['enum'],
  namespace: ['namespace'],
  'import-equals': ['import'],
  parameter: ['parameter', 'catch'],
  'own-name': ['own-name'],
}

/** The rules that can decide over a name, as far as its declaration and its writes tell. */
function rulesFor(free: FreeName): number[] {
  if (free.declared.length === 0 || free.ambient) return [1]
  if (free.kinds.includes('import')) return [4]
  if (free.writes.length > 0) return [3]
  // A local function that the closure needs may write it.
  if (!free.constant) return free.moduleLevel ? [10] : [3, 12]
  const declaration = free.kinds.some((kind) => /^(?:function|class|enum|namespace|own-name)$/.test(kind))
  if (declaration) return free.moduleLevel ? [6, 8] : [11]
  return free.moduleLevel ? MODULE_RULES[free.initial ?? 'unknown'] : LOCAL_RULES[free.initial ?? 'unknown']
}

/**
 * A variable that holds a function or a class counts as a declaration. What else a constant of the module holds is shared (5), a
 * task (7), a table of functions beside a value (8), or made again (9) unless the module goes on building it (10).
 */
const MODULE_RULES: Record<Initial | 'unknown', number[]> = {
  nothing: [6, 10],
  literal: [7],
  function: [6, 8],
  class: [6, 8],
  awaited: [5, 10],
  other: [5, 7, 8, 9, 10],
  unknown: [5, 6, 7, 8, 9, 10],
}

const LOCAL_RULES: Record<Initial | 'unknown', number[]> = {
  nothing: [11, 12],
  literal: [12],
  function: [11],
  class: [11],
  awaited: [12],
  other: [12],
  unknown: [11, 12],
}
