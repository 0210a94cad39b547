/**
 * One build that makes the app and the chunks of its workers. A spawn site refers to its chunk by an import that is never run:
 * `[() => import("./a.ts?spawn=…"), import.meta.url]`. esbuild writes the name of the chunk into it, and the runtime reads it there.
 *
 * The import has no `onResolve`: esbuild finds `a.ts` itself and hands us the query as `suffix`, so relative imports, `tsconfig.json`
 * and package settings are those of the real file. A plugin's own namespace would lose them.
 */

import { basename } from 'node:path'

import { ModuleStore, clearPackageNames, parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { OnLoadResult, PluginBuild } from 'esbuild'

import { directExports } from './direct-exports.ts'
import { entriesInWorkers } from './entry-check.ts'
import { clearJsxSettings } from './jsx.ts'
import { SCRIPT, lift, moduleSpecifier, withMap } from './lift.ts'
import type { LiftContext } from './lift.ts'
import { closureIsUnknown, shownPath } from './limits.ts'
import type { ResolvedOptions } from './options.ts'
import { shortenTexts } from './short-texts.ts'
import { unliftedFiles } from './unlifted-check.ts'
import { BOOT_ID, WORKER_ID, WORKER_SOURCE, bootSource, serveModules } from './virtual-modules.ts'

/** Module workers have both, whatever the `target` says; without them an address would be lowered to something unreadable. */
export const ADDRESS_FEATURES: Readonly<Record<string, boolean>> = { 'import-meta': true, 'dynamic-import': true }

/**
 * Marks the address of a recipe in its own text. Other recipes may import it, which moves it to a chunk that several share: there
 * `import.meta.url` is that chunk's, which exports it under a name of esbuild's choice. So it refers to a module that exports it again.
 */
const FACADE = '&facade'

/** What the hooks of a pass leave behind for those who started it. */
export interface Pass {
  store: ModuleStore
  /** Absolute paths of all files that were asked for in the last build */
  seen: Set<string>
}

/** The hooks of a build whose chunks are the workers' chunks. */
export function lifting(build: PluginBuild, options: ResolvedOptions): Pass {
  const pass: Pass = { store: new ModuleStore(), seen: new Set() }
  const { loaded } = directExports(build)
  const context: LiftContext = {
    build,
    loaded,
    options,
    store: pass.store,
    reference: (module, file) => {
      // esbuild turns an import of the very module that holds it into something else than an import.
      if (module.self && module.kind !== 'recipe') return 'import.meta.url'
      const specifier = moduleSpecifier(module, file)
      return `[() => import(${JSON.stringify(module.self ? specifier + FACADE : specifier)}), import.meta.url]`
    },
  }

  build.onStart(() => {
    pass.store.clear()
    pass.seen.clear()
    clearPackageNames()
    clearJsxSettings(build)
  })
  shortenTexts(build)
  build.onLoad({ filter: SCRIPT, namespace: 'file' }, ({ path, suffix }) => {
    pass.seen.add(path)
    if (suffix === '') return lift(context, path)
    const id = parseModuleId(`file${suffix}`)
    // Another query is another plugin's affair.
    if (id === null) return undefined
    if (suffix.endsWith(FACADE)) return facadeOf(path, suffix)
    return loadModule(context, path, id.spawn)
  })
  serveModules(build, {
    [BOOT_ID]: bootSource(`[() => import(${JSON.stringify(WORKER_ID)}), import.meta.url]`),
    [WORKER_ID]: WORKER_SOURCE,
  })
  return pass
}

function facadeOf(path: string, suffix: string): OnLoadResult {
  const specifier = `./${basename(path)}${suffix.slice(0, -FACADE.length)}`
  return { contents: `export * from ${JSON.stringify(specifier)}\n`, loader: 'js' }
}

async function loadModule(context: LiftContext, path: string, id: string): Promise<OnLoadResult> {
  // The parent was loaded before anything could name its worker-side modules.
  const module = context.store.get(path, id)
  // Without an answer esbuild would load the whole file of the user in its place.
  if (module === undefined) return { errors: [closureIsUnknown(shownPath(path, context.build), id)] }
  const pluginData = context.loaded?.(path, module.code)
  return { contents: withMap(module.code, module.map, path), loader: module.lang, pluginData }
}

/** Sets up a build with `format: 'esm'` and `splitting: true`. */
export function onePass(build: PluginBuild, options: ResolvedOptions): void {
  const { initialOptions } = build
  initialOptions.supported = { ...initialOptions.supported, ...ADDRESS_FEATURES }
  initialOptions.metafile = true
  const { store, seen } = lifting(build, options)
  build.onEnd(({ metafile }) =>
    metafile === undefined
      ? undefined
      : {
          errors: entriesInWorkers(metafile, initialOptions, store),
          warnings: unliftedFiles(metafile, initialOptions, options, seen),
        },
  )
}
