/** The part of the compiler's loader that is the same on every platform: options, and what happens when the instance traps. */

import { checkOptions } from './check-options.ts'
import { deepest } from './deepest.ts'
import type { Diagnostic, Explain, Explanation, Transform, TransformOptions, TransformOutput } from './index.ts'
import type { PlainOptions } from './wire.ts'

/** The functions of one live instance. */
export interface Instance {
  transform(
    source: string,
    options: PlainOptions,
    reference: TransformOptions['reference'],
    specifier: TransformOptions['specifier'],
  ): TransformOutput
  explain(source: string, options: PlainOptions): Explanation
}

/** Where instances come from. */
export interface Host<Needed = Instance> {
  instance(): Needed
  /** Forgets the instance that trapped */
  drop(): void
}

/** Makes `explain` over a source of instances. */
export function createExplain(host: Host<Pick<Instance, 'explain'>>): Explain {
  return (source, options) => {
    check(options, KNOWN_TO_EXPLAIN, 'explain()')
    const instance = host.instance()
    try {
      return instance.explain(source, options)
    } catch (error) {
      if (!isTrap(error)) throw error
      host.drop()
      const diagnostics = [stopped(source, options.filename, error)]
      return { version: 1, file: options.filename, sites: [], diagnostics }
    }
  }
}

/** Makes `transform` over a source of instances. */
export function createTransform(host: Host<Pick<Instance, 'transform'>>): Transform {
  return (source, options) => {
    check(options, KNOWN, 'transform()')
    const { reference, specifier } = options
    if (typeof reference !== 'function') throw new TypeError('transform(): the option "reference" must be a function')
    if (typeof specifier !== 'function') throw new TypeError('transform(): the option "specifier" must be a function')
    // Errors of the two callbacks are the caller's own and pass through untouched, even those that look like a trap.
    const callbacks = guard()
    const instance = host.instance()
    try {
      const output = instance.transform(source, options, callbacks.wrap(reference), callbacks.wrap(specifier))
      // What was parsed of a file that nests too deeply stays in the memory of the instance.
      if (output.diagnostics.some(({ code }) => code === 'E206')) host.drop()
      // Half a surrogate pair does not survive the way through UTF-8; an unchanged file is the one that was given.
      if (!output.changed) return { ...output, code: source }
      const half = halfAt(source)
      if (half !== -1) return refused(source, halfCharacter(half))
      // Put in here, where it is one string for all maps; over there it would be copied for each.
      for (const { map } of [output, ...output.modules]) if (map !== null) map.sourcesContent = [source]
      return output
    } catch (error) {
      if (callbacks.failure !== undefined) throw callbacks.failure.error
      if (!isTrap(error)) throw error
      // The memory of an instance that trapped is in an unknown state.
      host.drop()
      return refused(source, stopped(source, options.filename, error))
    }
  }
}

const KNOWN_TO_EXPLAIN = ['filename', 'lang', 'jsx', 'importSource', 'using']
const KNOWN = [...KNOWN_TO_EXPLAIN, 'reference', 'specifier', 'sourceMap', 'dev', 'origins']
const KNOWN_JSX = ['runtime', 'factory', 'fragment']

function check(options: PlainOptions, known: string[], where: string): void {
  checkOptions(options, known, where)
  if (options.jsx !== undefined) checkOptions(options.jsx, KNOWN_JSX, `${where} jsx`)
  if (typeof options.filename !== 'string') throw new TypeError(`${where}: the option "filename" must be a string`)
}

interface Guard {
  failure: { error: unknown } | undefined
  wrap<A, R>(callback: (argument: A) => R): (argument: A) => R
}

function guard(): Guard {
  const state: Guard = {
    failure: undefined,
    wrap: (callback) => (argument) => {
      try {
        return callback(argument)
      } catch (error) {
        state.failure ??= { error }
        throw error
      }
    },
  }
  return state
}

// A stack overflow inside WebAssembly is a RangeError of the engine ("InternalError" in Firefox); everything else that ends an instance is a RuntimeError.
function isTrap(error: unknown): boolean {
  return isOverflow(error) || error instanceof WebAssembly.RuntimeError
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'InternalError')
}

function stopped(source: string, filename: string, error: unknown): Diagnostic {
  if (isOverflow(error)) return tooDeep(source)
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return {
    code: 'E299',
    severity: 'error',
    message: `the compiler stopped while it read \`${filename}\``,
    start: 0,
    end: 0,
    labels: [],
    notes: [`the engine reported ${reason}`],
    help: 'report the file as a bug of the compiler; until it is mended, keep what is unusual in it out of files that call `spawn`',
  }
}

function tooDeep(source: string): Diagnostic {
  const start = deepest(source)
  return {
    code: 'E206',
    severity: 'error',
    message: 'this nests too deeply to be read',
    start,
    end: Math.min(start + 1, source.length),
    labels: [],
    notes: [],
    help: 'split the expression, or keep generated code out of files that call `spawn`',
  }
}

/** Where half of a surrogate pair stands; -1 for a well-formed text. */
function halfAt(source: string): number {
  // Newer than what is asked of browsers; it looks at nothing in a text without such characters.
  const known = source as { isWellFormed?: () => boolean }
  return known.isWellFormed?.() === true ? -1 : source.search(/\p{Surrogate}/u)
}

function halfCharacter(at: number): Diagnostic {
  return {
    code: 'E230',
    severity: 'error',
    message: 'half of a surrogate pair stands here, which no file can hold',
    start: at,
    end: at + 1,
    labels: [],
    notes: [],
    help: 'write it as an escape, `\\ud83d`, or repair the text',
  }
}

function refused(source: string, diagnostic: Diagnostic): TransformOutput {
  return { code: source, map: null, changed: false, modules: [], shared: [], diagnostics: [diagnostic] }
}
