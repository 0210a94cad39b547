import type { WorkerModule } from '@experimental-threads/compiler'
import type { Rolldown } from 'vite'
import { parseModuleId, withoutQuery } from '@experimental-threads/compiler/plugin-core'
import { relative } from 'node:path'

import { staticClosure } from './chunks.ts'
import { diagnose } from './diagnostics.ts'
import type { BuildProblem } from './diagnostics.ts'
import type { State } from './state.ts'
import { RESOLVED_VIRTUAL } from './virtual.ts'

type Bundle = Rolldown.OutputBundle
type Chunk = Rolldown.OutputChunk
type Graph = Pick<Rolldown.PluginContext, 'getModuleInfo'>

/** Whether a module is a style sheet, in any language that Vite knows. */
export function isStyle(id: string): boolean {
  return /\.(?:css|less|sass|scss|styl|stylus|pcss|postcss|sss)(?:$|\?)/.test(id)
}

/** Whether a module is where a worker starts: the bootstrap or a worker-side module. */
export function isWorkerRoot(id: string): boolean {
  return RESOLVED_VIRTUAL.test(id) || parseModuleId(id) !== null
}

/**
 * Looks for output that would fail only when a thread starts.
 *
 * @param isLibrary in a library, a module that is also an entry is there to be imported
 * @returns the first problem found
 */
export function findBrokenChunk(
  bundle: Bundle,
  graph: Graph,
  state: State,
  place: { root: string; isLibrary: boolean },
): BuildProblem | undefined {
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk' || !chunk.facadeModuleId || !isWorkerRoot(chunk.facadeModuleId)) continue
    const problem = findLostExport(chunk, state, place.root) ?? findEntry(chunk, bundle, graph, place)
    if (problem) return problem
  }
  return undefined
}

/**
 * Says of the chunks that workers load that no page starts with them. Emitted chunks count as entries, and a framework that looks for
 * the one entry of its client would find many.
 */
export function notEntries(bundle: Bundle): void {
  for (const chunk of Object.values(bundle))
    if (chunk.type === 'chunk' && chunk.isEntry && isWorkerRoot(chunk.facadeModuleId ?? '')) chunk.isEntry = false
}

/** Whether this output is the copy of a build with threads that `@vitejs/plugin-legacy` makes for browsers without modules. */
export function isLegacyCopy(bundle: Bundle, plugins: readonly { name: string }[]): boolean {
  if (!plugins.some(({ name }) => name.startsWith('vite:legacy-'))) return false
  return Object.values(bundle).some(
    (chunk) => chunk.type === 'chunk' && isWorkerRoot(chunk.facadeModuleId ?? '') && chunk.fileName.includes('-legacy'),
  )
}

/** A worker takes what a chunk exports by name; without it every spawn would fail, or see `undefined`. */
function findLostExport(chunk: Chunk, state: State, root: string): BuildProblem | undefined {
  const parsed = parseModuleId(chunk.facadeModuleId ?? '')
  const module = parsed && state.store.get(parsed.parent, parsed.spawn)
  if (!module || exportsOf(module).every((name) => chunk.exports.includes(name))) return undefined
  return diagnose('E404', { chunk: chunk.fileName, file: relative(root, withoutQuery(parsed.parent)) })
}

/** The names that a worker-side module exports, which the compiler writes last. */
function exportsOf({ code }: WorkerModule): string[] {
  const [, names = ''] = /export \{([^{}]*)\};?\s*$/.exec(code) ?? []
  return names.split(',').flatMap((name) => /(\S+)\s*$/.exec(name)?.[1] ?? [])
}

/** A worker that loads a chunk runs all modules in it, and all that it imports. */
function findEntry(
  root: Chunk,
  bundle: Bundle,
  graph: Graph,
  place: { root: string; isLibrary: boolean },
): BuildProblem | undefined {
  const start = root.facadeModuleId ?? ''
  const files = staticClosure([root.fileName], (file) => importsOf(bundle[file]))
  const wanted = staticClosure([start], (id) => graph.getModuleInfo(id)?.importedIds)
  const entries = entryModules(bundle, graph)
  for (const file of files) {
    const chunk = bundle[file]
    if (chunk?.type !== 'chunk') continue
    const entry = chunk.moduleIds.find((id) => entries.has(id) && !(place.isLibrary && wanted.has(id)))
    if (entry === undefined) continue
    return diagnose('E403', {
      entry: relative(place.root, entry),
      module: start.startsWith('\0')
        ? 'experimental-threads'
        : relative(place.root, withoutQuery(parseModuleId(start)?.parent ?? start)),
      chunk: file,
    })
  }
  return undefined
}

function importsOf(chunk: Bundle[string] | undefined): string[] {
  return chunk?.type === 'chunk' ? chunk.imports : []
}

/** The modules that start the user's program. Of an HTML page, these are the scripts that it names. */
function entryModules(bundle: Bundle, graph: Graph): Set<string> {
  const entries = new Set<string>()
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk') continue
    for (const id of chunk.moduleIds) {
      const info = graph.getModuleInfo(id)
      if (!info?.isEntry || isWorkerRoot(id)) continue
      entries.add(id)
      if (id.endsWith('.html')) for (const script of info.importedIds) entries.add(script)
    }
  }
  // Styles and Vite's own helpers do nothing to a program when they run twice.
  return new Set([...entries].filter((id) => !id.startsWith('\0') && !isStyle(id)))
}
