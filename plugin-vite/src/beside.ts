// Ids of the form `App~vue.spawn-<id>.js?h=<hash>`: files that are not there, so no resolver but ours finds them.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { parseModuleId, withoutQuery } from '@experimental-threads/compiler/plugin-core'

/**
 * The id of a worker-side module beside its parent.
 *
 * @param source a path relative to the importer, a path on disk, or the path of a URL of the dev server
 */
export function resolveBeside(source: string, importer: string | undefined, root: string): string | null {
  const parsed = parseModuleId(source)
  if (parsed === null) return null
  if (/^\.\.?\//.test(source)) {
    if (importer === undefined) return null
    const path = withoutQuery(source)
    return join(dirname(withoutQuery(importer)), path) + source.slice(path.length)
  }
  if (source.startsWith('/@fs/')) return source.slice(/^\/@fs\/[A-Za-z]:/.test(source) ? 5 : 4)
  const parent = withoutQuery(parsed.parent)
  return existsSync(parent) ? source : root + source
}
