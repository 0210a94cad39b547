/** The first of two builds, in memory: it finds what workers load. */

import { dirname, relative, resolve } from 'node:path'

import { parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { Metafile } from 'esbuild'

import { chainBetween } from '../module-graph.ts'
import type { ResolvedOptions } from '../options.ts'
import { lifting } from './hooks.ts'
import type { Root } from './hooks.ts'
import { entryInWorker } from './limits.ts'
import type { BunBuildConfig, BunGlobal, BunPlugin } from './types.ts'

declare const Bun: BunGlobal

/**
 * What workers load, by the path of the entry that it is to become: in a folder `threads` beside the app's own entries.
 *
 * @param name the name by which the plugin finds itself in the list of plugins
 * @throws Error E450 when a worker would run an entry of the app
 */
export async function discover(
  config: BunBuildConfig,
  options: ResolvedOptions,
  name: string,
): Promise<Map<string, string>> {
  const roots = new Map<string, Root>()
  const inner: BunPlugin = {
    name,
    setup(build) {
      lifting(build, config, options, { reached: (root) => roots.set(root.path, root), warns: false })
    },
  }
  const { outdir: _, ...rest } = config as BunBuildConfig & { outdir?: string }
  const plugins = (config.plugins ?? []).map((plugin) => (plugin.name === name ? inner : withoutOnEnd(plugin)))
  const { success, metafile } = await Bun.build({ ...rest, plugins, throw: false, metafile: true, sourcemap: 'none' })
  // The build itself fails in the same way, and says why.
  if (!success || metafile === undefined) return new Map()
  refuseEntries(metafile, config.entrypoints, roots)
  const home = resolve(commonFolder(config), 'threads')
  const names = unique([...roots.values()].map((root) => root.name))
  return new Map([...roots.keys()].map((path, index) => [`${resolve(home, names[index]!)}.js`, path]))
}

/** What other plugins do at the end of a build is meant for its result, and this one has none. */
function withoutOnEnd(plugin: BunPlugin): BunPlugin {
  return { ...plugin, setup: (build) => plugin.setup({ ...build, onEnd: () => {} }) }
}

/** The folder that Bun takes for that of the output: what our entries lie in must not change it. */
export function commonFolder({ root, entrypoints }: BunBuildConfig): string {
  if (root !== undefined) return resolve(root)
  const [first = [], ...others] = entrypoints.map((entry) => dirname(resolve(entry)).split('/'))
  const length = others.reduce((least, parts) => {
    const differs = first.findIndex((part, index) => part !== parts[index])
    return Math.min(least, differs < 0 ? first.length : differs)
  }, first.length)
  return first.slice(0, length).join('/') || '/'
}

function unique(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count === 1 ? name : `${name}-${count}`
  })
}

/** Keeps the app out of its own threads: a closure that imports an entry would run the app once more in each worker. */
function refuseEntries(metafile: Metafile, entrypoints: readonly string[], roots: ReadonlyMap<string, Root>): void {
  const from = Object.keys(metafile.inputs).filter((input) => roots.has(resolve(input)))
  const spawning = new Set([...roots.values()].map(({ parent }) => parent))
  const starts = (input: string): boolean => parseModuleId(input) === null && spawning.has(resolve(input))
  for (const entry of entrypoints.map((path) => relative(process.cwd(), resolve(path)))) {
    if (chainBetween(metafile, [entry], starts, () => true) === undefined) continue
    // The address of another thread is an `import()` that nobody runs.
    const chain = chainBetween(
      metafile,
      from,
      (input) => input === entry,
      () => true,
    )
    if (chain !== undefined) throw entryInWorker(entry, chain)
  }
}
