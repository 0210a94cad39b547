/** Names a file by its package, so that ids are the same in every checkout, on every machine. */

import { readFileSync, realpathSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'

interface Package {
  root: string
  /** `<name>@<version>` */
  label: string
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
  let manifest: unknown
  try {
    manifest = JSON.parse(readFileSync(resolve(directory, 'package.json'), 'utf8'))
  } catch {
    // Absent or broken: the bundler says what is wrong with it, if it matters.
    return null
  }
  const { name, version } = (manifest ?? {}) as { name?: unknown; version?: unknown }
  if (typeof name !== 'string' || name === '') return null
  return { root: directory, label: `${name}@${typeof version === 'string' ? version : '0.0.0'}` }
}
