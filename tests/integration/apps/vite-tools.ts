// What the tests of the Vite plugin share: a copy of an app in a folder of its own, both Vite versions, and a way to run the result.

import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import type { InlineConfig, Plugin, Rolldown } from 'vite'
import * as vite8 from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'

/** The functions that the tests use; of both versions they take and give the same. */
export type Vite = Pick<typeof vite8, 'build' | 'createBuilder' | 'createServer' | 'preview' | 'createLogger'>

/** The supported major versions, to run a test with each. */
export const versions: [version: string, load: () => Promise<Vite>][] = [
  ['Vite 8', async () => vite8],
  ['Vite 7', async () => (await import('vite-7')) as unknown as Vite],
]

const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** A copy of an app. */
export interface App {
  root: string
  /** The copy is removed at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Copies `apps/<name>` out of the repository, so that a test may build there and edit files. */
export async function openApp(name: string): Promise<App> {
  // Every test also shows that blanks and other alphabets in a path do no harm.
  const root = await realpath(await mkdtemp(join(tmpdir(), `${name} é日-`)))
  await cp(fileURLToPath(new URL(name, import.meta.url)), root, { recursive: true })
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/**
 * Writes an app of a few files. It is a package of type `module` in which the runtime and the given packages are installed, and it may
 * have packages of its own in `node_modules`. `vite:vite-7` installs `vite-7` under the name `vite`.
 */
export async function writeApp(files: Record<string, string>, packages: string[] = []): Promise<App> {
  const root = await realpath(await mkdtemp(join(tmpdir(), `vite é日 `)))
  const manifest = JSON.stringify({ name: 'app', version: '1.0.0', type: 'module' })
  for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  for (const wanted of ['experimental-threads', ...packages]) {
    const [name, target = name] = wanted.split(':') as [string, string?]
    const link = join(root, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(await realpath(join(repository, 'node_modules', target)), link, 'junction')
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** The ways in which Vite starts a worker of the user that may spawn, for {@link openOwnWorker}. */
export const OWN_WORKERS = ['new Worker(new URL(…))', '?worker'] as const

/** The way in which one may spawn on the dev server only. */
export const INLINED = '?worker&inline'

/** Opens `vite-own-worker`, whose worker is started in one of these ways. */
export async function openOwnWorker(way: (typeof OWN_WORKERS)[number] | typeof INLINED): Promise<App> {
  const app = await openApp('vite-own-worker')
  if (way.startsWith('?')) {
    const file = join(app.root, 'src/main.js')
    const text = await readFile(file, 'utf8')
    const started = text.replace(/new Worker\(.*$/m, 'new Own()')
    await writeFile(file, `import Own from './own.js${way}'\n${started}`)
  }
  return app
}

/** A configuration with the one line that users write, and with what a test needs: no output, no file outside the app. */
export function configOf(app: App, config: InlineConfig = {}): InlineConfig {
  return {
    root: app.root,
    configFile: false,
    logLevel: 'silent',
    cacheDir: join(app.root, '.cache'),
    plugins: [experimentalThreads()],
    ...config,
    // The runtime is linked into the copy from the repository.
    server: { port: 0, ...config.server, fs: { allow: [app.root, repository] } },
  }
}

/** Builds and gives the chunks of the only output. */
export async function chunksOf(vite: Vite, config: InlineConfig): Promise<Rolldown.OutputChunk[]> {
  const result = await vite.build(config)
  const [output] = [result].flat() as Rolldown.RolldownOutput[]
  return output!.output.filter((file) => file.type === 'chunk')
}

/** Wraps the plugin so that `count()` says how often its transform was called. */
export function countingPlugin(): { plugins: Plugin[]; count(): number } {
  let calls = 0
  const plugins = experimentalThreads()
  for (const { name, transform } of plugins) {
    if (name !== 'vite-plugin-experimental-threads' || typeof transform !== 'object') continue
    const { handler } = transform
    transform.handler = function (...parameters) {
      calls++
      return handler.apply(this, parameters)
    }
  }
  return { plugins, count: () => calls }
}

/** Runs a file in Node until it ends by itself. */
export function runNode(
  file: string,
  {
    flags = [],
    args = [],
    ...options
  }: { flags?: string[]; args?: string[]; cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env }
    const settings = { ...options, env, timeout: 60_000 }
    const child = spawn(process.execPath, [...flags, file, ...args], { ...settings, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text) => (stdout += text))
    child.stderr.on('data', (text) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** The position in the user's source of a line and column (both 1-based) of generated code. */
export function originalPosition(
  map: string,
  line: number,
  column: number,
): { source: string | null; line: number | null } {
  const found = originalPositionFor(new TraceMap(map), { line, column: column - 1 })
  return { source: found.source, line: found.line }
}

/** The 1-based line of a file in which `text` stands. */
export async function lineOf(file: string, text: string): Promise<number> {
  const before = (await readFile(file, 'utf8')).split(text)
  if (before.length !== 2) throw new Error(`${text} stands ${before.length - 1} times in ${file}`)
  return before[0]!.split('\n').length
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
}

/** Serves the files of a folder below `prefix`, as a plain web server does. */
export async function serveFolder(
  folder: string,
  prefix: string,
  headersOf: Record<string, string> | ((path: string) => Record<string, string>),
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.slice(prefix.length) || 'index.html'
    const headers = typeof headersOf === 'function' ? headersOf(path) : headersOf
    readFile(join(folder, path)).then(
      (body) => response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'text/plain', ...headers }).end(body),
      () => response.writeHead(404, headers).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`, close }
}
