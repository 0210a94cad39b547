import { basename, relative } from 'node:path'

import { withoutQuery, workerModuleId } from '@experimental-threads/compiler/plugin-core'
import type { ModuleRef } from '@experimental-threads/compiler'
import type { Environment, Rolldown } from 'vite'

import { isBrowserTest, isVitest } from './externals.ts'
import { specifierOfFacade } from './facades.ts'
import { bootstrapOf } from './module-server.ts'
import { emitChunk, later } from './late-chunks.ts'
import type { State } from './state.ts'
import { SCHEME } from './thread.ts'
import { BOOTSTRAP_ID } from './virtual.ts'

/** Where code runs and who serves it: each combination names modules in its own way. */
export type Target =
  /** `vite build`, for browsers and for Node: chunks that this plugin emits */
  | 'build'
  /** A worker of the user's own in `vite build`: emitting chunks would change which one Vite takes for the worker */
  | 'worker-build'
  /** The dev server's browser side: URLs */
  | 'dev'
  /** The dev server's other side and Vitest, where modules have no URL */
  | 'dev-server'

/** Tells the target of an environment. */
export function targetOf(environment: Environment): Target {
  const { config } = environment
  if (environment.mode !== 'dev') return config.isWorker ? 'worker-build' : 'build'
  if (config.consumer !== 'client') return 'dev-server'
  // A test with the document of happy-dom or jsdom counts as a client, and runs in Node. In browser mode it runs in a browser.
  return isVitest(environment) && !isBrowserTest(environment) ? 'dev-server' : 'dev'
}

type Emit = Pick<Rolldown.PluginContext, 'emitFile'>

/** The two callbacks of the transform for one file. */
export interface Addresses {
  reference: (module: ModuleRef) => string
  specifier: (module: ModuleRef) => string
}

/**
 * How the worker-side modules of a parent are named in generated code.
 *
 * @param parent an absolute path; the whole id where the parent is no script
 */
export function addressesFor(environment: Environment, state: State, parent: string): Addresses {
  const target = targetOf(environment)
  // Relative to the parent, and every worker-side module has its parent's path: the same text on every machine.
  const specifier = (module: ModuleRef): string => `./${basename(workerModuleId(parent, module))}`
  const reference = (module: ModuleRef): string => {
    switch (target) {
      case 'build':
        return later(state, module, workerModuleId(parent, module))
      case 'worker-build':
        return importThunk(module.self ? specifierOfFacade(module, parent) : specifier(module))
      case 'dev':
        return JSON.stringify(devUrl(environment, workerModuleId(parent, module)))
      case 'dev-server':
        return JSON.stringify(SCHEME + devPath(environment, workerModuleId(parent, module)))
    }
  }
  return { reference, specifier }
}

/** The expression for the address of the bootstrap. */
export async function bootAddress(context: Emit & { environment: Environment }, state: State): Promise<string> {
  const { environment } = context
  switch (targetOf(environment)) {
    case 'build':
      return emitChunk(context, state, BOOTSTRAP_ID, 'thread')
    case 'worker-build':
      return importThunk(BOOTSTRAP_ID)
    case 'dev':
      return JSON.stringify(`${devOrigin(environment)}@id/${BOOTSTRAP_ID}`)
    case 'dev-server':
      // Where no server is known the bootstrap says so, and a page that never spawns on the server is not disturbed.
      return JSON.stringify((await bootstrapOf(environment)) ?? new URL('./no-threads.js', import.meta.url).href)
  }
}

function importThunk(specifier: string): string {
  return `[() => import(${JSON.stringify(specifier)}), import.meta.url]`
}

/** The URL of a module on the dev server. */
function devUrl(environment: Environment, id: string): string {
  const file = withoutQuery(id)
  return devOrigin(environment) + encodeURI(devPath(environment, file).slice(1)) + id.slice(file.length)
}

/** The URL of a file or module without `base`, as the module graph names it. */
export function devPath(environment: Environment, file: string): string {
  const path = relative(environment.config.root, file).replaceAll('\\', '/')
  const inRoot = !path.startsWith('../') && !/^[A-Za-z]:|^\//.test(path)
  return inRoot ? `/${path}` : `/@fs/${file.replace(/^\//, '')}`
}

// A page of another server (`server.origin`) still takes its modules from this one.
function devOrigin(environment: Environment): string {
  const { base, server } = environment.config
  return (server.origin ?? '') + base
}
