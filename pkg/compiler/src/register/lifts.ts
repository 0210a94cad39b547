/** What the files of a program become, in one thread. */

import { readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { Script } from 'node:vm'

import { transform } from '../node.ts'
import { appendBoot, mightSpawn, moduleQuery } from '../module-ids.ts'
import type { ModuleId } from '../module-ids.ts'
import { packageFilename } from '../package-name.ts'
import { formatDiagnostic, toMessages } from '../report.ts'
import type { Diagnostic, Lang, ModuleRef, SourceMap, TransformOutput } from '../index.ts'
import { diagnose } from './diagnose.ts'

/** Under which name programs import the runtime. */
export const IMPORT_SOURCE: readonly string[] = ['experimental-threads']

/** What a platform is given: text that it can run, with its map in it where it reads maps. */
export type Finish = (code: string, map: SourceMap | null, file: string, lang: Lang) => string

/** Whether a text can contain a spawn site at all. */
export function spawns(source: string): boolean {
  return mightSpawn(source, IMPORT_SOURCE)
}

/** Lifts files, each once, and serves the worker-side modules made of them. */
export class Lifts {
  readonly #warns: boolean
  readonly #finish: Finish
  readonly #outputs = new Map<string, TransformOutput>()

  /** @param warns whether warnings are printed */
  constructor(warns: boolean, finish: Finish) {
    this.#warns = warns
    this.#finish = finish
  }

  /**
   * A module as the platform is to run it.
   *
   * @throws Error with the frames of all errors of the file
   */
  spawning(source: string, file: string, lang: Lang): string {
    const output = spawns(source) ? this.#lift(source, file, lang) : undefined
    if (output === undefined || !output.changed) return this.#finish(source, null, file, lang)
    const starts = output.modules.some(({ kind }) => kind === 'site')
    return this.#finish(starts ? appendBoot(output.code) : output.code, output.map, file, lang)
  }

  /** A CommonJS file as it is: the errors of one that would spawn are told, since nothing in it can be lifted. */
  refuse(source: string, file: string, lang: Lang): string {
    if (spawns(source)) this.#lift(source, file, lang)
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
    return this.#finish(module.code, module.map, file, module.lang)
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
    using: readsUsing(),
    specifier,
    reference: (module) => `new URL(${JSON.stringify(specifier(module))}, import.meta.url).href`,
  })
}

let usingIsRead: boolean | undefined

/** Whether this platform reads `using`: Node does from version 24 on, and Bun compiles it. */
function readsUsing(): boolean {
  if (usingIsRead !== undefined) return usingIsRead
  if (process.versions['bun'] !== undefined) return (usingIsRead = true)
  try {
    return (usingIsRead = new Script('{ using nothing = null }') instanceof Script)
  } catch {
    return (usingIsRead = false)
  }
}

/** As everywhere in Node: unless the environment says that it is production. */
export function isDevelopment(): boolean {
  return process.env['NODE_ENV'] !== 'production'
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
