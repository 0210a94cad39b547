// What `vite build` writes, for pages.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Rolldown } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { describe, expect, test } from 'vitest'

import {
  INLINED,
  chunksOf,
  configOf,
  countingPlugin,
  lineOf,
  openApp,
  openOwnWorker,
  originalPosition,
  versions,
} from './apps/vite-tools.ts'
import type { App, Vite } from './apps/vite-tools.ts'

type Chunk = Rolldown.OutputChunk

/** The chunk that exports the closure whose text contains `text`. */
function closureChunk(chunks: Chunk[], text: string): Chunk {
  const found = chunks.filter(({ code, exports }) => exports.includes('run') && code.includes(text))
  expect(found).toHaveLength(1)
  return found[0]!
}

/** The error of a build that must not go through, as the command line prints it: the message, then the frame. */
async function failure(vite: Vite, app: App, input: string): Promise<{ message: string }> {
  const config = configOf(app, { build: { rollupOptions: { input: join(app.root, input) } } })
  const error: Error & { frame?: string } = await chunksOf(vite, config).then(
    () => new Error('the build went through'),
    (error: Error) => error,
  )
  const frame = error.frame !== undefined && !error.message.includes(error.frame) ? error.frame : ''
  return { message: `${error.message}\n${frame}` }
}

