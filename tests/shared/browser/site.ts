// Serves programs of `browser/` and modules of `modules/`, bundled, to a browser.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { build } from 'esbuild'
import { afterAll, beforeAll, describe } from 'vitest'

import { BROWSERS } from './browsers.ts'
import type { Page, Started } from './browsers.ts'

interface Site {
  readonly origin: string
  close(): void
}

/** Opens a page of what is served: the isolated one unless told. */
export type Open = (path?: string) => Promise<Page>

/** Serves these files, as `serve` does, and declares the tests of their pages for each browser. They lie in `tests/shared` unless told. */
export function inBrowsers(
  files: readonly string[],
  declare: (open: Open, name: string) => void,
  folder: string = new URL('../', import.meta.url).pathname,
): void {
  describe.each(BROWSERS)('in $name', ({ name, start }) => {
    let browser: Started
    let site: Site
    beforeAll(async () => {
      site = await serve(files, folder)
      browser = await start()
    })
    afterAll(async () => {
      await browser?.close()
      site?.close()
    })
    declare(async (path = '/') => {
      const page = await browser.newPage()
      await page.goto(site.origin + path)
      return page
    }, name)
  })
}

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

/** `files` are paths relative to `folder`. Any other path is a page that runs the first of them; `/bare` is one that is not isolated. */
async function serve(files: readonly string[], folder: string): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: files.map((file) => folder + file),
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: '/',
    write: false,
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  const main = `${files[0]!.replace(/^.*\/|\.mjs$/g, '')}.js`
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '')
    const script = texts.get(path)
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript')
    if (path !== '/bare') for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value)
    response.end(
      script ?? `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${main}"></script>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}
