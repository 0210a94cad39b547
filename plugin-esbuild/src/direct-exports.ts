/**
 * Imports of the runtime lead to the modules that they name, past the package's two lists of exports.
 *
 * Where esbuild splits, a file is loaded with all that it imports, used or not, as far as anything in the build uses that. In a program with threads something
 * does use nearly all of the runtime: parts that workers load when a lock, a channel or a stream comes. So `import { configure } from 'experimental-threads'` would
 * put all of it in front of the page. Instead, what a file imports is read from its text, and it gets a list of its own.
 */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import type { OnResolveResult, PluginBuild } from 'esbuild'

import { NAMESPACE as OURS } from './virtual-modules.ts'

/** The lists, as they are imported. */
const LISTS = ['experimental-threads', 'experimental-threads/internal'] as const

const NAMESPACE = 'experimental-threads-exports'

/** What our own modules import. */
const BOOT: ReadonlySet<string> = new Set(['$boot'])

/** Marks our own question for the place of a list. */
const ASKED = Symbol('experimental-threads/asked')

/** A list that holds only what is asked for. */
interface Part {
  contents: string
  resolveDir: string
}

/** What a text imports from each list; null where that cannot be read from it. */
class Imported {
  readonly names = new Map<string, ReadonlySet<string> | null>()
}

export interface DirectExports {
  /**
   * To be told of each text that esbuild gets, before it looks for what that imports. Gives the `pluginData` of the answer that holds the text: a file and the
   * closures that were lifted out of it have one path, and what the file imports is not to be loaded with them.
   */
  loaded(path: string, contents: string): unknown
}

/** Sets up a build. */
export function directExports(build: PluginBuild): DirectExports {
  /** By path, for files that other plugins load. */
  const imported = new Map<string, Imported>()
  const exported = new Map<string, ReadonlyMap<string, string> | null>()

  build.onStart(() => {
    imported.clear()
    exported.clear()
  })

  build.onResolve({ filter: /^experimental-threads(?:\/internal)?$/ }, async (asked) => {
    const known = asked.pluginData instanceof Imported ? asked.pluginData : imported.get(asked.importer)
    const names = asked.namespace === OURS ? BOOT : known?.names.get(asked.path)
    if (asked.pluginData === ASKED || asked.kind !== 'import-statement' || !names) return undefined
    const { importer, namespace, resolveDir, kind } = asked
    const list = await build.resolve(asked.path, { importer, namespace, resolveDir, kind, pluginData: ASKED })
    if (list.errors.length > 0 || list.external || list.namespace !== 'file') return undefined
    if (!exported.has(list.path)) exported.set(list.path, exportsOf(readFileSync(list.path, 'utf8')))
    const places = exported.get(list.path)
    return places ? partOf(list.path, [...names].sort(), places) : undefined
  })

  build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ pluginData }) => {
    const { contents, resolveDir } = pluginData as Part
    return { contents, resolveDir, loader: 'js' }
  })

  return {
    loaded(path, contents) {
      const own = new Imported()
      for (const list of LISTS) {
        const names = importedNames(contents, list)
        own.names.set(list, names && new Set(names))
      }
      imported.set(path, own)
      return own
    },
  }
}

function partOf(path: string, names: readonly string[], places: ReadonlyMap<string, string>): OnResolveResult {
  const folder = dirname(path)
  // Types are in no list.
  const known = names.filter((name) => places.has(name))
  const lines = known.map((name) => {
    const [own, file] = places.get(name)!.split(' ') as [string, string]
    return `export { ${own} as ${name} } from ${JSON.stringify(resolve(folder, file))}\n`
  })
  const pluginData: Part = { contents: lines.join(''), resolveDir: folder }
  return { path: `${path}?${known.join(',')}`, namespace: NAMESPACE, sideEffects: false, pluginData }
}

/** The names that a text imports from a list; null when it does so in a way that is not understood here. */
export function importedNames(contents: string, list: string): string[] | null {
  const quoted = `(?:'${list}'|"${list}")`
  const mentions = contents.match(new RegExp(quoted, 'g'))?.length ?? 0
  const imports = [
    ...contents.matchAll(new RegExp(`\\b(?:im|ex)port(\\s+type)?\\s*\\{([^{}'"]*)\\}\\s*from\\s*${quoted}`, 'g')),
  ]
  if (imports.length !== mentions) return null
  const names = imports
    .filter(([, type]) => type === undefined)
    .flatMap(([, , inner]) => inner!.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '' && !/^type\s/.test(item))
    .map((item) => item.split(/\s+as\s+/)[0]!)
  return names.every((name) => /^[\w$]+$/.test(name) && name !== 'default') ? names : null
}

/** For each export of a list the name that it has in its module, and the module; null when the text is more than a list. */
export function exportsOf(contents: string): ReadonlyMap<string, string> | null {
  const places = new Map<string, string>()
  const rest = contents
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/export \{([^{}]*)\} from ['"](\.[^'"]+)['"];?/g, (_, names: string, file: string) => {
      for (const name of names.split(',')) {
        const [own = '', as = own] = name.trim().split(' as ')
        places.set(as, `${own} ${file}`)
      }
      return ''
    })
  return rest.trim() === '' ? places : null
}
