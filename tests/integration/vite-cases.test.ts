// Acceptance cases about builds with Vite, run in Node.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { InlineConfig, Rolldown } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { configOf, runNode, versions, writeApp } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'
import {
  renamed,
  renamedGives,
  sharedHelper,
  sharedHelperPrints,
  sharedTooEarly,
  spawningPackage,
} from './case-programs.ts'

const FORMATS = ['es', 'cjs'] as const
const extensions = { es: 'mjs', cjs: 'cjs' } as const

function ssrConfig(app: App, config: InlineConfig = {}, format: 'es' | 'cjs' = 'es'): InlineConfig {
  const names = `[name].${extensions[format]}`
  const output = { format, entryFileNames: names, chunkFileNames: names }
  return configOf(app, { ...config, build: { ssr: 'src/main.ts', rollupOptions: { output }, ...config.build } })
}

async function outputOf(app: App, file = 'dist/main.mjs'): Promise<unknown> {
  const ran = await runNode(join(app.root, file))
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(ran.stdout)
}

const counting = (factor: number): string => `import { spawn } from 'experimental-threads'
import { base } from './base.ts'
console.log(JSON.stringify(await spawn(() => base * ${factor})))
`

describe.each(versions)('%s', (_, load) => {
  test('a closure sees the replacements and the environment that its file sees (case 195)', async () => {
    await using app = await writeApp({
      '.env': 'VITE_COLOUR=green',
      'src/main.ts': `import { spawn } from 'experimental-threads'
declare const __VERSION__: string
const here = [import.meta.env.SSR, import.meta.env.MODE, import.meta.env.VITE_COLOUR, process.env.NODE_ENV, __VERSION__]
const there = await spawn(() =>
  [import.meta.env.SSR, import.meta.env.MODE, import.meta.env.VITE_COLOUR, process.env.NODE_ENV, __VERSION__])
console.log(JSON.stringify({ here, there }))
`,
    })
    await (await load()).build(ssrConfig(app, { define: { __VERSION__: '"1.2"' }, mode: 'staging' }))
    const expected = [true, 'staging', 'green', process.env['NODE_ENV'], '1.2']
    expect(await outputOf(app)).toEqual({ here: expected, there: expected })
  })

  test('a helper that two closures and the page use is no circle, and runs once for each (cases 196, 197)', async () => {
    await using app = await writeApp(sharedHelper)
    await (await load()).build(ssrConfig(app))
    const { stdout, code } = await runNode(join(app.root, 'dist/main.mjs'))
    expect(stdout.split('\n')).toEqual(sharedHelperPrints)
    expect(code).toBe(0)
  })

  test('the same file has the same ids for a client and for a server, and other addresses (case 201)', async () => {
    await using app = await writeApp({ 'src/main.ts': counting(2), 'src/base.ts': 'export const base = 21\n' })
    const server = await (await load()).createServer(configOf(app, { appType: 'custom', server: { ws: false } }))
    onTestFinished(() => server.close())
    const sites = await Promise.all(
      ['client', 'ssr'].map(async (name) => {
        const made = await server.environments[name]!.transformRequest('/src/main.ts')
        return {
          name: /name: "(\w+)"/.exec(made!.code)?.[1],
          load: /load: ("[^"]*")/.exec(made!.code)?.[1],
        }
      }),
    )
    const [client, ssr] = sites as [{ name: string; load: string }, { name: string; load: string }]
    expect(client.name).toMatch(/_\w{16}$/)
    expect(ssr.name).toBe(client.name)
    expect(ssr.load).not.toBe(client.load)
  })

  test('a watching build follows closures that appear, change and disappear (case 202)', async () => {
    await using app = await writeApp({ 'src/main.ts': counting(2), 'src/base.ts': 'export const base = 21\n' })
    const config = ssrConfig(app, { build: { ssr: 'src/main.ts', watch: {}, emptyOutDir: true } })
    const watcher = (await (await load()).build(config)) as Rolldown.RolldownWatcher
    const errors: unknown[] = []
    watcher.on('event', (event) => {
      if (event.code === 'BUNDLE_END') void event.result.close()
      if (event.code === 'ERROR') errors.push(event.error)
    })
    try {
      await new Promise<void>((resolve) => watcher.on('event', (event) => void (event.code === 'END' && resolve())))
      expect(await outputOf(app)).toBe(42)
      const closures = async (): Promise<number> => {
        const files = await readdir(join(app.root, 'dist'))
        return files.filter((file) => /_\w{16}\.mjs$/.test(file)).length
      }
      expect(await closures()).toBe(1)
      const steps: [text: string, result: unknown, closures: number][] = [
        [counting(3), 63, 1],
        [`import './more.ts'\nimport { spawn } from 'experimental-threads'\nvoid spawn(() => 1)\n`, 105, 2],
        [`console.log(7)\n`, 7, 0],
        [counting(4), 84, 1],
      ]
      await writeFile(join(app.root, 'src/more.ts'), counting(5))
      // One edit may cause two builds, the first of half a file, and each empties the folder before it writes.
      const settles = { timeout: 60_000, interval: 100 }
      for (const [text, result, count] of steps) {
        await writeFile(join(app.root, 'src/main.ts'), text)
        await vi.waitFor(async () => {
          expect(await outputOf(app)).toBe(result)
          expect(await closures()).toBe(count)
        }, settles)
      }
      await writeFile(join(app.root, 'src/base.ts'), 'export const base = 100\n')
      await vi.waitFor(async () => expect(await outputOf(app)).toBe(400), settles)
      expect(errors).toEqual([])
    } finally {
      await watcher.close()
    }
  })

  test('builds that run at the same time, with one plugin, do not mix (case 202)', async () => {
    await using one = await writeApp({ 'src/main.ts': counting(2), 'src/base.ts': 'export const base = 21\n' })
    await using two = await writeApp({ 'src/main.ts': counting(3), 'src/base.ts': 'export const base = 5\n' })
    const vite = await load()
    const plugins = experimentalThreads()
    await Promise.all([one, two].map((app) => vite.build(ssrConfig(app, { plugins }))))
    expect(await outputOf(one)).toBe(42)
    expect(await outputOf(two)).toBe(15)
  })

  test('captures keep their places when a minifier renames them (case 203)', async () => {
    await using app = await writeApp(renamed)
    await (await load()).build(ssrConfig(app, { build: { ssr: 'src/main.ts', minify: true } }))
    expect(await outputOf(app)).toEqual(renamedGives)
  })

  test.each(FORMATS)('a library as %s finds its closures from wherever it is imported (case 204)', async (format) => {
    await using app = await writeApp({
      'src/lib.ts': `import { spawn } from 'experimental-threads'
export const triple = (n: number) => spawn(() => n * 3)
`,
      [`else/where/use.${extensions[format]}`]:
        format === 'es'
          ? `import { triple } from '../../dist/lib.mjs'\nconsole.log(JSON.stringify(await triple(4)))\n`
          : `require('../../dist/lib.cjs').triple(4).then((n) => console.log(JSON.stringify(n)))\n`,
    })
    const lib = { entry: 'src/lib.ts', formats: [format], fileName: () => `lib.${extensions[format]}` }
    const output = { chunkFileNames: `threads/[name].${extensions[format]}` }
    // For Node, so the runtime is the one that is installed.
    const rollupOptions = { external: [/^experimental-threads/], output }
    await (await load()).build(configOf(app, { build: { lib, rollupOptions } }))
    expect(await outputOf(app, `else/where/use.${extensions[format]}`)).toBe(12)
  })

  test('modules that are kept apart find their closures (case 204)', async () => {
    await using app = await writeApp({
      'src/main.ts': `import { compute } from './deep/er/compute.ts'\nconsole.log(JSON.stringify(await compute(4)))\n`,
      'src/deep/er/compute.ts': `import { spawn } from 'experimental-threads'
import { base } from '../../base.ts'
export const compute = (n: number) => spawn(() => base * n)
`,
      'src/base.ts': 'export const base = 10\n',
    })
    const output = { preserveModules: true, preserveModulesRoot: join(app.root, 'src'), entryFileNames: '[name].mjs' }
    await (
      await load()
    ).build(
      ssrConfig(app, {
        ssr: { external: ['experimental-threads'] },
        build: { ssr: 'src/main.ts', rollupOptions: { output } },
      }),
    )
    expect(await outputOf(app)).toBe(40)
    expect(await readdir(join(app.root, 'dist/deep/er'))).toEqual(['compute.mjs'])
  })

  test('shared memory that only its module can make is not made by a thread (E320)', async () => {
    await using app = await writeApp(sharedTooEarly)
    await (await load()).build(ssrConfig(app))
    expect(await outputOf(app)).toEqual(['E320', 4])
  })

  test.each(FORMATS)('a package in node_modules may spawn, and its threads too, as %s (case 205)', async (format) => {
    await using app = await writeApp(spawningPackage)
    await (await load()).build(ssrConfig(app, {}, format))
    expect(await outputOf(app, `dist/main.${extensions[format]}`)).toEqual([3, 2])
  })
})
