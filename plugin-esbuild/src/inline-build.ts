/**
 * Output of a single file. All that workers run is one text: the bootstrap and every closure, bundled as one module. The app holds it as
 * a string and starts workers from a URL that it makes of it. So modules that closures share are there once, and keep one state in each
 * worker, as with chunks.
 */

import { isBuiltin } from 'node:module'
import { basename, dirname } from 'node:path'

import { ModuleStore, moduleQuery, parseModuleId } from '@experimental-threads/compiler/plugin-core'
import type { BuildOptions, Metafile, PartialMessage, Plugin, PluginBuild } from 'esbuild'

import { lift, SCRIPT, withMap } from './lift.ts'
import type { LiftContext } from './lift.ts'
import { closureIsUnknown, needsAnotherFile, shownPath } from './limits.ts'
import type { ResolvedOptions } from './options.ts'
import { baseOf } from './output-format.ts'
import { shortenTexts } from './short-texts.ts'
import { SideBuild, failedResult, nodeBanner, sideOptions, withoutOnEnd } from './side-build.ts'
import type { SideResult } from './side-build.ts'
import { BOOT_ID, INLINE_ID, WORKER_ID, serveModules } from './virtual-modules.ts'

/** The scheme of addresses of worker-side modules that are part of the text. */
const SCHEME = 'inline:'

/** The variable by which the text knows the URL of the script that holds it. It has none of its own that leads anywhere. */
const HOME = '__experimentalThreadsHome'

/** What the first passes of a build with `inline` found. */
export interface InlineResult extends SideResult {
  /** What workers run */
  text: string
}

/** The address of a worker-side module, as a JavaScript expression. */
export function inlineAddress(id: string): string {
  return JSON.stringify(SCHEME + id)
}

/** The source of the module that makes a URL of the text and tells the runtime of it. */
export function inlineBoot(options: BuildOptions): string {
  // Stacks and the names of sources in its map then read as if the text were a script beside the app's; a `data:` URL would fill pages.
  const named = '${text}\n//# sourceURL=${home}?threads'
  const url =
    options.platform === 'node'
      ? `"data:text/javascript," + encodeURIComponent(\`const ${HOME} = \${JSON.stringify(home)};${named}\`)`
      : pageUrl(named)
  return `import { $boot } from "experimental-threads/internal"
import text from ${JSON.stringify(INLINE_ID)}
const home = ${baseOf(options).expression}
const url = ${url}
$boot(url, async (address) => (await import(url)).load(address))
`
}

// A page without an origin (opened as a file, or in a sandboxed frame) starts no module from a `blob:` URL in Chromium.
function pageUrl(named: string): string {
  const data = `"data:text/javascript," + encodeURIComponent(\`${named}\`)`
  return `globalThis.origin === "null" ? ${data} : URL.createObjectURL(new Blob([\`${named}\`], { type: "text/javascript" }))`
}

/** The passes that make the text: one that finds the closures, one that bundles them. */
export class InlineBuild {
  readonly #build: PluginBuild
  readonly #options: BuildOptions
  readonly #side: SideBuild
  readonly #context: LiftContext
  #found: SideResult | undefined

  /**
   * @param initial the build's options before the plugin changed any
   * @param name the name by which the plugin finds itself in the list of plugins
   */
  constructor(build: PluginBuild, initial: BuildOptions, options: ResolvedOptions, name: string) {
    this.#build = build
    this.#side = new SideBuild(build, initial, options, name)
    this.#context = { build, options, store: new ModuleStore(), reference: ({ id }) => inlineAddress(id) }
    const own: Plugin = { name, setup: (inner) => this.#setup(inner) }
    const side = sideOptions(initial, (plugins) =>
      plugins.map((plugin) => (plugin.name === name ? own : withoutOnEnd(plugin))),
    )
    this.#options = {
      ...side,
      splitting: false,
      entryPoints: { threads: INLINE_ID },
      entryNames: '[name]',
      sourcemap: initial.sourcemap ? 'inline' : false,
      // Comments of licences belong to the file that holds the text.
      legalComments: initial.legalComments === undefined ? 'inline' : initial.legalComments === 'none' ? 'none' : 'eof',
      banner: initial.platform === 'node' ? { js: nodeBanner(initial, HOME) } : {},
      footer: {},
    }
  }

  /** Builds. Failures of the builds are in the result. */
  async run(): Promise<InlineResult> {
    const found = await this.#side.run()
    if (found.errors.length > 0 || found.roots.length === 0) return { ...found, text: '' }
    this.#found = found
    try {
      const { metafile, outputFiles, warnings } = await this.#build.esbuild.build(this.#options)
      const file = outputFiles?.find(({ path }) => /\.m?js$/.test(path))
      const errors = metafile === undefined ? [] : filesNeeded(metafile)
      return { ...found, errors, warnings: [...found.warnings, ...warnings], text: file?.text ?? '' }
    } catch (failure) {
      return { ...failedResult(failure, found.inputs), text: '' }
    }
  }

  /** Ends the passes. */
  dispose(): Promise<void> {
    return this.#side.dispose()
  }

  #setup(build: PluginBuild): void {
    const context: LiftContext = { ...this.#context, build }
    build.onStart(() => context.store.clear())
    shortenTexts(build)
    build.onLoad({ filter: SCRIPT, namespace: 'file' }, async ({ path, suffix }) => {
      if (suffix === '') return lift(context, path)
      const id = parseModuleId(`file${suffix}`)
      if (id === null) return undefined
      if (context.store.get(path, id.spawn) === undefined) await lift(context, path)
      const module = context.store.get(path, id.spawn)
      if (module === undefined) return { errors: [closureIsUnknown(shownPath(path, build), id.spawn)] }
      return { contents: withMap(module.code, module.map, path), loader: module.lang }
    })
    serveModules(build, {
      [INLINE_ID]: () => this.#entry(),
      // The app tells the runtime; workers are told by it.
      [BOOT_ID]: '',
      [WORKER_ID]: 'import "experimental-threads/worker"\n',
    })
  }

  #entry(): string {
    const lines = (this.#found?.roots ?? []).map(({ parent, module }) => {
      const specifier = `${dirname(parent)}/${basename(parent)}?${moduleQuery(module)}`
      return `  ${JSON.stringify(SCHEME + module.id)}: () => import(${JSON.stringify(specifier)}),`
    })
    return `import { loadWith } from "experimental-threads/worker"
const modules = {
${lines.join('\n')}
}
export const load = (address) => modules[address]()
loadWith(load)
`
  }
}

/** An error for each file and package that the text would need beside it. */
function filesNeeded(metafile: Metafile): PartialMessage[] {
  const outputs = Object.entries(metafile.outputs)
  const assets = outputs.flatMap(([path]) => (/\.(?:m?js|css)$/.test(path) ? [] : [basename(path)]))
  const packages = outputs.flatMap(([, { imports }]) =>
    imports.flatMap(({ path, external, kind }) =>
      external === true && kind !== 'require-call' && !isBuiltin(path) ? [path] : [],
    ),
  )
  return [...new Set([...assets, ...packages])].map(needsAnotherFile)
}
