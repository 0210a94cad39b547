import { ModuleStore, workerModuleId } from '@experimental-threads/compiler/plugin-core'
import type { Environment } from 'vite'

import type { LateChunk } from './late-chunks.ts'
import { BOOTSTRAP_ID } from './virtual.ts'

/** What the plugin knows of one environment. The texts hold addresses, so nothing may cross from one to another. */
export interface State {
  /** The worker-side modules of the environment */
  readonly store: ModuleStore
  /** References of the chunks that this plugin emitted. A watching Rollup emits cached ones again by itself, so none is ever dropped. */
  readonly references: Set<string>
  /** What a build emits as chunks where a text still asks for their addresses, by the names in such texts */
  readonly late: Map<string, LateChunk>
  /** The output format, as soon as it is known */
  format: string | undefined
  /** The worker of the user's own that is built here and becomes text of a page */
  inlined: string | undefined
}

const states = new WeakMap<Environment, State>()

/** The state of an environment, made when first asked for. */
export function stateOf(environment: Environment): State {
  let state = states.get(environment)
  if (!state) {
    state = { store: new ModuleStore(), references: new Set(), late: new Map(), format: undefined, inlined: undefined }
    states.set(environment, state)
  }
  return state
}

/** The ids of the modules that a worker loads by address: the bootstrap, every site, and the values that it makes itself. */
export function rootsOf(state: State): string[] {
  const addressed = state.store.list().filter(({ module }) => module.kind !== 'declaration')
  return [`\0${BOOTSTRAP_ID}`, ...addressed.map(({ parent, module }) => workerModuleId(parent, module))]
}
