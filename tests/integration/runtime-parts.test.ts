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
  'task',
  'stream',
  'stream-producer',
  'callback',
  'port',
  'parallel-map',
  'map-run',
  'map-source',
  'map-chunk',
  'scope',
  'drop',
  'thread-exports',
]

test.each([
  ['spawn', `export { $spawn, $boot } from 'experimental-threads/internal'`],
  ['a call of spawn that the build left', `import { spawn } from 'experimental-threads'; spawn(globalThis.job)`],
])('a program with %s carries nothing else', async (_, program) => {
  const { parts } = await partsOf(program, true)
  expect(parts).toContain('pool')
  expect(parts.filter((part) => part === 'runner' || EXTRAS.includes(part))).toEqual([])
})

test('a worker loads the parts for tasks, streams and callbacks when it needs them', async () => {
  const { parts } = await partsOf(`import 'experimental-threads/worker'`, true)
  expect(parts).toContain('runner')
  expect(parts.filter((part) => EXTRAS.includes(part))).toEqual([])
})

test.each([
  ['$task', ['task']],
  ['$stream', ['port', 'stream']],
])('%s brings what it needs', async (name, expected) => {
  const { parts } = await partsOf(`export { ${name} } from 'experimental-threads/internal'`, true)
  expect(parts.filter((part) => EXTRAS.includes(part)).sort()).toEqual(expected)
})

test.each([
  ['parallelMap', ['map-run', 'map-source', 'parallel-map']],
  ['threads', ['scope']],
  ['callback', ['callback', 'port']],
  ['threadSignal', ['thread-exports']],
])('%s brings what it needs', async (name, expected) => {
  const { parts } = await partsOf(`export { ${name} } from 'experimental-threads'`, true)
  expect(parts.filter((part) => EXTRAS.includes(part)).sort()).toEqual(expected)
})
