/**
 * Bun's part of `experimental-threads/register`. It has no module hooks, but plugins: one that hears of every import, and texts for the
 * paths that match an expression. A path that matches must be answered, and CommonJS cannot be. So which file imports what is only looked
 * at, and each file that lifts something gets an expression of its own, just before Bun loads it.
 */

import { readFileSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'

import { languageOf, parseModuleId } from '../module-ids.ts'
import { isForeign } from '../package-name.ts'
import type { Lang } from '../index.ts'
import { atTheirLines } from '../lines.ts'
import { IMPORT_SOURCE, isDevelopment, Lifts, spawns } from './lifts.ts'

/** What Bun's plugins are given, as far as it is used. */
interface PluginBuilder {
  onResolve(
    options: { filter: RegExp; namespace?: string },
    hook: (asked: { path: string; importer: string }) => { path: string; namespace: string } | undefined,
  ): unknown
  onLoad(
    options: { filter: RegExp; namespace?: string },
    hook: (asked: { path: string }) => { contents: string; loader: Lang },
  ): unknown
}

/** What Bun offers, as far as it is used. */
interface BunGlobal {
  plugin(plugin: { name: string; setup(build: PluginBuilder): void }): unknown
  resolveSync(specifier: string, folder: string): string
  Transpiler: new (options: { loader: Lang }) => { scanImports(source: string): { path: string }[] }
}

declare const Bun: BunGlobal

const NAME = 'experimental-threads'

const MIME = 'text/javascript,'

/** The bootstraps of ours among `data:` URLs. */
const BOOTSTRAP = /^text\/javascript,%2F%2Fexperimental-threads%0A/

/**
 * Lifts closures of all that this thread loads from now on.
 *
 * @param warns whether warnings are printed
 */
export function registerInBun(warns: boolean): void {
  // Bun takes the types off itself.
  const lifts = new Lifts(warns, (code, map) => (map === null ? code : atTheirLines(code, map)))
  const resolve = resolver()
  const look = looker(lifts, resolve)
  Bun.plugin({
    name: NAME,
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        const file = resolve(path, importer)
        if (file !== undefined) look(file)
        return undefined
      })
      build.onResolve({ filter: /^experimental-threads\/boot$/, namespace: 'virtual' }, ({ importer }) => ({
        path: bootPath(resolve, importer),
        namespace: NAME,
      }))
      // Without workers the bootstrap is imported, and Bun takes what is imported from a `data:` URL for a text.
      build.onResolve({ filter: BOOTSTRAP, namespace: 'data' }, ({ path }) => ({ path, namespace: NAME }))
      build.onLoad({ filter: /.*/, namespace: NAME }, ({ path }) => ({
        contents: BOOTSTRAP.test(path) ? decodeURIComponent(path.slice(MIME.length)) : bootSource(path),
        loader: 'js',
      }))
      build.onLoad({ filter: /\?spawn=/ }, ({ path }) => {
        const id = parseModuleId(path)!
        const lang = languageOf(id.parent)!
        return { contents: lifts.workerModule(id.parent, lang, id), loader: lang }
      })
    },
  })
}

/** Looks at files before Bun loads them, each once. */
function looker(lifts: Lifts, resolve: Resolve): (file: string) => void {
  const looked = new Set<string>()
  const look = (file: string): void => {
    const lang = languageOf(file)
    if (lang === undefined || file.includes('?') || looked.has(file)) return
    looked.add(file)
    if (isForeign(file, IMPORT_SOURCE)) return
    const source = readFileSync(file, 'utf8')
    if (spawns(source)) lift(lifts, source, file, lang)
    // Of packages nobody is told.
    for (const specifier of packagesIn(source, lang)) {
      const found = resolve(specifier, file)
      if (found !== undefined && isAbsolute(found)) look(found)
    }
  }
  return look
}

/** The packages that a text imports. Whether it can be read at all is Bun's business. */
function packagesIn(source: string, loader: Lang): string[] {
  const { value = [] } = attempt(() => new Bun.Transpiler({ loader }).scanImports(source))
  return value.flatMap(({ path }) => (/^[./]|^[a-z]+:/.test(path) ? [] : path))
}

/** Has Bun load what a file becomes, if that is another text: its own, as Bun reads it, can also be CommonJS. */
function lift(lifts: Lifts, source: string, file: string, lang: Lang): void {
  const made = attempt(() => lifts.spawning(source, file, lang))
  if (made.value === source) return
  const filter = new RegExp(`^${file.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}$`)
  const contents = (): string => {
    if (made.value === undefined) throw made.error
    return made.value
  }
  Bun.plugin({
    name: NAME,
    setup: (build) => build.onLoad({ filter }, () => ({ contents: contents(), loader: lang })),
  })
}

/** An error belongs to the load of a file: where Bun asks for its place, it would be one of a missing file. */
function attempt<T>(work: () => T): { value?: T; error?: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

/** What Bun would find. It asks plugins, so it asks this one again. */
function resolver(): Resolve {
  let asks = false
  return (specifier, importer) => {
    if (asks || /^(?:node|bun|data|blob):/.test(specifier)) return undefined
    asks = true
    try {
      return Bun.resolveSync(specifier, isAbsolute(importer) ? dirname(importer) : process.cwd())
    } catch {
      // Bun says so itself, and better.
      return undefined
    } finally {
      asks = false
    }
  }
}

type Resolve = (specifier: string, importer: string) => string | undefined

/** The runtime that the importing module uses: two versions may be installed. */
function bootPath(resolve: Resolve, importer: string): string {
  const find = (name: string): string => resolve(`experimental-threads/${name}`, importer) ?? ''
  return `boot?${new URLSearchParams({ internal: find('internal'), worker: find('worker') })}`
}

function bootSource(path: string): string {
  const query = new URLSearchParams(path.slice('boot?'.length))
  const quoted = (name: string): string => JSON.stringify(query.get(name))
  const own = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))
  // A worker takes over no plugins, and a `data:` URL is all that it starts with.
  const bootstrap = `//experimental-threads
import ${own('./index.js')}
import { importInBun } from ${own('./bun.js')}
import { loadWith, nameConsole } from ${quoted('worker')}
loadWith(importInBun)
${isDevelopment() ? 'nameConsole()\n' : ''}`
  const address = JSON.stringify(`data:${MIME}${encodeURIComponent(bootstrap)}`)
  return `import { $boot } from ${quoted('internal')}
import { importInBun } from ${own('./bun.js')}
$boot(${address}, importInBun)
`
}

/** Imports the module at an address. Of the URL of a file Bun drops the query, of its path it does not. */
export function importInBun(address: string): Promise<unknown> {
  const { search } = new URL(address)
  return import(address.startsWith('file:') ? fileURLToPath(address) + search : address)
}
