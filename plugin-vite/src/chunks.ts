import { parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { ModuleStore } from '@experimental-threads/compiler/plugin-core'
import type { Rolldown } from 'vite'

type OutputOptions = Rolldown.OutputOptions
type ManualChunks = NonNullable<OutputOptions['manualChunks']>
// Rollup gives more than Rolldown, whose types these are.
type RollupMeta = Parameters<ManualChunks>[1] & { getModuleIds(): IterableIterator<string> }
type Graph = Pick<Rolldown.PluginContext, 'getModuleInfo'>

/**
 * The expression that stands for the URL of an emitted chunk.
 *
 * It is relative to the chunk that asks, so `base` plays no part, and it means the same in a page, in a worker and in
 * Node. Vite's own answer would be a path from the site's root, which Node cannot import.
 */
export function chunkUrl(relativePath: string, format: string): string {
  const path = JSON.stringify(relativePath)
  switch (format) {
    case 'cjs':
      return `require("node:url").pathToFileURL(require("node:path").resolve(__dirname, ${path})).href`
    case 'system':
      return `new URL(${path}, module.meta.url).href`
    default:
      return `new URL(${path}, import.meta.url).href`
  }
}

/** Whether a format can be split into chunks, which workers need. */
export function hasChunks(format: string | undefined): boolean {
  return format !== 'iife' && format !== 'umd'
}

/**
 * Keeps chunk groups of the user from dragging the page's modules into workers.
 *
 * A group such as "everything in node_modules" is one file, and a worker that needs one package of it would run all of
 * them. With `entriesAware`, Rolldown splits each group by who needs what.
 */
export function splitGroupsByEntry(output: OutputOptions): OutputOptions {
  const result = { ...output }
  for (const key of ['codeSplitting', 'advancedChunks'] as const) {
    const splitting = result[key]
    if (typeof splitting !== 'object' || !splitting.groups) continue
    result[key] = { ...splitting, groups: splitting.groups.map((group) => ({ entriesAware: true, ...group })) }
  }
  if (typeof result.manualChunks === 'function' && !result.codeSplitting && !result.advancedChunks) {
    const { manualChunks } = result
    delete result.manualChunks
    result.codeSplitting = {
      groups: [
        {
          name: (id, graph) => manualChunks(id, { getModuleInfo: (module) => graph.getModuleInfo(module) }),
          entriesAware: true,
          debugName: 'manualChunks',
        },
      ],
    }
  }
  return result
}

/**
 * The same for Rollup, which has no such setting: modules that a closure reaches are left to the default splitting.
 *
 * @param isRoot tells the worker-side modules from the others
 */
export function keepOutOfWorkers(manualChunks: ManualChunks, isRoot: (id: string) => boolean): ManualChunks {
  let reached: Set<string> | undefined
  return (id, meta) => {
    reached ??= reachedFrom(meta as RollupMeta, isRoot)
    return reached.has(id) ? undefined : manualChunks(id, meta)
  }
}

function reachedFrom({ getModuleIds, getModuleInfo }: RollupMeta, isRoot: (id: string) => boolean): Set<string> {
  return staticClosure([...getModuleIds()].filter(isRoot), (id) => getModuleInfo(id)?.importedIds)
}

/**
 * Keeps what threads need out of the entry, in the build of a worker of the user's own.
 *
 * There a closure is reached by `import()`, and bundlers leave a module that the entry needs too in the entry's chunk: a
 * thread would run the user's worker once more.
 *
 * @param roots gives the worker-side modules when chunks are made
 */
export function moveOutOfEntry(output: OutputOptions, isRolldown: boolean, roots: () => string[]): OutputOptions {
  let reached: Set<string> | undefined
  const nameOf = (id: string, graph: Graph): string | null => {
    reached ??= staticClosure(roots(), (module) => graph.getModuleInfo(module)?.importedIds)
    if (!reached.has(id)) return null
    // Only what both sides need: the worker must not load the bootstrap, which would take it for a thread.
    const users = staticClosure([id], (module) => graph.getModuleInfo(module)?.importers)
    return [...users].some((user) => user !== id && graph.getModuleInfo(user)?.isEntry) ? 'threads' : null
  }
  if (!isRolldown) {
    const { manualChunks } = output
    return { ...output, manualChunks: (id, meta) => nameOf(id, meta) ?? manualChunks?.(id, meta) }
  }
  const splitting = typeof output.codeSplitting === 'object' ? output.codeSplitting : {}
  const group = {
    name: nameOf,
    debugName: 'threads',
    entriesAware: true,
  }
  return { ...output, codeSplitting: { ...splitting, groups: [group, ...(splitting.groups ?? [])] } }
}

/**
 * Gives a chunk that several closures share the name of the declaration in it. Bundlers would make one of the module's
 * whole id, query and all.
 */
export function nameSharedChunks(output: OutputOptions, store: ModuleStore): OutputOptions {
  const { chunkFileNames } = output
  if (typeof chunkFileNames !== 'string') return output
  const nameOf = (chunk: { name: string; moduleIds: string[] }): string => {
    for (const parsed of chunk.moduleIds.map(parseModuleId)) {
      if (parsed && chunk.name.includes(parsed.spawn)) return store.get(parsed.parent, parsed.spawn)?.name ?? chunk.name
    }
    return '[name]'
  }
  return { ...output, chunkFileNames: (chunk) => chunkFileNames.replaceAll('[name]', nameOf(chunk)) }
}

/** Everything that static imports lead to from `roots`, the roots included. */
export function staticClosure(
  roots: Iterable<string>,
  importsOf: (id: string) => readonly string[] | undefined,
): Set<string> {
  const reached = new Set(roots)
  for (const id of reached) for (const imported of importsOf(id) ?? []) reached.add(imported)
  return reached
}
