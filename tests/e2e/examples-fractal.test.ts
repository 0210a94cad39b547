// examples/fractal in a real browser: the picture that threads draw is the one drawn in place, pixel by pixel.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import * as esbuild from 'esbuild'
import esbuildThreads from 'esbuild-plugin-experimental-threads'
import type { Browser, Page } from 'playwright-core'
import { build, createServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { launchChromium } from '../tools/browser.mjs'
import { exampleFolder, temporaryFolder } from './support/examples.ts'
import { serve } from './support/serve.ts'

const root = exampleFolder('fractal')

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** What the page offers to tests. */
interface Fractal {
  draw: (threads: number, options: { width: number; height: number }) => Promise<{ pixels: Uint32Array }>
}

/** Opens the page, draws with no thread and with several, and compares. Runs with whatever policy the server sends. */
async function expectEqualPictures(url: string): Promise<void> {
  const page = await browser.newPage()
  try {
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(url)
    const seen = await page.evaluate(async () => {
      const { draw } = (globalThis as unknown as { fractal: Fractal }).fractal
      // An odd size, so that the last tiles are cut off.
      const size = { width: 171, height: 103 }
      const serial = await draw(0, size)
      const different: number[] = []
      for (const threads of [1, 2, 3]) {
        const { pixels } = await draw(threads, size)
        different.push(pixels.filter((pixel, at) => pixel !== serial.pixels[at]).length)
      }
      return { different, total: serial.pixels.length, colours: new Set(serial.pixels).size }
    })
    expect(seen.different).toEqual([0, 0, 0])
    expect(seen.total).toBe(171 * 103)
    expect(seen.colours).toBeGreaterThan(500)
    expect(page.workers().length).toBeGreaterThan(0)
    await expectLiveComparison(page)
    expect(problems).toEqual([])
  } finally {
    await page.close()
  }
}

/** Picks a place as a person would, and reads the result that the page shows. */
async function expectLiveComparison(page: Page): Promise<void> {
  await page.getByLabel('Place').selectOption('Valley, 1e-2')
  const speedUp = page.locator('#speed-up')
  await speedUp.getByText('pixel').waitFor()
  expect(await speedUp.textContent()).toMatch(/^\d+\.\d\d× faster, every pixel equal$/)
  await page.locator('#picture').click({ position: { x: 40, y: 40 } })
  await page.locator('#zoom').getByText('width 2.5e-3').waitFor()
}

test.each([
  ['./', '/some/folder/'],
  ['/sub/', '/sub/'],
])('built with Vite, base %s, served at %s under a strict policy', async (base, prefix) => {
  await using output = await temporaryFolder()
  await build({ root, base, logLevel: 'warn', build: { outDir: output.path, emptyOutDir: true } })
  const server = await serve(output.path, { base: prefix })
  try {
    await expectEqualPictures(server.url)
    expect(server.missing).toEqual([])
  } finally {
    await server.close()
  }
})

test('served by the dev server of Vite, under a policy without eval and blob', async () => {
  const server = await createServer({ root, logLevel: 'warn', server: { host: '127.0.0.1', port: 0 } })
  try {
    await server.listen()
    await expectEqualPictures(server.resolvedUrls!.local[0]!)
  } finally {
    await server.close()
  }
})

test('built with esbuild, under a strict policy', async () => {
  await using output = await temporaryFolder()
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts', 'src/style.css', 'public/icon.svg'],
    outbase: '.',
    bundle: true,
    format: 'esm',
    splitting: true,
    loader: { '.svg': 'copy' },
    outdir: output.path,
    plugins: [esbuildThreads()],
  })
  const html = await readFile(join(root, 'index.html'), 'utf8')
  await writeFile(
    join(output.path, 'index.html'),
    html.replace('main.ts', 'main.js').replace('/icon.svg', './public/icon.svg'),
  )
  const server = await serve(output.path)
  try {
    await expectEqualPictures(server.url)
    expect(server.missing).toEqual([])
  } finally {
    await server.close()
  }
})
