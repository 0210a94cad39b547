// In development: says which values threads make again by running code of the program's own (W905). Only generated code of development imports it.

import { runtimeState } from '../common.ts'

/** A constant, and where it is declared. */
type Told = readonly [name: string, at: string]

/** Places of constants of which it has been said. */
const said = new Set<string>()

/** What a site calls with the number of a capture that is left to the worker. `captures` has null for those of which nothing is said. */
export function $remade(captures: readonly (Told | null)[]): (index: number) => void {
  return (index) => {
    const told = captures[index]
    // Each worker would say it again, so threads that spawn say nothing.
    if (told === null || told === undefined || runtimeState().task.isWorker) return
    const [name, at] = told
    if (said.size === said.add(at).size) return
    console.warn(
      `W905: \`${name}\` (${at}) cannot be cloned, and its initialiser calls code of this program, which runs again in each thread that needs it\n  help: if that is harmless, do nothing; else create the value inside the closure\n  docs: @experimental-threads/compiler/errors/W905.md`,
    )
  }
}
