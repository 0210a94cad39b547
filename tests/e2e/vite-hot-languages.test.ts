// Edits inside closures in four kinds of file: the page is not loaded anew.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import type { Browser } from 'playwright-core'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { reactPlugin } from '../integration/apps/react-plugin.ts'
import { configOf, versions, writeApp } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

interface Page {
  quick: Record<string, () => Promise<string>>
  slow: Record<string, () => Promise<string>>
  running: Promise<string>
  typed: string
}

/** What each file holds: a closure that ends at once, and one that ends when the test says so. */
const closures = (name: string): string => `
const word = 'of ${name}'
Object.assign(globalThis.quick, { ${name}: () => spawn(() => 'one ' + word) })
Object.assign(globalThis.slow, {
  ${name}: () => spawn(async () => {
    const gate = new BroadcastChannel('gate')
    const opened = new Promise((resolve) => gate.addEventListener('message', resolve))
    gate.postMessage('waits')
    await opened
    gate.close()
    return 'one ' + word
  }),
})
`
const importSpawn = `import { spawn } from 'experimental-threads'\n`

const files = {
  'index.html': '<!doctype html><body><input id="typed"><script type="module" src="/src/main.js"></script>',
  'src/main.js': `globalThis.quick = {}
globalThis.slow = {}
await import('./mount.js')
globalThis.mounted = true
`,
  'src/mount.js': `import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { mount } from 'svelte'
import { createApp } from 'vue'
import './script.ts'
import { Component } from './Component.tsx'
import Setup from './Setup.vue'
import Instance from './Instance.svelte'
const place = () => document.body.appendChild(document.createElement('div'))
createApp(Setup).mount(place())
mount(Instance, { target: place() })
createRoot(place()).render(createElement(Component))
`,
  'src/script.ts': `${importSpawn}declare const globalThis: { quick: object; slow: object }\n${closures('script')}`,
  'src/Component.tsx': `${importSpawn}declare const globalThis: { quick: object; slow: object }
import { useState } from 'react'
export function Component() {
  const [shown] = useState('react')
${closures('react')}
  return <p>{shown}</p>
}
`,
  'src/Setup.vue': `<script setup lang="ts">\n${importSpawn}${closures('vue')}</script>\n<template><p>vue</p></template>\n`,
  'src/Instance.svelte': `<script lang="ts">\n${importSpawn}${closures('svelte')}</script>\n<p>svelte</p>\n`,
}

const edited: Record<string, string> = {
  script: 'src/script.ts',
  react: 'src/Component.tsx',
  vue: 'src/Setup.vue',
  svelte: 'src/Instance.svelte',
}

describe.each(versions)('%s', (version, load) => {
  test('the page keeps its state, the next spawn runs the new text, and a running thread ends on the old one', async () => {
    await using app = await writeApp(files, ['vue', 'svelte', 'react', 'react-dom'])
    const plugins = [experimentalThreads(), vue(), svelte({ configFile: false }), reactPlugin(version)]
    const server = await (await load()).createServer(configOf(app, { plugins }))
    onTestFinished(() => server.close())
    await server.listen()
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(server.resolvedUrls!.local[0]!)
    await page.waitForFunction(() => 'mounted' in globalThis && 'react' in (globalThis as unknown as Page).quick)
    await page.fill('#typed', 'state of the page')
    let loads = 0
    page.on('load', () => loads++)
    const quick = (name: string): Promise<string> =>
      page.evaluate((key) => (globalThis as unknown as Page).quick[key]!(), name)

    for (const [name, file] of Object.entries(edited)) {
      expect(await quick(name)).toBe(`one of ${name}`)
      await page.evaluate(async (key) => {
        const gate = new BroadcastChannel('gate')
        const waits = new Promise((resolve) => gate.addEventListener('message', resolve))
        ;(globalThis as unknown as Page).running = (globalThis as unknown as Page).slow[key]!()
        await waits
        gate.close()
      }, name)
      const text = await readFile(join(app.root, file), 'utf8')
      await writeFile(join(app.root, file), text.replaceAll(`'one '`, `'two '`))
      await expect.poll(() => quick(name), { timeout: 20_000 }).toBe(`two of ${name}`)
      await page.evaluate(() => {
        const gate = new BroadcastChannel('gate')
        gate.postMessage('open')
        gate.close()
      })
      expect(await page.evaluate(() => (globalThis as unknown as Page).running)).toBe(`one of ${name}`)
    }
    expect(await page.inputValue('#typed')).toBe('state of the page')
    expect(loads).toBe(0)
  })
})
