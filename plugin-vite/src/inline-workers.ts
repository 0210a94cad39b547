/**
 * Workers of the user's own that a build puts into the page as text (`?worker&inline`). Such a worker runs from a `blob:` URL, and the files of its threads lie
 * beside none. Its own build is like that of any other, so the page's build takes note of how it was asked for.
 */

import { withoutQuery } from '@experimental-threads/compiler/plugin-core'
import type { Plugin } from 'vite'

import type { ResolvedOptions } from './options.ts'

/** The files of such workers, by the options that all builds of one configuration have in common. */
const files = new WeakMap<ResolvedOptions, Set<string>>()

const WORKER = /[?&](?:worker|sharedworker)(?:&|$)/

/** Takes note of inlined workers, in the build that imports them. */
export function inlineWorkers(options: ResolvedOptions): Plugin {
  const known = files.get(options) ?? new Set()
  files.set(options, known)
  return {
    name: 'vite-plugin-experimental-threads:inline-workers',
    // Before Vite, which builds the worker in its own hook.
    enforce: 'pre',
    apply: 'build',
    sharedDuringBuild: true,
    load: {
      filter: { id: WORKER },
      handler(id) {
        if (WORKER.test(id) && /[?&]inline\b/.test(id)) known.add(withoutQuery(id))
        return null
      },
    },
  }
}

/** The one of the files that a build starts with which becomes text of a page; undefined when there is none. */
export function inlinedIn(options: ResolvedOptions, input: unknown): string | undefined {
  const entries = typeof input === 'string' ? [input] : Object.values((input ?? {}) as Record<string, string>)
  return entries.map(withoutQuery).find((entry) => files.get(options)?.has(entry))
}
