/** Finds files that import the runtime and that another plugin loaded: nothing was lifted from them. */

import { resolve } from 'node:path'

import type { BuildOptions, Metafile, PartialMessage } from 'esbuild'

import { problem } from './messages.ts'
import type { ResolvedOptions } from './options.ts'
import { workingDirectory } from './output-format.ts'

/**
 * A warning for each such file.
 *
 * @param seen absolute paths of the files that this plugin was asked for
 */
export function unliftedFiles(
  metafile: Metafile,
  build: BuildOptions,
  options: ResolvedOptions,
  seen: ReadonlySet<string>,
): PartialMessage[] {
  const directory = workingDirectory(build)
  return Object.entries(metafile.inputs).flatMap(([input, { imports }]) => {
    // A file of another namespace is written `namespace:path`, and may stand for a part of a file.
    const path = resolve(directory, input.replace(/^[\w-]{2,}:/, '').replace(/\?.*$/s, ''))
    const importsRuntime = imports.some(({ original }) => options.importSource.includes(original ?? ''))
    if (!importsRuntime || seen.has(path) || !options.accepts(path)) return []
    return [
      problem(
        'W951',
        `\`${input}\` imports the runtime, but another plugin loaded it, so its closures are not lifted`,
        `list this plugin before the one that loads \`${input}\`, or move the code that starts threads to a file of its own`,
      ),
    ]
  })
}
