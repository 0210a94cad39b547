// The option `inline`: output of a single file, which holds what its workers run.

import { readdirSync } from 'node:fs'

import type { BuildOptions } from 'esbuild'
import * as esbuild from 'esbuild'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Browser } from 'playwright-core'

import { serve } from '../e2e/support/serve.ts'
import { launchChromium } from '../tools/browser.mjs'
import { runNode } from './apps/vite-tools.ts'
import { failureOf, outputOf, project } from './esbuild-project.ts'
import { app, printed } from './esbuild-program.ts'

const inline = { inline: true }

const formats: { name: string; options: BuildOptions }[] = [
  { name: 'esm', options: { format: 'esm', outfile: 'out/main.mjs' } },
  { name: 'esm with splitting', options: { format: 'esm', splitting: true, outExtension: { '.js': '.mjs' } } },
  { name: 'cjs, minified', options: { format: 'cjs', outfile: 'out/main.cjs', minify: true } },
  { name: 'iife', options: { format: 'iife', outfile: 'out/main.cjs' } },
]

describe('a program runs in Node from one file', () => {
  test.each(formats)('$name', async ({ options }) => {
    const target = project(app)
    const { metafile } = await target.build(options, inline)
    // Splitting is the app's own choice, and threads add nothing to it.
    if (options.splitting !== true) expect(readdirSync(target.path('out'))).toHaveLength(1)
    expect(Object.values(metafile.outputs).filter(({ entryPoint }) => /[?]spawn=/.test(entryPoint ?? ''))).toEqual([])
    const main = outputOf(metafile, 'src/main.ts')
    expect(await target.run(main)).toEqual({ stdout: printed, stderr: '', code: 0 })
  })

  test('and threads have its arguments, as where workers have files', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
import { port } from './port'
void spawn(() => [port, ...process.argv]).then((there) => console.log(JSON.stringify([there, [port, ...process.argv]])))
`,
      'src/port.ts': `import { parseArgs } from 'node:util'
export const port = parseArgs({ options: { port: { type: 'string' } } }).values.port
`,
    })
    for (const plugin of [inline, {}]) {
      await target.build({ format: 'esm', outfile: 'out/main.mjs' }, plugin)
      const file = target.path('out/main.mjs')
      const { stdout } = await runNode(file, { args: ['--port', '80'] })
      const read = ['80', process.execPath, file, '--port', '80']
      expect(JSON.parse(stdout)).toEqual([read, read])
    }
  })

  test('also without workers', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
process.env['EXPERIMENTAL_THREADS'] = '0'
const far = (n: number) => spawn(() => n + 1)
void far(41).then((n) => console.log(n))
`,
    })
    await target.build({ format: 'esm', outfile: 'out/main.mjs' }, inline)
    expect((await target.run('out/main.mjs')).stdout).toMatch(/^42$/m)
  })

  test('modules that closures share are there once, and keep their state; a package may ask for what Node has', async () => {
    const target = project({
      'src/main.ts': `import { configure, spawn } from 'experimental-threads'
import { next } from './count'
import { sep } from 'paths'
configure({ maxThreads: 1 })
const main = async () => [await spawn(() => next()), await spawn(() => next() * 10), await spawn(() => sep)]
void main().then((all) => console.log(JSON.stringify(all)))
`,
      'src/count.ts': `let count = 0\nexport const next = () => ++count\n`,
      'node_modules/paths/package.json': JSON.stringify({ name: 'paths', version: '1.0.0' }),
      'node_modules/paths/index.js': `exports.sep = require('path').posix.sep\n`,
    })
    await target.build({ format: 'cjs', outfile: 'out/main.cjs' }, inline)
    expect(await target.run('out/main.cjs')).toEqual({ stdout: '[1,20,"/"]\n', stderr: '', code: 0 })
  })

  test('stacks name the file, not its text, and the place of the spawn', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'

void spawn(() => {
  throw new Error('thrown')
}).catch((error: Error) => console.log(error.stack))
`,
    })
    await target.build({ format: 'esm', outfile: 'out/main.mjs' }, inline)
    const { stdout } = await target.run('out/main.mjs')
    expect(stdout).toMatch(/^Error: thrown\n +at \S+\/out\/main\.mjs\?threads:\d+:\d+\n/)
    expect(stdout).toMatch(/^ +at spawn \(src\/main\.ts:3:6\)$/m)
  })
})

test('rebuilds follow closures and what only closures use', async () => {
  const target = project({
    'src/main.ts': `import './a'\n`,
    'src/a.ts': `import { spawn } from 'experimental-threads'\nimport { word } from './word'\nvoid spawn(() => word).then((text) => console.log(text))\n`,
    'src/word.ts': `export const word = 'one'\n`,
  })
  const context = await esbuild.context(target.options({ format: 'cjs', outfile: 'out/main.cjs' }, inline))
  onTestFinished(() => context.dispose())
  const run = async (): Promise<string> => {
    await context.rebuild()
    return (await target.run('out/main.cjs')).stdout
  }
  expect(await run()).toBe('one\n')
  target.write({ 'src/word.ts': `export const word = 'two'\n` })
  expect(await run()).toBe('two\n')
  target.write({ 'src/a.ts': `console.log('none')\n` })
  expect(await run()).toBe('none\n')
  target.write({
    'src/a.ts': `import { spawn } from 'experimental-threads'\nvoid spawn(() => 'three').then((text) => console.log(text))\n`,
  })
  expect(await run()).toBe('three\n')
})

test('E470: what would have to lie beside the file is refused', async () => {
  const target = project({
    'src/main.ts': `import { spawn } from 'experimental-threads'
import { job } from 'jobs'
import asset from './data.txt'
void spawn(() => [job, asset])
`,
    'src/data.txt': 'data',
    'node_modules/jobs/package.json': JSON.stringify({ name: 'jobs', version: '1.0.0', type: 'module', main: 'i.js' }),
    'node_modules/jobs/i.js': 'export const job = 1\n',
  })
  const options: BuildOptions = {
    format: 'cjs',
    outfile: 'out/main.cjs',
    external: ['jobs'],
    loader: { '.txt': 'file' },
  }
  const { errors } = await failureOf(target.build(options, inline))
  expect(errors.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^E470: .* needs `data-\w+\.txt`, which is a file of its own$/),
    'E470: the code of threads is inlined into one file, but it needs `jobs`, which is a file of its own',
  ])
})

describe('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())

  test.each(['iife', 'esm'] as const)('%s, under a policy that allows `blob:` for workers alone', async (format) => {
    const target = project({
      'src/main.ts': `import { Global, spawn } from 'experimental-threads'
const cell = new Global(new Int32Array(new SharedArrayBuffer(4)))
const nested = () => spawn(async () => { cell.value[0] = 40; return spawn(() => typeof document) })
nested().then(
  (where) => (document.body.dataset['result'] = where + cell.value[0]),
  (error: Error) => (document.body.dataset['result'] = String(error.stack)),
)
`,
      'site/index.html': `<!doctype html><meta charset="utf-8"><body><script ${format === 'esm' ? 'type="module"' : 'defer'} src="main.js"></script>`,
    })
    await target.build({ platform: 'browser', format, outfile: 'site/main.js', minify: true }, inline)
    const server = await serve(target.path('site'), {
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
        'Content-Security-Policy': "default-src 'self'; script-src 'self'; worker-src blob:",
      },
    })
    onTestFinished(() => server.close())
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(server.url)
    const result = await page.waitForFunction(() => document.body.dataset['result'])
    expect(await result.jsonValue()).toBe('undefined40')
  })
})
