#!/usr/bin/env node
// @ts-check
// `npx experimental-threads …`. The work is the compiler's, which comes with either plugin: the runtime itself has no dependencies.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const PLUGINS = ['vite-plugin-experimental-threads', 'esbuild-plugin-experimental-threads']

/**
 * Where the compiler's command line is: the project's own first, then that of its plugin, since package managers may keep a dependency
 * of the plugin out of the project's reach.
 */
function findCompiler() {
  const places = [pathToFileURL(`${process.cwd()}/`).href, import.meta.url]
  for (const place of places) {
    const require = createRequire(place)
    const found = resolve(require, '@experimental-threads/compiler/cli')
    if (found !== null) return found
    for (const plugin of PLUGINS) {
      const entry = resolve(require, plugin)
      const behind = entry === null ? null : resolve(createRequire(entry), '@experimental-threads/compiler/cli')
      if (behind !== null) return behind
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

const compiler = findCompiler()
if (compiler === null) {
  console.error(
    'experimental-threads: this command needs the compiler: npm install --save-dev vite-plugin-experimental-threads (or esbuild-plugin-experimental-threads)',
  )
  process.exitCode = 1
} else {
  /** @type {typeof import('@experimental-threads/compiler/cli')} */
  const { run } = await import(pathToFileURL(compiler).href)
  process.exitCode = run(process.argv.slice(2))
}
