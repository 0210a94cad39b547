// Files in other languages: what the plugin makes of what their compilers make.

import { join } from 'node:path'

import mdx from '@mdx-js/rollup'
import vue from '@vitejs/plugin-vue'
import { describe, expect, test } from 'vitest'
import experimentalThreads from 'vite-plugin-experimental-threads'

import { configOf, runNode, versions, writeApp } from './apps/vite-tools.ts'
import type { App, Vite } from './apps/vite-tools.ts'

const component = (script: string, attributes = 'setup lang="ts"'): string =>
  `<template>\n  <p>{{ 1 }}</p>\n</template>\n\n<script ${attributes}>\n${script}\n</script>\n`

async function write(text: string): Promise<App> {
  const main = `import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import App from './App.vue'
renderToString(createSSRApp(App)).then((html) => console.log(html))
`
  return writeApp({ 'src/App.vue': text, 'src/main.js': main }, ['vue'])
}

async function failureOf(vite: Vite, app: App): Promise<string> {
  const config = configOf(app, { plugins: [experimentalThreads(), vue()], build: { ssr: 'src/main.js' } })
  const error = await vite.build(config).then(
    () => new Error('the build went through'),
    (error: Error & { frame?: string }) => error,
  )
  return `${error.message}\n${(error as { frame?: string }).frame ?? ''}`
}

describe.each(versions)('%s', (_, load) => {
  test('a closure in a component runs on the server (case 226)', async () => {
    await using app = await write(
      component(`import { spawn } from 'experimental-threads'
const factor: number = 6
const product = await spawn(() => factor * 7)
console.log('product', product)`).replace('{{ 1 }}', '{{ product }}'),
    )
    const config = configOf(app, { plugins: [experimentalThreads(), vue()], build: { ssr: 'src/main.js' } })
    await (await load()).build(config)
    const { stdout, stderr, code } = await runNode(join(app.root, 'dist/main.js'))
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain('product 42')
    expect(stdout).toContain('<p>42</p>')
  })

  test('a diagnostic shows the line of the component', async () => {
    await using app = await write(
      component(`import { spawn } from 'experimental-threads'
let total = 0
const add = (n: number) => spawn(() => { total += n })
void add(1)`),
    )
    const message = await failureOf(await load(), app)
    expect(message).toContain('E101')
    expect(message).toContain('8 │ const add = (n: number) => spawn(() => { total += n })')
    expect(message).toMatch(/App\.vue\S*[: (]+8:/)
  })

  test('shared memory in a setup function is refused where it stands (case 226)', async () => {
    await using app = await write(
      component(`import { Global } from 'experimental-threads'
const cells = new Global(new Int32Array(new SharedArrayBuffer(4)))
void cells`),
    )
    const message = await failureOf(await load(), app)
    expect(message).toMatch(/E30[12]/)
    expect(message).toContain('7 │ const cells = new Global(')
    expect(message).toMatch(/App\.vue\S*[: (]+7:/)
  })

  test('a page of MDX may spawn while it is rendered on the server (case 226)', async () => {
    await using app = await writeApp(
      {
        'src/Page.mdx': `import { spawn } from 'experimental-threads'

export const load = (n) => spawn(() => n * 2)

# Hello
`,
        'src/main.js': `import Page, { load } from './Page.mdx'
load(21).then((n) => console.log(n, typeof Page))
`,
      },
      ['react'],
    )
    const config = configOf(app, { plugins: [experimentalThreads(), mdx()], build: { ssr: 'src/main.js' } })
    await (await load()).build(config)
    expect(await runNode(join(app.root, 'dist/main.js'))).toMatchObject({
      stdout: '42 function\n',
      stderr: '',
      code: 0,
    })
  })
})
