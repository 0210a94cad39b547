/** Runs texts as modules in this process: a program takes a fraction of a millisecond, where a bundler and a process take a second. */

import { SourceTextModule, SyntheticModule } from 'node:vm'
import type { Module } from 'node:vm'

import * as esbuild from 'esbuild'
import { transformSync } from 'rolldown/utils'

import type { Lang } from '@experimental-threads/compiler'

/** Takes the types and the JSX out of a text, as a bundler does. */
export function toJavaScript(code: string, lang: Lang): string {
  const jsx = { runtime: 'classic', pragma: 'jsx', pragmaFrag: 'Fragment' } as const
  const { code: text, errors } = transformSync(`program.${lang}`, code, { lang, jsx, sourcemap: false })
  if (errors.length > 0) throw new SyntaxError(errors.map(({ message }) => message).join('\n'))
  return text
}

/** The same, and writes what Node does not know (`using`, decorators) in an older form. */
export function toOlderJavaScript(code: string, lang: Lang): string {
  const jsx = { jsx: 'transform', jsxFactory: 'jsx', jsxFragment: 'Fragment' } as const
  return esbuild.transformSync(code, { loader: lang, target: 'node20', format: 'esm', ...jsx }).code
}

/** A module whose exports are these. */
export function moduleOf(exports: Record<string, unknown>): Module {
  const module: SyntheticModule = new SyntheticModule(Object.keys(exports), () => {
    for (const [name, value] of Object.entries(exports)) module.setExport(name, value)
  })
  return module
}

/** Modules that share their instances: what one thread loads. */
export class Modules {
  readonly #find: (specifier: string) => string | Module
  readonly #loaded = new Map<string, Promise<Module>>()

  /** @param find the JavaScript, or the module, that a specifier stands for */
  constructor(find: (specifier: string) => string | Module) {
    this.#find = find
  }

  /** Loads and evaluates a module, once. */
  async load(specifier: string): Promise<Record<string, unknown>> {
    const module = await this.#linked(specifier)
    if (module.status !== 'evaluated') await module.evaluate()
    return module.namespace as Record<string, unknown>
  }

  #linked(specifier: string): Promise<Module> {
    const loaded = this.#loaded.get(specifier)
    if (loaded !== undefined) return loaded
    const linking = this.#link(specifier)
    this.#loaded.set(specifier, linking)
    return linking
  }

  async #link(specifier: string): Promise<Module> {
    const found = this.#find(specifier)
    const module = typeof found === 'string' ? new SourceTextModule(found, { identifier: specifier }) : found
    if (module.status === 'unlinked') await module.link((next) => this.#linked(next))
    return module
  }
}
