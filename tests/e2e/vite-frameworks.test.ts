// Closures in files of other languages, built and in the dev server, in a real browser.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import mdx from '@mdx-js/rollup'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import type { Browser, Page } from 'playwright-core'
import type { InlineConfig, PluginOption } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { reactPlugin } from '../integration/apps/react-plugin.ts'
import { configOf, lineOf, openApp, originalPosition, serveFolder, versions } from '../integration/apps/vite-tools.ts'
import type { App } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

interface Found {
  result: unknown
  stack: string
  refused?: string
}

const FILES: Record<string, string> = {
  setup: 'Setup.vue',
  plain: 'Plain.vue',
  bare: 'Bare.vue',
  svelte: 'Instance.svelte',
  mdx: 'Page.mdx',
  react: 'Component.tsx',
}
const firsts: Record<string, string> = {
  setup: 'é日😀!',
  plain: 'plain!',
  bare: 'bare!',
  svelte: 'svelte!',
  mdx: 'mdx!',
  react: 'react!',
}

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

// First in the list, as the README shows it: the order of plugins makes no difference.
function configFor(version: string, app: App, config: InlineConfig = {}): InlineConfig {
  const plugins: PluginOption[] = [
    experimentalThreads(),
    vue(),
    svelte({ configFile: false }),
    mdx(),
    reactPlugin(version),
  ]
  return configOf(app, { ...config, plugins })
}

async function outcomeOf(page: Page, url: string): Promise<Record<string, Found>> {
  const failed = new Promise<never>((_, reject) => {
    page.on('pageerror', reject)
  })
  await page.goto(url)
  const done = page.waitForFunction(() => (globalThis as { outcome?: Record<string, Found> }).outcome)
  const handle = await Promise.race([done, failed])
  return (await handle.jsonValue())!
}

async function expectPlace(
  app: App,
  name: string,
  stack: string,
  mapOf: (file: string) => Promise<string>,
): Promise<void> {
  const file = FILES[name]!
  const [, url, line, column] = /(http:\S+?):(\d+):(\d+)/.exec(stack)!
  const place = originalPosition(await mapOf(url!), Number(line), Number(column))
  expect(place.source?.endsWith(file) && place.line).toBe(
    await lineOf(join(app.root, 'src', file), 'throw new RangeError'),
  )
  // The other half of the stack: where the thread was spawned.
  const spawned = /src\/(\S+):(\d+):\d+\)?$/m.exec(stack.slice(stack.lastIndexOf('src/')))!
  expect(spawned[1]).toBe(file)
  expect(Number(spawned[2])).toBe(await lineOf(join(app.root, 'src', file), 'const stack ='))
}

function expectResults(outcome: Record<string, Found>): void {
  for (const [name, first] of Object.entries(firsts)) {
    expect({ [name]: outcome[name]?.result }).toEqual({ [name]: [first, 21, 10] })
  }
  expect(outcome['setup']!.refused).toMatch(/cannot send "label/)
  expect(outcome['svelte']!.refused).toMatch(/cannot send "shown/)
}

describe.each(versions)('%s', (version, load) => {
  test('in the dev server (case 226)', async () => {
    await using app = await openApp('vite-frameworks')
    const server = await (await load()).createServer(configFor(version, app))
    await server.listen()
    const page = await browser.newPage()
    try {
      const outcome = await outcomeOf(page, server.resolvedUrls!.local[0]!)
      expectResults(outcome)
      const mapOf = async (url: string): Promise<string> => {
        const text = await (await fetch(url)).text()
        return Buffer.from(/sourceMappingURL=data:application\/json;base64,(\S+)/.exec(text)![1]!, 'base64').toString()
      }
      for (const name of Object.keys(FILES)) await expectPlace(app, name, outcome[name]!.stack, mapOf)
    } finally {
      await page.close()
      await server.close()
    }
  })

  test('built (case 226)', async () => {
    await using app = await openApp('vite-frameworks')
    await (await load()).build(configFor(version, app, { build: { sourcemap: true } }))
    const server = await serveFolder(join(app.root, 'dist'), '/', {})
    const page = await browser.newPage()
    try {
      const outcome = await outcomeOf(page, server.url)
      expectResults(outcome)
      const mapOf = (url: string): Promise<string> =>
        readFile(join(app.root, `dist${new URL(url).pathname}.map`), 'utf8')
      for (const name of Object.keys(FILES)) await expectPlace(app, name, outcome[name]!.stack, mapOf)
    } finally {
      await page.close()
      await server.close()
    }
  })
})
