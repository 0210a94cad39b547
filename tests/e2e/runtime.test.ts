// The runtime alone, in a real browser: worker modules written by hand, bundled by esbuild, under a strict policy.

import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { launchChromium } from '../tools/browser.mjs'
import { BROWSERS } from './support/browsers.ts'
import type { Started } from './support/browsers.ts'
import { temporaryFolder } from './support/examples.ts'
import type { FileServer } from './support/serve.ts'
import { ISOLATION, serve, STRICT_POLICY } from './support/serve.ts'

const app = join(import.meta.dirname, 'runtime-app')
const POLICY = { 'Content-Security-Policy': STRICT_POLICY }

let browser: Browser
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder()
  await build({
    entryPoints: ['page.js', 'worker.js', 'chunks.js', 'make.js'].map((name) => join(app, name)),
    outdir: folder.path,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    external: ['./chunks.js?run=*', './missing.js'],
  })
  // Each by itself: esbuild puts what one entry loads later into a file that another entry loads at once.
  for (const name of ['alone.js', 'worker.js', 'chunks.js']) {
    await build({
      entryPoints: [join(app, name)],
      outdir: join(folder.path, 'alone'),
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      external: ['./chunks.js?run=*'],
    })
  }
  // In one file, so that the polyfill runs before the runtime: chunks that are shared would run first.
  const entryPoints = ['polyfilled-worker.js', 'faulty-worker.js'].map((name) => join(app, name))
  await build({ entryPoints, outdir: folder.path, bundle: true, format: 'esm', minify: true })
  await cp(join(app, 'index.html'), join(folder.path, 'index.html'))
  await cp(join(app, 'alone.html'), join(folder.path, 'alone', 'index.html'))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await folder?.[Symbol.asyncDispose]()
})

const pages = BROWSERS.flatMap(([name, start]) => [
  { name, start, kind: 'isolated', headers: { ...ISOLATION, ...POLICY } },
  { name, start, kind: 'not isolated', headers: POLICY },
])

