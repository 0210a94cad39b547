import { isForeign } from '@experimental-threads/compiler/plugin-core'
import type { FilterPattern } from 'vite'

/**
 * Options of the plugin. Every one has a default, so `experimentalThreads()` is a complete configuration.
 *
 * @example
 * ```ts
 * // vite.config.ts
 * import { defineConfig } from 'vite'
 * import experimentalThreads from 'vite-plugin-experimental-threads'
 *
 * export default defineConfig({ plugins: [experimentalThreads({ crossOriginIsolated: 'credentialless' })] })
 * ```
 */
export interface Options {
  /**
   * Files in which closures are lifted. Only files that name the runtime package are looked at, whatever this says.
   *
   * @default every JavaScript and TypeScript file, and every file that another plugin compiles to JavaScript
   */
  include?: FilterPattern | undefined
  /**
   * Files that are left alone.
   *
   * @default `node_modules`, except for packages that depend on the runtime
   */
  exclude?: FilterPattern | undefined
  /**
   * How the dev server and `vite preview` make the page cross-origin isolated, which shared memory needs.
   *
   * - `true`: `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`
   * - `'credentialless'`: the same with `Cross-Origin-Embedder-Policy: credentialless`, so that images and scripts of
   *   other origins load without a header of their own
   * - `false`: no header is set
   *
   * A header that `server.headers` or `preview.headers` names already is kept as it is.
   *
   * @default true
   */
  crossOriginIsolated?: boolean | 'credentialless' | undefined
  /**
   * Module specifiers under which the runtime is imported, for a package that re-exports it under its own name.
   *
   * @default ['experimental-threads']
   */
  importSource?: string[] | undefined
}

/** {@link Options} with every default filled in. */
export interface ResolvedOptions {
  include: FilterPattern
  /** What the user excludes; undefined for the default, which {@link ResolvedOptions.isForeign} knows */
  exclude: FilterPattern | undefined
  /** Whether a module, named by its id, is left alone for lying in a package that has nothing to do with threads */
  isForeign: (id: string) => boolean
  crossOriginIsolated: boolean | 'credentialless'
  importSource: string[]
}

// The extension must be the file's own: a query that ends in `.ts` belongs to a part of some other language's file.
export const SCRIPT: RegExp = /^[^?]+\.[cm]?[jt]sx?(?:$|\?)/

/** Fills in the defaults. */
export function resolveOptions(options: Options): ResolvedOptions {
  const { exclude, importSource = ['experimental-threads'] } = options
  return {
    include: options.include ?? SCRIPT,
    exclude,
    isForeign: (id) => exclude === undefined && isForeign(id, importSource),
    crossOriginIsolated: options.crossOriginIsolated ?? true,
    importSource,
  }
}
