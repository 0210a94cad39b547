/** The part of the compiler's loader that is the same on every platform: options, and what happens when the instance traps. */

import { checkOptions } from './check-options.ts'
import { deepest } from './deepest.ts'
import type { Diagnostic, Explain, Explanation, Transform, TransformOptions, TransformOutput } from './index.ts'

/** The functions of one live instance. */
export interface Instance {
  transform(
    source: string,
    options: object,
    reference: TransformOptions['reference'],
    specifier: TransformOptions['specifier'],
  ): unknown
  explain(source: string, options: object): unknown
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
    const plain = readPlain(options, KNOWN_TO_EXPLAIN, 'explain()')
    const instance = host.instance()
    try {
      return instance.explain(source, plain) as Explanation
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
    const { reference, specifier, plain } = readOptions(options)
    // Errors of the two callbacks are the caller's own and pass through untouched, even those that look like a trap.
    const callbacks = guard()
    const instance = host.instance()
    try {
      const output = instance.transform(
        source,
        plain,
        callbacks.wrap(reference),
        callbacks.wrap(specifier),
      ) as TransformOutput
      // What was parsed of a file that nests too deeply stays in the memory of the instance.
      if (output.diagnostics.some(({ code }) => code === 'E206')) host.drop()
      // Half a surrogate pair does not survive the way through UTF-8; an unchanged file is the one that was given.
      if (!output.changed) return { ...output, code: source }
      const half = source.search(/\p{Surrogate}/u)
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

const KNOWN_TO_EXPLAIN = ['filename', 'lang', 'jsx', 'importSource']
const KNOWN = [...KNOWN_TO_EXPLAIN, 'reference', 'specifier', 'sourceMap', 'dev', 'origins']
const KNOWN_JSX = ['runtime', 'factory', 'fragment']

function readOptions(options: TransformOptions): {
  reference: TransformOptions['reference']
  specifier: TransformOptions['specifier']
  plain: object
} {
  const { reference, specifier, ...rest } = options
  const plain = readPlain(rest, KNOWN, 'transform()')
  if (typeof reference !== 'function') throw new TypeError('transform(): the option "reference" must be a function')
  if (typeof specifier !== 'function') throw new TypeError('transform(): the option "specifier" must be a function')
  return { reference, specifier, plain }
}

function readPlain(options: Omit<TransformOptions, 'reference' | 'specifier'>, known: string[], where: string): object {
  checkOptions(options, known, where)
  const { jsx, ...rest } = options
  if (jsx !== undefined) checkOptions(jsx, KNOWN_JSX, `${where} jsx`)
  if (typeof rest.filename !== 'string') throw new TypeError(`${where}: the option "filename" must be a string`)
  return { ...defined(rest), ...(jsx === undefined ? {} : { jsx: defined(jsx) }) }
}

// The other side tells an absent option from one that is undefined.
function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
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
