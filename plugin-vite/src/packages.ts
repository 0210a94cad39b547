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
  let root = ''
  let known: SpawningPackage[] | undefined
  // Whoever chooses files himself has named his packages.
  const find = (): SpawningPackage[] =>
    (known ??= options.exclude === undefined ? spawningPackages(root, options.importSource) : [])
  return {
    name: 'vite-plugin-experimental-threads:packages',
    sharedDuringBuild: true,
    config(user, { command }) {
      root = resolve(user.root ?? '')
      known = undefined
      // A build bundles all that a page needs anyway, and a look at hundreds of packages takes time.
      if (command === 'build') return undefined
      const excluded = new Set([user.optimizeDeps?.exclude ?? []].flat())
      return {
        optimizeDeps: {
          exclude: find().map(({ name }) => name),
          // Of a package that is not bundled, Vite does not look for what it has to convert.
          include: find().flatMap(({ commonJs }) => commonJs.filter((way) => !excluded.has(way.replace(/^.* > /, '')))),
        },
      }
    },
    configEnvironment(name, { consumer = name === 'client' ? 'client' : 'server' }) {
      if (consumer !== 'server' || find().length === 0) return null
      return { resolve: { noExternal: find().map(({ name }) => name) } }
    },
  }
}
