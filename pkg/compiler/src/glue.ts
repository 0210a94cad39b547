/** Keeps one live instance behind the code that wasm-bindgen generated. */

import type { Host, Instance } from './compile.ts'
import type { Explanation, TransformOptions } from './index.ts'
import { readOutput, readQuestion, writeOptions } from './wire.ts'

/** What is used of the generated module: `crate/src/wasm.rs`. */
export interface Glue {
  transformToWire(
    source: string,
    text: string,
    numbers: Uint32Array,
    reference: Callback,
    specifier: Callback,
  ): Uint32Array
  explain(source: string, text: string, numbers: Uint32Array): unknown
  takeText(): string
  initSync(options: { module: WebAssembly.Module }): unknown
  /** Replaces the instance by a fresh one of the same module, and forgets every view and handle of the old one. */
  __wbg_reset_state(): void
}

/** A callback's answer; none if it threw: an error does not pass through WebAssembly, which would stay as it was just then. */
type Callback = (question: string) => string | undefined

/** Instances made by `glue` from the module that `load` gives; `load` is called once, at the first use. */
export function instancesOf(glue: Glue, load: () => WebAssembly.Module): Host {
  let state: 'absent' | 'live' | 'dropped' = 'absent'
  const instance: Instance = {
    transform: (source, options, reference, specifier) => {
      const { text, numbers } = writeOptions(options, 'transform()')
      const failures: unknown[] = []
      const asked =
        (answer: TransformOptions['reference']): Callback =>
        (question) => {
          try {
            const address = answer(readQuestion(question))
            if (typeof address === 'string') return address
            failures.push(new TypeError('an address must be a string'))
          } catch (error) {
            failures.push(error)
          }
          return undefined
        }
      const told = glue.transformToWire(source, text, numbers, asked(reference), asked(specifier))
      if (failures.length > 0) throw failures[0]
      return readOutput(glue.takeText(), told, source)
    },
    explain: (source, options) => {
      const { text, numbers } = writeOptions(options, 'explain()')
      return glue.explain(source, text, numbers) as Explanation
    },
  }
  return {
    instance: () => {
      if (state === 'absent') glue.initSync({ module: load() })
      // Not where the trap was caught: a host that stops at the first error never pays for it.
      if (state === 'dropped') glue.__wbg_reset_state()
      state = 'live'
      return instance
    },
    drop: () => {
      state = 'dropped'
    },
  }
}
