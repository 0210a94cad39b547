/** Keeps one live instance behind the code that wasm-bindgen generated. */

import type { Host, Instance } from './compile.ts'
import type { TransformOptions } from './index.ts'
import { type PlainOptions, readExplanation, readOutput, readQuestion, writeOptions } from './wire.ts'

/** What is used of the generated module: `crate/src/wasm.rs`. */
interface Wire {
  transformToWire(
    source: string,
    text: string,
    numbers: Uint32Array,
    reference: (question: string) => string,
    specifier: (question: string) => string,
  ): Uint32Array
  explainToWire(source: string, text: string, numbers: Uint32Array): Uint32Array
  takeText(): string
}

/** The generated module. A build from before `wire.ts` has the functions themselves. */
export interface Glue extends Partial<Wire>, Partial<Instance> {
  initSync(options: { module: WebAssembly.Module }): unknown
  /** Replaces the instance by a fresh one of the same module, and forgets every view and handle of the old one. */
  __wbg_reset_state(): void
}

/** Instances made by `glue` from the module that `load` gives; `load` is called once, at the first use. */
export function instancesOf(glue: Glue, load: () => WebAssembly.Module): Host {
  let state: 'absent' | 'live' | 'dropped' = 'absent'
  const { transformToWire, explainToWire, takeText, transform, explain } = glue
  const instance =
    transformToWire && explainToWire && takeText
      ? wired({ transformToWire, explainToWire, takeText })
      : direct({ transform, explain } as Instance)
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

function wired(wire: Wire): Instance {
  return {
    transform: (source, options, reference, specifier) => {
      const { text, numbers } = writeOptions(options, 'transform()')
      const told = wire.transformToWire(source, text, numbers, asked(reference), asked(specifier))
      return readOutput(wire.takeText(), told, source)
    },
    explain: (source, options) => {
      const { text, numbers } = writeOptions(options, 'explain()')
      const told = wire.explainToWire(source, text, numbers)
      return readExplanation(wire.takeText(), told)
    },
  }
}

function direct({ transform, explain }: Instance): Instance {
  // Leaves out functions and what is undefined: the other side knows neither.
  const plain = (options: PlainOptions): PlainOptions => JSON.parse(JSON.stringify(options)) as PlainOptions
  return {
    transform: (source, options, reference, specifier) => transform(source, plain(options), reference, specifier),
    explain: (source, options) => explain(source, plain(options)),
  }
}

function asked(answer: TransformOptions['reference']): (question: string) => string {
  return (question) => answer(readQuestion(question))
}
