// What the other suites show in Chromium, in Firefox and WebKit: of each area what a browser could do in another way. One start of each browser, and one
// build of each kind for both.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as esbuild from 'esbuild'
import threadsForEsbuild from 'esbuild-plugin-experimental-threads'
import * as vite from 'vite'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { threadsOutcome } from '../integration/apps/outcomes.ts'
import { configOf, openApp, serveFolder, writeApp } from '../integration/apps/vite-tools.ts'
import type { App } from '../integration/apps/vite-tools.ts'
import type { Page } from '../tools/firefox.mjs'
import { BROWSERS } from './support/browsers.ts'
import type { Started } from './support/browsers.ts'
import { exampleFolder, temporaryFolder } from './support/examples.ts'
import { ISOLATION, serve, STRICT_POLICY } from './support/serve.ts'

/** Syntax that both read. */
const target = 'es2022'

const others = BROWSERS.filter(([name]) => name !== 'Chromium')

/** What is shown to both, with what ends it. */
interface Shown {
  app: App
  dist: string
  /** Built as for another origin, which serves it */
  far: string
  cdn: Awaited<ReturnType<typeof serveFolder>>
  dev: ViteDevServer
  fractal: Awaited<ReturnType<typeof temporaryFolder>>
  platforms: Awaited<ReturnType<typeof temporaryFolder>>
}

let shown: Shown

beforeAll(async () => {
  if (others.length === 0) return
  const app = await openApp('vite-threads')
  const dist = join(app.root, 'dist')
  await vite.build(configOf(app, { base: './', build: { outDir: dist, minify: true, target } }))
  const far = join(app.root, 'far')
  const cdn = await serveFolder(far, '/', {
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  })
  await vite.build(configOf(app, { base: cdn.url, build: { outDir: far, target } }))
  const dev = await vite.createServer(configOf(app))
  await dev.listen()
  shown = { app, dist, far, cdn, dev, fractal: await buildFractal(), platforms: await buildPlatforms() }
})

afterAll(async () => {
  await shown?.dev.close()
  await shown?.cdn.close()
  await shown?.app[Symbol.asyncDispose]()
  await shown?.fractal[Symbol.asyncDispose]()
  await shown?.platforms[Symbol.asyncDispose]()
})

async function buildFractal(): Promise<Shown['fractal']> {
  const output = await temporaryFolder()
  const root = exampleFolder('fractal')
  await vite.build({
    root,
    base: './',
    logLevel: 'silent',
    build: { outDir: output.path, emptyOutDir: true, target },
  })
  return output
}

/** What runs before the page's own script, for browsers that lack something. */
const LACKS = {
  nothing: '',
  growing: 'delete SharedArrayBuffer.prototype.grow',
  modules: `const Modern = Worker
globalThis.Worker = class extends Modern { constructor(url, { name }) { super(url, { name }) } }`,
}

async function buildPlatforms(): Promise<Shown['platforms']> {
  const output = await temporaryFolder()
  const app = join(import.meta.dirname, 'platforms-app')
  await esbuild.build({
    entryPoints: [join(app, 'main.ts')],
    outdir: output.path,
    bundle: true,
    splitting: true,
    format: 'esm',
    target,
    plugins: [threadsForEsbuild()],
  })
  const html = await readFile(join(app, 'index.html'), 'utf8')
  for (const [name, before] of Object.entries(LACKS)) {
    await writeFile(
      join(output.path, `${name}.html`),
      html.replace('<script', () => `<script>${before}</script><script`),
    )
  }
  return output
}

/** What an expression gives in the page, as soon as that is not undefined. As JSON, in which each driver gives the same. */
async function until<T>(page: Page, expression: string): Promise<T> {
  let text: unknown
  const look = async (): Promise<string> => {
    text = await page.evaluate(`JSON.stringify(${expression})`)
    return typeof text
  }
  await expect.poll(look, { timeout: 60_000 }).toBe('string')
  return JSON.parse(text as string) as T
}

