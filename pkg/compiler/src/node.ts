/** The compiler in Node. It is compiled and started at the first call, synchronously: a build that has no spawn site never loads it. */

import { readFileSync } from 'node:fs'

import * as generated from '../wasm/compiler.js'
import { createTransform } from './compile.ts'
import { instancesOf } from './glue.ts'
import type { Transform } from './index.ts'

export type * from './index.ts'

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
export const transform: Transform = createTransform(
  instancesOf(
    generated,
    () => new WebAssembly.Module(readFileSync(new URL('../wasm/compiler_bg.wasm', import.meta.url))),
  ),
)
