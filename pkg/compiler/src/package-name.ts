/** Names a file by its package, so that ids are the same in every checkout, on every machine. */

import { readFileSync, realpathSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'

interface Package {
  root: string
  name: string
  /** `<name>@<version>` */
  label: string
  /** What it is installed with, what it asks its user for and what it can do without */
  needs: ReadonlySet<string>
}

/** The nearest named package of each directory seen so far; null where there is none. */
const packages = new Map<string, Package | null>()

/**
 * `<name>@<version>/<path>` for a file: name and version of the nearest `package.json` that has a name (one without, such as
 * `{ "type": "module" }`, is passed over), and the path from its folder with `/` separators. Symbolic links are resolved first. A
 * query is dropped. Without any named package: `app@0.0.0/<path from the working directory>`.
 */
export function packageFilename(absolutePath: string): string {
  const file = realFile(absolutePath)
  const found = packageOf(dirname(file))
  const root = found?.root ?? process.cwd()
  return `${found?.label ?? 'app@0.0.0'}/${relative(root, file).split(sep).join('/')}`
}

/**
 * Whether a file is left alone unless the user says otherwise: one in `node_modules`, unless its package depends on one of
 * `importSource`. Such a package ships calls of `spawn` as they were written.
 *
 * @param path an absolute path; a query is passed over
 */
export function isForeign(path: string, importSource: readonly string[]): boolean {
  const clean = path.replace(/\?.*$/s, '')
  if (!/[\\/]node_modules[\\/]/.test(clean)) return false
  const found = packageOf(dirname(clean))
  return found === null || !importSource.some((name) => found.needs.has(name) && found.name !== name)
}

/** Forgets all packages: call it when a `package.json` may have changed, such as at the start of a build. */
export function clearPackageNames(): void {
  packages.clear()
}

/** The file behind a module id: without query, links resolved; the path itself when there is no such file. */
export function realFile(path: string): string {
  const clean = resolve(path.replace(/\?.*$/s, ''))
  try {
    return realpathSync.native(clean)
  } catch {
    return clean
  }
}

function packageOf(directory: string): Package | null {
  const known = packages.get(directory)
  if (known !== undefined) return known
  const parent = dirname(directory)
  const found = readPackage(directory) ?? (parent === directory ? null : packageOf(parent))
  packages.set(directory, found)
  return found
}

function readPackage(directory: string): Package | null {
  const manifest = readManifest(directory)
  const { name, version } = manifest ?? {}
  if (typeof name !== 'string' || name === '') return null
  const label = `${name}@${typeof version === 'string' ? version : '0.0.0'}`
  return { root: directory, name, label, needs: new Set(dependenciesOf(manifest ?? {})) }
}

/** What a `package.json` says, as far as it matters here. Nothing of it is checked. */
export type Manifest = Partial<Record<string, unknown>>

/** The `package.json` of a folder; undefined when it is absent or broken: the bundler says what is wrong with it, if it matters. */
export function readManifest(directory: string): Manifest | undefined {
  try {
    return (JSON.parse(readFileSync(resolve(directory, 'package.json'), 'utf8')) as Manifest | null) ?? undefined
  } catch {
    return undefined
  }
}

/** The names of the packages that a package is used with. */
export function dependenciesOf(manifest: Manifest): string[] {
  const lists = [manifest['dependencies'], manifest['peerDependencies'], manifest['optionalDependencies']]
  return lists.flatMap((list) => (typeof list === 'object' && list !== null ? Object.keys(list) : []))
}
