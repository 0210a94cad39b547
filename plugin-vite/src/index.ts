import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import {
  BESIDE,
  checkOptions,
  clearPackageNames,
  codeFilter,
  mightSpawn,
  parseModuleId,
  sourceMapFor,
  withoutQuery,
} from '@experimental-threads/compiler/plugin-core'
import { createFilter } from '@rollup/pluginutils'
import type { Plugin } from 'vite'

import { bootAddress, devPath, targetOf } from './addresses.ts'
import {
  chunkUrl,
  hasChunks,
  keepOutOfWorkers,
  moveOutOfEntry,
  nameSharedChunks,
  splitGroupsByEntry,
} from './chunks.ts'
import { resolveBeside } from './beside.ts'
import { compiledFiles } from './compiled.ts'
import { diagnose } from './diagnostics.ts'
import { isBrowserTest } from './externals.ts'
import { facadeText } from './facades.ts'
import { findBrokenChunk, isLegacyCopy, isWorkerRoot, notEntries } from './guard.ts'
import { inlinedIn, noteInlined, WORKER } from './inline-workers.ts'
import { isolation } from './headers.ts'
import { hotUpdates } from './hot-update.ts'
import { lateChunks } from './late-chunks.ts'
import { liftFile } from './lift.ts'
import { knowServer, stopServing } from './module-server.ts'
import { resolveOptions } from './options.ts'
import type { Options, ResolvedOptions } from './options.ts'
import { packages } from './packages.ts'
import { withoutVite } from './plain.ts'
import { clientPatch, patches } from './patches.ts'
import { rootsOf, stateOf } from './state.ts'
import { showThreadErrors } from './thread-errors.ts'
import { RESOLVED_VIRTUAL, VIRTUAL, loadVirtual, resolveVirtual } from './virtual.ts'

export type { Options } from './options.ts'

const KNOWN_OPTIONS = ['include', 'exclude', 'crossOriginIsolated', 'importSource']

/**
 * The Vite plugin: lifts the closures that are given to `spawn` into worker modules, in `vite build` for browsers and for
 * Node, and in the dev server.
 *
 * @throws TypeError for an unknown option
 * @example
 * ```ts
 * // vite.config.ts
 * import { defineConfig } from 'vite'
 * import experimentalThreads from 'vite-plugin-experimental-threads'
 *
 * export default defineConfig({ plugins: [experimentalThreads()] })
 * ```
 */
export default function experimentalThreads(options: Options = {}): Plugin[] {
  checkOptions(options, KNOWN_OPTIONS, 'experimentalThreads()')
  const resolved = resolveOptions(options)
  return withoutVite([
    configuration(resolved),
    isolation(resolved),
    packages(resolved),
    ...pluginsOfEveryBuild(resolved),
  ])
}

// Also what the builds of the user's own workers get, which Vite runs with a list of plugins of their own.
function pluginsOfEveryBuild(options: ResolvedOptions): Plugin[] {
  return [
    lifting(options),
    compiledFiles(options),
    lateChunks(),
    chunking(),
    hotUpdates(options),
    patches(),
    clientPatch(),
  ]
}

function configuration(options: ResolvedOptions): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:config',
    sharedDuringBuild: true,
    configureServer(server) {
      knowServer(server, options)
      showThreadErrors(server)
    },
    async buildEnd() {
      await stopServing(this.environment)
    },
    config: () => ({
      // Pre-bundled, the page would have one copy of the runtime and the workers another.
      optimizeDeps: { exclude: ['experimental-threads', ...options.importSource] },
      worker: { plugins: () => pluginsOfEveryBuild(options) },
    }),
  }
}

