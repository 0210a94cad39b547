// Edits while the dev server runs. What only threads use changes without a reload: the page keeps its state, the next spawn runs the
// new text, and threads that run finish on the old one.

import { languageOf, mightSpawn, parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { TransformOutput } from '@experimental-threads/compiler'
import type { DevEnvironment, EnvironmentModuleNode, HotUpdateOptions, Plugin } from 'vite'

import { targetOf } from './addresses.ts'
import { tryLift } from './lift.ts'
import type { ResolvedOptions } from './options.ts'
import { stateOf } from './state.ts'
import { RECYCLE_EVENT } from './virtual.ts'

/** Keeps the page when an edit reaches it through threads alone. */
export function hotUpdates(options: ResolvedOptions): Plugin {
  return {
    name: 'vite-plugin-experimental-threads:hot-update',
    apply: 'serve',
    hotUpdate: {
      // Before plugins that answer with modules of their own, such as Vue's.
      order: 'pre',
      async handler(update) {
        const { environment } = this
        if (targetOf(environment) !== 'dev') return undefined
        if (isMended(environment, update)) {
          environment.hot.send({ type: 'full-reload', path: '*' })
          return []
        }
        const change = await changeOf(environment, update, options)
        // Threads have nothing to do with an edit of the rest of the file.
        const modules = change.threads ? update.modules : update.modules.filter((module) => !isWorkerSide(module))
        const roots = rootsAbove(modules)
        if (roots.size > 0) {
          // No page has loaded them, so no page can be asked to take them: the update ends here.
          for (const root of roots) root.isSelfAccepting = true
          // Workers ask for the new text as soon as they hear of it.
          for (const module of [...modules, ...roots]) environment.moduleGraph.invalidateModule(module)
          environment.hot.send(RECYCLE_EVENT)
        }
        if (!change.page) return modules.filter(isWorkerSide)
        return change.threads ? undefined : modules
      },
    },
  }
}

/** Whether an edited file had an error when it was first asked for. Its page has stopped there, and Vite tells it of no edit. */
function isMended(environment: DevEnvironment, { file, modules }: HotUpdateOptions): boolean {
  const before = stateOf(environment).store.output(file)
  return (
    before !== undefined && hasError(before) && modules.some(({ isSelfAccepting }) => isSelfAccepting === undefined)
  )
}

function hasError({ diagnostics }: TransformOutput): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

function isWorkerSide({ id }: EnvironmentModuleNode): boolean {
  return id !== null && parseModuleId(id) !== null
}

/** The nearest worker-side modules among the importers of what has changed, and among that itself. */
function rootsAbove(modules: readonly EnvironmentModuleNode[]): Set<EnvironmentModuleNode> {
  const seen = new Set(modules)
  const roots = new Set<EnvironmentModuleNode>()
  for (const module of seen) {
    if (isWorkerSide(module)) roots.add(module)
    else for (const importer of module.importers) seen.add(importer)
  }
  return roots
}

/** What an edit changes: what the page runs of the file, and what threads run of it. */
async function changeOf(
  environment: DevEnvironment,
  { file, read }: HotUpdateOptions,
  options: ResolvedOptions,
): Promise<{ page: boolean; threads: boolean }> {
  const both = { page: true, threads: true }
  const state = stateOf(environment)
  const before = state.store.output(file)
  // A file in another language is known by its compiled text only, and its plugin has updates of its own.
  if (before === undefined || languageOf(file) === undefined) return both
  if (hasError(before)) return both
  const text = await read()
  const after = mightSpawn(text, options.importSource) ? tryLift(environment, state, options, text, file) : undefined
  if (after === undefined) return both
  return { page: withoutHashes(after.code) !== withoutHashes(before.code), threads: hashes(after) !== hashes(before) }
}

function hashes({ modules }: TransformOutput): string {
  return modules.map(({ id, hash }) => `${id} ${hash}`).join()
}

// An old hash gets the newest text, and the place of a call is only told.
function withoutHashes(code: string): string {
  return code.replace(/([?&]spawn=\w+&h=)\w+/g, '$1').replace(/, at: "(?:[^"\\]|\\.)*"/g, '')
}
