/**
 * Node's module hooks: spawning modules and the worker-side modules made of them, under the URLs of their files.
 *
 *   app.ts                          the spawning module, rewritten
 *   app.ts?spawn=<id>&h=<hash>&…    a worker-side module of it
 *   experimental-threads:boot?…     what tells the runtime how a worker begins
 *
 * One text for both kinds of hooks that Node has: with synchronous ones `next` gives values, with asynchronous ones promises.
 */

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Lang, SourceMap } from '../index.ts'
import { BOOT_ID, languageOf, parseModuleId, withoutQuery } from '../module-ids.ts'
import { isDevelopment, Lifts } from './lifts.ts'
import { inlineSourceMap } from '../source-maps.ts'
import { isModule, stripTypes, withoutTypes } from './typescript.ts'

/** What `resolve` answers. */
export interface Resolved {
  url: string
  format?: string | null | undefined
  shortCircuit?: boolean
}

/** What `load` answers. */
export interface Loaded {
  format: string | null | undefined
  source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined
  shortCircuit?: boolean
}

/** What Node tells `resolve`. */
export interface ResolveContext {
  parentURL?: string | undefined
}

/** What Node tells `load`. */
export interface LoadContext {
  format?: string | null | undefined
}

type MaybePromise<T> = T | Promise<T>

/** The rest of the chain of hooks. */
export type Next<Context, T> = (name: string, context: Context) => MaybePromise<T>

const BOOT_SCHEME = 'experimental-threads:boot?'

/** The hooks of one thread. */
export class ModuleHooks {
  readonly #lifts: Lifts

  /** @param warns whether warnings are printed: each file is read in every thread that needs it, and one telling is enough */
  constructor(warns: boolean) {
    this.#lifts = new Lifts(warns, runnable)
  }

  /** Finds our own modules, and TypeScript that is imported by the name of the JavaScript it would become. */
  readonly resolve = (
    specifier: string,
    context: ResolveContext,
    next: Next<ResolveContext, Resolved>,
  ): MaybePromise<Resolved> => {
    if (specifier === BOOT_ID) return resolveBoot(context, next)
    return rescue(
      () => next(specifier, context),
      (error) => {
        const written = typescriptOf(specifier, context.parentURL)
        if (written === undefined) throw error
        return next(written, context)
      },
    )
  }

  /** Gives the texts of our own modules, of spawning modules, and of TypeScript. */
  readonly load = (url: string, context: LoadContext, next: Next<LoadContext, Loaded>): MaybePromise<Loaded> => {
    if (url.startsWith(BOOT_SCHEME)) return { format: 'module', source: bootSource(url), shortCircuit: true }
    if (!url.startsWith('file:')) return next(url, context)
    const file = fileURLToPath(withoutQuery(url))
    const lang = languageOf(file)
    // Node reads no JSX; who adds that has a loader for it.
    if (lang === undefined || lang === 'jsx' || lang === 'tsx') return next(url, context)
    const id = parseModuleId(url)
    if (id !== null) {
      return { format: 'module', source: this.#lifts.workerModule(file, lang, id), shortCircuit: true }
    }
    if (lang === 'ts' && !isPackaged(file)) return this.#loadTypeScript(file, context)
    return after(next(url, context), (loaded) => this.#lifted(loaded, file))
  }

  #loadTypeScript(file: string, { format }: LoadContext): Loaded {
    const source = readFileSync(file, 'utf8')
    if (!isModule(file, source, format)) {
      return {
        format: 'commonjs',
        source: stripTypes(this.#lifts.refuse(source, file, 'ts'), file),
        shortCircuit: true,
      }
    }
    return { format: 'module', source: this.#lifts.spawning(source, file, 'ts'), shortCircuit: true }
  }

  #lifted(loaded: Loaded, file: string): Loaded {
    const { format, source } = loaded
    if (format === 'commonjs' && !isPackaged(file)) {
      this.#lifts.refuse(readFileSync(file, 'utf8'), file, 'js')
      return loaded
    }
    if (format !== 'module' || source === null || source === undefined) return loaded
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
    return { ...loaded, source: this.#lifts.spawning(text, file, 'js') }
  }
}

/** The runtime that the importing module uses: two versions may be installed. */
function resolveBoot(context: ResolveContext, next: Next<ResolveContext, Resolved>): MaybePromise<Resolved> {
  return after(next('experimental-threads/internal', context), (internal) =>
    after(next('experimental-threads/worker', context), (worker) => {
      const query = new URLSearchParams({ internal: internal.url, worker: worker.url })
      return { url: `${BOOT_SCHEME}${query}`, format: 'module', shortCircuit: true }
    }),
  )
}

function bootSource(url: string): string {
  const query = new URLSearchParams(url.slice(BOOT_SCHEME.length))
  const quoted = (name: string): string => JSON.stringify(query.get(name))
  const register = JSON.stringify(new URL('./index.js', import.meta.url).href)
  // A worker's own URL loses its query, so what it has to know stands in the text.
  const worker = isDevelopment()
    ? `import { nameConsole } from ${quoted('worker')}\nnameConsole()`
    : `import ${quoted('worker')}`
  const bootstrap = `import ${register}\n${worker}\n`
  const address = JSON.stringify(`data:text/javascript,${encodeURIComponent(bootstrap)}`)
  return `import { $boot } from ${quoted('internal')}\n$boot(${address})\n`
}

/** `./a.js` written in TypeScript may mean `./a.ts`. */
function typescriptOf(specifier: string, parentURL: string | undefined): string | undefined {
  if (parentURL === undefined || !/^\.{0,2}\/|^file:/.test(specifier)) return undefined
  if (!parentURL.startsWith('file:') || languageOf(parentURL) !== 'ts') return undefined
  const url = new URL(specifier, parentURL)
  const named = url.pathname.replace(/\.([cm]?)js$/, '.$1ts')
  if (named === url.pathname) return undefined
  url.pathname = named
  return existsSync(url) ? url.href : undefined
}

/** Text that Node can run, with its map in it. */
function runnable(code: string, map: SourceMap | null, file: string, lang: Lang): string {
  const named = map === null ? null : { ...map, sources: [encodeURIComponent(basename(file))] }
  if (lang !== 'ts') return inlineSourceMap(code, named)
  const stripped = withoutTypes(code, named, file)
  return inlineSourceMap(stripped.code, stripped.map)
}

/** Node takes the types off no file of a package, and neither do we. */
function isPackaged(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}

function after<A, B>(value: MaybePromise<A>, then: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return value instanceof Promise ? value.then(then) : then(value)
}

function rescue<T>(run: () => MaybePromise<T>, handle: (error: unknown) => MaybePromise<T>): MaybePromise<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(handle) : value
  } catch (error) {
    return handle(error)
  }
}
