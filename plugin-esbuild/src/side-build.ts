/**
 * The first of two passes: the app built once more, in memory, as ES modules with code splitting, for the sake of the chunks that
 * workers load. What only the app needs of it is thrown away.
 */

import { relative, resolve } from 'node:path'

import type { WorkerModule } from '@experimental-threads/compiler'
import type {
  BuildContext,
  BuildOptions,
  BuildResult,
  Message,
  Metafile,
  OutputFile,
  PartialMessage,
  Plugin,
  PluginBuild,
} from 'esbuild'

import { entriesInWorkers } from './entry-check.ts'
import { propertiesAreMangled } from './limits.ts'
import { asEsbuild } from './messages.ts'
import { fileOfInput, outputsReachedFrom, workerRoots } from './module-graph.ts'
import { ADDRESS_FEATURES, lifting } from './one-pass.ts'
import type { Pass } from './one-pass.ts'
import type { ResolvedOptions } from './options.ts'
import { formatOf, outputDirectory, publicPathOf, workingDirectory } from './output-format.ts'
import { WORKER_ID } from './virtual-modules.ts'

/** What the first pass found. Paths of outputs are relative to the output folder, with `/`. */
export interface SideResult {
  errors: PartialMessage[]
  warnings: Message[]
  /** Output paths by the id of the worker-side module, and of the bootstrap by {@link WORKER_ID} */
  addresses: Map<string, string>
  /** The worker-side modules that workers load by address, with the absolute paths of their parents */
  roots: { parent: string; module: WorkerModule }[]
  /** The files that workers need, under their paths relative to the output folder */
  files: Map<string, OutputFile>
  /** The parts of the metafile that tell of them */
  metafile: Metafile
  /** Absolute paths of what workers are made of, for watch mode: the app itself may import none of it */
  inputs: string[]
}

/** The first pass of one build or context. */
export class SideBuild {
  readonly #build: PluginBuild
  readonly #options: BuildOptions
  #pass: Pass | undefined
  #context: Promise<BuildContext> | undefined
  #inputs: string[] = []

