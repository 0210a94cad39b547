/**
 * One build that makes the app and the chunks of its workers. A spawn site refers to its chunk by an import that is never run:
 * `[() => import("./a.ts?spawn=…"), import.meta.url]`. esbuild writes the name of the chunk into it, and the runtime reads it there.
 *
 * The import has no `onResolve`: esbuild finds `a.ts` itself and hands us the query as `suffix`, so relative imports, `tsconfig.json`
 * and package settings are those of the real file. A plugin's own namespace would lose them.
 */

import { ModuleStore, clearPackageNames, parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { OnLoadResult, PluginBuild } from 'esbuild'

import { entriesInWorkers } from './entry-check.ts'
import { clearJsxSettings } from './jsx.ts'
import { SCRIPT, lift, moduleSpecifier, withMap } from './lift.ts'
import type { LiftContext } from './lift.ts'
import type { ResolvedOptions } from './options.ts'
import { BOOT_ID, WORKER_ID, WORKER_SOURCE, bootSource, serveModules } from './virtual-modules.ts'

/** Module workers have both, whatever the `target` says; without them an address would be lowered to something unreadable. */
export const ADDRESS_FEATURES: Readonly<Record<string, boolean>> = { 'import-meta': true, 'dynamic-import': true }

/** What the hooks of a pass leave behind for those who started it. */
export interface Pass {
  store: ModuleStore
  /** Absolute paths of all files that were asked for in the last build */
  seen: Set<string>
}

/** The hooks of a build whose chunks are the workers' chunks. */
export function lifting(build: PluginBuild, options: ResolvedOptions): Pass {
  const pass: Pass = { store: new ModuleStore(), seen: new Set() }
  const context: LiftContext = {
    build,
    options,
    store: pass.store,
    // esbuild turns an import of the very module that holds it into something else than an import.
    reference: (module, file) =>
      module.self
        ? 'import.meta.url'
        : `[() => import(${JSON.stringify(moduleSpecifier(module, file))}), import.meta.url]`,
  }

  build.onStart(() => {
    pass.store.clear()
    pass.seen.clear()
    clearPackageNames()
    clearJsxSettings(build)
  })
  build.onLoad({ filter: SCRIPT, namespace: 'file' }, ({ path, suffix }) => {
    pass.seen.add(path)
    if (suffix === '') return lift(context, path)
    const id = parseModuleId(`file${suffix}`)
    // Another query is another plugin's affair.
    return id === null ? undefined : loadModule(context, path, id.spawn)
  })
  serveModules(build, {
    [BOOT_ID]: bootSource(`[() => import(${JSON.stringify(WORKER_ID)}), import.meta.url]`),
    [WORKER_ID]: WORKER_SOURCE,
  })
  return pass
}

async function loadModule(context: LiftContext, path: string, id: string): Promise<OnLoadResult | undefined> {
  // The parent was loaded before anything could name its worker-side modules.
  const module = context.store.get(path, id)
  if (module === undefined) return undefined
  return { contents: withMap(module.code, module.map, path), loader: module.lang }
}

/** Sets up a build with `format: 'esm'` and `splitting: true`. */
export function onePass(build: PluginBuild, options: ResolvedOptions): void {
  const { initialOptions } = build
  initialOptions.supported = { ...initialOptions.supported, ...ADDRESS_FEATURES }
  initialOptions.metafile = true
  const { store } = lifting(build, options)
  build.onEnd(({ metafile }) =>
    metafile === undefined ? undefined : { errors: entriesInWorkers(metafile, initialOptions, store) },
  )
}
