import type { Browser } from 'playwright-core'
import type { BuildOptions } from 'esbuild'
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
