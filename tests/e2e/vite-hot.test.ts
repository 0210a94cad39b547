// Edits while a page of the dev server is open: what only threads use changes without a reload.

import { readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { configOf, versions, writeApp } from '../integration/apps/vite-tools.ts'
import { launchChromium } from '../tools/browser.mjs'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

interface Page {
  job(): Promise<string>
  slow(): Promise<string>
  count(): Promise<number>
  unrelated: string
  seen: string
  state: number
  finished: Promise<string>
}

const files = {
  'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
  'src/main.ts': `import './page.css'
import './accepting.ts'
import { count, job, slow, unrelated } from './job.ts'
Object.assign(globalThis, { count, job, slow, unrelated, state: Math.random() })
if (import.meta.hot) import.meta.hot.accept('./job.ts', (next) => Object.assign(globalThis, next))
`,
  'src/page.css': 'body { color: rgb(1, 1, 1) }\n',
  // Takes part in the page, and accepts what it imports.
  'src/accepting.ts': `import { shared } from './shared.ts'
Object.assign(globalThis, { seen: shared() })
if (import.meta.hot) import.meta.hot.accept()
`,
  'src/job.ts': `import { configure, spawn } from 'experimental-threads'
import { next } from './counter.ts'
import { shared } from './shared.ts'
import { styled } from './styled.ts'
import { word } from './word.ts'

configure({ maxThreads: 1 })

export const unrelated = 'here 1'

export const job = () => spawn(() => ['closure 1', word(), shared(), styled].join())

export const count = () => spawn(() => next())

export const slow = () =>
  spawn(async () => {
    const gate = new BroadcastChannel('gate')
    const opened = new Promise((resolve) => gate.addEventListener('message', resolve))
    gate.postMessage('waits')
    await opened
    gate.close()
    return word()
  })
`,
  'src/counter.ts': 'let n = 0\nexport const next = () => ++n\n',
  'src/shared.ts': `export const shared = () => 'shared 1'\n`,
  'src/styled.ts': `import './thread.css'\nexport const styled = 'styled 1'\n`,
  'src/thread.css': 'p { color: rgb(1, 1, 1) }\n',
  'src/word.ts': `export const word = () => 'word 1'\n`,
}

describe.each(versions)('%s', (_, load) => {
  test('edits that reach threads alone keep the page, and the next spawn runs the new text (case 199)', async () => {
    await using app = await writeApp(files)
    const server = await (await load()).createServer(configOf(app))
    onTestFinished(() => server.close())
    await server.listen()
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(server.resolvedUrls!.local[0]!)
    await page.waitForFunction(() => 'job' in globalThis)
    let loads = 0
    page.on('load', () => loads++)

    const job = (): Promise<string> => page.evaluate(() => (globalThis as unknown as Page).job())
    const count = (): Promise<number> => page.evaluate(() => (globalThis as unknown as Page).count())
    const read = (name: 'seen' | 'unrelated' | 'state'): Promise<unknown> =>
      page.evaluate((key) => (globalThis as unknown as Page)[key], name)
    const edit = async (file: string, from: string, to: string): Promise<void> => {
      const text = await readFile(join(app.root, file), 'utf8')
      expect(text).toContain(from)
      await writeFile(join(app.root, file), text.replace(from, to))
    }
    const state = await read('state')
    expect(await job()).toBe('closure 1,word 1,shared 1,styled 1')
    expect([await count(), await count()]).toEqual([1, 2])

    // An edit beside the closures: the page takes it, and the worker that was there goes on.
    await edit('src/job.ts', 'here 1', 'here 2')
    await expect.poll(() => read('unrelated')).toBe('here 2')
    expect(await count()).toBe(3)

    // This thread starts now and ends after all edits.
    await page.evaluate(async () => {
      const gate = new BroadcastChannel('gate')
      const waits = new Promise((resolve) => gate.addEventListener('message', resolve))
      ;(globalThis as unknown as Page).finished = (globalThis as unknown as Page).slow()
      await waits
      gate.close()
    })
    await edit('src/job.ts', 'closure 1', 'closure 2')
    await expect.poll(job).toBe('closure 2,word 1,shared 1,styled 1')
    // In a new worker, whose modules are new.
    expect(await count()).toBe(1)

    await edit('src/word.ts', 'word 1', 'word 2')
    await expect.poll(job).toBe('closure 2,word 2,shared 1,styled 1')

    await edit('src/shared.ts', 'shared 1', 'shared 2')
    await expect.poll(job).toBe('closure 2,word 2,shared 2,styled 1')
    await expect.poll(() => read('seen')).toBe('shared 2')

    await edit('src/thread.css', 'rgb(1, 1, 1)', 'rgb(2, 2, 2)')
    await edit('src/styled.ts', 'styled 1', 'styled 2')
    await expect.poll(job).toBe('closure 2,word 2,shared 2,styled 2')

    await edit('src/page.css', 'rgb(1, 1, 1)', 'rgb(2, 2, 2)')
    await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(2, 2, 2)')

    const finished = page.evaluate(() => (globalThis as unknown as Page).finished)
    await page.evaluate(() => {
      const gate = new BroadcastChannel('gate')
      gate.postMessage('open')
      gate.close()
    })
    expect(await finished).toBe('word 1')
    expect(await read('state')).toBe(state)
    expect(loads).toBe(0)
  })

  test('a module that is evaluated again finds its memory and its locks; a changed declaration is new memory', async () => {
    await using app = await writeApp({
      'index.html': '<!doctype html><body><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import './state.ts'\n`,
      'src/state.ts': `import { Global, Mutex, spawn } from 'experimental-threads'
const cells = new Global(new Int32Array(new SharedArrayBuffer(4)))
const lock = new Mutex()
Object.assign(globalThis, {
  edition: 1,
  add: () => spawn(() => Atomics.add(cells.value, 0, 1) + 1),
  length: () => spawn(() => cells.value.length),
  hold: async () => Object.assign(globalThis, { held: await lock.lock() }),
  isFree: () => lock.tryLock() !== undefined,
})
if (import.meta.hot) import.meta.hot.accept()
`,
    })
    const server = await (await load()).createServer(configOf(app))
    onTestFinished(() => server.close())
    await server.listen()
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const notices: string[] = []
    page.on('console', (message) => message.type() === 'warning' && notices.push(message.text()))
    await page.goto(server.resolvedUrls!.local[0]!)
    await page.waitForFunction(() => 'add' in globalThis)
    let loads = 0
    page.on('load', () => loads++)
    const call = (name: string): Promise<unknown> =>
      page.evaluate(async (key) => {
        const result = await (globalThis as unknown as Record<string, () => unknown>)[key]!()
        return typeof result === 'object' ? null : result
      }, name)
    const edit = async (from: string, to: string, edition: number): Promise<void> => {
      const file = join(app.root, 'src/state.ts')
      const text = await readFile(file, 'utf8')
      expect(text).toContain(from)
      await writeFile(file, text.replace(from, to).replace(/edition: \d/, `edition: ${edition}`))
      const arrives = (timeout: number): Promise<unknown> =>
        page.waitForFunction((wanted) => (globalThis as unknown as { edition: number }).edition === wanted, edition, {
          timeout,
        })
      // The watcher of Vite 7 can miss a write that comes milliseconds after another one: then the file is saved once more.
      await arrives(5000).catch(async () => {
        await utimes(file, new Date(), new Date())
        await arrives(30_000)
      })
    }

    expect([await call('add'), await call('add')]).toEqual([1, 2])
    await call('hold')
    await edit('edition', 'edition', 2)
    expect(await call('add')).toBe(3)
    expect(await call('isFree')).toBe(false)
    expect(notices).toEqual([])

    await edit('SharedArrayBuffer(4)', 'SharedArrayBuffer(8)', 3)
    expect([await call('add'), await call('length')]).toEqual([1, 2])
    expect(await call('isFree')).toBe(false)
    expect(notices).toEqual([expect.stringMatching(/the declaration of the Global cells has changed/)])
    expect(loads).toBe(0)
  })
})
