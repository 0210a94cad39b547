// In a worker: values that are made again. Loaded when the first task comes that needs one; as `table-reader.ts`, it imports nothing.

import type { RecipeUse } from '../protocol.ts'

/** What recipe modules gave, by address. */
export class Recipes {
  readonly #modules = new Map<string, Record<string, unknown>>()
  readonly #failed: (name: string, cause: unknown) => Error

  /** `failed` makes R518. */
  constructor(failed: (name: string, cause: unknown) => Error) {
    this.#failed = failed
  }

  /** Loads what is missing; undefined when nothing is. Rejects with R518. */
  missing(
    uses: readonly RecipeUse[] | undefined,
    load: (address: string) => Promise<unknown>,
  ): Promise<unknown> | undefined {
    const missing = uses?.filter(([, address]) => !this.#modules.has(address)) ?? []
    if (missing.length === 0) return undefined
    return Promise.all(missing.map(([, address, name]) => this.#load(address, name, load)))
  }

  async #load(address: string, name: string, load: (address: string) => Promise<unknown>): Promise<void> {
    try {
      const module = (await load(address)) as { default?: Record<string, unknown> } & Record<string, unknown>
      // A module that went through a CommonJS wrapper has its exports on `default`.
      const values = name in module ? module : { ...module.default }
      if (!(name in values)) throw new TypeError(`the module has no export \`${name}\``)
      this.#modules.set(address, values)
    } catch (error) {
      throw this.#failed(name, error)
    }
  }

  /** Puts the values where they belong among the captures. */
  fill(uses: readonly RecipeUse[] | undefined, captures: unknown[]): void {
    for (const [index, address, name] of uses ?? []) captures[index] = this.#modules.get(address)?.[name]
  }
}
