/** Questions about esbuild's metafile. */

import { resolve } from 'node:path'

import { parseModuleId, withoutQuery } from '@experimental-threads/compiler/plugin-core'
import type { ModuleId } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions, Metafile } from 'esbuild'

import { workingDirectory } from './output-format.ts'
import { WORKER_ID, metafilePath } from './virtual-modules.ts'

/** An output that a worker loads by its address. */
export interface WorkerRoot {
  /** Its key in `metafile.outputs` */
  output: string
  /** The worker-side module in it; null for the bootstrap */
  module: ModuleId | null
}

/** The outputs that workers load by address. `isOurs` tells our queries from those of other plugins. */
export function workerRoots(metafile: Metafile, isOurs: (id: ModuleId) => boolean): WorkerRoot[] {
  return Object.entries(metafile.outputs).flatMap(([output, { entryPoint }]): WorkerRoot[] => {
    if (entryPoint === undefined) return []
    if (entryPoint === metafilePath(WORKER_ID)) return [{ output, module: null }]
    const module = parseModuleId(entryPoint)
    return module !== null && isOurs(module) ? [{ output, module }] : []
  })
}

/** All outputs that the given ones need, themselves included, in the metafile's order. */
export function outputsReachedFrom(metafile: Metafile, roots: readonly string[]): string[] {
  const reached = new Set<string>()
  const pending = [...roots]
  for (let output = pending.pop(); output !== undefined; output = pending.pop()) {
    if (reached.has(output)) continue
    reached.add(output)
    for (const { path } of metafile.outputs[output]?.imports ?? [])
      if (Object.hasOwn(metafile.outputs, path)) pending.push(path)
  }
  return Object.keys(metafile.outputs).filter((output) => reached.has(output))
}

/** The shortest chain of modules from one of `from` to one that `isTarget` accepts, both ends included; undefined without any. */
export function chainBetween(
  metafile: Metafile,
  from: readonly string[],
  isTarget: (input: string) => boolean,
  follows: (kind: string) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>(from.map((input) => [input, undefined]))
  for (const input of cameFrom.keys()) {
    if (isTarget(input)) return chainTo(input, cameFrom)
    for (const { path, kind } of metafile.inputs[input]?.imports ?? []) {
      // A map hands out what is added while it is walked, which makes this a breadth-first search.
      if (follows(kind) && !cameFrom.has(path)) cameFrom.set(path, input)
    }
  }
  return undefined
}

function chainTo(end: string, cameFrom: Map<string, string | undefined>): string[] {
  const chain: string[] = []
  for (let input: string | undefined = end; input !== undefined; input = cameFrom.get(input)) chain.unshift(input)
  return chain
}

/** The absolute path of the file behind an input of the metafile; undefined for a module of a plugin's namespace. */
export function fileOfInput(input: string, options: BuildOptions): string | undefined {
  // A namespace has at least two letters: one letter is a drive.
  if (/^[^/\\.]{2,}:/.test(input)) return undefined
  return resolve(workingDirectory(options), withoutQuery(input))
}
