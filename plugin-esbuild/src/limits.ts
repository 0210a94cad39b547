/** Settings of esbuild under which closures cannot be lifted. Each is refused only where something would have been lifted. */

import { relative } from 'node:path'

import { mightSpawn } from '@experimental-threads/compiler/plugin-core'
import type { PartialMessage, PluginBuild } from 'esbuild'

import { problem } from './messages.ts'
import type { ResolvedOptions } from './options.ts'
import { workingDirectory } from './output-format.ts'

/**
 * Refuses Bun's bundler, which takes plugins of esbuild's form and gives their hooks other things. It has a plugin of its own (`bun/`).
 *
 * @throws Error E463
 */
export function refuseBun(build: PluginBuild): void {
  if (!('onBeforeParse' in build)) return
  const { text, notes } = problem(
    'E463',
    'the esbuild plugin was given to `Bun.build`, whose plugins have other hooks',
    'import the plugin from `esbuild-plugin-experimental-threads/bun`',
  )
  throw new Error([text, ...(notes ?? []).map((note) => note.text)].join('\n  '))
}

/** Refuses what can be seen before the build: spawns in text that no `onLoad` hook is ever given. */
export function refuseUnsupported(build: PluginBuild, options: ResolvedOptions): void {
  build.onStart(async () => {
    const { stdin } = build.initialOptions
    if (stdin === undefined) return undefined
    const text = typeof stdin.contents === 'string' ? stdin.contents : new TextDecoder().decode(stdin.contents)
    if (!mightSpawn(text, options.importSource)) return undefined
    const { transform } = await import('@experimental-threads/compiler')
    const { changed } = transform(text, {
      filename: 'stdin',
      lang: stdin.loader === 'jsx' || stdin.loader === 'ts' || stdin.loader === 'tsx' ? stdin.loader : 'js',
      importSource: options.importSource,
      reference: () => '""',
      specifier: ({ name }) => name,
      sourceMap: false,
    })
    return changed ? { errors: [stdinSpawns(stdin.sourcefile ?? '<stdin>')] } : undefined
  })
}

function stdinSpawns(name: string): PartialMessage {
  return problem(
    'E452',
    `\`${name}\` is given to esbuild as \`stdin\`, which no plugin can lift closures from`,
    'put the code into a file and name it in `entryPoints`',
  )
}

/** The error for a file with closures in a build without bundling. */
export function bundlingIsOff(path: string): PartialMessage {
  return problem(
    'E451',
    `\`${path}\` starts threads, but this build does not bundle`,
    "set `bundle: true`; `packages: 'external'` leaves the packages out of the bundle",
  )
}

/** The error for properties that get one name in the app and another in its threads. */
export function propertiesAreMangled(): PartialMessage {
  return problem(
    'E453',
    '`mangleProps` would give properties other names in threads than in the app',
    "set `format: 'esm'` and `splitting: true`, so that one build names them all, or remove `mangleProps`",
  )
}

/** The error for a file or package beside an output that is to be one file. */
export function needsAnotherFile(name: string): PartialMessage {
  return problem(
    'E470',
    `the code of threads is inlined into one file, but it needs \`${name}\`, which is a file of its own`,
    "bundle it (`packages: 'bundle'`, or a `loader` such as `dataurl` or `text`), or leave out `inline`",
  )
}

/** The error for an import of a closure that its file does not have, or that was not lifted from it. */
export function closureIsUnknown(path: string, id: string): PartialMessage {
  return problem(
    'E454',
    `\`${path}\` has no closure with the id \`${id}\``,
    'import the file without `?spawn=`; only generated code names closures by their id',
  )
}

/** A path as messages name it: from the working directory, with `/`. */
export function shownPath(path: string, build: PluginBuild): string {
  return relative(workingDirectory(build.initialOptions), path).replaceAll('\\', '/')
}
