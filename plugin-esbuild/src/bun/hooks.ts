/** The hooks of a build of Bun: where worker-side modules live, and the texts of all that is lifted. */

import { createRequire } from 'node:module'
import { basename, dirname, relative, resolve } from 'node:path'
import { readFile } from 'node:fs/promises'

import type { JsxOptions, Lang, TransformOutput, ModuleRef } from '@experimental-threads/compiler'
import {
  BOOT_ID,
  ERROR_FILES,
  ModuleStore,
  appendBoot,
  atTheirLines,
  clearPackageNames,
  formatDiagnostic,
  languageOf,
  mightSpawn,
  packageFilename,
  parseModuleId,
  shortTexts,
  toMessages,
  withoutQuery,
} from '@experimental-threads/compiler/plugin-core'

import { SCRIPT, moduleSpecifier } from '../lift.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Asked, BunBuildConfig, BunPluginBuilder, Loaded, Resolved } from './types.ts'

const NAMESPACE = 'experimental-threads'

const BOOT = 'boot:'

/** As in builds of esbuild: the address of a recipe leads to a module that exports it again, since its own may become part of another file. */
const FACADE = '&facade'

/** A module that workers load by its address. */
export interface Root {
  /** Its path, with the query that makes it another module than its file */
  path: string
  /** How its file is to be called */
  name: string
  /** The file that starts the thread; undefined for the bootstrap */
  parent?: string
}

/** What a build of Bun is told by the other one. */
export interface Part {
  /** The entries that worker-side modules are, with their paths */
  found?: ReadonlyMap<string, string>
  /** Is told of each module that workers load */
  reached?(root: Root): void
  /** Whether warnings are printed: each file is lifted twice */
  warns: boolean
}

/** Sets up a build. */
export function lifting(build: BunPluginBuilder, config: BunBuildConfig, options: ResolvedOptions, part: Part): void {
  const store = new ModuleStore()
  clearPackageNames()
  const { found } = part
  if (found !== undefined && found.size > 0) {
    build.onResolve({ filter: /(?:^|[\\/])threads[\\/]/ }, ({ path }) => entry(found, path))
  }
  build.onResolve({ filter: /\?spawn=/ }, ({ path, importer }) => ({
    path: resolve(dirname(withoutQuery(importer)), path),
    namespace: 'file',
  }))
  serveBoot(build, part)
  const isShort = isForProduction(config)
  const lifts = new Map<string, Promise<Loaded | undefined>>()
  const liftOnce = (path: string): Promise<Loaded | undefined> => {
    const known = lifts.get(path) ?? lift(path, { config, options, part, store })
    lifts.set(path, known)
    return known
  }
  build.onLoad({ filter: /\.[cm]?[jt]sx?(?:\?.*)?$/ }, async ({ path }) => {
    if (isShort && ERROR_FILES.test(path)) return shortened(path)
    const id = parseModuleId(path)
    if (id === null) return SCRIPT.test(path) ? liftOnce(path) : undefined
    if (path.endsWith(FACADE)) return facadeOf(path)
    // What workers load are entries, so they may be asked for before the file that they were made of.
    await liftOnce(id.parent)
    const module = store.get(id.parent, id.spawn)
    return module === undefined ? undefined : { contents: atLines(module), loader: module.lang }
  })
}

/** As for builds of esbuild: servers have room for sentences. */
function isForProduction({ target = 'browser', minify }: BunBuildConfig): boolean {
  return target === 'browser' && minify === true
}

async function shortened(path: string): Promise<Loaded | undefined> {
  const contents = shortTexts(await readFile(path, 'utf8'), path)
  return contents === undefined ? undefined : { contents, loader: 'js' }
}

function facadeOf(path: string): Loaded {
  const specifier = `./${basename(path.slice(0, -FACADE.length))}`
  return { contents: `export * from ${JSON.stringify(specifier)}\n`, loader: 'js' }
}

/** Bun reads no maps of texts that it is given. */
function atLines({ code, map }: Pick<TransformOutput, 'code' | 'map'>): string {
  return map === null ? code : atTheirLines(code, map)
}

