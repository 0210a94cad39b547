/** The compiler's maps in the forms that bundlers take. */

import { basename } from 'node:path'

import { withoutQuery } from './module-ids.ts'
import type { SourceMap } from './index.ts'

/**
 * The map of a spawning module (pass the output) or of a worker-side module (pass the module), or null without one. `sources` is the
 * base name of `file`: every bundler resolves it against the folder of the module's id, and the ids of both kinds lie in the folder of
 * the real file.
 */
export function sourceMapFor(made: { map: SourceMap | null }, file: string): SourceMap | null {
  return made.map === null ? null : { ...made.map, sources: [basename(withoutQuery(file))] }
}

/** Puts a map into the text, for hosts that take no map beside it. */
export function inlineSourceMap(code: string, map: SourceMap | null): string {
  if (map === null) return code
  const data = Buffer.from(JSON.stringify(map)).toString('base64')
  return `${code}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${data}\n`
}
