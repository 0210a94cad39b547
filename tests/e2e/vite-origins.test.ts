// Built pages whose policy, origin or addresses are not the usual ones.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { configOf, serveFolder, versions, writeApp } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

type Outcome = Record<string, unknown>

async function outcomeOf(page: Page | Frame): Promise<Outcome | undefined> {
  const handle = await page.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome)
  return handle.jsonValue()
}

/** Needs no shared memory, and each of these needs a part of the runtime that is loaded when it is used. */
const PARTS = {
  'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
  'src/main.ts': `import { callback, parallelMap, spawn } from 'experimental-threads'
class Pair { constructor(public a: number, public b: number) {} }
async function main() {
  const pair = new Pair(1, 2)
  const back = await spawn(() => new Pair(pair.b, pair.a))
  const failed = await spawn((): void => { throw new RangeError('thrown') }).catch((error) => error instanceof RangeError)
  const yielded: number[] = []
  for await (const value of spawn(function* () { yield 1; yield 2 })) yielded.push(value)
  const plus = callback((value: number) => value + 1)
  return { back: back instanceof Pair && back.a, failed, yielded, called: await spawn(() => plus(1)), mapped: await parallelMap([1, 2], (x) => x * 2) }
}
void main().catch((error) => ({ error: String(error.stack) })).then((outcome) => Object.assign(globalThis, { outcome }))
`,
}
const PARTS_OUTCOME = { back: 2, failed: true, yielded: [1, 2], called: 2, mapped: [2, 4] }

const ANYONE = { 'Access-Control-Allow-Origin': '*' }

describe.each(versions)('%s', (_, load) => {
  test('threads start where scripts must be of trusted types, and R506 has the reason where their policy is forbidden', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import { spawn } from 'experimental-threads'
void spawn(() => 'done').then(
  (said) => ({ said }),
  (error) => ({ code: error.code, cause: String(error.cause) }),
).then((outcome) => Object.assign(globalThis, { outcome }))
`,
    })
    await (await load()).build(configOf(app))
    const policy = "script-src 'self'; worker-src 'self'; require-trusted-types-for 'script'"
    for (const [allowed, wanted] of [
      ['', { said: 'done' }],
      ['; trusted-types experimental-threads#worker', { said: 'done' }],
      ["; trusted-types 'none'", { code: 'R506', cause: expect.stringContaining('TrustedScriptURL') }],
    ] as const) {
      const server = await serveFolder(join(app.root, 'dist'), '/', { 'Content-Security-Policy': policy + allowed })
      const page = await browser.newPage()
      try {
        await page.goto(server.url)
        expect(await outcomeOf(page)).toEqual(wanted)
      } finally {
        await page.close()
        await server.close()
      }
    }
  })

  test('a default policy of the page is asked, and no other is made', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import { spawn } from 'experimental-threads'
const asked: string[] = []
const { trustedTypes } = globalThis as any
trustedTypes.createPolicy('default', { createScriptURL: (url: string) => (asked.push(url), url) })
void spawn(() => 'done').then((said) => Object.assign(globalThis, { outcome: { said, asked: asked.length > 0 } }))
`,
    })
    await (await load()).build(configOf(app))
    const server = await serveFolder(join(app.root, 'dist'), '/', {
      'Content-Security-Policy': "script-src 'self'; require-trusted-types-for 'script'; trusted-types default",
    })
    const page = await browser.newPage()
    try {
      await page.goto(server.url)
      expect(await outcomeOf(page)).toEqual({ said: 'done', asked: true })
    } finally {
      await page.close()
      await server.close()
    }
  })

  test('a sandboxed frame, which has an origin of its own, has threads', async () => {
    await using app = await writeApp(PARTS)
    await (await load()).build(configOf(app, { base: './' }))
    const server = await serveFolder(join(app.root, 'dist'), '/', ANYONE)
    await writeFile(
      join(app.root, 'dist/outer.html'),
      '<!doctype html><iframe sandbox="allow-scripts" src="index.html"></iframe>',
    )
    const page = await browser.newPage()
    try {
      await page.goto(`${server.url}outer.html`)
      const frame = page.frames()[1]!
      expect(await outcomeOf(frame)).toEqual(PARTS_OUTCOME)
      expect(await frame.evaluate(() => origin)).toBe('null')
    } finally {
      await page.close()
      await server.close()
    }
  })

  test('addresses that only the page can compute (`experimental.renderBuiltUrl`) keep no part of the runtime from workers', async () => {
    await using app = await writeApp(PARTS)
    const dist = join(app.root, 'dist')
    const cdn = await serveFolder(dist, '/', ANYONE)
    const site = await serveFolder(dist, '/', {})
    const renderBuiltUrl = (file: string, { hostType }: { hostType: string }): string | { runtime: string } =>
      hostType === 'js' ? { runtime: `window.onCdn(${JSON.stringify(file)})` } : cdn.url + file
    const page = await browser.newPage()
    try {
      await (await load()).build(configOf(app, { experimental: { renderBuiltUrl } }))
      const index = join(dist, 'index.html')
      const head = `<script>window.onCdn = (file) => ${JSON.stringify(cdn.url)} + file</script>`
      await writeFile(index, (await readFile(index, 'utf8')).replace('<script', `${head}<script`))
      await page.goto(site.url)
      expect(await outcomeOf(page)).toEqual(PARTS_OUTCOME)
    } finally {
      await page.close()
      await site.close()
      await cdn.close()
    }
  })
})
