// The configurations that the READMEs show, as they stand there: each is taken out, used in a small app, built and run. The packages are
// installed as npm would do it, copies of what is published and nothing else.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { serve } from '../e2e/support/serve.ts'
import { launchChromium } from '../tools/browser.mjs'
import { runNode, writeApp } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

interface Block {
  file: string
  language: string
  text: string
}

/** The fenced blocks of a Markdown file of the repository, below a heading where one is named. */
async function blocksOf(file: string, heading?: string): Promise<Block[]> {
  const text = await readFile(join(repository, file), 'utf8')
  const [, part = text] = heading === undefined ? [] : text.split(new RegExp(`^## ${heading}$`, 'm'))
  const section = heading === undefined ? part : part.split(/^## /m)[0]!
  return [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', block = '']) => ({
    file,
    language,
    text: block,
  }))
}

const files = {
  'src/main.ts': `import { Global, spawn } from 'experimental-threads'

const cell = new Global(new Int32Array(new SharedArrayBuffer(4)))
const start: number = 40

async function main(): Promise<string> {
  await spawn(() => Atomics.add(cell.value, 0, start))
  return 'seen ' + (await spawn(async () => cell.value[0]! + (await spawn(() => 2))))
}

void main()
  .catch((error: Error) => String(error.stack))
  .then((text) => {
    if (typeof document === 'object') document.body.dataset['result'] = text
    else console.log(text)
  })
`,
}
const shown = 'seen 42'

/** Our packages, and the folders that they lie in. */
const PACKAGES: Record<string, string> = {
  'experimental-threads': 'pkg/runtime',
  '@experimental-threads/compiler': 'pkg/compiler',
  'vite-plugin-experimental-threads': 'plugin-vite',
  'esbuild-plugin-experimental-threads': 'plugin-esbuild',
}
const OTHERS = ['@rollup/pluginutils', '@jridgewell/remapping', '@jridgewell/trace-mapping', '@swc/wasm-typescript']

async function install(more: Record<string, string> = {}): Promise<App> {
  const app = await writeApp({ ...files, ...more }, [...OTHERS, 'vite', 'vitest', 'esbuild', 'rollup', 'rolldown'])
  for (const [name, folder] of Object.entries(PACKAGES)) {
    const from = join(repository, folder)
    const to = join(app.root, 'node_modules', name)
    const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as { files: string[] }
    const published = ['package.json', ...manifest.files.filter((each) => !each.startsWith('!'))]
    await rm(to, { force: true })
    for (const each of published) {
      await mkdir(dirname(join(to, each)), { recursive: true })
      await cp(join(from, each), join(to, each), { recursive: true })
    }
  }
  return app
}

const page = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body><script type="module" src="${script}"></script>`

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

async function resultAt(url: string): Promise<string> {
  const opened = await browser.newPage()
  onTestFinished(() => opened.close())
  await opened.goto(url)
  const result = await opened.waitForFunction(() => document.body.dataset['result'])
  return (await result.jsonValue())!
}

/** Starts a program that serves, and gives the first address that it prints. It is ended before the app is removed. */
async function start(app: App, command: string[]): Promise<AsyncDisposable & { url: string }> {
  const child = spawn(process.execPath, command, {
    cwd: app.root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, 'exit')
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\/\/localhost:\d+\//.exec(line) ?? []
    if (url !== undefined) return { url, [Symbol.asyncDispose]: end }
  }
  throw new Error(`${command.join(' ')} printed no address`)
}

const vite = 'node_modules/vite/bin/vite.js'

const ofRoot = await blocksOf('README.md', 'Install')
const ofVite = await blocksOf('plugin-vite/README.md')
const ofEsbuild = await blocksOf('plugin-esbuild/README.md')

const isViteConfig = ({ text }: Block): boolean => text.startsWith('// vite.config.ts\n')
const isRollupConfig = ({ text }: Block): boolean => text.startsWith('// rollup.config.js\n')
const isEsbuildScript = ({ text }: Block): boolean => text.includes("from 'esbuild-plugin-experimental-threads'")
const isServing = ({ text }: Block): boolean => text.includes('serveIsolated(')
const isCommand = ({ language }: Block): boolean => language === 'sh'
/** What the matrix runs, which has these runtimes. */
const isOtherRuntime = ({ text }: Block): boolean => /^(?:\/\/|#).*\b(?:Bun|Deno)\b/i.test(text)

describe.each([...ofRoot, ...ofVite].filter(isViteConfig))('the Vite configuration of $file', ({ text }) => {
  const given = { 'vite.config.ts': text, 'index.html': page('/src/main.ts') }

  test('builds and previews pages, and serves them in development', async () => {
    await using app = await install(given)
    expect(await runNode(join(app.root, vite), { cwd: app.root, args: ['build'] })).toMatchObject({ code: 0 })
    for (const command of [['preview'], []]) {
      await using server = await start(app, [vite, ...command, '--port', '0'])
      expect(await resultAt(server.url)).toBe(shown)
    }
  })

  test('builds for Node', async () => {
    await using app = await install(given)
    const args = ['build', '--ssr', 'src/main.ts']
    expect(await runNode(join(app.root, vite), { cwd: app.root, args })).toMatchObject({ code: 0 })
    expect(await runNode(join(app.root, 'dist/main.js'))).toEqual({ code: 0, stdout: `${shown}\n`, stderr: '' })
  })

  test('is all that Vitest needs', async () => {
    await using app = await install({
      ...given,
      'src/main.test.ts': `import { spawn } from 'experimental-threads'
