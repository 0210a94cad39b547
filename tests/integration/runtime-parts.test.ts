// What a program carries of the runtime: only the parts that it uses.

import { fileURLToPath } from 'node:url'

import * as esbuild from 'esbuild'
import { describe, expect, test } from 'vitest'

import { project } from './esbuild-project.ts'

const RESOLVE_FROM = fileURLToPath(new URL('.', import.meta.url))

/** The runtime's files in the bundle of a program, and the bytes that they take. */
async function partsOf(contents: string, splitting: boolean): Promise<{ parts: string[]; bytes: number }> {
  const { metafile } = await esbuild.build({
    stdin: { contents, resolveDir: RESOLVE_FROM },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    splitting,
    outdir: 'out',
    write: false,
    metafile: true,
  })
  const outputs = Object.values(metafile.outputs)
  const entry = outputs.find(({ entryPoint }) => entryPoint === '<stdin>')!
  const loaded = [
    entry,
    ...entry.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => metafile.outputs[path]!),
  ]
  const inputs = loaded.flatMap((output) => Object.entries(output.inputs))
  const used = inputs.filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.includes('runtime/dist/'))
  return {
    parts: used.map(([path]) => path.replace(/^.*runtime\/dist\//, '').replace(/\.js$/, '')),
    bytes: used.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0),
  }
}

const EXTRAS = [
  'spawn/task',
  'stream/stream',
  'stream/stream-producer',
  'spawn/callback',
  'stream/port',
  'map/parallel-map',
  'map/map-run',
  'map/map-source',
  'map/map-chunk',
  'spawn/scope',
  'spawn/drop',
  'thread/thread-exports',
]

test.each([
  ['spawn', `export { $spawn, $boot } from 'experimental-threads/internal'`],
  ['a call of spawn that the build left', `import { spawn } from 'experimental-threads'; spawn(globalThis.job)`],
])('a program with %s carries nothing else', async (_, program) => {
  const { parts } = await partsOf(program, true)
  expect(parts).toContain('pool/pool')
  expect(parts.filter((part) => part === 'thread/runner' || EXTRAS.includes(part))).toEqual([])
})

/** What only workers of some programs need. */
const SELDOM = ['codec/sendable', 'codec/error-codec', 'thread/travel-loader', 'thread/recipe-loader', 'memory/arena']

test('a worker loads the parts for tasks, streams, callbacks, errors and shared memory when it needs them', async () => {
  const { parts } = await partsOf(`import 'experimental-threads/worker'`, true)
  expect(parts).toContain('thread/runner')
  expect(parts.filter((part) => EXTRAS.includes(part) || SELDOM.includes(part))).toEqual([])
})

test.each([
  ['$task', ['spawn/task']],
  ['$stream', ['stream/port', 'stream/stream']],
])('%s brings what it needs', async (name, expected) => {
  const { parts } = await partsOf(`export { ${name} } from 'experimental-threads/internal'`, true)
  expect(parts.filter((part) => EXTRAS.includes(part)).sort()).toEqual(expected)
})

test.each([
  ['parallelMap', ['map/map-run', 'map/map-source', 'map/parallel-map']],
  ['threads', ['spawn/scope']],
  ['callback', ['spawn/callback', 'stream/port']],
  ['threadSignal', ['thread/thread-exports']],
])('%s brings what it needs', async (name, expected) => {
  const { parts } = await partsOf(`export { ${name} } from 'experimental-threads'`, true)
  expect(parts.filter((part) => EXTRAS.includes(part)).sort()).toEqual(expected)
})

describe('in one build with its workers', () => {
  async function built(main: string): Promise<esbuild.Metafile['outputs']> {
    const app = project({ 'src/main.ts': main })
    const { metafile } = await app.build({ format: 'esm', splitting: true, platform: 'browser', write: false })
    return metafile.outputs
  }

  /** The files of a build that are loaded with one of them, itself included. */
  function loadedWith(outputs: esbuild.Metafile['outputs'], first: string): string[] {
    const loaded = new Set([first])
    for (const path of loaded) {
      for (const { path: next, kind } of outputs[path]!.imports) if (kind === 'import-statement') loaded.add(next)
    }
    return [...loaded]
  }

  /** The runtime's files that `src/main.ts` loads at once. */
  async function partsOfPage(main: string): Promise<string[]> {
    const outputs = await built(main)
    const inputs = loadedWith(outputs, 'out/main.js').flatMap((path) => Object.keys(outputs[path]!.inputs))
    return inputs.filter((path) => path.includes('runtime/dist/')).map((path) => path.replace(/^.*runtime\/dist\//, ''))
  }

  const call = 'export const run = (n: number) => spawn(() => n + 1)'
  const others = (parts: string[]): string[] =>
    parts.filter((part) =>
      /^(?:sync\/(?!agent|block|claim|ring)|stream|map|thread)|class-table|shared\.js|task\.js$/.test(part),
    )

  test.each([
    ['spawn', `import { spawn } from 'experimental-threads'\n${call}`],
    ['settings', `import { configure, spawn, type Thread } from 'experimental-threads'\nconfigure({})\n${call}`],
    [
      'imports in two statements',
      `import { configure as set } from 'experimental-threads'\nimport { spawn } from "experimental-threads"\nset({})\n${call}`,
    ],
  ])('a page with %s carries nothing else', async (_, main) => {
    const parts = await partsOfPage(main)
    expect(parts).toContain('pool/pool.js')
    expect(others(parts).filter((part) => part !== 'pool/pool-task.js')).toEqual([])
  })

  // Each takes time until the first thread runs: `common.ts` of the runtime keeps them few.
  test.each([
    ['small values', ['spawn'], 'spawn(() => n + 1)'],
    ['what is moved', ['move', 'spawn'], 'spawn(() => move(new Uint8Array(n)))'],
    ['their signals', ['spawn', 'threadSignal'], 'spawn(() => threadSignal.aborted)'],
    ['our errors', ['spawn', 'ThreadError'], 'spawn(() => ThreadError.name)'],
  ])('few files come before the first result where threads use %s', async (_, names, thread) => {
    const outputs = await built(
      `import { ${names.join(', ')} } from 'experimental-threads'\nexport const run = (n: number) => ${thread}`,
    )
    const entry = (name: RegExp): string => Object.keys(outputs).find((path) => name.test(outputs[path]!.entryPoint!))!
    expect(loadedWith(outputs, 'out/main.js')).toHaveLength(5)
    const worker = loadedWith(outputs, entry(/:worker$/))
    expect(worker).toHaveLength(2)
    // Its own file, and nothing that the worker has not.
    expect(loadedWith(outputs, entry(/\?spawn=/)).filter((path) => !worker.includes(path))).toHaveLength(1)
  })

  test('a page that imports in another way gets what it asks for, with more than that', async () => {
    const parts = await partsOfPage(
      `import * as threads from 'experimental-threads'\nexport const run = (n: number) => threads.spawn(() => n + 1)`,
    )
    expect(parts).toContain('pool/pool.js')
  })
})