function entry(found: ReadonlyMap<string, string>, asked: string): Resolved | undefined {
  const path = found.get(resolve(asked))
  return path === undefined ? undefined : { path, namespace: 'file' }
}

/** The module that tells the runtime where the bootstrap of workers is: a file of the runtime itself. */
function serveBoot(build: BunPluginBuilder, { reached }: Part): void {
  build.onResolve({ filter: /^virtual:experimental-threads\/boot$/ }, ({ path, importer }: Asked) => {
    if (path !== BOOT_ID) return undefined
    // Under the path of the package this would be one of those files of it that have no side effects.
    const internal = createRequire(withoutQuery(importer)).resolve('experimental-threads/internal')
    return { path: BOOT + internal, namespace: NAMESPACE }
  })
  build.onLoad({ filter: /^boot:/, namespace: NAMESPACE }, ({ path }) => {
    const internal = path.slice(BOOT.length)
    const worker = createRequire(internal).resolve('experimental-threads/worker')
    reached?.({ path: worker, name: 'worker' })
    const [from, bootstrap] = [internal, worker].map((file) => JSON.stringify(file))
    return {
      contents: `import { $boot } from ${from}\n$boot([() => import(${bootstrap}), import.meta.url])\n`,
      loader: 'js',
    }
  })
}

interface LiftContext {
  config: BunBuildConfig
  options: ResolvedOptions
  part: Part
  store: ModuleStore
}

/** Lifts the closures of a file; undefined for one that has nothing to lift, so that other plugins see it. */
async function lift(path: string, { config, options, part, store }: LiftContext): Promise<Loaded | undefined> {
  const lang = languageOf(path)
  if (lang === undefined || !options.accepts(path)) return undefined
  const original = await readFile(path, 'utf8').catch(() => undefined)
  // Bun says what is wrong with a file that cannot be read.
  if (original === undefined || !mightSpawn(original, options.importSource)) return undefined
  let source = original
  for (const transform of options.transform) source = (await transform(source, { path })) ?? source

  const output = await transformFile(path, source, lang, config, options, part)
  const diagnostics = [...output.diagnostics, ...store.put(path, output)]
  const { errors, warnings } = toMessages(diagnostics, (diagnostic) =>
    formatDiagnostic(diagnostic, source, relative(process.cwd(), path)),
  )
  if (errors.length > 0) throw new Error(errors.join('\n\n'))
  if (part.warns) for (const warning of warnings) console.warn(`${warning}\n`)
  if (!output.changed) return source === original ? undefined : { contents: source, loader: lang }
  const code = atLines(output)
  const spawns = output.modules.some(({ kind }) => kind === 'site')
  return { contents: spawns ? appendBoot(code) : code, loader: lang }
}

async function transformFile(
  path: string,
  source: string,
  lang: Lang,
  config: BunBuildConfig,
  options: ResolvedOptions,
  { reached }: Part,
): Promise<TransformOutput> {
  // The compiler is loaded by the first file that needs it, so that a build without spawn does not pay for it.
  const { transform } = await import('@experimental-threads/compiler')
  const reference = (module: ModuleRef): string => {
    if (module.self && module.kind !== 'recipe') return 'import.meta.url'
    const specifier = moduleSpecifier(module, path) + (module.self ? FACADE : '')
    reached?.({ path: resolve(dirname(path), specifier), name: module.name, parent: path })
    return `[() => import(${JSON.stringify(specifier)}), import.meta.url]`
  }
  return transform(source, {
    filename: packageFilename(path),
    lang,
    ...(lang === 'jsx' || lang === 'tsx' ? { jsx: jsxOf(config) } : {}),
    importSource: options.importSource,
    reference,
    specifier: (module) => moduleSpecifier(module, path),
  })
}

function jsxOf({ jsx }: BunBuildConfig): JsxOptions {
  if (jsx?.runtime === 'classic') return { runtime: 'classic', factory: jsx.factory, fragment: jsx.fragment }
  return { runtime: 'automatic' }
}