describe.each(pages)('in $name, a page that is $kind', ({ name, start, kind, headers }) => {
  let server: FileServer
  let started: Started
  let page: Awaited<ReturnType<Started['newPage']>>

  beforeAll(async () => {
    server = await serve(folder.path, { base: '/sub/', headers })
    started = await start()
    page = await started.newPage()
    await page.goto(server.url)
    expect(await page.evaluate('crossOriginIsolated')).toBe(kind === 'isolated')
  })

  afterAll(async () => {
    await page?.close()
    await started?.close()
    await server?.close()
  })

  // As JSON, in which each driver gives the same.
  const run = async (scenario: string): Promise<unknown> =>
    JSON.parse(await page.evaluate<string>(`Promise.resolve(scenario('${scenario}')).then(JSON.stringify)`))

  test('sends, moves and returns values', async () => {
    expect(await run('values')).toEqual([3, 4, 0, 2, 3, 'C'])
  })

  test('lets threads spawn threads deeper than there are workers', async () => {
    expect(await run('nested')).toBe(34)
  })

  test('settles thousands of threads', async () => {
    expect(await run('many')).toBe(true)
  })

  test('gives each answer to who spawns and awaits, and lets timers fire meanwhile', async () => {
    expect(await run('loop')).toEqual({ right: true, ticks: true })
  })

  test('rejects what fails, each with its error and the place of the spawn, and goes on', async () => {
    const site = '    at spawn (src/a.ts:12:8)'
    const crashed = { name: 'WorkerTerminatedError', code: 'R504', site }
    const address = (name: string): string => `${server.url}${name}`
    expect(await run('failures')).toEqual({
      thrown: { name: 'RangeError', code: 'E_FAR', cause: '[object Object]', site },
      uncaught: { ...crashed, cause: 'RangeError' },
      closed: { ...crashed, cause: 'undefined' },
      missing: { name: 'ChunkLoadError', code: 'R505', cause: 'TypeError', address: address('missing.js'), site },
      broken: {
        name: 'ChunkLoadError',
        code: 'R505',
        cause: 'TypeError',
        address: address('chunks.js?run=broken'),
        site,
      },
      after: 3,
    })
  })

  test('tells what has ended before what comes next ends its worker', async () => {
    expect(await run('prompt')).toEqual([50, 'R504'])
  })

  test('rejects what cannot be sent back, what is aborted, and what a worker takes with it', async () => {
    expect(await run('moreFailures')).toEqual({
      result: 'R503',
      thrown: 'R514',
      callback: 'RangeError',
      aborted: [true, true],
      item: ['RangeError', 1],
      // Only Chromium tells of the end of a worker after what it has said by other ports.
      stream: [name === 'Chromium' ? [0, 1, 2] : expect.any(Array), 'R504'],
      nested: 'R504',
    })
  })

  test('refuses an element of the page at the call', async () => {
    expect(await run('unsendable')).toMatch(
      /^cannot send "a\.element" \(a HTMLBodyElement\), captured at src\/a\.ts:12:8: it stands for something/,
    )
  })

  test('ends a worker that does not let go after an abort', async () => {
    expect(await run('hog')).toEqual(['enough', 3])
  })

  test('runs a dedicated thread, which may block where there is shared memory', async () => {
    expect(await run('dedicated')).toBe(true)
  })

  test('runs tasks and parallelMap', async () => {
    expect(await run('tasks')).toEqual([3, 3, [1, 4, 9], [1, 4, 9], 3])
  })

  test('streams what generators yield, and closes them', async () => {
    expect(await run('streams')).toEqual([[0, 1, 2], 'all', ['closed', 'closed', 'closed'], 'enough'])
  })

  test('lets threads call back', async () => {
    // Firefox keeps no order among ports: the thread's promise waits for the last of the calls that nobody awaits.
    expect(await run('callbacks')).toEqual([1500, ['a!', 'b!'], 'R562'])
  })

  test('ends threads together', async () => {
    expect(await run('scopes')).toEqual(['RangeError', 'AbortError'])
  })

  test('lets a loop see its abort', async () => {
    expect(await run('poll')).toBe(true)
  })

  test('says to neighbours of a worker that was ended what ended it, and runs elsewhere what had not started', async () => {
    const [waiting, cause, unstarted] = (await run('neighbours')) as unknown[]
    expect([waiting, cause]).toEqual(['R504', 'R516'])
    expect(kind === 'isolated' ? [3] : [3, 'R504']).toContain(unstarted)
  })

  test('says who has the workers when a dedicated thread gets none', async () => {
    expect(await run('noWorkerLeft')).toEqual(['R511', 2])
  })

  test('rejects threads whose values cannot be made, and goes on', async () => {
    expect(await run('notMade')).toEqual(['R518', 'TypeError', 'R518', 3])
  })

  test('rejects exactly the thread whose message could not be read', async () => {
    expect(await run('unreadable')).toEqual(['R510', 3, 'R510', 'R504', 3])
  })

  test('rejects what comes of a class that does not load, tears, or is not known', async () => {
    const failures = [
      ['R519', 'TypeError'],
      ['R520', 'RangeError'],
      ['R521', 'undefined'],
    ]
    expect(await run('classes')).toEqual([...failures, 3])
  })

  test('moves streams and canvases', async () => {
    // Safari moves no streams.
    if (name === 'WebKit') await expect(run('moved')).rejects.toThrow('SendError: cannot send "a"')
    else expect(await run('moved')).toEqual(['abcdef', [1, 2, 3, 255]])
  })

  test('throws for an address that cannot be read', async () => {
    expect(await run('addresses')).toBe('R509')
  })

  test('replaces workers whose heap has grown, where the browser tells', async () => {
    expect(await run('heavy')).toEqual([[1, 2, 3], true])
  })

  test('tells of a failure that nobody looks at, with the place of the spawn', async () => {
    expect(await run('nobodyLooks')).toEqual(['RangeError', '    at spawn (src/a.ts:12:8)'])
  })

  test('ends what runs and what waits at the deadline of a shutdown', async () => {
    expect(await run('deadline')).toEqual(['R504', 'R512', 0])
  })

  test('keeps to its bounds, works without workers, and ends when it is told', async () => {
    expect(await run('limits')).toEqual([[null, 'R540'], 5, 'R512', 'R504', 3])
  })

  test('ends all workers at shutdown', async () => {
    expect(await run('end')).toBe(0)
  })

  test('says when the worker cannot be started', async () => {
    const other = await started.newPage()
    try {
      await other.goto(`${server.url}?worker=./no-such-worker.js`)
      const failure = await other.evaluate("scenario('workerMissing')")
      expect(failure).toMatchObject({ name: 'WorkerStartError', code: 'R506' })
    } finally {
      await other.close()
    }
  })
})

describe('a page that the browser keeps while the user is elsewhere', () => {
  test.each([
    ['isolated', ISOLATION],
    ['not isolated', {}],
  ])('goes on with its threads when it comes back: %s', async (_, headers) => {
    const server = await serve(folder.path, { headers })
    // Playwright turns this off.
    const keeping = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    try {
      const page = await keeping.newPage()
      const run = (name: string): Promise<unknown> =>
        page.evaluate((given) => (globalThis as unknown as { scenario(name: string): unknown }).scenario(given), name)
      await page.goto(server.url)
      await run('begin')
      await page.goto(`${server.url}?elsewhere`)
      await page.goBack({ waitUntil: 'commit' })
      expect(await run('goOn')).toEqual([true, true, 'waited', 3])
    } finally {
      await keeping.close()
      await server.close()
    }
  })
})

test('a thread that uses up the memory of its worker takes the page with it, as in any page with workers', async () => {
  const server = await serve(folder.path)
  const small = await launchChromium({ args: ['--js-flags=--max-old-space-size=64'] })
  try {
    const page = await small.newPage()
    await page.goto(server.url)
    const crashed = new Promise((resolve) => page.on('crash', () => resolve('crashed')))
    const settled = page.evaluate(() =>
      (globalThis as unknown as { scenario(name: string): unknown }).scenario('hoard'),
    )
    expect(await Promise.race([crashed, settled])).toBe('crashed')
    await expect(settled).rejects.toThrow('crashed')
  } finally {
    await small.close()
    await server.close()
  }
})

