// Rollup and Rolldown without Vite. They know no environments and resolve no query; everything else is theirs.

import { dirname, resolve } from 'node:path'

import { parseModuleId, withoutQuery } from '@experimental-threads/compiler/plugin-core'
import type { Environment, Plugin } from 'vite'

/** The hooks that read the environment, of all plugins of the list. */
const HOOKS = [
  'buildStart',
  'buildEnd',
  'watchChange',
  'resolveId',
  'load',
  'transform',
  'outputOptions',
  'resolveFileUrl',
  'generateBundle',
] as const

type Hook = (this: object, ...given: unknown[]) => unknown

/** Makes the list of plugins one that runs without Vite too. Vite is known by asking whether a plugin applies, which only it does. */
export function withoutVite(plugins: Plugin[]): Plugin[] {
  let isVite = false
  const environment = plainEnvironment()
  const contextOf = (context: object): object => (isVite ? context : withEnvironment(context, environment))
  for (const plugin of plugins as unknown as Record<string, unknown>[]) {
    for (const name of HOOKS) {
      const hook = plugin[name] as Hook | { handler: Hook } | undefined
      if (hook === undefined) continue
      const handler = typeof hook === 'function' ? hook : hook.handler
      const wrapped: Hook = function (...given) {
        return handler.apply(contextOf(this), given)
      }
      plugin[name] = typeof hook === 'function' ? wrapped : { ...hook, handler: wrapped }
    }
  }
  const resolving: Plugin = {
    name: 'vite-plugin-experimental-threads:plain',
    sharedDuringBuild: true,
    apply() {
      isVite = true
      return false
    },
    resolveId: {
      filter: { id: /[?&]spawn=/ },
      // A file with a query is what no resolver but Vite's knows. The path is the parent's, which is there.
      handler(source, importer) {
        if (parseModuleId(source) === null) return null
        const path = withoutQuery(source)
        return resolve(importer === undefined ? '' : dirname(withoutQuery(importer)), path) + source.slice(path.length)
      },
    },
  }
  return [resolving, ...plugins]
}

function withEnvironment(context: object, environment: Environment): object {
  return new Proxy(context, {
    has: (target, name) => name === 'environment' || name in target,
    get(target, name) {
      if (name === 'environment') return environment
      const value: unknown = Reflect.get(target, name, target)
      // Contexts may be instances with private fields.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** What a build without Vite is, in Vite's terms. Maps are always made: whether the output has one is not known before. */
function plainEnvironment(): Environment {
  const build = { sourcemap: true, minify: false, lib: false }
  const config = {
    root: process.cwd(),
    base: '/',
    consumer: 'client',
    isWorker: false,
    isProduction: false,
    plugins: [],
  }
  return {
    name: 'build',
    mode: 'build',
    config: { ...config, build, worker: { format: 'es' } },
  } as unknown as Environment
}
