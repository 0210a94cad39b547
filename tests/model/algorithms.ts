import { readFileSync } from 'node:fs'

/** A defect planted in a shipped algorithm: one place of its text, changed. */
export interface Mutant {
  readonly name: string
  readonly find: string
  readonly replace: string
}

/** The text of `pkg/runtime/src/sync/<name>-algorithm.ts`, as it ships or with a defect. */
export function algorithm(name: string, mutant?: Mutant): string {
  const url = new URL(`../../pkg/runtime/src/sync/${name}-algorithm.ts`, import.meta.url)
  const source = readFileSync(url, 'utf8')
  if (mutant === undefined) return source
  const parts = source.split(mutant.find)
  if (parts.length !== 2) throw new Error(`the mutant "${mutant.name}" fits ${parts.length - 1} places, not one`)
  return parts.join(mutant.replace)
}
