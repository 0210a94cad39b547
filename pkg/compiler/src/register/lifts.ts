/** What the files of a program become, in one thread. */

import { readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'

import { transform } from '../node.ts'
import { appendBoot, mightSpawn, moduleQuery } from '../module-ids.ts'
import type { ModuleId } from '../module-ids.ts'
import { packageFilename } from '../package-name.ts'
import { formatDiagnostic, toMessages } from '../report.ts'
import { inlineSourceMap } from '../source-maps.ts'
import type { Diagnostic, Lang, ModuleRef, SourceMap, TransformOutput } from '../index.ts'
import { diagnose } from './diagnose.ts'
import { withoutTypes } from './typescript.ts'

const IMPORT_SOURCE = ['experimental-threads']

/** Lifts files, each once, and serves the worker-side modules made of them. */
export class Lifts {
  readonly #warns: boolean
  readonly #outputs = new Map<string, TransformOutput>()

  /** @param warns whether warnings are printed */
  constructor(warns: boolean) {
    this.#warns = warns
  }

  /**
   * A module as Node is to run it.
   *
   * @throws Error with the frames of all errors of the file
   */
  spawning(source: string, file: string, lang: Lang): string {
    const output = mightSpawn(source, IMPORT_SOURCE) ? this.#lift(source, file, lang) : undefined
    if (output === undefined || !output.changed) return runnable(source, null, file, lang)
    const spawns = output.modules.some(({ kind }) => kind === 'site')
    return runnable(spawns ? appendBoot(output.code) : output.code, output.map, file, lang)
  }

  /** A CommonJS file as it is: the errors of one that would spawn are told, since nothing in it can be lifted. */
  refuse(source: string, file: string, lang: Lang): string {
    if (mightSpawn(source, IMPORT_SOURCE)) this.#lift(source, file, lang)
    return source
  }

  /**
   * The text of a worker-side module.
   *
   * @throws Error E461 when the file has changed since the program read it
   */
  workerModule(file: string, lang: Lang, { spawn, hash }: ModuleId): string {
    let output = this.#outputs.get(file)
    if (output === undefined) {
      const source = readFileSync(file, 'utf8')
      output = transformFile(source, file, lang)
      this.#outputs.set(file, output)
    }
    const module = output.modules.find(({ id }) => id === spawn)
    if (module?.hash !== hash) throw diagnose('E461', { file: shown(file) })
    return runnable(module.code, module.map, file, module.lang)
  }

  #lift(source: string, file: string, lang: Lang): TransformOutput {
    const output = transformFile(source, file, lang)
    this.#outputs.set(file, output)
    const format = (diagnostic: Diagnostic): string => formatDiagnostic(diagnostic, source, shown(file))
    const { errors, warnings } = toMessages(output.diagnostics, format)
    if (errors.length > 0) throw refusal(errors)
    if (this.#warns) for (const warning of warnings) console.warn(`${warning}\n`)
    return output
  }
}

function transformFile(source: string, file: string, lang: Lang): TransformOutput {
  // Relative to the file, and every worker-side module has its URL.
  const specifier = (module: ModuleRef): string => `./${encodeURIComponent(basename(file))}?${moduleQuery(module)}`
  return transform(source, {
    filename: packageFilename(file),
    lang,
    dev: isDevelopment(),
    specifier,
    reference: (module) => `new URL(${JSON.stringify(specifier(module))}, import.meta.url).href`,
  })
}

/** As everywhere in Node: unless the environment says that it is production. */
export function isDevelopment(): boolean {
  return process.env['NODE_ENV'] !== 'production'
}

/** Text that Node can run, with its map in it. */
function runnable(code: string, map: SourceMap | null, file: string, lang: Lang): string {
  const named = map === null ? null : { ...map, sources: [encodeURIComponent(basename(file))] }
  if (lang !== 'ts') return inlineSourceMap(code, named)
  const stripped = withoutTypes(code, named, file)
  return inlineSourceMap(stripped.code, stripped.map)
}

/** One error for all that is wrong with a file. Its stack would name only our own files. */
function refusal(texts: readonly string[]): Error {
  const error = new SyntaxError(texts.join('\n\n'))
  error.stack = `SyntaxError: ${error.message}`
  return error
}

function shown(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}
