/** What a user may set, checked once. */

import { checkOptions, isForeign } from '@experimental-threads/compiler/plugin-core'

/**
 * A change to a file before its closures are lifted. Return the new text, or nothing to leave it as it is. A change that keeps the
 * number of lines keeps error positions right.
 */
export type SourceTransform = (
  code: string,
  file: { path: string },
) => string | null | undefined | Promise<string | null | undefined>

/** Options of {@link experimentalThreads}. All are optional. */
export interface Options {
  /**
   * Files in which closures are lifted: patterns for the absolute path, written with `/`. Only files that name the runtime package
   * are looked at, whatever this says. Default: every JavaScript and TypeScript file.
   */
  include?: RegExp | readonly RegExp[] | undefined
  /** Files that are left alone. Default: `node_modules`, except for packages that depend on the runtime. */
  exclude?: RegExp | readonly RegExp[] | undefined
  /**
   * Applied in order before the lift, to files that use the runtime and to no others. esbuild gives a file to one plugin's `onLoad`
   * only; where a file must pass two plugins, put the other one's work here. Default: none.
   */
  transform?: SourceTransform | readonly SourceTransform[] | undefined
  /**
   * Puts all that workers run into the output as a string, for output of a single file: workers start from a `blob:` URL in browsers, and
   * from a `data:` URL in Node. The page's policy must allow `worker-src blob:`, and code that both sides use is in the file twice.
   * Default: `false`.
   */
  inline?: boolean | undefined
  /**
   * Module specifiers under which the runtime is imported, for a package that re-exports it under its own name. What the plugin
   * generates imports `experimental-threads` itself. Default: `['experimental-threads']`.
   */
  importSource?: readonly string[] | undefined
}

/** {@link Options} with every default filled in. */
export interface ResolvedOptions {
  /** Whether a file, named by its absolute path, is looked at */
  accepts: (path: string) => boolean
  transform: readonly SourceTransform[]
  inline: boolean
  importSource: readonly string[]
}

const KNOWN = ['include', 'exclude', 'transform', 'inline', 'importSource']

/**
 * Checks the options and fills in the defaults.
 *
 * @param without names of options that this plugin does not have
 * @throws TypeError for an unknown option or one of the wrong type
 */
export function resolveOptions(options: Options, without: readonly string[] = []): ResolvedOptions {
  const known = KNOWN.filter((name) => !without.includes(name))
  checkOptions(options, known, 'experimentalThreads()')
  const include = list(options.include, 'include', isRegExp, 'regular expressions')
  const exclude = list(options.exclude, 'exclude', isRegExp, 'regular expressions')
  const named = list(options.importSource, 'importSource', isName, 'module specifiers')
  list(options.inline, 'inline', (value) => typeof value === 'boolean', 'true or false')
  const importSource = named.length === 0 ? ['experimental-threads'] : named
  return {
    accepts: (path) => {
      const normal = path.replaceAll('\\', '/')
      const matches = (pattern: RegExp): boolean => normal.search(pattern) >= 0
      if (include.length > 0 && !include.some(matches)) return false
      return options.exclude === undefined ? !isForeign(path, importSource) : !exclude.some(matches)
    },
    transform: list(options.transform, 'transform', isFunction, 'functions'),
    inline: options.inline ?? false,
    importSource,
  }
}

function list<T>(
  value: T | readonly T[] | undefined,
  name: string,
  isValid: (item: unknown) => boolean,
  expected: string,
): readonly T[] {
  const items = value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]
  if (!items.every(isValid)) throw new TypeError(`experimentalThreads(): the option "${name}" takes ${expected}`)
  return items
}

function isRegExp(value: unknown): boolean {
  return value instanceof RegExp
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
