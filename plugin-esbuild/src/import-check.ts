/**
 * Resolves what closures import before esbuild does. It would report a missing module at a place in generated text that nobody can open;
 * the import stands in the user's file, so it is reported there.
 */

import { dirname, resolve } from 'node:path'

import type { TransformOutput } from '@experimental-threads/compiler'
import { locate } from '@experimental-threads/compiler/plugin-core'
import type { OnLoadResult, PartialMessage, PluginBuild } from 'esbuild'

import { asEsbuild } from './messages.ts'

/** Answers with the errors of imports that closures of `path` need and that lead nowhere; with nothing when there are none. */
export async function missingImports(
  build: PluginBuild,
  path: string,
  source: string,
  output: TransformOutput,
): Promise<OnLoadResult | undefined> {
  const specifiers = new Set(output.modules.flatMap(({ imports }) => imports.map((imported) => imported.source)))
  const found = await Promise.all(
    [...specifiers].map(async (specifier) => {
      const { errors } = await build.resolve(specifier, {
        importer: path,
        namespace: 'file',
        resolveDir: dirname(path),
        kind: 'import-statement',
      })
      return errors.map((error) => ({ ...asEsbuild(error), location: placeOf(specifier, source, path) }))
    }),
  )
  const errors = found.flat()
  if (errors.length === 0) return undefined
  // Where the missing files may appear.
  const relatives = [...specifiers].filter((specifier) => specifier.startsWith('.'))
  return { errors, watchDirs: [...new Set(relatives.map((specifier) => dirname(resolve(dirname(path), specifier))))] }
}

function placeOf(specifier: string, source: string, path: string): PartialMessage['location'] & object {
  const escaped = specifier.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  const start = source.search(new RegExp(`(?<=from\\s*)(["'])${escaped}\\1`))
  const { line, byteColumn, byteLength, lineText } = locate(
    source,
    start,
    start < 0 ? start : start + specifier.length + 2,
  )
  return { file: path, namespace: 'file', line, column: byteColumn, length: byteLength, lineText }
}
