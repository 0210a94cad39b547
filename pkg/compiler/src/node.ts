/** The compiler in Node. It is compiled and started at the first call, synchronously: a build that has no spawn site never loads it. */

import { readFileSync } from 'node:fs'

import * as generated from '../wasm/compiler.js'
import { createExplain, createTransform } from './compile.ts'
import { instancesOf } from './glue.ts'
import type { Explain, Transform } from './index.ts'

export type * from './index.ts'

const host = instancesOf(
  generated,
  () => new WebAssembly.Module(readFileSync(new URL('../wasm/compiler_bg.wasm', import.meta.url))),
)

/**
 * Transforms one file: lifts the closures given to `spawn` into worker-side modules.
 *
 * What is wrong with the source is told in `diagnostics`; it never throws for that. A file on which the compiler itself stops comes back
 * unchanged with the error E299.
 *
 * ```ts
 * const { code, modules } = transform(source, {
 *   filename: 'my-app@1.0.0/src/main.ts',
 *   reference: ({ name }) => `new URL('./${name}.js', import.meta.url).href`,
 *   specifier: ({ name }) => `./${name}.js`,
 * })
 * ```
 *
 * @throws TypeError for an unknown option or one of the wrong type; whatever `reference` or `specifier` throw
 */
export const transform: Transform = createTransform(host)

/**
 * Lists, for each closure of a file that becomes a thread, every name that it uses: by which rule it comes along, how, why, and what it
 * adds to the worker's text. It follows the plan of `transform`, and like that never throws for what is wrong with the source.
 *
 * ```ts
 * const { sites } = explain(source, { filename: 'my-app@1.0.0/src/main.ts' })
 * for (const { name, how, why } of sites.flatMap((site) => site.names)) console.log(name, how, why)
 * // rounds hoisted a constant of the module, declared at 4:7, that is the same wherever it is evaluated
 * ```
 *
 * @throws TypeError for an unknown option or one of the wrong type
 */
export const explain: Explain = createExplain(host)