function lifting(options: ResolvedOptions): Plugin {
  // A worker-side module is final. `?raw` and `?url` ask for the file as data.
  const exclude = [options.exclude ?? [], /^\0/, BESIDE, /[?&](?:spawn=|raw\b|url\b)/].flat()
  const isWanted = createFilter(options.include, exclude)
  const include = [options.include ?? []].flat()
  return {
    name: 'vite-plugin-experimental-threads',
    // Before any other plugin has changed the text: positions in messages and in source maps are the user's own.
    enforce: 'pre',
    sharedDuringBuild: true,
    buildStart({ input }) {
      clearPackageNames()
      if (targetOf(this.environment) === 'worker-build') stateOf(this.environment).inlined = inlinedIn(options, input)
    },
    async watchChange(id) {
      const { store } = stateOf(this.environment)
      const parents = store.parentsOf(id)
      if (parents.length === 0) return
      // Such a text never reaches `transform`, which would replace what is known of the file. Any other does, unless it is
      // the old one: then a watching Rollup takes the module from its cache and still asks for what was lifted from it.
      const text = await readFile(id, 'utf8').catch(() => '')
      if (!mightSpawn(text, options.importSource)) for (const parent of parents) store.forget(parent)
    },
    resolveId: {
      filter: { id: [VIRTUAL, BESIDE] },
      handler(source, importer) {
        const { root } = this.environment.config
        if (BESIDE.test(source)) return resolveBeside(source, importer, root)
        if (!VIRTUAL.test(source)) return null
        return resolveVirtual(source, importer, root, (id, from) => this.resolve(id, from, { skipSelf: true }))
      },
    },
    load: {
      filter: { id: [RESOLVED_VIRTUAL, BESIDE, /[?&]spawn=/, WORKER] },
      async handler(id) {
        const { environment } = this
        const state = stateOf(environment)
        noteInlined(options, id)
        if (RESOLVED_VIRTUAL.test(id)) {
          const host = {
            isDevPage: targetOf(environment) === 'dev',
            isDevServer: targetOf(environment) === 'dev-server',
            isBrowserTest: isBrowserTest(environment),
          }
          return loadVirtual(id, () => bootAddress(this, state), host)
        }
        const parsed = parseModuleId(id)
        if (!parsed) return null
        const { parent, spawn } = parsed
        // What is made of another language's file is known to the bundler by no other way.
        if (BESIDE.test(id)) this.addWatchFile(withoutQuery(parent))
        // A page that was open before the server started asks for a closure before anyone has asked for its parent; and
        // after an edit the text in the store is old until the parent is transformed again. Otherwise this is a cache hit.
        const isDev = environment.mode === 'dev'
        if (isDev) await environment.transformRequest(devPath(environment, parent))
        const module = state.store.get(parent, spawn)
        if (!module) return this.error(diagnose('E408', { file: devPath(environment, withoutQuery(parent)).slice(1) }))
        const map = BESIDE.test(id) ? module.map : sourceMapFor(module, parent)
        return facadeText(id, parent, module, isDev) ?? { code: module.code, map }
      },
    },
    transform: {
      filter: { id: { include, exclude }, code: codeFilter(options.importSource) },
      handler(code, id) {
        // The same test again, for hosts that know no filters.
        if (!mightSpawn(code, options.importSource) || !isWanted(id) || options.isForeign(id)) return
        return liftFile(this, stateOf(this.environment), options, code, id)
      },
    },
  }
}

function chunking(): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:chunks',
    apply: 'build',
    sharedDuringBuild: true,
    outputOptions(output) {
      if (!('environment' in this)) return null
      const state = stateOf(this.environment)
      state.format = output.format
      // Rollup asks only now, after the transform; Rolldown before it, and there the transform reports.
      if (state.references.size > 0 && !hasChunks(output.format))
        this.error(diagnose('E402', { format: String(output.format) }))
      const isRolldown = Boolean(this.meta.rolldownVersion)
      const named = nameSharedChunks(output, state.store)
      if (targetOf(this.environment) === 'worker-build') {
        return hasChunks(output.format) ? moveOutOfEntry(named, isRolldown, () => rootsOf(state)) : null
      }
      if (isRolldown) return splitGroupsByEntry(named)
      if (typeof named.manualChunks !== 'function') return named
      return { ...named, manualChunks: keepOutOfWorkers(named.manualChunks, isWorkerRoot) }
    },
    resolveFileUrl: {
      order: 'pre',
      handler({ referenceId, relativePath, format }) {
        if (!referenceId || !stateOf(this.environment).references.has(referenceId)) return null
        return chunkUrl(relativePath, format)
      },
    },
    generateBundle(_, bundle) {
      const { config } = this.environment
      const state = stateOf(this.environment)
      // Nothing was lifted, and a bundler that is not written in JavaScript would have to bring the bundle over first.
      if (state.store.list().length === 0) return
      notEntries(bundle)
      const place = { root: resolve(config.root), isLibrary: Boolean(config.build.lib) }
      if (isLegacyCopy(bundle, config.plugins)) this.warn(diagnose('W952'))
      const problem = findBrokenChunk(bundle, this, state, place)
      if (problem) this.error(problem)
    },
  }
}
