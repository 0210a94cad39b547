// Vitest as users run it: a project of its own whose tests call code with `spawn`, and no setting but the plugin.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { findChromium } from '../tools/browser.mjs'
import { lineOf, writeApp } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'

const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

const job = `import { spawn } from 'experimental-threads'
import ms from 'ms'
import { shout } from './shout.ts'

const rate = 7

export async function run(start: number): Promise<unknown[]> {
  return spawn(async () => [shout('é日😀'), start * rate, await spawn(() => ms('2 days') + start)])
}

export async function fail(): Promise<void> {
  await spawn((): void => {
    throw new RangeError('thrown in a thread')
  })
}

export function forever(): void {
  void spawn(() => new Promise<never>(() => {}))
}
`

const tests = `import { expect, test, vi } from 'vitest'
import { fail, forever, run } from './job.ts'
import { twice } from 'helper'

vi.mock('./shout.ts', () => ({ shout: () => 'mocked' }))

test('runs', async () => {
  // Another thread has modules of its own, without mocks.
  expect(await run(3)).toEqual(['é日😀!', 21, 172800003])
})

test('runs what a package ships as it was written', async () => {
  expect(await twice(21)).toBe(42)
})

test('fails', async () => {
  const error = await fail().catch((error: Error) => error)
  expect(error).toBeInstanceOf(RangeError)
  console.log('STACK ' + JSON.stringify((error as Error).stack))
})

test('leaves a thread behind', () => forever())
`

function configFor(settings: object): string {
  return `import experimentalThreads from 'vite-plugin-experimental-threads'
import { defineConfig } from 'vitest/config'
export default defineConfig({ plugins: [experimentalThreads()], test: ${JSON.stringify(settings)} })
`
}

async function write(config: string): Promise<App> {
  return writeApp(
    {
      'vitest.config.ts': config,
      'src/job.ts': job,
      'src/job.test.ts': tests,
      'package.json': JSON.stringify({
        name: 'app',
        version: '1.0.0',
        type: 'module',
        dependencies: { helper: '3.0.0' },
      }),
      'node_modules/helper/package.json': JSON.stringify({
        name: 'helper',
        version: '3.0.0',
        type: 'module',
        main: 'index.js',
        peerDependencies: { 'experimental-threads': '*' },
      }),
      'node_modules/helper/index.js': `import { spawn } from 'experimental-threads'\nimport { two } from './two.js'\nexport const twice = (n) => spawn(() => n * two)\n`,
      'node_modules/helper/two.js': 'export const two = 2\n',
      'src/shout.ts': `export const shout = (text: string): string => text + '!'\n`,
    },
    [
      'ms',
      'vitest',
      'vite',
      'vite-plugin-experimental-threads',
      'happy-dom',
      '@vitest/browser-playwright',
      'playwright',
    ],
  )
}

interface Ran {
  code: number | string | null
  output: string
}

/** Runs Vitest to its end; one that hangs is ended after a minute and a half, and then has no exit code. */
function runVitest(app: App, ...flags: string[]): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' }
  return new Promise((resolve) => {
    const command = [cli, 'run', '--reporter=verbose', ...flags]
    const child = execFile(
      process.execPath,
      command,
      { cwd: app.root, timeout: 90_000, env },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : (error.code ?? null), output: stdout + stderr }),
    )
    onTestFinished(() => void child.kill())
  })
}

async function expectGreen(app: App, { code, output }: Ran): Promise<void> {
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Tests +4 passed/) })
  expect(output).not.toMatch(/Unhandled|close timed out|did not exit|something prevents/i)
  const line = await lineOf(join(app.root, 'src/job.ts'), 'throw new RangeError')
  const stack = /STACK (".*")/.exec(output)?.[1] ?? '""'
  expect(JSON.parse(stack)).toMatch(new RegExp(`job\\.ts\\S*:${line}:\\d+`))
}

describe('a test that calls code with `spawn` needs nothing but the plugin', () => {
  test.each([
    ['forks', { pool: 'forks' }],
    ['threads', { pool: 'threads' }],
    ['vmThreads', { pool: 'vmThreads' }],
    ['vmForks', { pool: 'vmForks' }],
    ['forks without isolation', { pool: 'forks', isolate: false }],
    ['happy-dom', { environment: 'happy-dom' }],
  ])('%s', async (_, settings) => {
    await using app = await write(configFor(settings))
    await expectGreen(app, await runVitest(app))
  })
})

test('in browser mode threads are workers of the browser', async () => {
  const config = `import { playwright } from '@vitest/browser-playwright'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { defineConfig } from 'vitest/config'
const launchOptions = { executablePath: ${JSON.stringify(findChromium())}, args: ['--no-sandbox'] }
export default defineConfig({
  plugins: [experimentalThreads()],
  test: {
    browser: { enabled: true, headless: true, screenshotFailures: false, provider: playwright({ launchOptions }), instances: [{ browser: 'chromium' }] },
  },
})
`
  await using app = await write(config)
  const file = join(app.root, 'src/job.test.ts')
  // Frames of a browser name URLs of the server.
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^test\('leaves[^]*/m, ''))
  const { code, output } = await runVitest(app)
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Tests +3 passed/) })
})
