/**
 * The plugin for `Bun.build`.
 *
 * ```ts
 * import threads from 'esbuild-plugin-experimental-threads/bun'
 *
 * await Bun.build({ entrypoints: ['src/main.ts'], outdir: 'dist', target: 'bun', plugins: [threads()] })
 * ```
 */

import { relative } from 'node:path'

import { resolveOptions } from '../options.ts'
import type { Options } from '../options.ts'
import { commonFolder, discover } from './discover.ts'
import { lifting } from './hooks.ts'
import { refuseUnsupported } from './limits.ts'
import type { BunPlugin } from './types.ts'

export type { SourceTransform } from '../options.ts'
export type { BunPlugin } from './types.ts'

/** Options of {@link experimentalThreads}. All are optional. */
export type BunOptions = Omit<Options, 'inline'>

/** The plugin's name, by which it finds itself in the list of plugins. */
const NAME = 'experimental-threads'

/**
 * Lifts the closures given to `spawn` into files that workers load. Put it first in `plugins`: Bun gives each file to the first plugin that
 * answers. The build is one of ES modules, and `splitting` is switched on.
 *
 * Bun takes a file that is imported by `import()` for one that is only loaded where its importer has been, and a worker has not been
 * there. So what workers load is made an entry of the build, which a first build in memory finds.
 *
 * @throws TypeError for an unknown option or one of the wrong type
 */
export default function experimentalThreads(options: BunOptions = {}): BunPlugin {
  const resolved = resolveOptions(options, ['inline'])
  return {
    name: NAME,
    async setup(build) {
      const config = refuseUnsupported(build)
      const initial = { ...config }
      // The object is the user's, who may build with it again.
      build.onEnd?.(() => {
        for (const name of ['root', 'splitting'] as const) if (!(name in initial)) delete config[name]
        Object.assign(config, initial)
      })
      config.splitting = true
      config.root = commonFolder(initial)
      const found = await discover(config, resolved, NAME)
      // Bun takes the path of an entry that is no file for one from the working directory.
      config.entrypoints = [...initial.entrypoints, ...[...found.keys()].map((path) => relative(process.cwd(), path))]
      lifting(build, config, resolved, { found, warns: true })
    },
  }
}
