// @ts-check
// Where the compiler is: the runtime itself has no dependencies, and the compiler comes with either plugin.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const PLUGINS = ['vite-plugin-experimental-threads', 'esbuild-plugin-experimental-threads']

/**
 * The file URL of a part of the compiler: the project's own first, then that of its plugin, since package managers may keep a dependency
 * of the plugin out of the project's reach.
 *
 * @param {string} part `cli` or `register`
 * @returns {string | null} null where it is not installed
 */
export function findCompiler(part) {
  const name = `@experimental-threads/compiler/${part}`
  const places = [pathToFileURL(`${process.cwd()}/`).href, import.meta.url]
  for (const place of places) {
    const require = createRequire(place)
    const found = resolve(require, name)
    if (found !== null) return pathToFileURL(found).href
    for (const plugin of PLUGINS) {
      const entry = resolve(require, plugin)
      const behind = entry === null ? null : resolve(createRequire(entry), name)
      if (behind !== null) return pathToFileURL(behind).href
    }
  }
  return null
}

/** @param {NodeJS.Require} require @param {string} name @returns {string | null} */
function resolve(require, name) {
  try {
    return require.resolve(name)
  } catch {
    return null
  }
}
