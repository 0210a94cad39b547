/** What Bun gives a plugin of `Bun.build`, as far as it is used. Its own types would be a dependency of everybody's. */

import type { Metafile } from 'esbuild'

/** What `Bun.build` was called with. */
export interface BunBuildConfig {
  entrypoints: string[]
  root?: string
  format?: string
  splitting?: boolean
  target?: string
  compile?: unknown
  minify?: boolean | { whitespace?: boolean; syntax?: boolean; identifiers?: boolean }
  define?: Record<string, string>
  jsx?: { runtime?: string; factory?: string; fragment?: string }
  plugins?: BunPlugin[]
}

/** What `onResolve` is told. */
export interface Asked {
  path: string
  importer: string
}

/** What `onResolve` answers. */
export interface Resolved {
  path: string
  namespace: string
}

/** What `onLoad` answers. */
export interface Loaded {
  contents: string
  loader: 'js' | 'jsx' | 'ts' | 'tsx'
}

/** What `setup` is given. */
export interface BunPluginBuilder {
  config?: Partial<BunBuildConfig>
  onResolve(options: { filter: RegExp; namespace?: string }, hook: (asked: Asked) => Resolved | undefined): unknown
  onLoad(
    options: { filter: RegExp; namespace?: string },
    hook: (asked: { path: string }) => Promise<Loaded | undefined> | Loaded,
  ): unknown
  onEnd?(hook: () => void): unknown
}

/** A plugin, as `plugins` of `Bun.build` takes it. */
export interface BunPlugin {
  name: string
  setup(build: BunPluginBuilder): void | Promise<void>
}

/** The global `Bun`. */
export interface BunGlobal {
  build(config: object): Promise<{ success: boolean; metafile?: Metafile }>
}
