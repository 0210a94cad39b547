// What a program carries of the runtime: only the parts that it uses.

import { fileURLToPath } from 'node:url'

import * as esbuild from 'esbuild'
import { expect, test } from 'vitest'

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
