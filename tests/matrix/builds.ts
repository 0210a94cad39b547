// The app of the matrix, in each form that a build or a server gives it. Each is made when it is first needed, and once.

import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import * as esbuild from 'esbuild'
import threadsForEsbuild from 'esbuild-plugin-experimental-threads'
import * as vite8 from 'vite'
import type { InlineConfig } from 'vite'
import threadsForVite from 'vite-plugin-experimental-threads'

import { serve } from '../e2e/support/serve.ts'

type Vite = Pick<typeof vite8, 'build' | 'createServer'>

export const repository: string = fileURLToPath(new URL('../..', import.meta.url))

/** Where Bun is, if it is installed. */
export const BUN: string = fileURLToPath(new URL('node_modules/@oven/bun-linux-x64-baseline/bin/bun', import.meta.url))

/** Syntax that every browser reads which can have shared memory. */
const target = 'es2022'

let opened: Promise<string> | undefined

/** The folder of a copy of the app, in a path with blanks and other alphabets. */
export function folder(): Promise<string> {
  return (opened ??= copy())
}

async function copy(): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'matrix é日 ')))
  await cp(fileURLToPath(new URL('app', import.meta.url)), root, { recursive: true })
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction')
  return root
}

const closers: (() => Promise<void>)[] = []

/** Ends servers and removes what was built. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0)) await close()
  if (opened !== undefined) await rm(await opened, { recursive: true, force: true })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

/** A file for Node and the like. */
export const scripts = {
  'esbuild, one pass': once(async () => {
    const root = await folder()
    const outdir = join(root, 'dist-esbuild')
    const names = { '.js': '.mjs' }
    await esbuild.build({ ...forNode(root), outdir, format: 'esm', splitting: true, outExtension: names })
    return join(outdir, 'print.mjs')
  }),
  'Bun.build': once(async () => buildWithBun('src/print.ts', 'dist-bun', 'node')),
  'esbuild, two passes': once(async () => {
    const root = await folder()
    const outdir = join(root, 'dist-cjs')
    await esbuild.build({ ...forNode(root), outdir, format: 'cjs', outExtension: { '.js': '.cjs' } })
    return join(outdir, 'print.cjs')
  }),
  'Vite 8, build --ssr': once(() => buildServerSide(vite8, 'dist-ssr')),
  'Vite 7, build --ssr': once(async () => buildServerSide(await vite7(), 'dist-ssr-7')),
  source: once(async () => join(await folder(), 'src/print.ts')),
}

/** The address of a page. */
export const pages = {
  'Bun.build': once(async () => {
    const root = await folder()
    await buildWithBun('index.html', 'dist-bun-page', 'browser')
    return serveFolder(join(root, 'dist-bun-page'))
  }),
  'Vite 8, build': once(() => buildPage(vite8, 'dist-page')),
  'Vite 7, build': once(async () => buildPage(await vite7(), 'dist-page-7')),
  'Vite 8, dev server': once(() => servePage(vite8)),
  'Vite 7, dev server': once(async () => servePage(await vite7())),
  esbuild: once(async () => {
    const root = await folder()
    const outdir = join(root, 'dist-esbuild-page')
    const entryPoints = ['src/page.ts']
    await esbuild.build({ ...common(root), entryPoints, outdir, format: 'esm', splitting: true, target })
    const html = await readFile(join(root, 'index.html'), 'utf8')
    await writeFile(join(outdir, 'index.html'), html.replace('./src/page.ts', './page.js'))
    return serveFolder(outdir)
  }),
}

/** Bun's bundler runs in Bun only. */
async function buildWithBun(entry: string, outdir: string, target: 'node' | 'browser'): Promise<string> {
  const root = await folder()
  const options = { entrypoints: [entry], outdir, target, sourcemap: 'linked', minify: target === 'browser' }
  const script = join(root, `build-${outdir}.ts`)
  await writeFile(
    script,
    `import threads from 'esbuild-plugin-experimental-threads/bun'
await Bun.build({ ...${JSON.stringify(options)}, plugins: [threads()] })
`,
  )
  await promisify(execFile)(BUN, [script], { cwd: root, timeout: 60_000 })
  return join(root, outdir, 'print.js')
}

async function vite7(): Promise<Vite> {
  return (await import('vite-7')) as unknown as Vite
}

function common(root: string): esbuild.BuildOptions {
  return { absWorkingDir: root, bundle: true, sourcemap: true, logLevel: 'silent', plugins: [threadsForEsbuild()] }
}

function forNode(root: string): esbuild.BuildOptions {
  return { ...common(root), entryPoints: ['src/print.ts'], platform: 'node', target: 'node20' }
}

async function configOf(): Promise<InlineConfig> {
  const root = await folder()
  return {
    root,
    configFile: false,
    logLevel: 'silent',
    cacheDir: join(root, `.cache-${closers.length}`),
    plugins: [threadsForVite()],
  }
}

async function buildServerSide(vite: Vite, outDir: string): Promise<string> {
  const root = await folder()
  const output = { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' }
  await vite.build({
    ...(await configOf()),
    ssr: { noExternal: true },
    build: { ssr: 'src/print.ts', outDir, rollupOptions: { output } },
  })
  return join(root, outDir, 'print.mjs')
}

async function buildPage(vite: Vite, outDir: string): Promise<string> {
  const root = await folder()
  await vite.build({ ...(await configOf()), build: { outDir, target, minify: true } })
  return serveFolder(join(root, outDir))
}

async function serveFolder(path: string): Promise<string> {
  const server = await serve(path)
  closers.push(server.close)
  return server.url
}

async function servePage(vite: Vite): Promise<string> {
  const server = await vite.createServer({
    ...(await configOf()),
    server: { port: 0, host: '127.0.0.1', fs: { allow: [await folder(), repository] } },
  })
  await server.listen()
  closers.push(() => server.close())
  return server.resolvedUrls!.local[0]!
}
