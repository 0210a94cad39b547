// Vite's dev server, in a real browser.

import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import type { InlineConfig, ViteDevServer } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { ownWorkerOutcome, recipesOutcome, threadsOutcome } from '../integration/apps/outcomes.ts'
import { reactPlugin } from '../integration/apps/react-plugin.ts'
import {
  INLINED,
  OWN_WORKERS,
  configOf,
  lineOf,
  openApp,
  openOwnWorker,
  originalPosition,
  versions,
  writeApp,
} from '../integration/apps/vite-tools.ts'
import type { App, Vite } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

interface Served {
  server: ViteDevServer
  url: string
  page: Page
  [Symbol.asyncDispose](): Promise<void>
}

async function serve(vite: Vite, app: App, config: InlineConfig = {}): Promise<Served> {
  const server = await vite.createServer(configOf(app, config))
  await server.listen()
  const page = await browser.newPage()
  const url = server.resolvedUrls!.local[0]!
  const dispose = async (): Promise<void> => {
    await page.close()
    await server.close()
  }
  return { server, url, page, [Symbol.asyncDispose]: dispose }
}

async function outcomeOf(page: Page): Promise<Record<string, unknown>> {
  const handle = await page.waitForFunction(() => (globalThis as { outcome?: Record<string, unknown> }).outcome)
  return (await handle.jsonValue())!
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}

