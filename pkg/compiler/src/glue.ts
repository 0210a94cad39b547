/** Keeps one live instance behind the code that wasm-bindgen generated. */

import type { Host, Instance } from './compile.ts'

/** What is used of the generated module. */
export interface Glue extends Instance {
  initSync(options: { module: WebAssembly.Module }): unknown
  /** Replaces the instance by a fresh one of the same module, and forgets every view and handle of the old one. */
  __wbg_reset_state(): void
}

/** Instances made by `glue` from the module that `load` gives; `load` is called once, at the first use. */
export function instancesOf(glue: Glue, load: () => WebAssembly.Module): Host {
  let state: 'absent' | 'live' | 'dropped' = 'absent'
  return {
    instance: () => {
      if (state === 'absent') glue.initSync({ module: load() })
      // Not where the trap was caught: a host that stops at the first error never pays for it.
      if (state === 'dropped') glue.__wbg_reset_state()
      state = 'live'
      return glue
    },
    drop: () => {
      state = 'dropped'
    },
  }
}