describe.each(versions)('%s', (_, load) => {
  test('two closures and the page share one chunk of a helper', async () => {
    await using app = await openApp('vite-threads')
    const chunks = await chunksOf(await load(), configOf(app, { build: { minify: false } }))
    const holders = chunks.filter(({ code }) => code.includes('label of '))
    expect(holders).toHaveLength(1)
    const users = chunks.filter(({ imports }) => imports.includes(holders[0]!.fileName))
    expect(users).toContain(closureChunk(chunks, '"first"'))
    expect(users).toContain(closureChunk(chunks, '"second"'))
    expect(users.some(({ exports }) => !exports.includes('run'))).toBe(true)
  })

  test('a function of the file that two closures use is one chunk, named after it', async () => {
    await using app = await openApp('vite-threads')
    const chunks = await chunksOf(await load(), configOf(app, { build: { minify: false } }))
    const holders = chunks.filter(({ code }) => code.includes('function plusOne'))
    expect(holders.map(({ fileName }) => fileName)).toEqual([
      expect.stringMatching(/^assets\/plusOne_\w{16}-[\w-]+\.js$/),
    ])
  })

  test('a package that only a closure uses is in the chunk of that closure alone', async () => {
    await using app = await openApp('vite-threads')
    const chunks = await chunksOf(await load(), configOf(app, { build: { minify: false } }))
    const holders = chunks.filter(({ moduleIds }) => moduleIds.some((id) => id.endsWith('/node_modules/ms/index.js')))
    expect(holders).toEqual([closureChunk(chunks, '2 days')])
  })

  test('every closure has a chunk of its own, also when minified', async () => {
    await using app = await openApp('vite-threads')
    const chunks = await chunksOf(await load(), configOf(app))
    expect(chunks.filter(({ exports }) => exports.includes('run'))).toHaveLength(36)
  })

  test('two builds of copies in different folders write the same bytes', async () => {
    await using one = await openApp('vite-threads')
    await using two = await openApp('vite-threads')
    const vite = await load()
    const [first, second] = [await chunksOf(vite, configOf(one)), await chunksOf(vite, configOf(two))]
    expect(second.map(({ fileName, code }) => [fileName, code])).toEqual(
      first.map(({ fileName, code }) => [fileName, code]),
    )
    expect(first.some(({ code }) => code.includes(one.root))).toBe(false)
  })

  test('files that do not name the runtime never reach the plugin', async () => {
    await using app = await openApp('vite-threads')
    const { plugins, count } = countingPlugin()
    await chunksOf(await load(), configOf(app, { plugins }))
    expect(count()).toBe(5)
  })

  test('excluded files keep their calls', async () => {
    await using app = await openApp('vite-threads')
    const plugins = experimentalThreads({ exclude: /\/(?:instances|jobs|recipes|streams|tasks)\./ })
    const chunks = await chunksOf(await load(), configOf(app, { plugins }))
    expect(chunks.filter(({ exports }) => exports.includes('run'))).toEqual([])
  })

  test('the runtime may be imported under another name', async () => {
    await using app = await openApp('vite-threads')
    const file = join(app.root, 'src/jobs.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replace("'experimental-threads'", "'#threads'"))
    const plugins = experimentalThreads({ importSource: ['#threads'] })
    const alias = { '#threads': 'experimental-threads' }
    const chunks = await chunksOf(await load(), configOf(app, { plugins, resolve: { alias } }))
    expect(chunks.filter(({ exports }) => exports.includes('run'))).toHaveLength(5)
  })

  test('a vendor group leaves out what the page alone needs', async () => {
    await using app = await openApp('vite-styles')
    const manualChunks: NonNullable<Rolldown.OutputOptions['manualChunks']> = (id, { getModuleInfo }) =>
      id.includes('/vendor/') && !getModuleInfo(id)?.isEntry ? 'vendor' : undefined
    const output = { manualChunks }
    const config = configOf(app, { build: { minify: false, rollupOptions: { output } } })
    const chunks = await chunksOf(await load(), config)
    const closure = closureChunk(chunks, 'double(21)')
    const loaded = chunks.filter(({ fileName }) => closure.imports.includes(fileName))
    expect(loaded.some(({ code }) => code.includes('n * 2'))).toBe(true)
    expect(loaded.some(({ code }) => code.includes('createElement'))).toBe(false)
  })

  test('a diagnostic shows its line, and points at the place after wide characters', async () => {
    await using app = await openApp('vite-errors')
    const { message } = await failure(await load(), app, 'src/count.ts')
    const line = "  5 │   return spawn(() => console.log('é日😀', total++))"
    const [shown, underlines] = message.slice(message.indexOf('  5 │')).split('\n')
    expect(shown).toBe(line)
    // A terminal draws the ideograph and the emoji two columns wide. In UTF-16 the emoji is two code units anyhow.
    expect(underlines!.indexOf('─')).toBe(line.indexOf('total++') + 1)
    expect(message.split(line)).toHaveLength(2)
    expect(message).toContain('E101')
    expect(message).toContain('errors/E101.md')
    expect(message).toMatch(/count\.ts[: (]+5:/)
  })

  test('all errors of a file are shown at once', async () => {
    await using app = await openApp('vite-errors')
    const { message } = await failure(await load(), app, 'src/twice.ts')
    expect(message).toContain('7 │     total++')
    expect(message).toContain('8 │     sum += 1')
    expect(message).toContain('2 errors in this file')
  })

  test.each(['iife', 'umd'] as const)('the format %s is refused with a way out', async (format) => {
    await using app = await openApp('vite-threads')
    const lib = { entry: 'src/main.ts', name: 'Threads', formats: [format] }
    await expect(chunksOf(await load(), configOf(app, { build: { lib } }))).rejects.toThrow(
      new RegExp(`E402 .*\`${format}\`[^]*formats`),
    )
  })

  test('a library as ES modules keeps its closures beside it', async () => {
    await using app = await openApp('vite-threads')
    const lib = { entry: 'src/jobs.ts', formats: ['es' as const] }
    const chunks = await chunksOf(await load(), configOf(app, { build: { lib, minify: false } }))
    const entry = chunks.find(({ exports }) => exports.includes('runJobs'))
    expect(chunks.map(({ fileName }) => fileName)).toContain(
      /new URL\("(\w[^"]*)", import\.meta\.url\)\.href/.exec(entry!.code)?.[1],
    )
  })

  test.each([true, 'inline', 'hidden'] as const)('source maps are as the build wants them: %s', async (sourcemap) => {
    await using app = await openApp('vite-threads')
    await (await load()).build(configOf(app, { build: { sourcemap } }))
    const assets = join(app.root, 'dist/assets')
    const names = (await readdir(assets)).filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(names.map((name) => readFile(join(assets, name), 'utf8')))
    const index = texts.findIndex((text) => text.includes('is too much'))
    const code = texts[index]!
    const comment = /\/\/# sourceMappingURL=(\S+)/.exec(code)?.[1]
    expect(comment?.startsWith('data:')).toBe(sourcemap === 'hidden' ? undefined : sourcemap === 'inline')
    const map =
      sourcemap === 'inline'
        ? Buffer.from(comment!.split(',')[1]!, 'base64').toString()
        : await readFile(join(assets, `${names[index]!}.map`), 'utf8')
    const before = code.slice(0, code.indexOf('throw')).split('\n')
    const { source, line } = originalPosition(map, before.length, before.at(-1)!.length + 1)
    expect([source, line]).toEqual([
      expect.stringMatching(/src\/jobs\.ts$/),
      await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError'),
    ])
  })

  test('a closure that imports the entry is refused, and the modules are named', async () => {
    await using app = await openApp('vite-entry')
    await expect(chunksOf(await load(), configOf(app))).rejects.toThrow(
      /E403 .*closure of `src\/report\.js`.*entry `src\/main\.js`/,
    )
  })

  test('spawning in a worker of the user is refused while workers are single scripts', async () => {
    await using app = await openApp('vite-own-worker')
    await expect(chunksOf(await load(), configOf(app))).rejects.toThrow(/E407 .*`iife`[^]*format: 'es'/)
  })

  test('spawning in a worker of the user that is inlined is refused', async () => {
    await using app = await openOwnWorker(INLINED)
    const config = configOf(app, { worker: { format: 'es' } })
    await expect(chunksOf(await load(), config)).rejects.toThrow(/E466 .*`src\/own\.js`/)
  })

  test('an unknown import helper of Vite is warned about, and the build goes on', async () => {
    await using app = await openApp('vite-styles')
    const renaming = {
      name: 'renaming',
      enforce: 'pre' as const,
      transform: (code: string, id: string) =>
        id.endsWith('preload-helper.js') ? code.replace('function preload(', 'function preload (') : null,
    }
    const warnings: string[] = []
    const onwarn = ({ message }: { message: string }): void => void warnings.push(message)
    const config = configOf(app, { build: { rollupOptions: { onwarn } } })
    await chunksOf(await load(), { ...config, plugins: [renaming, config.plugins] })
    expect(warnings.join('\n')).toMatch(/W950 .*Vite \d/)
  })

  test('a warning names its place', async () => {
    await using app = await openApp('vite-errors')
    const warnings: string[] = []
    const onwarn = ({ message }: { message: string }): void => void warnings.push(message)
    const input = join(app.root, 'src/page-only.ts')
    await chunksOf(await load(), configOf(app, { build: { rollupOptions: { input, onwarn } } }))
    expect(warnings.join('\n')).toMatch(/W90\d [^]*3 │ export const read = .*document/)
  })

  test('closures come and go while a build watches', async () => {
    await using app = await openApp('vite-threads')
    const vite = await load()
    const watcher = (await vite.build(
      configOf(app, { build: { watch: {}, minify: false } }),
    )) as Rolldown.RolldownWatcher
    const sizes: number[] = []
    const edits = [
      ["first'), onPage", "first'), added: await spawn(() => 'another'), onPage"],
      ["added: await spawn(() => 'another'), ", ''],
    ]
    const file = join(app.root, 'src/jobs.ts')
    try {
      await new Promise<void>((resolve, reject) => {
        watcher.on('event', async (event) => {
          if (event.code === 'ERROR') reject(event.error)
          if (event.code !== 'END') return
          const files = await readdir(join(app.root, 'dist/assets'))
          sizes.push(files.filter((name) => name.endsWith('.js')).length)
          const [from, to] = edits.shift() ?? []
          if (from === undefined) return resolve()
          const text = await readFile(file, 'utf8')
          await writeFile(file, text.replace(from, to!).replace('spawn(() => ({ label', 'spawn(async () => ({ label'))
        })
      })
    } finally {
      await watcher.close()
    }
    expect(sizes).toEqual([sizes[0], sizes[0]! + 1, sizes[0]])
  })

  // As if a plugin had dropped the export.
  test.each([
    ['closure', '$run as run', '$run as gone'],
    ['constant', 'export { user }', 'export { user as gone }'],
  ])('a plugin that takes the export of a %s away is found out', async (_name, from, to) => {
    await using app = await openApp('vite-threads')
    const emptying = {
      name: 'emptying',
      enforce: 'pre' as const,
      transform: (code: string, id: string) => (/[?&]spawn=/.test(id) ? code.replace(from, to) : null),
    }
    const config = configOf(app)
    await expect(chunksOf(await load(), { ...config, plugins: [config.plugins, emptying] })).rejects.toThrow(/E404/)
  })
})

test('an import map for chunks is refused, since workers have none', async () => {
  await using app = await openApp('vite-threads')
  const [, load] = versions[0]!
  const config = configOf(app, { build: { chunkImportMap: true } })
  await expect(chunksOf(await load(), config)).rejects.toThrow(/E405/)
})

test.each([
  [1, 'assets/[name]-legacy-[hash].js'],
  [0, 'assets/[name]-[hash].js'],
])('chunks for browsers without modules are warned about %s times when they are named %s', async (times, names) => {
  await using app = await openApp('vite-threads')
  const [, load] = versions[0]!
  const warnings: string[] = []
  const onwarn = ({ message }: { message: string }): void => void warnings.push(message)
  const output = [{}, { entryFileNames: names, chunkFileNames: names }]
  // As `@vitejs/plugin-legacy` does: by this name, and with a second output.
  const plugins = [experimentalThreads(), { name: 'vite:legacy-post-process' }]
  await chunksOf(await load(), configOf(app, { plugins, build: { rollupOptions: { output, onwarn } } }))
  expect(warnings.filter((text) => text.includes('W952'))).toHaveLength(times)
})

test('a chunk group that joins the entry and a closure is refused', async () => {
  await using app = await openApp('vite-styles')
  const [, load] = versions[0]!
  const groups = [{ name: 'all', test: /\/src\//, entriesAware: false }]
  const config = configOf(app, { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } })
  await expect(chunksOf(await load(), config)).rejects.toThrow(/E403 .*src\/main\.js/)
})

test('an unknown option is refused with a suggestion', () => {
  // @ts-expect-error a slip of the finger
  expect(() => experimentalThreads({ crossOriginIsolation: false })).toThrow(/did you mean "crossOriginIsolated"/)
})
