// Pages built with Vite, in a real browser.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ownWorkerOutcome, threadsOutcome } from '../integration/apps/outcomes.ts'
import { configOf, lineOf, openApp, originalPosition, serveFolder, versions } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

// No eval, no blob, no other origin. Workers obey the policy of their own response, so every response carries it.
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src data:",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
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
  ])('base %s, served at %s under a strict policy, minified: %s', async (base, prefix, minify) => {
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

  test('the stack of an error in a closure leads to the line that the user wrote, minified too', async () => {
    await using app = await openApp('vite-threads')
    await (await load()).build(configOf(app, { build: { sourcemap: true } }))
    const server = await serveFolder(join(app.root, 'dist'), '/', HEADERS)
    try {
      const { outcome, page } = await outcomeOf(server.url)
      const stack = outcome['stack'] as string
      expect(stack).toContain('RangeError: é日😀 20 is too much')
      const [, file, line, column] = /\/(assets\/[^/]+\.js):(\d+):(\d+)/.exec(stack)!
      const map = await readFile(join(app.root, `dist/${file}.map`), 'utf8')
      expect(originalPosition(map, Number(line), Number(column))).toEqual({
        source: '../../src/jobs.ts',
        line: await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError'),
      })
      await page.close()
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

  test('a worker of the user may spawn', async () => {
    await using app = await openApp('vite-own-worker')
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

  test('preview isolates the page by itself', async () => {
    await using app = await openApp('vite-threads')
    const vite = await load()
    await vite.build(configOf(app))
    const server = await vite.preview(configOf(app, { preview: { port: 0 } }))
    try {
      const { outcome, isolated, page } = await outcomeOf(server.resolvedUrls!.local[0]!)
      expect(outcome).toMatchObject(threadsOutcome)
      expect(isolated).toBe(true)
      await page.close()
    } finally {
      await server.close()
    }
  })
})
