/**
 * Takes the types off TypeScript. Node does it where it can (from 22.13 on); for the rest, which is older versions and enums, namespaces and
 * parameter properties, there is `@swc/wasm-typescript`, the library that Node itself has inside.
 */

import { readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import remapping from '@jridgewell/remapping'
import type { SourceMapInput } from '@jridgewell/remapping'

import type { SourceMap } from '../index.ts'
import { diagnose } from './diagnose.ts'

type Mode = 'strip-only' | 'transform'

interface Stripper {
  transformSync(
    source: string,
    options: { mode: Mode; module: boolean; filename: string; sourceMap: boolean },
  ): { code: string; map?: string }
}

/** Code with its map. */
export interface Mapped {
  code: string
  map: SourceMap | null
}

const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: (code: string) => string }

/** JavaScript for the TypeScript of a file. */
export function stripTypes(source: string, file: string): string {
  return withoutTypes(source, null, file).code
}

/**
 * The same for text that was made from a file, with the map that leads back to it.
 *
 * @throws SyntaxError for text that cannot be parsed; E460 where the library is needed and not there
 */
export function withoutTypes(code: string, map: SourceMap | null, file: string): Mapped {
  // Types become blanks, so every position holds.
  const blank = blankTypes(code, file)
  if (blank !== undefined) return { code: blank, map }
  const { code: made, map: text } = run('transform', code, file, ', since it has more than types to take off')
  if (map === null || text === undefined) return { code: made, map }
  const composed = remapping(JSON.parse(text) as SourceMapInput, (_, { depth }) =>
    depth === 1 ? (map as SourceMapInput) : null,
  )
  return {
    code: made,
    map: { ...map, names: composed.names, mappings: composed.mappings as string },
  }
}

/** Undefined where more than blanks is needed. */
function blankTypes(code: string, file: string): string | undefined {
  try {
    return stripTypeScriptTypes === undefined
      ? run('strip-only', code, file, '').code
      : quietly(stripTypeScriptTypes, code)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return undefined
    if ((error as { code?: unknown }).code === 'UnsupportedSyntax') return undefined
    if (error instanceof Error && error.name !== 'SyntaxError') throw error
    throw named(error, file)
  }
}

/** Some versions of Node call this experimental each time a thread begins to use it. */
function quietly(strip: (code: string) => string, code: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return strip(code)
  } finally {
    process.emitWarning = emitWarning
  }
}

function run(mode: Mode, code: string, file: string, reason: string): { code: string; map?: string } {
  const library = find(file, reason)
  try {
    return library.transformSync(code, { mode, module: true, filename: file, sourceMap: mode === 'transform' })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'UnsupportedSyntax') throw error
    throw named(error, file)
  }
}

let stripper: Stripper | undefined

/** The program's own first, then what is installed beside this package. */
function find(file: string, reason: string): Stripper {
  if (stripper !== undefined) return stripper
  let cause: unknown
  for (const from of [pathToFileURL(file), new URL(import.meta.url)]) {
    try {
      return (stripper = createRequire(from)('@swc/wasm-typescript') as Stripper)
    } catch (error) {
      // It is there and does not start, when memory is short for instance.
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
      cause ??= error
    }
  }
  throw diagnose('E460', { file, reason }, cause)
}

/** The library throws plain objects, Node errors without a file. */
function named(thrown: unknown, file: string): Error {
  const { message, snippet, startLine, startColumn } = thrown as {
    message?: string
    snippet?: string
    startLine?: number
    startColumn?: number
  }
  const place = startLine === undefined ? file : `${file}:${startLine}:${(startColumn ?? 0) + 1}`
  const error = new SyntaxError(`${message ?? String(thrown)}\n\n   ${place}\n${snippet ?? ''}`, { cause: thrown })
  error.stack = `SyntaxError: ${error.message}`
  return error
}

/**
 * Whether a TypeScript file is an ES module: by its extension, what Node says, the nearest `package.json`, or, where that says nothing, by
 * whether it imports or exports.
 */
export function isModule(file: string, source: string, format: string | null | undefined): boolean {
  if (file.endsWith('.mts')) return true
  if (file.endsWith('.cts')) return false
  if (format !== undefined && format !== null) return format.startsWith('module')
  const type = packageType(dirname(file))
  return type === undefined ? /^\s*(?:import|export)\b/m.test(source) : type === 'module'
}

function packageType(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: unknown }).type
  } catch {
    const parent = dirname(folder)
    return parent === folder ? undefined : packageType(parent)
  }
}
