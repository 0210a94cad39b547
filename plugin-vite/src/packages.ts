// Packages that ship calls of `spawn` as they were written: each host would take them for finished code unless it is told not to.

import { resolve } from 'node:path'

import { spawningPackages } from '@experimental-threads/compiler/plugin-core'
import type { SpawningPackage } from '@experimental-threads/compiler/plugin-core'
import type { Plugin } from 'vite'

import type { ResolvedOptions } from './options.ts'

/**
 * Has such packages served as they are by the dev server, and not bundled ahead of time, where the page would have closures that nobody
 * has lifted; and has them made part of what runs on a server, where Node would load them by itself.
 */
export function packages(options: ResolvedOptions): Plugin {
  let found: SpawningPackage[] = []
  return {
    name: 'vite-plugin-experimental-threads:packages',
    sharedDuringBuild: true,
    config(user) {
      // Whoever chooses files himself has named his packages.
      found = options.exclude === undefined ? spawningPackages(resolve(user.root ?? ''), options.importSource) : []
      const excluded = new Set([user.optimizeDeps?.exclude ?? []].flat())
      return {
        optimizeDeps: {
          exclude: found.map(({ name }) => name),
          // Of a package that is not bundled, Vite does not look for what it has to convert.
          include: found.flatMap(({ commonJs }) => commonJs.filter((way) => !excluded.has(way.replace(/^.* > /, '')))),
        },
      }
    },
    configEnvironment(name, { consumer = name === 'client' ? 'client' : 'server' }) {
      return consumer === 'server' && found.length > 0
        ? { resolve: { noExternal: found.map(({ name }) => name) } }
        : null
    },
  }
}
