// What a program gets where something that it needs is missing: each lack has its code.

import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { launchChromium } from '../tools/browser.mjs'
import { temporaryFolder } from './support/examples.ts'
import { ISOLATION, serve } from './support/serve.ts'

const app = join(import.meta.dirname, 'platforms-app')

interface Outcome {
  spawned: unknown
  locked: unknown
}

let browser: Browser
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder()
  await build({
    entryPoints: [join(app, 'main.ts')],
    outdir: folder.path,
    bundle: true,
    splitting: true,
    format: 'esm',
    plugins: [experimentalThreads()],
  })
  await cp(join(app, 'index.html'), join(folder.path, 'index.html'))
  await cp(join(app, 'edge.mjs'), join(folder.path, 'edge.mjs'))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await folder?.[Symbol.asyncDispose]()
})

describe('a page', () => {
  /** What the page ends with when `before` has run in it first. */
  async function outcomeOf(before: () => void, headers: Record<string, string> = ISOLATION): Promise<Outcome> {
    const server = await serve(folder.path, { headers })
    const page = await browser.newPage()
    try {
      await page.addInitScript(before)
      await page.goto(server.url)
      const handle = await page.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome)
      return (await handle.jsonValue()) as Outcome
    } finally {
      await page.close()
      await server.close()
    }
  }

  test('that lacks nothing has threads and locks', async () => {
    expect(await outcomeOf(() => {})).toEqual({ spawned: 21 })
  })

  test('that is not isolated has threads, and no locks: E314', async () => {
    const { spawned, locked } = await outcomeOf(() => {}, {})
    expect(spawned).toBe(21)
    expect(locked).toMatchObject({ name: 'SharedMemoryError', code: 'E314' })
  })

  test('in a browser whose shared memory cannot grow has threads, and no locks: R551', async () => {
    const { spawned, locked } = await outcomeOf(() => {
      delete (SharedArrayBuffer.prototype as { grow?: unknown }).grow
    })
    expect(spawned).toBe(21)
    expect(locked).toMatchObject({ name: 'SharedMemoryError', code: 'R551' })
  })

  test('in a browser whose workers are no modules has none: R506', async () => {
    const { spawned } = await outcomeOf(() => {
      // Such browsers do not know the option, and take the module for a script.
      const Modern = Worker
      globalThis.Worker = class extends Modern {
        constructor(url: string | URL, { name }: WorkerOptions = {}) {
          super(url, { name: name! })
        }
      }
    })
    expect(spawned).toMatchObject({ name: 'WorkerStartError', code: 'R506' })
  })
})

describe('a platform without workers', () => {
  async function run(...words: string[]): Promise<{ outcome: Outcome; notices: string }> {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
    const args = [...flags, join(folder.path, 'edge.mjs'), './main.js', ...words]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const lines = stdout.trimEnd().split('\n')
    return { outcome: JSON.parse(lines.pop()!) as Outcome, notices: lines.join('\n') }
  }

  test('runs closures on the thread of the program, and says so: R550', async () => {
    const { outcome, notices } = await run()
    expect(outcome.spawned).toBe(21)
    expect(notices).toMatch(/^R550: .*$/)
  })

  test('that loads no modules at run time refuses them: R506', async () => {
    const { outcome } = await run('no-import')
    expect(outcome.spawned).toMatchObject({ name: 'WorkerStartError', code: 'R506', cause: 'no such module' })
  })
})
