/**
 * Workers of the user's own that a build puts into the page as text (`?worker&inline`). Such a worker runs from a `blob:` URL, and the files of its threads lie
 * beside none. Its own build is like that of any other, so the page's build takes note of how it was asked for.
 */

import { withoutQuery } from '@experimental-threads/compiler/plugin-core'

import type { ResolvedOptions } from './options.ts'

/** The files of such workers, by the options that all builds of one configuration have in common. */
const files = new WeakMap<ResolvedOptions, Set<string>>()

/** The ids of workers, whose hook to load them comes after ours. */
export const WORKER: RegExp = /[?&](?:worker|sharedworker)(?:&|$)/

/** Takes note of an inlined worker, in the build that imports it and before Vite builds it. */
export function noteInlined(options: ResolvedOptions, id: string): void {
  if (!WORKER.test(id) || !/[?&]inline\b/.test(id)) return
  const known = files.get(options) ?? new Set()
  files.set(options, known.add(withoutQuery(id)))
}

/** The one of the files that a build starts with which becomes text of a page; undefined when there is none. */
export function inlinedIn(options: ResolvedOptions, input: unknown): string | undefined {
  const entries = typeof input === 'string' ? [input] : Object.values((input ?? {}) as Record<string, string>)
  return entries.map(withoutQuery).find((entry) => files.get(options)?.has(entry))
}
