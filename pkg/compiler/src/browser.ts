/** The compiler in browsers, for playgrounds: `await init()` once, then `transform` as in Node. */

import * as generated from '../wasm/compiler.js'
import { createExplain, createTransform } from './compile.ts'
import { instancesOf } from './glue.ts'
import type { Explain, Transform } from './index.ts'

export type * from './index.ts'

let module: WebAssembly.Module | undefined

/**
 * Loads the compiler. Further calls do nothing once one has succeeded.
 *
 * @param source the URL, the bytes or the compiled module of `@experimental-threads/compiler/compiler.wasm`; by default the file beside
 *   this one, which bundlers find by its `new URL`
 * @throws whatever `fetch` and `WebAssembly.compile` reject with; TypeError for an answer that is no success
 */
export async function init(source?: string | URL | BufferSource | WebAssembly.Module): Promise<void> {
  if (module !== undefined) return
  module = await compile(source ?? new URL('../wasm/compiler_bg.wasm', import.meta.url))
}

async function compile(source: string | URL | BufferSource | WebAssembly.Module): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source
  if (typeof source !== 'string' && !(source instanceof URL)) return WebAssembly.compile(source)
  const response = await fetch(source)
  if (!response.ok) throw new TypeError(`cannot load the compiler from ${response.url}: status ${response.status}`)
  // Not compileStreaming: it refuses servers that do not know the media type of WebAssembly.
  return WebAssembly.compile(await response.arrayBuffer())
}

const host = instancesOf(generated, () => {
  if (module === undefined) throw new Error('call and await init() before transform() and explain()')
  return module
})

/**
 * Transforms one file, like its namesake in Node.
 *
 * @throws Error before `init()` has ended; TypeError for options, as in Node
 */
export const transform: Transform = createTransform(host)

/**
 * Explains one file, like its namesake in Node.
 *
 * @throws Error before `init()` has ended; TypeError for options, as in Node
 */
export const explain: Explain = createExplain(host)
