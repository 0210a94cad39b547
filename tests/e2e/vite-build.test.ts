// Pages built with Vite, in a real browser.

import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ownWorkerOutcome, threadsOutcome } from '../integration/apps/outcomes.ts'
import {
  OWN_WORKERS,
  configOf,
  lineOf,
  openApp,
  openOwnWorker,
  originalPosition,
  serveFolder,
  versions,
  writeApp,
} from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

// No eval, no blob, no other origin. Workers obey the policy of their own response, so every response carries it.
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src data:",
  ...ISOLATED,
}

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** Opens a page, and gives what its `outcome` becomes. */
async function outcomeOf(url: string): Promise<{ outcome: Record<string, unknown>; isolated: boolean; page: Page }> {
  const page = await browser.newPage()
  await page.goto(url)
  const handle = await page.waitForFunction(() => (globalThis as { outcome?: Record<string, unknown> }).outcome)
  const isolated = await page.evaluate(() => crossOriginIsolated)
  return { outcome: (await handle.jsonValue())!, isolated, page }
}

describe.each(versions)('%s', (_, load) => {
  test.each([
    ['/', '/', false],
    ['/sub/', '/sub/', true],
    ['./', '/some/folder/', true],
  ])('base %s, served at %s under a strict policy, minified: %s (cases 204, 206)', async (base, prefix, minify) => {
    await using app = await openApp('vite-threads')
    await (await load()).build(configOf(app, { base, build: { minify } }))
    const server = await serveFolder(join(app.root, 'dist'), prefix, HEADERS)
    try {
      const { outcome, isolated, page } = await outcomeOf(server.url)
      expect(outcome).toMatchObject(threadsOutcome)
      expect(isolated).toBe(true)
      await page.close()
    } finally {
      await server.close()
    }
  })

  test('a server that isolates its pages and says nothing of it with their scripts', async () => {
    const bytes = 'new Uint8Array(3).fill(7)'
    await using app = await writeApp({
      'index.html': '<script type="module" src="/main.js"></script>',
      'main.js': `import { Global, configure, move, spawn } from 'experimental-threads'
const hits = new Global(new Int32Array(new SharedArrayBuffer(4)))
configure({ maxThreads: 2 })
const hit = (bytes) => spawn(move(bytes), (bytes) => (Atomics.add(hits.value, 0, 1), bytes.length))
const run = async () => {
  const known = { at: 1 }
  const before = spawn(() => known.at)
  known.at = 2
  return [await before, ...(await Promise.all([hit(${bytes}), hit(${bytes})])), await hit(${bytes}), hits.value[0]]
}
globalThis.outcome = await run().catch((error) => [error.message])
`,
    })
    await (await load()).build(configOf(app))
    const server = await serveFolder(join(app.root, 'dist'), '/', (path) => (path.endsWith('.html') ? ISOLATED : {}))
    try {
      const { outcome, isolated, page } = await outcomeOf(server.url)
      expect(outcome).toEqual([1, 3, 3, 3, 3])
      expect(isolated).toBe(true)
      await page.close()
    } finally {
      await server.close()
    }
  })

  test('chunks of another origin are found, with the policy that the README gives (case 204)', async () => {
    await using app = await openApp('vite-threads')
    const dist = join(app.root, 'dist')
    const cdn = await serveFolder(dist, '/', {
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    })
    const policy = `default-src 'none'; script-src 'self' ${new URL(cdn.url).origin}; worker-src blob: ${new URL(cdn.url).origin}; img-src data:`
    const site = await serveFolder(dist, '/', { ...HEADERS, 'Content-Security-Policy': policy })
    try {
      await (await load()).build(configOf(app, { base: cdn.url }))
      const { outcome, isolated, page } = await outcomeOf(site.url)
      expect(outcome).toMatchObject(threadsOutcome)
      expect(isolated).toBe(true)
      await page.close()
    } finally {
      await site.close()
      await cdn.close()
    }
  })

  test('a closure finds assets by relative URLs, and sees what its file sees (cases 195, 204)', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      'src/data.txt': 'data',
      'src/main.ts': `import { spawn } from 'experimental-threads'
import link from './data.txt?url'
const here = [import.meta.env.SSR, import.meta.env.MODE, process.env.NODE_ENV]
void (async () => {
  const there = await spawn(() => [import.meta.env.SSR, import.meta.env.MODE, process.env.NODE_ENV])
  const read = await spawn(async () => {
    const answers = await Promise.all([fetch(new URL('./data.txt', import.meta.url)), fetch(new URL(link, import.meta.url))])
    return Promise.all(answers.map((answer) => answer.text()))
  })
  Object.assign(globalThis, { outcome: { here, there, read } })
})()
`,
    })
    await (await load()).build(configOf(app, { base: './', build: { assetsInlineLimit: 0 } }))
    const server = await serveFolder(join(app.root, 'dist'), '/some/folder/', HEADERS)
    try {
      const { outcome, page } = await outcomeOf(server.url)
      const seen = [false, 'production', process.env['NODE_ENV']]
      expect(outcome).toEqual({ here: seen, there: seen, read: ['data', 'data'] })
      await page.close()
    } finally {
      await server.close()
    }
  })

  test('two pages of one site share a chunk for each closure', async () => {
    const page = (script: string): string => `<!doctype html><body><script type="module" src="/src/${script}"></script>`
    const program = (name: string): string => `import { job } from './job.ts'
void job('${name}').then((said) => Object.assign(globalThis, { outcome: { said } }))
`
    await using app = await writeApp({
      'index.html': page('one.ts'),
      'other/index.html': page('two.ts'),
      'src/one.ts': program('one'),
      'src/two.ts': program('two'),
      'src/job.ts': `import { spawn } from 'experimental-threads'
export const job = (name: string) => spawn(() => 'page ' + name)
`,
    })
    const input = [join(app.root, 'index.html'), join(app.root, 'other/index.html')]
    await (await load()).build(configOf(app, { build: { rollupOptions: { input } } }))
    const files = await readdir(join(app.root, 'dist/assets'))
    expect(files.filter((file) => /^job_\w{16}-/.test(file))).toHaveLength(1)
    const server = await serveFolder(join(app.root, 'dist'), '/', HEADERS)
    try {
      for (const [path, said] of [
        ['', 'page one'],
        ['other/index.html', 'page two'],
      ] as const) {
        const { outcome, page } = await outcomeOf(new URL(path, server.url).href)
        expect(outcome).toEqual({ said })
        await page.close()
      }
    } finally {
      await server.close()
    }
  })

  test('a closure may import, at any time, a module with styles', async () => {
    await using app = await openApp('vite-styles')
    await (await load()).build(configOf(app))
    const server = await serveFolder(join(app.root, 'dist'), '/', HEADERS)
    try {
      const { outcome, page } = await outcomeOf(server.url)
      expect(outcome).toEqual({ doubled: 42, drawn: 'drawn 4' })
      await page.close()
    } finally {
      await server.close()
    }
  })

  test.each(OWN_WORKERS)('a worker of the user may spawn: %s', async (way) => {
    await using app = await openOwnWorker(way)
    await (await load()).build(configOf(app, { worker: { format: 'es' } }))
    const server = await serveFolder(join(app.root, 'dist'), '/', HEADERS)
    try {
      const { outcome, page } = await outcomeOf(server.url)
      expect(outcome).toEqual(ownWorkerOutcome)
      await page.close()
    } finally {
      await server.close()
    }
  })

  test('preview isolates the page by itself; the stack of an error leads to the line that the user wrote, minified too', async () => {
    await using app = await openApp('vite-threads')
    const vite = await load()
    await vite.build(configOf(app, { build: { sourcemap: true } }))
    const server = await vite.preview(configOf(app, { preview: { port: 0 } }))
    try {
      const url = server.resolvedUrls!.local[0]!
      const { outcome, isolated, page } = await outcomeOf(url)
      expect(outcome).toMatchObject(threadsOutcome)
      expect(isolated).toBe(true)
      await page.close()
      const etag = (await fetch(url)).headers.get('etag')!
      const unchanged = await fetch(url, { headers: { 'if-none-match': etag } })
      expect(unchanged.status).toBe(304)
      expect(unchanged.headers.get('cross-origin-embedder-policy')).toBe('require-corp')

      const stack = outcome['stack'] as string
      expect(stack).toContain('RangeError: é日😀 20 is too much')
      const [, file, line, column] = /\/(assets\/[^/]+\.js):(\d+):(\d+)/.exec(stack)!
      const map = await readFile(join(app.root, `dist/${file}.map`), 'utf8')
      expect(originalPosition(map, Number(line), Number(column))).toEqual({
        source: '../../src/jobs.ts',
        line: await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError'),
      })
    } finally {
      await server.close()
    }
  })
})
