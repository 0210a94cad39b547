/** Finds the installed packages that ship calls of `spawn` as they were written, for hosts that must be told of them beforehand. */

import { statSync } from 'node:fs'
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
  const installed = new Installed()
  const found: SpawningPackage[] = []
  const seen = new Set<string>()
  const project = readManifest(root) ?? {}
  const { devDependencies } = project
  const first = typeof devDependencies === 'object' && devDependencies !== null ? Object.keys(devDependencies) : []
  const pending = [...dependenciesOf(project), ...first].map((name) => ({ name, from: root, way: name }))
  for (const { name, from, way } of pending) {
    const folder = installed.folderOf(name, from)
    if (folder === undefined || seen.has(folder) || importSource.includes(name) || PLUGINS.test(name)) continue
    seen.add(folder)
    const needs = dependenciesOf(installed.manifestOf(folder) ?? {})
    const below = needs.map((needed) => ({ name: needed, from: folder, way: `${way} > ${needed}` }))
    if (needs.some((needed) => importSource.includes(needed))) {
      const commonJs = below
        .filter((each) => isCommonJs(each.name, installed.find(each.name, each.from)))
        .map((each) => each.way)
      found.push({ name, commonJs })
    }
    // The list grows while it is walked, which makes this a breadth-first search: the shortest way to each package.
    pending.push(...below)
  }
  return found
}

/** What is installed, each folder looked at once: a project of hundreds of packages asks for most of them many times. */
class Installed {
  readonly #manifests = new Map<string, Manifest | undefined>()
  readonly #folders = new Map<string, string>()

  /** The `package.json` of a folder, if there is one. */
  manifestOf(folder: string): Manifest | undefined {
    if (this.#manifests.has(folder)) return this.#manifests.get(folder)
    // Most of the places that are looked at do not exist, and a failed read costs more than a question.
    const isThere = statSync(join(folder, 'package.json'), { throwIfNoEntry: false }) !== undefined
    const manifest = isThere ? readManifest(folder) : undefined
    this.#manifests.set(folder, manifest)
    return manifest
  }

  /** Where a package is installed, seen from a folder; links are resolved, as package managers want it. */
  folderOf(name: string, from: string): string | undefined {
    for (let folder = from; ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules', name)
      if (this.manifestOf(candidate) !== undefined) return this.#realFolder(candidate)
      if (dirname(folder) === folder) return undefined
    }
  }

  find(name: string, from: string): Manifest | undefined {
    const folder = this.folderOf(name, from)
    return folder === undefined ? undefined : this.manifestOf(folder)
  }

  #realFolder(candidate: string): string {
    const known = this.#folders.get(candidate)
    if (known !== undefined) return known
    const folder = realFile(candidate)
    this.#folders.set(candidate, folder)
    return folder
  }
}

function isCommonJs(name: string, manifest: Manifest | undefined): boolean {
  if (manifest === undefined || name.startsWith('@types/')) return false
  return manifest['type'] !== 'module' && manifest['module'] === undefined && !hasImport(manifest)
}

function hasImport({ exports }: Manifest): boolean {
  return JSON.stringify(exports ?? null).includes('"import"')
}
