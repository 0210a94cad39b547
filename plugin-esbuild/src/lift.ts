/** Lifts the closures of one file, as esbuild's `onLoad` hook: reads it, has it transformed, and answers in esbuild's terms. */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { ModuleRef, SourceMap, TransformOutput } from '@experimental-threads/compiler'
import {
  appendBoot,
  inlineSourceMap,
  mightSpawn,
  moduleQuery,
  packageFilename,
  toEsbuildMessage,
  toMessages,
} from '@experimental-threads/compiler/plugin-core'
import type { ModuleStore } from '@experimental-threads/compiler/plugin-core'
import type { OnLoadResult, PluginBuild } from 'esbuild'

import { missingImports } from './import-check.ts'
import { jsxSettings } from './jsx.ts'
import { languageFor } from './language.ts'
import { bundlingIsOff, shownPath } from './limits.ts'
import type { ResolvedOptions } from './options.ts'

/** The files that `onLoad` asks for. Which of them are looked at depends on the text: the others go to the next plugin. */
export const SCRIPT: RegExp = /\.[cm]?[jt]sx?$/

/** Makes the expression for the address of a worker-side module of `file`. */
export type Reference = (module: ModuleRef, file: string) => string

/** The import specifier of a worker-side module, seen from its parent and its siblings: the parent's own name with a query. */
export function moduleSpecifier(module: ModuleRef, file: string): string {
  return `./${basename(file)}?${moduleQuery(module)}`
}

/** What `lift` works with during one build. */
export interface LiftContext {
  build: PluginBuild
  options: ResolvedOptions
  /** Where the worker-side modules are kept for the loads that follow */
  store: ModuleStore
  reference: Reference
  /** Is told of each text that esbuild gets. Gives the `pluginData` for the answer */
  loaded?(path: string, contents: string): unknown
}

/**
 * Lifts the closures of the file at `path`.
 *
 * @returns undefined for a file that has nothing to lift, so that other plugins see it
 */
export async function lift(context: LiftContext, path: string): Promise<OnLoadResult | undefined> {
  const { build, options, store } = context
  const language = languageFor(path, build.initialOptions)
  if (language === undefined || !options.accepts(path)) return undefined
  const original = await readText(path)
  if (original === undefined || !mightSpawn(original, options.importSource)) return undefined

  const source = await applyTransforms(original, path, options)
  const output = await transformFile(context, path, source, language)
  const diagnostics = [...output.diagnostics, ...store.put(path, output)]
  const { errors, warnings } = toMessages(diagnostics, (diagnostic) => toEsbuildMessage(diagnostic, source, path))
  if (errors.length > 0) return { errors, warnings }
  if (!output.changed) {
    const pluginData = context.loaded?.(path, source)
    return source === original ? withWarnings(warnings) : { contents: source, loader: language, warnings, pluginData }
  }
  const spawns = output.modules.some(({ kind }) => kind === 'site')
  if (spawns && !build.initialOptions.bundle) return { errors: [bundlingIsOff(shownPath(path, build))] }
  const missing = await missingImports(build, path, source, output)
  if (missing !== undefined) return { ...missing, warnings }
  // Shared memory alone needs no worker.
  const code = spawns ? appendBoot(output.code) : output.code
  const pluginData = context.loaded?.(path, code)
  return { contents: withMap(code, output.map, path), loader: language, warnings, pluginData }
}

/**
 * A module's text with its map in it, for esbuild to go on with. The source is named by its URL: esbuild makes a relative path of that,
 * and versions before 0.28 make nothing of a name.
 */
export function withMap(code: string, map: SourceMap | null, path: string): string {
  return inlineSourceMap(code, map === null ? null : { ...map, sources: [pathToFileURL(path).href] })
}

// An answer without contents lets the next plugin load the file.
function withWarnings(warnings: OnLoadResult['warnings'] & object): OnLoadResult | undefined {
  return warnings.length > 0 ? { warnings } : undefined
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    // esbuild says what is wrong with the file.
    return undefined
  }
}

async function applyTransforms(original: string, path: string, options: ResolvedOptions): Promise<string> {
  let source = original
  for (const transform of options.transform) source = (await transform(source, { path })) ?? source
  return source
}

async function transformFile(
  context: LiftContext,
  path: string,
  source: string,
  language: 'js' | 'jsx' | 'ts' | 'tsx',
): Promise<TransformOutput> {
  // The compiler is loaded by the first file that needs it, so that a build without spawn does not pay for it.
  const { transform } = await import('@experimental-threads/compiler')
  const jsx = language === 'jsx' || language === 'tsx' ? await jsxSettings(context.build, path) : undefined
  return transform(source, {
    filename: packageFilename(path),
    lang: language,
    jsx,
    importSource: context.options.importSource,
    reference: (module) => context.reference(module, path),
    specifier: (module) => moduleSpecifier(module, path),
    sourceMap: Boolean(context.build.initialOptions.sourcemap),
  })
}
