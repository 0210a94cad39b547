import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import type { Browser } from 'playwright-core'
import type { BuildOptions } from 'esbuild'
import * as esbuild from 'esbuild'
import { serveIsolated } from 'esbuild-plugin-experimental-threads'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import { serve } from '../e2e/support/serve.ts'
import { launchChromium } from '../tools/browser.mjs'
import { project } from './esbuild-project.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

const app = {
  'src/main.ts': `import { spawn } from 'experimental-threads'
import { double } from 'legacy'
import { where } from './where'

async function main() {
  const early = await spawn(async () => double(await spawn(() => 20)) + (where() === 'thread' ? 2 : 0))
  // Evaluated long after the script has run, when the page no longer says which script it was.
  const { late } = await import('./late')
  document.body.dataset['result'] = [where(), early, await late(), await stack()].join(' ')
}

async function stack(): Promise<string> {
  try {
    await spawn((): void => { throw new TypeError('thrown') })
  } catch (error) {
    return (error as Error).constructor.name
  }
  return 'nothing'
}
main().catch((error: Error) => (document.body.dataset['result'] = String(error.stack)))
`,
  'src/late.ts': `import { spawn } from 'experimental-threads'\nexport const late = () => spawn(() => 'late')\n`,
  'src/where.ts': `export const where = (): string => (typeof document === 'undefined' ? 'thread' : 'page')\n`,
}
const shown = 'page 42 late TypeError'

const builds: { name: string; options: BuildOptions; script: string }[] = [
  { name: 'iife', options: { format: 'iife' }, script: '<script defer src="js/main.js"></script>' },
  {
    name: 'iife, minified, for old targets',
    options: { minify: true, target: 'es2018' },
    script: '<script defer src="js/main.js"></script>',
  },
  {
    name: 'iife with a publicPath',
    options: { publicPath: '/sub/js/' },
    script: '<script defer src="js/main.js"></script>',
  },
  { name: 'esm', options: { format: 'esm' }, script: '<script type="module" src="js/main.js"></script>' },
  {
    name: 'esm with splitting, minified',
    options: { format: 'esm', splitting: true, minify: true },
    script: '<script type="module" src="js/main.js"></script>',
  },
]

test.each(builds)(
  '$name runs in Chromium under a strict policy, below a base path (case 206)',
  async ({ options, script }) => {
    const target = project({
      ...app,
      'site/index.html': `<!doctype html><meta charset="utf-8"><link rel="icon" href="icon.svg"><body>${script}`,
      'site/icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    })
    await target.build({ platform: 'browser', outdir: 'site/js', sourcemap: true, ...options })
    const server = await serve(target.path('site'), { base: '/sub/' })
    onTestFinished(() => server.close())
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.goto(server.url)
    const result = await page.waitForFunction(() => document.body.dataset['result'])
    expect({ result: await result.jsonValue(), problems }).toEqual({ result: shown, problems: [] })
    expect(server.missing).toEqual([])
  },
)

test('a single file runs from the disk, where a page has no origin', async () => {
  const script = '<script defer src="main.js"></script>'
  const target = project({
    ...app,
    'site/index.html': `<!doctype html><meta charset="utf-8"><body>${script}`,
  })
  await target.build({ platform: 'browser', format: 'iife', outfile: 'site/main.js' }, { inline: true })
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  await page.goto(pathToFileURL(target.path('site/index.html')).href)
  const result = await page.waitForFunction(() => document.body.dataset['result'])
  expect(await result.jsonValue()).toBe(shown)
})

test.each([
  { name: 'one pass', options: { format: 'esm', splitting: true, outdir: 'site/js' } as BuildOptions },
  { name: 'two passes', options: { format: 'esm', outdir: 'site/js' } as BuildOptions },
])("`serveIsolated` gives pages of esbuild's server shared memory, and live reload: $name", async ({ options }) => {
  const target = project({
    'src/main.ts': `import { Global, spawn } from 'experimental-threads'
const cell = new Global(new Int32Array(new SharedArrayBuffer(4)))
new EventSource('/esbuild').addEventListener('change', () => location.reload())
void spawn(() => Atomics.add(cell.value, 0, 2)).then(() => (document.body.dataset['result'] = 'first ' + cell.value[0]))
`,
    'site/index.html': '<!doctype html><meta charset="utf-8"><body><script type="module" src="js/main.js"></script>',
  })
  const context = await esbuild.context(target.options({ platform: 'browser', ...options }))
  onTestFinished(() => context.dispose())
  await context.watch()
  const server = await serveIsolated(context, { servedir: target.path('site'), port: 0 })
  onTestFinished(() => server.close())
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  const shows = (text: string): Promise<unknown> =>
    page.waitForFunction((wanted) => document.body.dataset['result'] === wanted, text)
  await page.goto(server.url)
  await shows('first 2')
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  const missing = await fetch(new URL('nowhere.js', server.url))
  expect([missing.status, missing.headers.get('cross-origin-embedder-policy')]).toEqual([404, 'require-corp'])
  target.write({ 'src/main.ts': readFileSync(target.path('src/main.ts'), 'utf8').replace('first', 'second') })
  await shows('second 2')
})
