// examples/readme: the original's own text, in Node from both bundlers and in Chromium through Vite.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'
import { build, createServer } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'

import { launchChromium } from '../tools/browser.mjs'
import { exampleFolder, runNode, temporaryFolder } from './support/examples.ts'
import { serve } from './support/serve.ts'

const root = exampleFolder('readme')

/** What the main program prints. */
const PRINTED = [
  /^# hello\n(?:world\n)?0\.\d+/,
  /# bcrypt\n\$2b\$12\$[./A-Za-z0-9]{53}\n/,
  /# counter\n(?:1\n)?3\n/,
  /# nested-worker-mutex-locking\nNested Worker Mutex Locking \.\.\. ok\n# done\n$/,
]

test.each([
  ['hello.ts', 'de57e62361cee92cb95208b19994d9db3269f53c6d8422316b8758158dc7fd2b'],
  ['bcrypt.ts', 'f0a54b0ba362a5fb9bac41f4826a36182820aab71f7990ab8a107162a83f8318'],
  ['nested-worker-mutex-locking/shared.ts', 'ba5f5f9bf0541612cd4533fe782efc6965a28de5da42c3a62c80779dd08d1c2e'],
  ['nested-worker-mutex-locking/test.ts', '8f6cc4baca4bde469ef6f6ab5981f3aca2b89f8946ca6a39d82075fe1ee3a41f'],
])('%s is what its author wrote', async (file, sha256) => {
  const text = await readFile(join(root, 'src/original', file))
  expect(createHash('sha256').update(text).digest('hex')).toBe(sha256)
})

test('counter.ts is what its author wrote, and one line more', async () => {
  const text = await readFile(join(root, 'src/original/counter.ts'), 'utf8')
  const original = text.replace(/^ {2}guard\.unlock\(\); \/\/ added: .*\n/m, '')
  expect(original).not.toBe(text)
  expect(createHash('sha256').update(original).digest('hex')).toBe(
    'bf67348d344a8e9b7daed7b5b967b7416008f74cd593c52cae15d75acac7453c',
  )
})

describe('in Node', () => {
  test('built with esbuild', async ({ signal }) => {
    const built = await runNode('esbuild.mjs', { cwd: root, signal })
    expect(built).toMatchObject({ code: 0, stderr: '' })
    expectAll(await runNode('dist/esbuild/main.js', { cwd: root, signal }))
  })

  test('built with Vite', async ({ signal }) => {
    await build({ root, logLevel: 'warn', build: { ssr: 'src/main.ts', outDir: 'dist/ssr', emptyOutDir: true } })
    expectAll(await runNode('dist/ssr/main.js', { cwd: root, signal }))
  })

  function expectAll({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): void {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const part of PRINTED) expect(stdout).toMatch(part)
    // Printed by threads.
    expect(stdout).toContain('\nworld\n')
    expect(stdout).toContain('\n1\n')
  }
})

describe('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
    return () => browser.close()
  })

  test('built, under a strict policy', async () => {
    await using output = await temporaryFolder()
    await build({ root, logLevel: 'warn', build: { outDir: output.path, emptyOutDir: true } })
    const server = await serve(output.path, { base: '/sub/' })
    try {
      await expectPage(server.url)
      expect(server.missing.filter((path) => path !== '/favicon.ico')).toEqual([])
    } finally {
      await server.close()
    }
  })

  test('served by the dev server', async () => {
    const server = await createServer({ root, logLevel: 'warn', server: { host: '127.0.0.1', port: 0 } })
    try {
      await server.listen()
      await expectPage(server.resolvedUrls!.local[0]!)
    } finally {
      await server.close()
    }
  })

  async function expectPage(url: string): Promise<void> {
    const page = await browser.newPage()
    try {
      const lines: string[] = []
      // The dev server puts the thread's name before what threads print.
      page.on('console', (message) => lines.push(message.text().replace(/^\[\w+\] /, '')))
      await page.goto(url)
      const output = page.locator('pre')
      await output.getByText('# done').or(output.getByText('Error')).waitFor()
      const printed = await output.textContent()
      for (const part of PRINTED) expect(printed).toMatch(part)
      expect(lines).toEqual(expect.arrayContaining(['world', '1', '3']))
    } finally {
      await page.close()
    }
  }
})