import { expect, test } from 'vitest'
test('runs a thread', async () => expect(await spawn(() => 6 * 7)).toBe(42))
`,
    })
    const cli = join(app.root, 'node_modules/vitest/vitest.mjs')
    const ran = await runNode(cli, { cwd: app.root, args: ['run'], env: { NO_COLOR: '1', VITEST: '' } })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/Tests +1 passed/) })
  })
})

describe.each(ofVite.filter(isRollupConfig))('the Rollup configuration of $file', ({ text }) => {
  test.each([
    ['rollup', 'node_modules/rollup/dist/bin/rollup'],
    ['rolldown', 'node_modules/rolldown/bin/cli.mjs'],
  ])('%s', async (_, command) => {
    const plain = files['src/main.ts']
      .replace(': number', '')
      .replace(': Promise<string>', '')
      .replaceAll('[0]!', '[0]')
    await using app = await install({
      'rollup.config.js': text,
      'src/main.js': plain.replace('(error: Error)', '(error)'),
    })
    const args = ['-c', 'rollup.config.js']
    expect(await runNode(join(app.root, command), { cwd: app.root, args })).toMatchObject({ code: 0 })
    expect(await runNode(join(app.root, 'dist/main.js'))).toEqual({ code: 0, stdout: `${shown}\n`, stderr: '' })
  })
})

describe.each([...ofRoot, ...ofEsbuild].filter(isEsbuildScript))('the esbuild script of $file', (block) => {
  test(block.text.split('\n').find((line) => /outfile|splitting|servedir/.test(line)) ?? 'builds', async () => {
    // Where the scripts put the app's code, and so where their pages look for it.
    const [, output = ''] = /(?:outdir|outfile): '([^']*)'/.exec(block.text)!
    const script = output.endsWith('.js') ? output : `${output}/main.js`
    const site = script.startsWith('site/') ? 'site' : '.'
    await using app = await install({
      'build.mjs': block.text,
      [`${site}/index.html`]: page(script.replace(/^site\//, '')),
    })
    if (isServing(block)) {
      await using server = await start(app, ['build.mjs'])
      expect(await resultAt(server.url)).toBe(shown)
      return
    }
    expect(await runNode(join(app.root, 'build.mjs'), { cwd: app.root })).toEqual({ code: 0, stdout: '', stderr: '' })
    const policy = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    const server = await serve(app.root, { headers: policy })
    onTestFinished(() => server.close())
    expect(await resultAt(server.url)).toBe(shown)
  })
})

describe.each(ofRoot.filter(isCommand))('the commands of $file', ({ text }) => {
  test.each(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')))('%s', async (line) => {
    const [program, ...words] = line.replace(/ +#.*$/, '').split(' ')
    if (program === 'npm') {
      const named = words.filter((word) => word !== 'install' && !word.startsWith('--'))
      expect(named.filter((name) => !Object.hasOwn(PACKAGES, name) && !OTHERS.includes(name))).toEqual([])
      return
    }
    expect(program).toBe('node')
    const file = words.at(-1)!
    await using app = await install({ [file]: files['src/main.ts'] })
    const ran = await runNode(join(app.root, file), { cwd: app.root, flags: words.slice(0, -1) })
    expect(ran).toEqual({ code: 0, stdout: `${shown}\n`, stderr: '' })
  })
})

test('no block of the installation is left out', () => {
  const runs = [isViteConfig, isEsbuildScript, isCommand, isOtherRuntime]
  expect(ofRoot.filter((block) => !runs.some((is) => is(block)))).toEqual([])
  expect(ofEsbuild.filter(({ text }) => /esbuild\.(?:build|context)\(/.test(text)).every(isEsbuildScript)).toBe(true)
  const found = [ofRoot.filter(isViteConfig), ofVite.filter(isViteConfig), ofVite.filter(isRollupConfig)]
  expect(found.map(({ length }) => length)).toEqual([1, 1, 1])
})