describe.each(versions)('%s', (version, load) => {
  describe('a page', () => {
    let app: App
    let served: Served
    let outcome: Record<string, unknown>
    const printed: string[] = []

    beforeAll(async () => {
      app = await openApp('vite-threads')
      await edit(join(app.root, 'src/label.ts'), '  return `label', "  console.log('asked by', name)\n  return `label")
      served = await serve(await load(), app)
      served.page.on('console', (message) => printed.push(message.text()))
      await served.page.goto(served.url)
      outcome = await outcomeOf(served.page)
    })
    afterAll(async () => {
      await served?.[Symbol.asyncDispose]()
      await app?.[Symbol.asyncDispose]()
    })

    test('runs its threads, and is isolated', async () => {
      expect(outcome).toMatchObject(threadsOutcome)
      expect(await served.page.evaluate(() => crossOriginIsolated)).toBe(true)
      // The page listens for updates, and its threads do not.
      expect(served.server.ws.clients.size).toBe(1)
    })

    test('has stacks of errors in closures that lead to the line that the user wrote', async () => {
      const [, address, line, column] = /(http:\S+jobs\.ts\?\S+?):(\d+):(\d+)/.exec(outcome['stack'] as string)!
      const code = await (await fetch(address!)).text()
      const [, encoded] = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(code)!
      const map = Buffer.from(encoded!, 'base64').toString()
      expect(originalPosition(map, Number(line), Number(column))).toEqual({
        source: 'jobs.ts',
        line: await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError'),
      })
    })

    test('prints what a thread says with its name before it, and what it says itself without', () => {
      expect(printed).toContain('asked by main')
      expect(printed.filter((text) => text.includes('asked by first'))).toEqual([
        expect.stringMatching(/^\[\S+\] asked by first$/),
      ])
    })
  })

  test('base /sub/', async () => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app, { base: '/sub/' })
    await served.page.goto(served.url)
    expect(await outcomeOf(served.page)).toMatchObject(threadsOutcome)
    expect(served.server.ws.clients.size).toBe(1)
  })

  test('styles that a closure imports are passed over', async () => {
    await using app = await openApp('vite-styles')
    await using served = await serve(await load(), app)
    const { page, url } = served
    await page.goto(url)
    expect(await outcomeOf(page)).toEqual({ doubled: 42, drawn: 'drawn 4' })
  })

  test('a closure may use components of React, with fast refresh on', async () => {
    await using app = await openApp('vite-react')
    const plugins = [reactPlugin(version), experimentalThreads()]
    await using served = await serve(await load(), app, { plugins })
    await served.page.goto(served.url)
    expect(await outcomeOf(served.page)).toBe('<b>thread</b>')
  })

  test.each([...OWN_WORKERS, INLINED] as const)('a worker of the user may spawn: %s', async (way) => {
    await using app = await openOwnWorker(way)
    await using served = await serve(await load(), app)
    const { page, url } = served
    await page.goto(url)
    expect(await outcomeOf(page)).toEqual(ownWorkerOutcome)
  })

  test('after an edit of a module that closures and the page import, the page loads anew and runs the new text', async () => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app)
    const { page, url } = served
    await page.goto(url)
    expect(await outcomeOf(page)).toMatchObject(threadsOutcome)
    const reloaded = page.waitForEvent('load')
    await edit(join(app.root, 'src/label.ts'), 'label of', 'new label of')
    await reloaded
    expect(await outcomeOf(page)).toMatchObject({ first: { label: 'new label of first' } })
  })

  test('after an edit a value that threads make is still one for each worker', async () => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app)
    const { page, url } = served
    await page.goto(url)
    expect(await outcomeOf(page)).toMatchObject(threadsOutcome)
    const reloaded = page.waitForEvent('load')
    await edit(join(app.root, 'src/recipes.js'), "=== 'string'", "=== 'number'")
    await reloaded
    expect(await outcomeOf(page)).toMatchObject({ recipes: { ...recipesOutcome, first: ['b', false, true, 1] } })
  })

  test('a closure can be asked for before its parent, and by an old address (case 200)', async () => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app)
    const { server, url } = served
    const parent = await server.transformRequest('/src/jobs.ts')
    const [address] = /\/src\/jobs\.ts\?spawn=[^"\\]+/.exec(parent!.code)!
    const text = await (await fetch(new URL(address, url))).text()

    await edit(join(app.root, 'src/jobs.ts'), 'is too much', 'is far too much')
    await using later = await serve(await load(), app)
    const again = await (await fetch(new URL(address, later.url))).text()
    expect(again.replaceAll('far ', '')).toContain(text.slice(0, text.indexOf('//# sourceMappingURL')))
    const old = address.replace(/&h=\w+/, '&h=old')
    const fromOld = await (await fetch(new URL(old, later.url))).text()
    expect(fromOld).toContain('$run')
  })

  test('a closure that is gone is told so', async () => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app)
    const response = await fetch(new URL('/src/jobs.ts?spawn=0000000000000000&h=0&lang.ts', served.url))
    expect(response.status).toBe(500)
    expect(await response.text()).toContain('E408')
  })

  test('so is the last closure of a file that does not spawn any more', async () => {
    await using app = await openApp('vite-threads')
    let seen = (): void => {}
    const isSeen = new Promise<void>((resolve) => (seen = resolve))
    const listener = { name: 'listener', hotUpdate: () => seen() }
    await using served = await serve(await load(), app, { plugins: [experimentalThreads(), listener] })
    const { server, url } = served
    const parent = await server.transformRequest('/src/jobs.ts')
    const [address] = /\/src\/jobs\.ts\?spawn=[^"\\]+/.exec(parent!.code)!
    expect((await fetch(new URL(address, url))).status).toBe(200)
    await writeFile(join(app.root, 'src/jobs.ts'), 'export const jobs = 0\n')
    await isSeen
    const response = await fetch(new URL(address, url))
    expect(response.status).toBe(500)
    expect(await response.text()).toContain('E408')
  })

  test('headers of the user stay', async () => {
    await using app = await openApp('vite-threads')
    const headers = { 'cross-origin-embedder-policy': 'credentialless' }
    await using served = await serve(await load(), app, { server: { headers } })
    const response = await fetch(served.url)
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('credentialless')
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  test.each([
    ['credentialless', 'credentialless'],
    [true, 'require-corp'],
    [false, null],
  ] as const)('crossOriginIsolated: %s', async (crossOriginIsolated, embedder) => {
    await using app = await openApp('vite-threads')
    await using served = await serve(await load(), app, { plugins: experimentalThreads({ crossOriginIsolated }) })
    for (const path of ['', 'src/jobs.ts', '@id/virtual:experimental-threads/bootstrap']) {
      const { headers } = await fetch(new URL(path, served.url))
      expect(headers.get('cross-origin-embedder-policy')).toBe(embedder)
      expect(headers.get('cross-origin-opener-policy')).toBe(embedder && 'same-origin')
      // WebKit refuses the script of a worker when it is told without them that it has not changed.
      const known = { 'if-none-match': headers.get('etag')! }
      const unchanged = await fetch(new URL(path, served.url), { headers: known })
      expect(unchanged.status).toBe(304)
      expect(unchanged.headers.get('cross-origin-embedder-policy')).toBe(embedder)
    }
  })

  test('in middleware mode pages of the other server are isolated too', async () => {
    await using app = await openApp('vite-threads')
    const config = configOf(app, { appType: 'custom' })
    const vite = await (
      await load()
    ).createServer({ ...config, server: { ...config.server, middlewareMode: true, ws: false } })
    onTestFinished(() => vite.close())
    const server = createServer((request, response) =>
      vite.middlewares(request, response, () => {
        void readFile(join(app.root, 'index.html'), 'utf8')
          .then((text) => vite.transformIndexHtml(request.url ?? '/', text))
          .then((text) => response.setHeader('Content-Type', 'text/html').end(text))
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect(await outcomeOf(page)).toMatchObject(threadsOutcome)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  })

  test('a package that is found late, by a thread alone, does not load the page anew', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      // The name of the module is known at run time only, so Vite cannot find the package beforehand.
      'src/main.ts': `import { spawn } from 'experimental-threads'
const name = 'late'
const job = () => spawn(async () => (await import(\`./\${name}.ts\`)).late(21))
Object.assign(globalThis, { job, state: Math.random() })
`,
      'src/late.ts': `import double from 'double'\nexport const late = (n: number): number => double(n)\n`,
      'node_modules/double/package.json': JSON.stringify({ name: 'double', version: '1.0.0' }),
      'node_modules/double/index.js': 'module.exports = (n) => n * 2\n',
    })
    await using served = await serve(await load(), app, { optimizeDeps: { entries: [] } })
    const { page, url } = served
    await page.goto(url)
    await page.waitForFunction(() => 'job' in globalThis)
    let loads = 0
    page.on('load', () => loads++)
    const result = await page.evaluate(() => (globalThis as unknown as { job(): Promise<number> }).job())
    expect([result, loads]).toEqual([42, 0])
  })

  test('the overlay shows a diagnostic at its line', async () => {
    await using app = await openApp('vite-errors')
    await using served = await serve(await load(), app)
    const response = await fetch(new URL('/src/count.ts', served.url))
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('E101')
    expect(text).toContain('"line":5,"column":41')
    expect(text).toContain('é日😀')
  })
})

test('the bundling dev server is refused', async () => {
  await using app = await openApp('vite-threads')
  const [, load] = versions[0]!
  const lines: string[] = []
  const vite = await load()
  const customLogger = vite.createLogger('error')
  const told = new Promise<void>((resolve) => {
    customLogger.error = (text) => {
      lines.push(text)
      resolve()
    }
  })
  await using _served = await serve(vite, app, { experimental: { bundledDev: true }, customLogger })
  await told
  expect(lines.join('\n')).toContain('E409')
})
