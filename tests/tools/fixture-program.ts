/** Makes two runnable programs of a fixture, one with threads and one without, and runs them. */

import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { transform } from '@experimental-threads/compiler'
import type { TransformOutput } from '@experimental-threads/compiler'
import {
  BOOT_ID,
  appendBoot,
  inlineSourceMap,
  languageOf,
  mightSpawn,
} from '@experimental-threads/compiler/plugin-core'
import * as esbuild from 'esbuild'

import type { Fixture } from './fixture.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** How long a program may take, in milliseconds. It only ends what hangs. */
const MAX_RUN = 30_000

/** A file of a fixture that names the runtime, and what the transform made of it. */
export interface Transformed {
  /** Path in the fixture's folder, with `/` */
  path: string
  source: string
  output: TransformOutput
}

/** Transforms each file of a fixture that can hold a spawn site. */
export function transformFixture(fixture: Fixture): Transformed[] {
  const importSource = fixture.options.importSource ?? ['experimental-threads']
  return sourcesIn(fixture.folder).flatMap((path) => {
    const source = readFileSync(join(fixture.folder, path), 'utf8')
    if (!mightSpawn(source, importSource)) return []
    return [{ path, source, output: transformFile(fixture, path, source) }]
  })
}

/** One file of a fixture, as {@link transformFixture} does it. */
export function transformFile(fixture: Fixture, path: string, source: string): TransformOutput {
  return transform(source, {
    ...fixture.options,
    filename: `fixture@1.0.0/src/${path}`,
    // All that the bundler writes lies in one folder, so this is right in whichever file the text ends up.
    reference: ({ name }) => `new URL("./${name}.mjs", import.meta.url).href`,
    specifier: ({ name, lang }) => `./${name}.${lang}`,
  })
}

/** What came of `main`: what it resolved to, printed, or `<class>: <message>` of what it rejected with. */
export type Outcome = { value: string } | { error: string }

/** Runs a fixture as a program with threads. */
export async function runThreaded(fixture: Fixture, files: Transformed[]): Promise<Outcome> {
  return inWorkspace(async (folder) => {
    const src = join(folder, 'src')
    cpSync(fixture.folder, src, { recursive: true })
    const entries: Record<string, string> = { worker: join(folder, 'worker.ts'), main: join(src, fixture.input) }
    for (const { path, output } of files) {
      const file = join(src, path)
      const code = output.modules.length > 0 ? appendBoot(output.code) : output.code
      writeFileSync(file, inlineSourceMap(code, output.map))
      for (const module of output.modules) {
        const place = join(dirname(file), `${module.name}.${module.lang}`)
        writeFileSync(place, inlineSourceMap(module.code, module.map))
        entries[module.name] = place
      }
    }
    writeFileSync(join(folder, 'worker.ts'), `import 'experimental-threads/worker'\n`)
    writeFileSync(
      join(folder, 'boot.ts'),
      `import { $boot } from 'experimental-threads/internal'\n$boot(new URL('./worker.mjs', import.meta.url).href)\n`,
    )
    await bundle(fixture, entries, folder, {
      splitting: true,
      packages: 'external',
      alias: { [BOOT_ID]: join(folder, 'boot.ts') },
    })
    return runMain(join(folder, 'out', 'main.mjs'))
  })
}

/** Runs a fixture with each closure in place. */
export async function runInPlace(fixture: Fixture): Promise<Outcome> {
  return inWorkspace(async (folder) => {
    const names = fixture.options.importSource ?? ['experimental-threads']
    const alias = Object.fromEntries(names.map((name) => [name, here('in-place.ts')]))
    await bundle(fixture, { main: join(fixture.folder, fixture.input) }, folder, { alias })
    return runMain(join(folder, 'out', 'main.mjs'))
  })
}

async function inWorkspace<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'threads-fixture-'))
  try {
    symlinkSync(here('../../node_modules'), join(folder, 'node_modules'), 'dir')
    mkdirSync(join(folder, 'src'))
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bundle(
  fixture: Fixture,
  entryPoints: Record<string, string>,
  folder: string,
  more: esbuild.BuildOptions,
): Promise<void> {
  const { runtime = 'automatic', factory, fragment } = fixture.options.jsx ?? {}
  await esbuild.build({
    entryPoints,
    outdir: join(folder, 'out'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
    jsx: runtime === 'automatic' ? 'automatic' : 'transform',
    ...(factory === undefined ? {} : { jsxFactory: factory }),
    ...(fragment === undefined ? {} : { jsxFragment: fragment }),
    ...more,
  })
}

/** Runs a module's `main` in a process of its own, which has to end by itself. */
function runMain(file: string): Promise<Outcome> {
  const { promise, resolve, reject } = withResolvers<Outcome>()
  const args = ['--enable-source-maps', here('run-main.mjs'), pathToFileURL(file).href]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: MAX_RUN })
  const texts = [1, 2, 3].map((index) => collect(child.stdio[index] as NodeJS.ReadableStream))
  child.on('error', reject)
  child.on('close', (code, signal) => {
    const [out = '', errors = '', outcome = ''] = texts.map((read) => read())
    if (code === 0 && outcome !== '') return resolve(JSON.parse(outcome) as Outcome)
    const ended = signal === null ? `ended with ${code}` : `did not end by itself (${signal})`
    reject(new Error(`the program ${ended}\nmain gave: ${outcome || 'nothing'}\n${out}${errors}`))
  })
  return promise
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  })
  return { promise, resolve, reject }
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => languageOf(path) !== undefined)
    .map((path) => relative(folder, join(folder, path)).split(sep).join('/'))
    .sort()
}
