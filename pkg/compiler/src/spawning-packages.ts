/** Finds the installed packages that ship calls of `spawn` as they were written, for hosts that must be told of them beforehand. */

import { dirname, join } from 'node:path'

import { dependenciesOf, readManifest, realFile } from './package-name.ts'
import type { Manifest } from './package-name.ts'

/** An installed package that depends on the runtime. */
export interface SpawningPackage {
  name: string
  /**
   * Its dependencies that are CommonJS, each with the way to it from the project: `jobs > ms`. A development server that serves the
   * package as it is has to convert them.
   */
  commonJs: string[]
}

// They depend on the runtime for its version's sake, and no program imports them.
const PLUGINS = /(?:^|-)plugin-experimental-threads$/

/**
 * All packages that the project at `root` needs, itself or through others, and that depend on one of `importSource`.
 *
 * @param root the folder of the project's `package.json`
 */
export function spawningPackages(root: string, importSource: readonly string[]): SpawningPackage[] {
  const found: SpawningPackage[] = []
  const seen = new Set<string>()
  const project = readManifest(root) ?? {}
  const { devDependencies } = project
  const first = typeof devDependencies === 'object' && devDependencies !== null ? Object.keys(devDependencies) : []
  const pending = [...dependenciesOf(project), ...first].map((name) => ({ name, from: root, way: name }))
  for (const { name, from, way } of pending) {
    const folder = folderOf(name, from)
    if (folder === undefined || seen.has(folder) || importSource.includes(name) || PLUGINS.test(name)) continue
    seen.add(folder)
    const needs = dependenciesOf(readManifest(folder) ?? {})
    const below = needs.map((needed) => ({ name: needed, from: folder, way: `${way} > ${needed}` }))
    if (needs.some((needed) => importSource.includes(needed))) {
      const commonJs = below.filter((each) => isCommonJs(each.name, each.from)).map((each) => each.way)
      found.push({ name, commonJs })
    }
    // The list grows while it is walked, which makes this a breadth-first search: the shortest way to each package.
    pending.push(...below)
  }
  return found
}

/** Where a package is installed, seen from a folder; links are resolved, as package managers want it. */
function folderOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (readManifest(candidate) !== undefined) return realFile(candidate)
    if (dirname(folder) === folder) return undefined
  }
}

function isCommonJs(name: string, from: string): boolean {
  const folder = folderOf(name, from)
  const manifest = folder === undefined ? undefined : readManifest(folder)
  if (manifest === undefined || name.startsWith('@types/')) return false
  return manifest['type'] !== 'module' && manifest['module'] === undefined && !hasImport(manifest)
}

function hasImport({ exports }: Manifest): boolean {
  return JSON.stringify(exports ?? null).includes('"import"')
}