describe.each(others)('in %s', (_, start) => {
  let started: Started
  let page: Page

  beforeAll(async () => {
    started = await start()
    page = await started.newPage()
  })
  afterAll(async () => {
    await page?.close()
    await started?.close()
  })

  test('a page built with Vite runs under a strict policy', async () => {
    const policy = { ...ISOLATION, 'Content-Security-Policy': STRICT_POLICY }
    const server = await serve(shown.dist, { base: '/some/folder/', headers: policy })
    onTestFinished(() => server.close())
    await page.goto(server.url)
    expect(await until(page, 'globalThis.outcome')).toMatchObject(threadsOutcome)
    expect(await page.evaluate('crossOriginIsolated')).toBe(true)
  })

  test('chunks of another origin are found, with the policy that the README gives', async () => {
    const { origin } = new URL(shown.cdn.url)
    const policy = `default-src 'none'; script-src 'self' ${origin}; worker-src blob: ${origin}; img-src data:`
    const site = await serveFolder(shown.far, '/', { ...ISOLATION, 'Content-Security-Policy': policy })
    onTestFinished(() => site.close())
    await page.goto(site.url)
    expect(await until(page, 'globalThis.outcome')).toMatchObject(threadsOutcome)
  })

  test('the dev server serves the same', async () => {
    await page.goto(shown.dev.resolvedUrls!.local[0]!)
    expect(await until(page, 'globalThis.outcome')).toMatchObject(threadsOutcome)
  })

  test('edits of what threads run keep the page, and the next spawn runs the new text', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import { job } from './job.ts'\nObject.assign(globalThis, { job, state: 'kept' })\n`,
      'src/job.ts': `import { spawn } from 'experimental-threads'
import { word } from './word.ts'
export const job = () => spawn(() => 'closure 1, ' + word())
`,
      'src/word.ts': `export const word = () => 'word 1'\n`,
    })
    const server = await vite.createServer(configOf(app))
    onTestFinished(() => server.close())
    await server.listen()
    await page.goto(server.resolvedUrls!.local[0]!)
    await until(page, 'globalThis.state')
    await page.evaluate(`globalThis.state = 'changed here'`)
    const job = (): Promise<string> => page.evaluate('job()')
    expect(await job()).toBe('closure 1, word 1')
    for (const [file, text] of [
      ['src/word.ts', 'word 2'],
      ['src/job.ts', 'closure 2'],
    ] as const) {
      const path = join(app.root, file)
      await writeFile(path, (await readFile(path, 'utf8')).replace(text.replace('2', '1'), text))
      await expect.poll(job).toContain(text)
    }
    expect(await job()).toBe('closure 2, word 2')
    expect(await page.evaluate('state')).toBe('changed here')
  })

  /** The `outcome` of a page with a script that esbuild makes of `main`. */
  async function outcomeOf(main: string): Promise<unknown> {
    await using app = await writeApp({
      'src/main.ts': main,
      'site/index.html': '<!doctype html><meta charset="utf-8"><body><script defer src="js/main.js"></script>',
    })
    await esbuild.build({
      absWorkingDir: app.root,
      entryPoints: ['src/main.ts'],
      outdir: 'site/js',
      bundle: true,
      minify: true,
      target,
      plugins: [threadsForEsbuild()],
    })
    const server = await serve(join(app.root, 'site'), { base: '/sub/' })
    onTestFinished(() => server.close())
    await page.goto(server.url)
    // The app is there until then.
    return await until(page, 'globalThis.outcome')
  }

  test('a script built with esbuild as iife finds its threads', async () => {
    const main = `import { Mutex, spawn } from 'experimental-threads'
const sum = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
const add = (n: number) => spawn(async () => {
  const guard = await sum.lock()
  guard.value[0]! += n
  guard.unlock()
})
void Promise.all([add(1), add(20), add(300)]).then(async () => {
  const guard = await sum.lock()
  Object.assign(globalThis, { outcome: guard.value[0] })
  guard.unlock()
})
`
    expect(await outcomeOf(main)).toBe(321)
  })

  test('shared memory stays shared, however long a thread waits for its turn', async () => {
    const main = `import { parallelMap, spawn, task } from 'experimental-threads'
void (async () => {
  const words = new Int32Array(new SharedArrayBuffer(12))
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const state = { words, seen: new Map([['memory', memory]]) }
  const count = (at: number) => spawn(() => {
    Atomics.add(state.words, at, 1)
    return Atomics.add(new Int32Array(state.seen.get('memory')!.buffer), 0, 1)
  })
  const before = await Promise.all(Array.from({ length: 40 }, () => count(0)))
  const counts = task(() => Atomics.add(words, 1, 1))
  await Promise.all(Array.from({ length: 40 }, () => spawn(counts)))
  await parallelMap(Array.from({ length: 40 }), () => Atomics.add(words, 2, 1), { chunk: 1 })
  Object.assign(globalThis, { outcome: [...words, new Int32Array(memory.buffer)[0], new Set(before).size] })
})()
`
    expect(await outcomeOf(main)).toEqual([40, 40, 40, 40, 40])
  })

  test('the picture that threads draw is the one drawn in place, pixel by pixel', async () => {
    const server = await serve(shown.fractal.path)
    onTestFinished(() => server.close())
    await page.goto(server.url)
    await until(page, 'typeof fractal === "object" || undefined')
    const draw = `(async () => {
  const size = { width: 91, height: 53 }
  const serial = await fractal.draw(0, size)
  const { pixels } = await fractal.draw(2, size)
  const different = pixels.filter((pixel, at) => pixel !== serial.pixels[at]).length
  return { different, total: pixels.length, colours: new Set(pixels).size > 300 }
})()`
    expect(await page.evaluate(draw)).toEqual({ different: 0, total: 91 * 53, colours: true })
  })

  test.each([
    ['nothing', ISOLATION, { spawned: 21 }],
    ['nothing', {}, { spawned: 21, locked: { name: 'SharedMemoryError', code: 'E314' } }],
    ['growing', ISOLATION, { spawned: 21, locked: { name: 'SharedMemoryError', code: 'R551' } }],
    ['modules', ISOLATION, { spawned: { name: 'WorkerStartError', code: 'R506' } }],
  ] as const)('a page that lacks %s, with the headers %j, gets what is documented', async (lack, headers, expected) => {
    const server = await serve(shown.platforms.path, { headers })
    onTestFinished(() => server.close())
    await page.goto(`${server.url}${lack}.html`)
    expect(await until(page, 'globalThis.outcome')).toMatchObject(expected)
  })
})