describe('a worker', () => {
  let server: FileServer
  let elsewhere: FileServer

  beforeAll(async () => {
    server = await serve(folder.path, { headers: {} })
    elsewhere = await serve(folder.path, { headers: { 'Access-Control-Allow-Origin': '*' } })
  })

  afterAll(async () => {
    await server?.close()
    await elsewhere?.close()
  })

  /** Runs one scenario in a page of its own; also gives how many blob URLs the page then has. */
  async function run(worker: string, name: string): Promise<[result: unknown, made: number, left: number]> {
    const page = await browser.newPage()
    await page.addInitScript(() => {
      const { createObjectURL, revokeObjectURL } = URL
      const counts = ((globalThis as unknown as { blobs: object }).blobs = { made: 0, left: new Set<string>() })
      URL.createObjectURL = (blob) => {
        const url = createObjectURL(blob)
        counts.made++
        counts.left.add(url)
        return url
      }
      URL.revokeObjectURL = (url) => {
        counts.left.delete(url)
        revokeObjectURL(url)
      }
    })
    try {
      await page.goto(`${server.url}?worker=${encodeURIComponent(worker)}`)
      return await page.evaluate(async (given) => {
        const { scenario, blobs } = globalThis as unknown as {
          scenario(name: string): Promise<unknown>
          blobs: { made: number; left: Set<string> }
        }
        const result = await scenario(given)
        return [result, blobs.made, blobs.left.size] as [unknown, number, number]
      }, name)
    } finally {
      await page.close()
    }
  }

  test('is one too where a package has defined `document`', async () => {
    expect(await run('./polyfilled-worker.js', 'nested')).toEqual([34, 0, 0])
  })

  test('may come from another origin, and leaves no blob behind', async () => {
    expect(await run(`${elsewhere.url}worker.js`, 'many')).toEqual([true, 2, 0])
  })

  test('leaves no blob behind when it does not start', async () => {
    const [failure, made, left] = await run(`${elsewhere.url}no-such-worker.js`, 'workerMissing')
    expect(failure).toMatchObject({ name: 'WorkerStartError', code: 'R506' })
    expect([made, left]).toEqual([1, 0])
  })

  test('that the page refuses at once gives the same error', async () => {
    expect((await run('./worker.js', 'workerRefused'))[0]).toMatchObject({
      name: 'WorkerStartError',
      code: 'R506',
      cause: 'SecurityError',
    })
  })
})

describe('a page with nothing but `spawn`', () => {
  async function run(blocked: RegExp | null): Promise<[result: unknown, asked: string[]]> {
    const server = await serve(folder.path)
    const page = await browser.newPage()
    const asked: string[] = []
    page.on('request', (request) => void asked.push(request.url().replace(/^.*\//, '')))
    try {
      if (blocked !== null) await page.context().route(blocked, (route) => route.abort())
      await page.goto(`${server.url}alone/`)
      const scenario = (): unknown => (globalThis as unknown as { scenario(): unknown }).scenario()
      return [await page.evaluate(scenario), asked]
    } finally {
      await page.close()
      await server.close()
    }
  }

  test('throws where no module has told where workers come from', async () => {
    const server = await serve(folder.path)
    const page = await browser.newPage()
    try {
      await page.goto(`${server.url}alone/?no-boot`)
      const refused = await page.evaluate(() => (globalThis as unknown as { noBoot(): unknown }).noBoot())
      expect(refused).toEqual(['R508', expect.stringContaining('src/a.ts:12:8')])
    } finally {
      await page.close()
      await server.close()
    }
  })

  test('loads what reads errors when there is one', async () => {
    const thrown = ['RangeError', 'E_FAR', undefined]
    const [result, asked] = await run(null)
    expect(result).toEqual([3, thrown, 'RangeError', ['ChunkLoadError', 'R505', 'TypeError'], 3])
    expect(asked.some((file) => file.startsWith('table-reader'))).toBe(true)
    expect(asked.some((file) => file.startsWith('result'))).toBe(true)
  })

  test('tells what fails in a thread also when what packs errors does not load there', async () => {
    const [result] = await run(/\/result-/)
    // An error that is returned, and not thrown, cannot be told so: the thread rejects.
    const missing = ['ChunkLoadError', 'R505', 'TypeError']
    expect(result).toEqual([3, ['RangeError', 'E_FAR', undefined], undefined, missing, 3])
  })

  test('says so when that does not load, and goes on', async () => {
    const [result] = await run(/table-reader/)
    const unread = ['ThreadError', 'R545', 'TypeError']
    expect(result).toEqual([3, unread, undefined, ['ChunkLoadError', 'R505', 'R545'], 3])
  })
})
