/**
 * Keeps the app out of its own threads. A closure that imports, by whatever way, a module that esbuild was told to start with would
 * run the app once more in each worker.
 */

import { extname, resolve } from 'node:path'

import type { ModuleStore } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions, Metafile, PartialMessage } from 'esbuild'

import { problem } from './messages.ts'
import { chainBetween, fileOfInput, outputsReachedFrom, workerRoots } from './module-graph.ts'
import { workingDirectory } from './output-format.ts'

/**
 * An error for each entry that a worker would run. An entry that starts no threads is a library like any other, and may be imported.
 *
 * @param metafile of a build whose chunks are the workers'
 */
export function entriesInWorkers(metafile: Metafile, options: BuildOptions, store: ModuleStore): PartialMessage[] {
  const roots = workerRoots(metafile, ({ parent, spawn }) =>
    isStored(store, resolve(workingDirectory(options), parent), spawn),
  )
  const outputs = outputsReachedFrom(
    metafile,
    roots.map(({ output }) => output),
  )
  const run = new Set(outputs.flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {})))
  const starts = roots.flatMap(({ output }) => metafile.outputs[output]?.entryPoint ?? [])
  return entryInputs(metafile, options)
    .filter((entry) => run.has(entry) && startsThreads(metafile, entry, options, store))
    .map((entry) =>
      entryError(
        entry,
        chainBetween(
          metafile,
          starts,
          (input) => input === entry,
          () => true,
        ) ?? [entry],
      ),
    )
}

function isStored(store: ModuleStore, file: string, id: string): boolean {
  return store.get(file, id) !== undefined
}

function startsThreads(metafile: Metafile, entry: string, options: BuildOptions, store: ModuleStore): boolean {
  const spawns = (input: string): boolean => {
    if (input.includes('?')) return false
    const file = fileOfInput(input, options)
    return file !== undefined && store.output(file)?.modules.some(({ kind }) => kind === 'site') === true
  }
  return chainBetween(metafile, [entry], spawns, () => true) !== undefined
}

function entryError(entry: string, chain: readonly string[]): PartialMessage {
  const [parent] = (chain[0] ?? entry).split('?')
  return problem(
    'E450',
    `a closure in \`${parent}\` imports \`${entry}\`, which would start the app again in each worker`,
    'move what the closure needs from that module into a module of its own',
    [`imported as ${[`\`${parent}\``, ...chain.slice(1).map((input) => `\`${input}\``)].join(' → ')}`],
  )
}

/** The inputs that esbuild was told to start with. */
function entryInputs(metafile: Metafile, options: BuildOptions): string[] {
  const entryPoints = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
  const imported = new Set(Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path)))
  const named = namedEntries(options).map((name) => resolve(workingDirectory(options), name))
  return entryPoints.filter((input) => {
    const file = fileOfInput(input, options)
    if (file === undefined || input.includes('?')) return false
    // What nothing imports can only be an entry. What is imported as well may be one that is named without its extension.
    return !imported.has(input) || named.some((name) => name === file || `${name}${extname(file)}` === file)
  })
}

function namedEntries({ entryPoints }: BuildOptions): string[] {
  if (entryPoints === undefined) return []
  if (!Array.isArray(entryPoints)) return Object.values(entryPoints)
  return entryPoints.map((entry) => (typeof entry === 'string' ? entry : entry.in))
}
