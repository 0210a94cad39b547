// The locks in a real browser: a page that may not block, workers that may, and a page without shared memory.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
let server: Server
let origin: string

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

beforeAll(async () => {
  const folder = new URL('./browser/', import.meta.url).pathname
  const { outputFiles } = await build({
    entryPoints: ['page', 'worker', 'channel-worker', 'groups-worker'].map((name) => `${folder}${name}.mjs`),
    bundle: true,
    format: 'esm',
    outdir: '/',
    write: false,
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  server = createServer((request, response) => {
    const path = request.url ?? '/'
    const script = texts.get(path)
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript')
    if (path !== '/bare') for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value)
    response.end(
      script ?? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

it('counts exactly on a page and in 4 workers, which make the shared values first', async () => {
  const page = await browser.newPage()
  await page.goto(`${origin}/`)
  expect(await page.evaluate('countTogether(4, 2000)')).toEqual({ count: 10_000, free: 2, codes: ['R532', 'R532'] })
  await page.close()
})

it('passes messages between a page and 2 workers, large ones too', async () => {
  const page = await browser.newPage()
  await page.goto(`${origin}/`)
  const seen = await page.evaluate('workThroughChannels(2, 300)')
  expect(seen).toEqual({ sum: (299 * 300) / 2, count: 300, codes: ['R532', 'R590'] })
  await page.close()
})

it('tells the headers on a page without isolation, at the first use and not before', async () => {
  const page = await browser.newPage()
  await page.goto(`${origin}/bare`)
  const seen = await page.evaluate('useWithoutIsolation()')
  expect(seen).toEqual({ exported: undefined, codes: ['E314', 'E314'], isolated: false })
  await page.close()
})

it('reads, writes, meets and counts on a page and in 4 workers', async () => {
  const page = await browser.newPage()
  await page.goto(`${origin}/`)
  expect(await page.evaluate('workTogether(4, 100)')).toEqual({
    sum: 500,
    led: 100,
    torn: 0,
    ran: 1,
    left: 0,
    names: ['lazy', 'lazy', 'lazy', 'lazy', 'lazy'],
    codes: ['R532', 'R532', 'R532', 'R532', 'R532'],
  })
  await page.close()
})

it('tells the headers on a page without isolation at the first use of a lock, barrier, once, lazy or group', async () => {
  const page = await browser.newPage()
  await page.goto(`${origin}/bare`)
  expect(await page.evaluate('groupsWithoutIsolation()')).toEqual(Array.from({ length: 9 }, () => 'E314'))
  await page.close()
})
