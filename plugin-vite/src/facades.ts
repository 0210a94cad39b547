// Modules that export a worker-side module again, where one module would otherwise be two, or none.

import { basename } from 'node:path'

import type { ModuleRef, WorkerModule } from '@experimental-threads/compiler'
import { workerModuleId } from '@experimental-threads/compiler/plugin-core'

/** The import of a module in its own text. Rollup makes something else than an import of it when it names the module itself. */
export function specifierOfFacade(module: ModuleRef, parent: string): string {
  return specifierOf(parent, module, 'facade')
}

/**
 * The text of a facade; `undefined` for an id that asks for the module itself.
 *
 * In development every recipe has one. After an edit the server adds a time stamp to imports and not to addresses, and a
 * value that is needed by both ways would be made twice. A facade is reached by both, and it imports the module in one.
 */
export function facadeText(id: string, parent: string, module: WorkerModule, isDev: boolean): string | undefined {
  // Rollup joins a module without text of its own with the one that it exports again, and then nothing is won.
  if (/\?facade&/.test(id)) return `export * from ${JSON.stringify(specifierOf(parent, module))}\nexport default 0\n`
  if (!isDev || module.kind !== 'recipe' || /\?inner&/.test(id)) return undefined
  return `export * from ${JSON.stringify(specifierOf(parent, module, 'inner'))}\n`
}

function specifierOf(parent: string, module: ModuleRef | WorkerModule, mark?: 'facade' | 'inner'): string {
  return `./${basename(workerModuleId(parent, module, mark))}`
}
