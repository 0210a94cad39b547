/** Where the two oracles differ between themselves, and why. */

import { babelNames } from './babel.ts'
import type { BabelName } from './babel.ts'
import type { Closure, FreeName } from './facts.ts'
import { pathTo } from './syntax.ts'
import type { Node } from './syntax.ts'

/** What Babel's scopes leave out by design: its TypeScript plugin knows more, its scopes alone do not. */
export const KNOWN_GAPS = {
  'enums and namespaces': (name: FreeName): boolean =>
    name.kinds.some((kind) => kind === 'enum' || kind === 'namespace'),
  'parameters that are properties too': (name: FreeName, program: Node): boolean =>
    name.declared.some((at) =>
      pathTo(program, at, at + name.name.length).some(({ type }) => type === 'TSParameterProperty'),
    ),
} as const

export type Gap = keyof typeof KNOWN_GAPS

/** What came of one text. */
export interface Between {
  /** Names on which both agree: which binding, and all its uses */
  agreed: number
  /** Names that Babel takes for globals, by the reason */
  gaps: Record<Gap, number>
  /** Differences without a reason, in sentences, with the place */
  unexplained: { at: number; text: string }[]
}

/** Compares what the first oracle found with what Babel finds. */
export function compareOracles(text: string, program: Node, closures: readonly Closure[]): Between {
  const between: Between = {
    agreed: 0,
    gaps: { 'enums and namespaces': 0, 'parameters that are properties too': 0 },
    unexplained: [],
  }
  babelNames(text, closures).forEach((names, index) => {
    const open = new Set(names)
    for (const name of closures[index]?.names ?? []) {
      const same = names.find((other) => isSame(name, other)) ?? asGlobal(name, names)
      if (same !== undefined) open.delete(same)
      if (same !== undefined && isSame(name, same)) between.agreed++
      else settle(between, name, same, program)
    }
    for (const { name, uses } of open) {
      between.unexplained.push({ at: uses[0] ?? 0, text: `only Babel sees \`${name}\`` })
    }
  })
  return between
}

function isSame(name: FreeName, other: BabelName): boolean {
  const [declared] = other.declared
  const place = declared === undefined ? name.declared.length === 0 : name.declared.includes(declared)
  return name.name === other.name && place && String(name.uses) === String(other.uses)
}

/** The name that Babel did not find a binding for, used at the same places. */
function asGlobal(name: FreeName, names: readonly BabelName[]): BabelName | undefined {
  return names.find((other) => isSame({ ...name, declared: [] }, other))
}

function settle(between: Between, name: FreeName, other: BabelName | undefined, program: Node): void {
  const gap = (Object.keys(KNOWN_GAPS) as Gap[]).find((key) => KNOWN_GAPS[key](name, program))
  if (other !== undefined && gap !== undefined) between.gaps[gap]++
  else
    between.unexplained.push({
      at: name.uses[0] ?? 0,
      text: `Babel does not see \`${name.name}\` as the first oracle does`,
    })
}
