/** What the build's options say about the files it writes. */

import { dirname, resolve } from 'node:path'

import type { BuildOptions } from 'esbuild'

/** Whether the chunks of workers can come out of the build itself: only ES modules with code splitting have chunks. */
export function isOnePass(options: BuildOptions): boolean {
  return options.format === 'esm' && options.splitting === true
}

/** The format of the output, esbuild's default for the platform where none is given. */
export function formatOf(options: BuildOptions): 'esm' | 'cjs' | 'iife' {
  if (options.format !== undefined) return options.format
  if (options.platform === 'node') return 'cjs'
  return options.platform === 'neutral' ? 'esm' : 'iife'
}

/** The folder that esbuild resolves relative paths against. */
export function workingDirectory(options: BuildOptions): string {
  return options.absWorkingDir ?? process.cwd()
}

/** The absolute folder that the output goes to; the working directory when the build has one nameless output. */
export function outputDirectory(options: BuildOptions): string {
  const directory = options.outdir ?? (options.outfile === undefined ? '.' : dirname(options.outfile))
  return resolve(workingDirectory(options), directory)
}

/**
 * The name under which the injected module exports the URL of the running script. esbuild replaces it by that
 * export wherever it is free.
 */
const BASE_NAME = '__experimentalThreadsBase'

/** How a file of the output tells its own URL. */
export interface Base {
  /** A JavaScript expression for the URL */
  expression: string
  /** Source of a module to inject, where the URL is only known while the script starts */
  module?: string
}

/** How a file of this build's output tells its own URL. */
export function baseOf(options: BuildOptions): Base {
  const format = formatOf(options)
  if (format === 'esm') return { expression: 'import.meta.url' }
  const filename = 'require("node:url").pathToFileURL(__filename).href'
  if (format === 'cjs' && options.platform === 'node') return { expression: filename }
  // `document.currentScript` is null once a module is evaluated late (`import()` in a single file), so this is read by a module that
  // runs first. A script without a `src` stands in the page itself.
  const page = '(document.currentScript?.src || document.baseURI)'
  const file = `typeof __filename === "string" ? ${filename}`
  const document = `typeof document === "object" ? ${page}`
  const order = format === 'cjs' ? `${file} : ${document}` : `${document} : ${file}`
  return { expression: BASE_NAME, module: `export const ${BASE_NAME} = ${order} : globalThis.location?.href\n` }
}

/**
 * The prefix of addresses in the output, if there is one. Node has no use for one: there, `publicPath` is about the assets of a page
 * that the program serves.
 */
export function publicPathOf({ platform, publicPath }: BuildOptions): string | undefined {
  return platform === 'node' || publicPath === '' ? undefined : publicPath
}
