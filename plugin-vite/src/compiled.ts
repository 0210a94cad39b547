// The second pass: files in a language that another plugin compiles to JavaScript (Vue, Svelte, MDX, …). It sees what that plugin made.

import { BESIDE, codeFilter, mightSpawn, withoutQuery } from '@experimental-threads/compiler/plugin-core'
import type { SourceMapInput } from '@jridgewell/remapping'
import { createFilter } from '@rollup/pluginutils'
import type { Plugin } from 'vite'

import { isStyle } from './guard.ts'
import { liftFile } from './lift.ts'
import { SCRIPT } from './options.ts'
import type { ResolvedOptions } from './options.ts'
import { Origin } from './origin.ts'
import { stateOf } from './state.ts'

const ANY_FILE = /^[^?]*\.[^./\\?]+(?:$|\?)/
// Text and data name the package without importing it.
const OTHERS = /\.(?:json5?|html?|txt|wasm|svg|ya?ml|toml)(?:$|\?(?!html-proxy))/

/** Lifts the closures of compiled files. */
export function compiledFiles(options: ResolvedOptions): Plugin {
  const exclude = [options.exclude ?? [], SCRIPT, BESIDE, OTHERS, /^\0/, /[?&](?:raw|url)\b/].flat()
  const include = options.include === SCRIPT ? [ANY_FILE] : [options.include ?? []].flat()
  const isWanted = createFilter(include, exclude)
  return {
    name: 'vite-plugin-experimental-threads:compiled',
    enforce: 'post',
    sharedDuringBuild: true,
    transform: {
      filter: { id: { include, exclude }, code: codeFilter(options.importSource) },
      handler(code, id) {
        if (!mightSpawn(code, options.importSource) || !isWanted(id) || isStyle(id)) return
        if (options.isForeign(id)) return
        const text = withoutTemplateAccess(code, options.importSource)
        const origin = new Origin(withoutQuery(id), text, this.getCombinedSourcemap() as SourceMapInput)
        return liftFile(this, stateOf(this.environment), options, text, id, origin)
      },
    },
  }
}

/**
 * Takes the accessors out by which Vue, in development, shows every import of a `<script setup>` to the template, where the template
 * makes no use of it: `{ count, get spawn() { return spawn } }`. Everything keeps its place.
 */
function withoutTemplateAccess(code: string, importSource: readonly string[]): string {
  const names = importedNames(code, importSource)
  return code.replace(/\bget ([\w$]+)\(\) \{ return \1 \}/g, (accessor, name: string) => {
    const isUsed = code.includes(`$setup.${name}`) || code.includes(`$setup["${name}"]`)
    return names.has(name) && !isUsed
      ? accessor.replace(`return ${name} `, `return ${'0'.padEnd(name.length)} `)
      : accessor
  })
}

function importedNames(code: string, importSource: readonly string[]): Set<string> {
  const clauses = code.matchAll(/\bimport\b([^'"`;]*?)\bfrom\s*(["'])(.*?)\2/g)
  const ours = [...clauses].filter(([, , , source = '']) => importSource.includes(source))
  return new Set(ours.flatMap(([, clause = '']) => clause.match(/[\w$]+/g) ?? []))
}
