/** Which language esbuild will read a file in. */

import { basename } from 'node:path'

import { languageOf } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions } from 'esbuild'

type Language = 'js' | 'jsx' | 'ts' | 'tsx'

const LANGUAGES: readonly string[] = ['js', 'jsx', 'ts', 'tsx'] satisfies Language[]

/** The language of a file under the build's `loader` option; undefined where it is loaded as something else, such as text. */
export function languageFor(path: string, options: BuildOptions): Language | undefined {
  const loader = loaderFor(basename(path), options.loader ?? {})
  if (loader === undefined || loader === 'default') return languageOf(path)
  return isLanguage(loader) ? loader : undefined
}

// The longest extension that has a loader wins: `.module.js` before `.js`.
function loaderFor(name: string, loaders: Record<string, string>): string | undefined {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const loader = loaders[name.slice(dot)]
    if (loader !== undefined) return loader
  }
  return undefined
}

function isLanguage(loader: string): loader is Language {
  return LANGUAGES.includes(loader)
}
