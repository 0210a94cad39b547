/**
 * Builds without chunks: single files, IIFEs, CommonJS. A first build in memory makes the chunks of the workers, with their final
 * names; this one refers to them by name, and adds them to its output.
 */

import { dirname } from 'node:path'

import { ModuleStore, clearPackageNames } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions, OnLoadResult, PartialMessage, PluginBuild } from 'esbuild'

import { InlineBuild, inlineAddress, inlineBoot } from './inline-build.ts'
import type { InlineResult } from './inline-build.ts'
import { clearJsxSettings } from './jsx.ts'
import { SCRIPT, lift } from './lift.ts'
import type { LiftContext } from './lift.ts'
import { asEsbuild, isSame } from './messages.ts'
import type { ResolvedOptions } from './options.ts'
import { baseOf, formatOf, publicPathOf } from './output-format.ts'
import { placeFiles } from './place-files.ts'
import { shortenTexts } from './short-texts.ts'
import { SideBuild } from './side-build.ts'
import type { SideResult } from './side-build.ts'
import { unliftedFiles } from './unlifted-check.ts'
import { BASE_ID, BOOT_ID, INLINE_ID, WORKER_ID, bootSource, serveModules } from './virtual-modules.ts'

/** Sets up a build of any format but ES modules with code splitting. */
export function twoPasses(build: PluginBuild, options: ResolvedOptions, name: string): void {
  const { initialOptions } = build
  const initial = { ...initialOptions }
  const base = baseOf(initial)
  const side = options.inline
    ? new InlineBuild(build, initial, options, name)
    : new SideBuild(build, initial, options, name)
  const seen = new Set<string>()
  let found: SideResult | InlineResult | undefined

  initialOptions.metafile = true
  if (formatOf(initial) === 'esm') initialOptions.supported = { ...initial.supported, 'import-meta': true }
  if (base.module !== undefined) initialOptions.inject = [...(initial.inject ?? []), BASE_ID]

  const address = (id: string): string => {
    if (options.inline) return inlineAddress(id)
    const path = found?.addresses.get(id)
    // A closure that is never reached has no chunk, and esbuild drops the code that would load it.
    return path === undefined ? '""' : `new URL(${JSON.stringify(urlOf(path, initial))}, ${base.expression}).href`
  }
  const context: LiftContext = { build, options, store: new ModuleStore(), reference: ({ id }) => address(id) }
  serveModules(build, {
    [BOOT_ID]: () => (options.inline ? inlineBoot(initial) : bootSource(address(WORKER_ID))),
    [INLINE_ID]: { text: () => (found !== undefined && 'text' in found ? found.text : '') },
    ...(base.module === undefined ? {} : { [BASE_ID]: base.module }),
  })

  build.onStart(async () => {
    context.store.clear()
    seen.clear()
    clearPackageNames()
    clearJsxSettings(build)
    found = await side.run()
    return { errors: found.errors.filter(isReportedOnlyHere) }
  })
  shortenTexts(build)
  build.onLoad({ filter: SCRIPT, namespace: 'file' }, async ({ path, suffix }) => {
    seen.add(path)
    if (found !== undefined && found.errors.length > 0) return skipped(found)
    if (suffix !== '') return undefined
    const result = await lift(context, path)
    return result === undefined ? undefined : { ...result, watchFiles: found?.inputs ?? [] }
  })
  build.onEnd(async (result) => {
    if (found === undefined) return undefined
    if (found.errors.length > 0) return result.errors.length > 0 ? undefined : { errors: found.errors }
    if (result.errors.length > 0) return undefined
    if (!options.inline) await placeFiles(result, found, initial)
    const fromFirst = found.warnings.filter((warning) => !result.warnings.some((known) => isSame(known, warning)))
    const unlifted = result.metafile === undefined ? [] : unliftedFiles(result.metafile, initial, options, seen)
    return { warnings: [...fromFirst.map(asEsbuild), ...unlifted] }
  })
  // Nothing waits for this hook, so nobody else would hear of a failure.
  build.onDispose(() => {
    side.dispose().catch((failure: unknown) => {
      process.emitWarning(failure instanceof Error ? failure : String(failure))
    })
  })
}

// The first pass said already what is wrong with the app's files. Without their text this build has nothing to say twice.
function skipped(found: SideResult): OnLoadResult {
  return {
    contents: '',
    loader: 'js',
    watchFiles: found.inputs,
    watchDirs: [...new Set(found.inputs.map((file) => dirname(file)))],
  }
}

// An entry that does not exist is found missing by this build too.
function isReportedOnlyHere({ text, location }: PartialMessage): boolean {
  return location != null || !(text ?? '').startsWith('Could not resolve ')
}

// The chunks lie beside the file that refers to them, or where the `publicPath` is served from.
function urlOf(path: string, options: BuildOptions): string {
  const url = path.split('/').map(encodeURIComponent).join('/')
  const prefix = publicPathOf(options)
  if (prefix === undefined) return `./${url}`
  return prefix.endsWith('/') ? prefix + url : `${prefix}/${url}`
}