  /**
   * @param initial the build's options before the plugin changed any
   * @param name the name by which the plugin finds itself in the list of plugins
   */
  constructor(build: PluginBuild, initial: BuildOptions, options: ResolvedOptions, name: string) {
    this.#build = build
    const side: Plugin = {
      name,
      setup: (inner) => {
        this.#pass = lifting(inner, options)
      },
    }
    this.#options = sideOptions(initial, (plugins) =>
      plugins.map((plugin) => (plugin.name === name ? side : withoutOnEnd(plugin))),
    )
  }

  /** Builds. Failures of the build are in the result. */
  async run(): Promise<SideResult> {
    try {
      const context = await (this.#context ??= this.#start())
      return this.#collect(await context.rebuild())
    } catch (failure) {
      return failedResult(failure, [...this.#inputs, ...(this.#pass?.seen ?? [])])
    }
  }

  /** Ends the pass, also one that is just being set up. Rejects when esbuild cannot end it. */
  async dispose(): Promise<void> {
    // Where there is no context, `run` has told why.
    const context = await this.#context?.catch(() => undefined)
    this.#context = undefined
    await context?.dispose()
  }

  async #start(): Promise<BuildContext> {
    try {
      return await this.#build.esbuild.context(this.#options)
    } catch (failure) {
      // The next run tries again.
      this.#context = undefined
      throw failure
    }
  }

  #collect({ metafile, outputFiles, warnings }: BuildResult): SideResult {
    const pass = this.#pass
    if (metafile === undefined || outputFiles === undefined || pass === undefined) {
      throw new Error('a plugin switched off `metafile` or switched on `write` in the build of the workers')
    }
    const directory = workingDirectory(this.#options)
    const roots = workerRoots(
      metafile,
      ({ parent, spawn }) => pass.store.get(resolve(directory, parent), spawn) !== undefined,
    )
    const kept = outputsReachedFrom(
      metafile,
      roots.map(({ output }) => output),
    )
    const errors = entriesInWorkers(metafile, this.#options, pass.store)
    if (roots.length > 0 && this.#options.mangleProps !== undefined) errors.push(propertiesAreMangled())
    const place = (path: string): string =>
      relative(outputDirectory(this.#options), resolve(directory, path)).replaceAll('\\', '/')

    const outputs = Object.fromEntries(kept.flatMap((output) => withAttachments(output, metafile)))
    const inputKeys = new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))
    const inputs = Object.fromEntries(Object.entries(metafile.inputs).filter(([input]) => inputKeys.has(input)))
    const paths = new Set(Object.keys(outputs).map((output) => resolve(directory, output)))
    this.#inputs = [...inputKeys].flatMap((input) => fileOfInput(input, this.#options) ?? [])
    return {
      errors,
      warnings,
      addresses: new Map(roots.map(({ output, module }) => [module?.spawn ?? WORKER_ID, place(output)])),
      roots: roots.flatMap(({ module }) => {
        const parent = module === null ? '' : resolve(directory, module.parent)
        const stored = module === null ? undefined : pass.store.get(parent, module.spawn)
        return stored === undefined ? [] : [{ parent, module: stored }]
      }),
      files: new Map(outputFiles.filter(({ path }) => paths.has(path)).map((file) => [place(file.path), file])),
      metafile: { inputs, outputs },
      inputs: this.#inputs,
    }
  }
}

/** The result of a build that failed; what is no failure of a build is thrown on. */
export function failedResult(failure: unknown, inputs: readonly string[]): SideResult {
  const { errors, warnings } = failure as Partial<BuildResult>
  if (errors === undefined || warnings === undefined) throw failure
  return {
    errors: errors.map(asEsbuild),
    warnings,
    addresses: new Map(),
    roots: [],
    files: new Map(),
    metafile: { inputs: {}, outputs: {} },
    inputs: [...new Set(inputs)],
  }
}

// An output with the files that lie beside it: its source map and its licence texts.
function withAttachments(output: string, metafile: Metafile): [string, Metafile['outputs'][string]][] {
  return [output, `${output}.map`, `${output}.LEGAL.txt`].flatMap((name) => {
    const entry = metafile.outputs[name]
    return entry === undefined ? [] : [[name, entry] as [string, Metafile['outputs'][string]]]
  })
}

/** The options of a build of what workers load: ES modules with code splitting, in memory. */
export function sideOptions(initial: BuildOptions, replacePlugins: (plugins: Plugin[]) => Plugin[]): BuildOptions {
  const { outfile: _outfile, globalName: _globalName, banner, footer, define, ...rest } = initial
  const inNode = rest.platform === 'node'
  return {
    ...rest,
    format: 'esm',
    splitting: true,
    outdir: outputDirectory(initial),
    entryNames: entryNames(initial),
    outExtension: { ...rest.outExtension, '.js': extension(initial) },
    write: false,
    metafile: true,
    logLevel: 'silent',
    supported: { ...rest.supported, ...ADDRESS_FEATURES },
    // The app's own banner is made for the app's format.
    banner: {
      ...(banner?.css === undefined ? {} : { css: banner.css }),
      ...(inNode ? { js: nodeBanner(initial, 'import.meta.url') } : {}),
    },
    footer: footer?.css === undefined ? {} : { css: footer.css },
    define: Object.fromEntries(
      Object.entries(define ?? {}).filter(([name]) => !/^import\.meta(\.(url|filename|dirname))?$/.test(name)),
    ),
    publicPath: publicPathOf(initial) ?? '',
    plugins: replacePlugins(initial.plugins ?? []),
  }
}

// A closure may import an entry that is a library. Its file here must not take the place of the one that the app's build writes.
function entryNames({ entryNames: chosen = '[dir]/[name]' }: BuildOptions): string {
  return chosen.includes('[hash]') ? chosen : `${chosen}-[hash]`
}

// `.mjs` is a module whatever the nearest package.json says.
function extension(initial: BuildOptions): string {
  const chosen = initial.outExtension?.['.js'] ?? '.js'
  return initial.platform === 'node' || formatOf(initial) === 'cjs' ? '.mjs' : chosen
}

/**
 * What CommonJS packages find in a file of the app, and a module lacks. Variables are declared with `var`, as esbuild declares those of
 * the app at top level, so that an app with a `__dirname` of its own stays valid.
 */
export function nodeBanner(initial: BuildOptions, url: string): string {
  const names =
    formatOf(initial) === 'cjs'
      ? `, __filename = __experimentalThreadsPath(${url}), __dirname = __experimentalThreadsPath(new URL(".", ${url})).slice(0, -1)`
      : ''
  return (
    'import { createRequire as __experimentalThreadsRequire } from "node:module";' +
    (names === '' ? '' : 'import { fileURLToPath as __experimentalThreadsPath } from "node:url";') +
    `var require = __experimentalThreadsRequire(${url})${names};`
  )
}

/** What other plugins do at the end of a build is meant for the result, and this build has none: its files join those of the second pass. */
export function withoutOnEnd(plugin: Plugin): Plugin {
  return { ...plugin, setup: (build) => plugin.setup({ ...build, onEnd: () => {} }) }
}
