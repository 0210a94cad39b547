/** Settings of Bun under which closures cannot be lifted. */

import type { PartialMessage } from 'esbuild'

import { problem } from '../messages.ts'
import type { BunBuildConfig, BunPluginBuilder } from './types.ts'

/**
 * The settings of a build that can have threads.
 *
 * @throws Error E464 for one that cannot, E465 where nothing is built
 */
export function refuseUnsupported({ config }: BunPluginBuilder): BunBuildConfig {
  if (!Array.isArray(config?.entrypoints)) throw asError(nothingIsBuilt())
  const { format = 'esm', splitting = true, compile = false } = config
  if (format !== 'esm') throw asError(needsFiles(`\`format: '${format}'\``))
  if (!splitting) throw asError(needsFiles('`splitting: false`'))
  if (compile !== false) throw asError(needsFiles('`compile`'))
  return config as BunBuildConfig
}

function needsFiles(setting: string): PartialMessage {
  return problem(
    'E464',
    `\`Bun.build\` makes one file with ${setting}, and threads need files of their own`,
    "build ES modules (`format: 'esm'`, the default) without `splitting: false` and `compile`",
  )
}

function nothingIsBuilt(): PartialMessage {
  return problem(
    'E465',
    'the plugin of `Bun.build` was given to something else of Bun',
    'to run source, start it with `bun --preload experimental-threads/register`; to serve a page, build it with `Bun.build` or Vite',
  )
}

/** The error for an entry that a worker would run. */
export function entryInWorker(entry: string, chain: readonly string[]): Error {
  const [parent] = (chain[0] ?? entry).split('?')
  const way = [`\`${parent}\``, ...chain.slice(1).map((input) => `\`${input}\``)].join(' → ')
  return asError(
    problem(
      'E450',
      `a closure in \`${parent}\` imports \`${entry}\`, which would start the app again in each worker`,
      'move what the closure needs from that module into a module of its own',
      [`imported as ${way}`],
    ),
  )
}

/** Bun takes errors that are thrown, and shows their text. */
function asError({ text, notes }: PartialMessage): Error {
  return new Error([text, ...(notes ?? []).map((note) => note.text)].join('\n  '))
}
