import { readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'

import type { BuildOptions } from 'esbuild'
import { describe, expect, test } from 'vitest'

import { outputOf, outputsWith, project } from './esbuild-project.ts'
import type { Project } from './esbuild-project.ts'
import { app, printed } from './esbuild-program.ts'

const commonjs = { 'out/package.json': '{"type":"commonjs"}' }

const formats: { name: string; options: BuildOptions; main?: string; files?: Record<string, string> }[] = [
  { name: 'esm with splitting', options: { format: 'esm', splitting: true } },
  { name: 'esm with splitting, minified', options: { format: 'esm', splitting: true, minify: true } },
  {
    name: 'esm with splitting, hashes in all names',
    options: { format: 'esm', splitting: true, entryNames: '[name]-[hash]', chunkNames: 'chunks/[hash]' },
  },
  { name: 'esm with splitting for old targets', options: { format: 'esm', splitting: true, target: 'es2018' } },
  {
    name: 'esm with splitting, packages left outside',
    options: { format: 'esm', splitting: true, packages: 'external' },
  },
  { name: 'esm', options: { format: 'esm' } },
  { name: 'esm, minified', options: { format: 'esm', minify: true } },
  { name: 'esm for old targets', options: { format: 'esm', target: 'es2018' } },
  { name: 'esm, packages left outside', options: { format: 'esm', packages: 'external' } },
  {
    name: 'esm, hashes in all names',
    options: { format: 'esm', entryNames: '[name]-[hash]', chunkNames: 'chunks/[name]-[hash]' },
  },
  { name: 'esm in a nested folder', options: { format: 'esm', entryNames: 'deep/er/[name]' } },
  { name: 'one esm file', options: { format: 'esm', outfile: 'out/app.mjs' } },
  { name: 'cjs', options: { format: 'cjs' }, files: commonjs },
  { name: 'cjs, minified', options: { format: 'cjs', minify: true }, files: commonjs },
  { name: 'one cjs file in a module package', options: { format: 'cjs', outfile: 'out/app.cjs' } },
  {
    name: 'cjs, packages left outside',
    options: { format: 'cjs', packages: 'external', outExtension: { '.js': '.cjs' } },
  },
  { name: 'iife', options: { format: 'iife' }, files: commonjs },
  { name: 'no format named', options: {}, files: commonjs },
]

async function buildAndRun(target: Project, options: BuildOptions): Promise<string> {
  const { metafile } = await target.build({ ...options, sourcemap: true })
  const { stdout, stderr, code } = await target.run(outputOf(metafile, 'src/main.ts'))
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  return stdout
}

describe('a program with nested and self-recursive spawns runs and ends by itself', () => {
  test.each(formats)('$name', async ({ options, files }) => {
    expect(await buildAndRun(project({ ...app, ...files }), options)).toBe(printed)
  })
})

describe('memory is shared between the app, its threads and their threads', () => {
  test.each(formats.filter(({ name }) => /^(esm with splitting|esm|cjs|iife)$/.test(name)))(
    '$name',
    async ({ options, files }) => {
      const target = project({
        ...files,
        'src/main.ts': `import { spawn } from 'experimental-threads'
import { add, count } from './counter'
async function main() {
  await add()
  await Promise.all([spawn(() => add()), spawn(async () => { await add(); await spawn(() => add()) })])
  console.log(count())
}
void main()
`,
        'src/counter.ts': `import { Global, Mutex } from 'experimental-threads'
const counter = new Global(new Int32Array(new SharedArrayBuffer(4)))
const lock = new Mutex()
export const count = (): number => counter.value[0]!
export async function add(): Promise<void> {
  const guard = await lock.lock()
  const before = counter.value[0]!
  await Promise.resolve()
  counter.value[0] = before + 1
  guard.unlock()
}
`,
      })
      expect(await buildAndRun(target, options)).toBe('4\n')
    },
  )
})

describe('chunks', () => {
  const sharing = {
    'src/main.ts': `import { spawn } from 'experimental-threads'
import { shared } from './shared'
export const first = () => spawn(() => shared('first'))
export const second = () => spawn(() => shared('second'))
Promise.all([first(), second()]).then((all) => console.log(all.join()))
`,
    'src/shared.ts': `export const shared = (name: string): string => 'shared by ' + name\n`,
  }

  test.each([
    { name: 'one pass', options: { format: 'esm', splitting: true } as const },
    { name: 'two passes', options: { format: 'cjs', outExtension: { '.js': '.cjs' } } as const },
  ])('two closures that use one helper share its chunk: $name', async ({ options }) => {
    const target = project(sharing)
    const { metafile } = await target.build(options)
    expect(outputsWith(metafile, 'src/shared.ts')).toHaveLength(1)
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('shared by first,shared by second\n')
  })

  test('what only threads use is not in the app', async () => {
    const target = project(sharing)
    const { metafile } = await target.build({ format: 'esm' })
    expect(Object.keys(metafile.outputs['out/main.js']?.inputs ?? {})).not.toContain('src/shared.ts')
  })

  test.each(formats.filter(({ name }) => /^(esm with splitting|esm|cjs|iife)$/.test(name)))(
    'modules and assets that only a thread loads, when it needs them, are there: $name',
    async ({ options, files }) => {
      const target = project({
        ...files,
        'src/main.ts': `import { spawn } from 'experimental-threads'
import { readFileSync } from 'node:fs'
import asset from './data.txt'
void spawn(async () => {
  const { twice } = await import('./library')
  return twice(readFileSync(new URL(asset, import.meta.url), 'utf8'))
}).then((text) => console.log(text))
`,
        'src/library.ts': `export const twice = (text: string): string => text + text\n`,
        'src/data.txt': 'data',
      })
      const { metafile } = await target.build({
        ...options,
        entryPoints: ['src/main.ts', 'src/library.ts'],
        loader: { '.txt': 'file' },
      })
      expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('datadata\n')
      // The library's own file is the one that the app's build made.
      const library = readFileSync(target.path('out/library.js'), 'utf8')
      expect(/^export /m.test(library)).toBe(options.format === 'esm')
    },
  )

  test('apps in several folders find their workers beside them, and maps keep naming the sources', async () => {
    const target = project({
      'src/main.ts': sharing['src/main.ts'],
      'src/shared.ts': sharing['src/shared.ts'],
      'src/cli/run.ts': `import '../main'\n`,
    })
    await target.build({
      entryPoints: ['src/main.ts', 'src/cli/run.ts'],
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      sourcemap: true,
    })
    expect((await target.run('out/main.cjs')).stdout).toBe('shared by first,shared by second\n')
    expect((await target.run('out/cli/run.cjs')).stdout).toBe('shared by first,shared by second\n')
    const maps = readdirSync(target.path('out/cli')).filter((name) => name.endsWith('.mjs.map'))
    const sources = maps.flatMap(
      (name) => (JSON.parse(readFileSync(target.path(`out/cli/${name}`), 'utf8')) as { sources: string[] }).sources,
    )
    expect(sources).toContain('../../src/shared.ts')
    expect(sources.every((source) => source.startsWith('../../'))).toBe(true)
  })

  test('with `write: false` they are in `outputFiles`', async () => {
    const target = project(sharing)
    const { outputFiles, metafile } = await target.build({
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      write: false,
    })
    expect(() => readdirSync(target.path('out'))).toThrow()
    target.write(Object.fromEntries(outputFiles.map(({ path, text }) => [`copy/${basename(path)}`, text])))
    expect((await target.run('copy/main.cjs')).stdout).toBe('shared by first,shared by second\n')
    expect(
      Object.keys(metafile.outputs)
        .map((path) => basename(path))
        .sort(),
    ).toEqual(outputFiles.map(({ path }) => basename(path)).sort())
  })

  test('`metafile` tells of them', async () => {
    const target = project(sharing)
    const { metafile } = await target.build({ format: 'cjs' })
    const written = readdirSync(target.path('out')).map((name) => `out/${name}`)
    expect(Object.keys(metafile.outputs).sort()).toEqual(written.sort())
    const known = new Set([...Object.keys(metafile.outputs), ...Object.keys(metafile.inputs)])
    for (const { imports, inputs } of Object.values(metafile.outputs)) {
      const named = [
        ...imports.filter(({ external }) => external !== true).map(({ path }) => path),
        ...Object.keys(inputs),
      ]
      expect(named.filter((path) => !known.has(path))).toEqual([])
    }
  })

  test.each([
    { name: 'one pass', options: { format: 'esm', splitting: true } as const },
    { name: 'two passes', options: { format: 'iife' } as const },
  ])('`publicPath` is put before their names: $name (case 204)', async ({ options }) => {
    const target = project(sharing)
    const { metafile } = await target.build({ ...options, platform: 'browser', publicPath: 'https://cdn.example/app' })
    const text = readFileSync(target.path(outputOf(metafile, 'src/main.ts')), 'utf8')
    const names = Object.keys(metafile.outputs).filter((path) => /main-|worker-/.test(path))
    expect(names).toHaveLength(3)
    for (const name of names) expect(text).toContain(`"https://cdn.example/app/${basename(name)}"`)
  })

  test('a build without threads gets nothing added to its files', async () => {
    const target = project({ 'src/main.ts': `console.log('alone')\n` })
    const { metafile } = await target.build({ format: 'esm' })
    expect(Object.keys(metafile.outputs)).toEqual(['out/main.js'])
    expect(readFileSync(target.path('out/main.js'), 'utf8')).toBe(`// src/main.ts\nconsole.log("alone");\n`)
  })

  test.each([{ bundle: true }, { bundle: false }])(
    'shared memory without threads needs no file of its own: %j',
    async ({ bundle }) => {
      const target = project({
        'src/main.ts': `import { Global } from 'experimental-threads'
const cell = new Global(new Int32Array(new SharedArrayBuffer(4)))
console.log(cell.value.length)
`,
      })
      const { metafile } = await target.build({ bundle, format: 'esm' })
      expect(Object.keys(metafile.outputs)).toEqual(['out/main.js'])
      expect((await target.run('out/main.js')).stdout).toBe('1\n')
    },
  )

  test('two builds in two folders give the same bytes', async () => {
    const read = async (): Promise<[string, string][]> => {
      const target = project(app)
      await target.build({ format: 'cjs', minify: true, sourcemap: true })
      return readdirSync(target.path('out'))
        .sort()
        .map((name) => [name, readFileSync(target.path(`out/${name}`), 'utf8')])
    }
    expect(await read()).toEqual(await read())
  })
})
