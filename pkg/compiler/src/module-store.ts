/** What the transform gave for each file of one build. */

import { relative } from 'node:path'

import { withoutQuery } from './module-ids.ts'
import { realFile } from './package-name.ts'
import type { Diagnostic, TransformOutput, WorkerModule } from './index.ts'

interface Entry {
  parent: string
  /** The file on disk, so that one file under two ids does not count as two */
  file: string
  module: WorkerModule
}

/**
 * Results by parent file. Keep one store for each build environment: the texts hold addresses, which differ between them.
 *
 * ```ts
 * const clashes = store.put(id, output)     // in `transform`
 * store.get(id, parsed.spawn)?.code         // in `load`
 * ```
 */
export class ModuleStore {
  #outputs = new Map<string, TransformOutput>()
  #entries = new Map<string, Entry[]>()

  /**
   * Takes the result for a file, in place of an earlier one.
   *
   * @returns an E401 diagnostic, with positions in that file, for each of its modules whose id, and so its name,
   *   is taken by another file
   */
  put(parent: string, output: TransformOutput): Diagnostic[] {
    this.forget(parent)
    this.#outputs.set(parent, output)
    const clashes: Diagnostic[] = []
    const file = realFile(parent)
    for (const module of output.modules) {
      const entries = this.#entries.get(module.id) ?? []
      const other = entries.find((entry) => entry.file !== file)
      if (other !== undefined) clashes.push(clash(module, other))
      entries.push({ parent, file, module })
      this.#entries.set(module.id, entries)
    }
    return clashes
  }

  /** A worker-side module of a file. */
  get(parent: string, moduleId: string): WorkerModule | undefined {
    return this.#entries.get(moduleId)?.find((entry) => entry.parent === parent)?.module
  }

  /** The whole result for a file. */
  output(parent: string): TransformOutput | undefined {
    return this.#outputs.get(parent)
  }

  /** The ids under which a file is known: a file in another language may be several modules. */
  parentsOf(file: string): string[] {
    return [...this.#outputs.keys()].filter((parent) => parent === file || withoutQuery(parent) === file)
  }

  /** Drops what is known of a file. */
  forget(parent: string): void {
    const output = this.#outputs.get(parent)
    if (output === undefined) return
    this.#outputs.delete(parent)
    for (const { id } of output.modules) {
      const rest = (this.#entries.get(id) ?? []).filter((entry) => entry.parent !== parent)
      if (rest.length > 0) this.#entries.set(id, rest)
      else this.#entries.delete(id)
    }
  }

  /** Every worker-side module of the build with its parent, in the order in which the files were put. */
  list(): { parent: string; module: WorkerModule }[] {
    return [...this.#outputs].flatMap(([parent, output]) => output.modules.map((module) => ({ parent, module })))
  }

  /** Drops everything, as at the start of a new build. */
  clear(): void {
    this.#outputs.clear()
    this.#entries.clear()
  }
}

function clash(module: WorkerModule, other: Entry): Diagnostic {
  return {
    code: 'E401',
    severity: 'error',
    message: `the worker module \`${module.name}\` has the same id as one of \`${relative(process.cwd(), other.file)}\``,
    start: module.start,
    end: module.end,
    labels: [],
    notes: [
      'ids are made of the name and version of the nearest named package.json, the path in that package and the name of the binding',
    ],
    help: 'give the two packages different names or versions, or make both imports resolve to one copy',
  }
}
