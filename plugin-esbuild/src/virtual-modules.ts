/** The modules that the plugin makes up. */

import { BOOT_ID } from '@experimental-threads/compiler/plugin-core'
import type { PluginBuild } from 'esbuild'

/** The namespace of our modules inside esbuild. */
export const NAMESPACE = 'experimental-threads'

/** The module that a worker starts with. */
export const WORKER_ID = 'virtual:experimental-threads/worker'
/** With `inline`: the text of all that workers run; in the build that makes that text, the module that it starts with. */
export const INLINE_ID = 'virtual:experimental-threads/inline'
/** The module that knows the URL of the running script. */
export const BASE_ID = 'virtual:experimental-threads/base'

/** The path of a made-up module in esbuild's metafile. */
export function metafilePath(id: string): string {
  return `${NAMESPACE}:${shortName(id)}`
}

// What esbuild shows in comments, and names chunks by.
function shortName(id: string): string {
  return id.slice(id.indexOf('/') + 1)
}

/** Sources of the made-up modules by id. A function is asked at each load; what is `text` becomes a string of the app. */
export type Sources = Record<string, string | (() => string) | { text: () => string }>

/** The text of the module that tells the runtime where the bootstrap of workers is. */
export function bootSource(address: string): string {
  return `import { $boot } from "experimental-threads/internal"\n$boot(${address})\n`
}

/** The text of the bootstrap. */
export const WORKER_SOURCE = 'import "experimental-threads/worker"\n'

/** Answers for the made-up modules of a build. Each resolves its own imports where the first module that imports it does. */
export function serveModules(build: PluginBuild, sources: Sources): void {
  build.onResolve({ filter: /^virtual:experimental-threads\// }, ({ path, resolveDir }) => {
    if (!Object.hasOwn(sources, path)) return undefined
    return { path: shortName(path), namespace: NAMESPACE, pluginData: { id: path, resolveDir } satisfies Resolved }
  })
  // Only code that runs in Node reads `node:url`, and only there; esbuild would look for it on every platform.
  build.onResolve({ filter: /^node:url$/, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }))
  build.onLoad({ filter: /.*/, namespace: NAMESPACE }, (request) => {
    const { id, resolveDir } = request.pluginData as Resolved
    const source = sources[id]
    if (source === undefined) return undefined
    if (typeof source === 'object') return { contents: source.text(), loader: 'text' }
    return { contents: typeof source === 'string' ? source : source(), loader: 'js', resolveDir }
  })
}

interface Resolved {
  id: string
  /** The folder of the module that was the first to import it */
  resolveDir: string
}

export { BOOT_ID }
