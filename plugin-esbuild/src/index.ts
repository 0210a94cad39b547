/**
 * esbuild plugin of `experimental-threads`.
 *
 * ```ts
 * import * as esbuild from 'esbuild'
 * import experimentalThreads from 'esbuild-plugin-experimental-threads'
 *
 * await esbuild.build({
 *   entryPoints: ['src/main.ts'],
 *   bundle: true,
 *   format: 'esm',
 *   splitting: true,
 *   outdir: 'dist',
 *   plugins: [experimentalThreads()],
 * })
 * ```
 */

import type { Plugin } from 'esbuild'

import { refuseBun, refuseUnsupported } from './limits.ts'
import { onePass } from './one-pass.ts'
import { resolveOptions } from './options.ts'
import type { Options } from './options.ts'
import { isOnePass } from './output-format.ts'
import { twoPasses } from './two-passes.ts'

export type { Options, SourceTransform } from './options.ts'
export { serveIsolated } from './serve-isolated.ts'
export type { IsolatedServeOptions, IsolatedServer } from './serve-isolated.ts'

/** The plugin's name, by which it finds itself in the list of plugins. */
const NAME = 'experimental-threads'

/**
 * Lifts the closures given to `spawn` into chunks that workers load. Put it first in `plugins`: esbuild gives each file to the first
 * plugin that answers.
 *
 * With `format: 'esm'` and `splitting: true` the chunks come out of the one build, and share code with the app. For all other
 * formats a second build in memory makes them, and its files are added to the output.
 *
 * @throws TypeError for an unknown option or one of the wrong type
 */
export default function experimentalThreads(options: Options = {}): Plugin {
  const resolved = resolveOptions(options)
  return {
    name: NAME,
    setup(build) {
      refuseBun(build)
      refuseUnsupported(build, resolved)
      if (isOnePass(build.initialOptions) && !resolved.inline) onePass(build, resolved)
      else twoPasses(build, resolved, NAME)
    },
  }
}
