// What Vite's overlay shows of threads: diagnostics, and errors that no code of the page looks at.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import vue from '@vitejs/plugin-vue'
import type { Browser, Page } from 'playwright-core'
import type { InlineConfig } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { configOf, versions, writeApp } from '../integration/apps/vite-tools.ts'
import type { App, Vite } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const html = '<!doctype html><body><script type="module" src="/src/main.ts"></script>'
const main = `import { spawn } from 'experimental-threads'
import { fail } from './fail.ts'
import App from './App.vue'
App.setup?.({}, { expose() {} })
Object.assign(globalThis, {
  nested: () => void spawn(async () => spawn(() => fail('é日😀'))),
  caught: () => spawn(() => fail('caught')).catch((error: Error) => error.message),
  own: () => void Promise.reject(new TypeError('of the page')),
})
`
const files = {
  'index.html': html,
  'src/main.ts': main,
  'src/fail.ts': `type Reason = string

export function fail(reason: Reason): never {
  /* é日😀 */ throw new RangeError(reason)
}
`,
  'src/App.vue': `<script setup lang="ts">
import { spawn } from 'experimental-threads'

Object.assign(globalThis, {
  component: () => void spawn(() => { throw new Error('in a component') }),
})
</script>

<template><p>app</p></template>
`,
}

async function open(vite: Vite, app: App, config: InlineConfig = {}): Promise<Page> {
  const server = await vite.createServer(configOf(app, { plugins: [experimentalThreads(), vue()], ...config }))
  onTestFinished(() => server.close())
  await server.listen()
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  await page.goto(server.resolvedUrls!.local[0]!)
  return page
}

/** The parts of the overlay that is shown, as soon as one is. */
async function overlayOf(page: Page): Promise<{ message: string; file: string; frame: string; stack: string }> {
  const overlay = page.locator('vite-error-overlay')
  await overlay.waitFor({ state: 'attached' })
  const text = async (part: string): Promise<string> => (await overlay.locator(part).textContent()) ?? ''
  return {
    message: await text('.message-body'),
    file: await text('.file'),
    frame: await text('.frame'),
    stack: await text('.stack'),
  }
}

const call = (page: Page, name: string): Promise<unknown> =>
  page.evaluate((key) => (globalThis as unknown as Record<string, () => unknown>)[key]!(), name)

describe.each(versions)('%s', (_, load) => {
  test('an error in a thread that nobody catches, with its line and both ends of its stack', async () => {
    await using app = await writeApp(files, ['vue'])
    const page = await open(await load(), app)
    await page.waitForFunction(() => 'nested' in globalThis)
    expect(await call(page, 'caught')).toBe('caught')
    await call(page, 'own')
    await call(page, 'nested')
    const { message, file, frame, stack } = await overlayOf(page)
    expect(message).toContain('RangeError: é日😀, in a thread')
    expect(file).toContain(`${join(app.root, 'src/fail.ts')}:4:`)
    const line = '  /* é日😀 */ throw new RangeError(reason)'
    const [shown, underline] = frame.split('\n')
    expect(shown).toBe(`4 | ${line}`)
    expect(underline!.trim()).toMatch(/^\| +\^+$/)
    expect(stack).toContain(`${join(app.root, 'src/fail.ts')}:4:`)
    expect(stack).toMatch(/at spawn \(src\/main\.ts:6:40\)\n +at spawn \(src\/main\.ts:6:22\)/)
  })

  test('one in a component, at the line of the component', async () => {
    await using app = await writeApp(files, ['vue'])
    const page = await open(await load(), app)
    await page.waitForFunction(() => 'component' in globalThis)
    await call(page, 'component')
    const { message, file, frame } = await overlayOf(page)
    expect(message).toContain('Error: in a component, in a thread')
    expect(file).toContain(`${join(app.root, 'src/App.vue')}:5:`)
    expect(frame).toContain(`throw new Error('in a component')`)
  })

  test('no other error, and none where the overlay is switched off', async () => {
    await using app = await writeApp(files, ['vue'])
    const page = await open(await load(), app, { server: { hmr: { overlay: false } } })
    await page.waitForFunction(() => 'own' in globalThis)
    const told = page.waitForEvent('console', (text) => text.text().includes('RangeError'))
    await call(page, 'own')
    await call(page, 'nested')
    await told
    expect(await page.locator('vite-error-overlay').count()).toBe(0)
  })

  test('a diagnostic, with its frame and its code, until it is mended', async () => {
    await using app = await writeApp({
      'index.html': html,
      'src/main.ts': `import './count.ts'\nObject.assign(globalThis, { loaded: true })\n`,
      'src/count.ts': `import { spawn } from 'experimental-threads'
export function count() {
  let total = 0
  return spawn(() => { total += 1 })
}
`,
    })
    const page = await open(await load(), app)
    const { message, frame } = await overlayOf(page)
    expect(message).toContain('E101')
    expect(frame).toMatch(/^ +4 \|   return spawn\(\(\) => \{ total \+= 1 \}\)\n +\| +\^+/m)
    const file = join(app.root, 'src/count.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replace('{ total += 1 }', 'total + 1'))
    await page.waitForFunction(() => 'loaded' in globalThis)
    expect(await page.locator('vite-error-overlay').count()).toBe(0)
  })
})
