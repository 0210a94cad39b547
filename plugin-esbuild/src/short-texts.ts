/** Leaves the sentences of the runtime's errors out of builds for production: a page loads their codes. */

import { readFile } from 'node:fs/promises'

import { ERROR_FILES, shortTexts } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions, PluginBuild } from 'esbuild'

/** Has the runtime's texts shortened where the build is minified or says that it is for production, and for browsers. */
export function shortenTexts(build: PluginBuild): void {
  if (!isForProduction(build.initialOptions)) return
  build.onLoad({ filter: ERROR_FILES, namespace: 'file' }, async ({ path, suffix }) => {
    const contents = suffix === '' ? shortTexts(await readFile(path, 'utf8'), path) : undefined
    return contents === undefined ? undefined : { contents, loader: 'js' }
  })
}

function isForProduction(options: BuildOptions): boolean {
  // Servers have room for sentences.
  if ((options.platform ?? 'browser') === 'node') return false
  const environment = options.define?.['process.env.NODE_ENV']
  if (environment !== undefined) return /^["']production["']$/.test(environment)
  // As esbuild does, which takes a build with all three for one for production.
  const { minify = false } = options
  const { minifyWhitespace = minify, minifyIdentifiers = minify, minifySyntax = minify } = options
  return minifyWhitespace && minifyIdentifiers && minifySyntax
}
