// @ts-check
// How many bytes of a program the runtime takes: bundled and minified by esbuild for browsers, gzipped. `spawn` alone is what a
// page and its workers load before the first thread runs; parts that load when they are used are not in it. It is bundled twice, each side
// by itself, since esbuild puts what one side of a program loads later into a file that both sides load at once.

import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'

const CLIENT = `export { $boot, $spawn } from 'experimental-threads/internal'`
const WORKER = `import 'experimental-threads/worker'`
const EVERYTHING = `export * from 'experimental-threads'; export * from 'experimental-threads/internal'; ${WORKER}`

/** How many modules are named. */
const MOST = 12

/**
 * @param {string} contents
 * @param {boolean} later whether parts that load when they are used count too
 * @returns {Promise<{ bytes: number, gzip: number, modules: [string, number][] }>}
 */
async function sizeOf(contents, later) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: 'program' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: '/',
    absWorkingDir: '/',
    write: false,
    metafile: true,
    plugins: [experimentalThreads()],
  })
  const loaded = new Set(['stdin.js'])
  for (const path of loaded) {
    const { imports } = /** @type {import('esbuild').Metafile['outputs'][string]} */ (metafile.outputs[path])
    for (const { path: next, kind } of imports) if (later || kind === 'import-statement') loaded.add(next)
  }
  const files = outputFiles.filter(({ path }) => loaded.has(path.slice(1)))
  /** @type {[string, number][]} */
  const modules = [...loaded]
    .flatMap((path) => Object.entries(metafile.outputs[path]?.inputs ?? {}))
    .map(([path, { bytesInOutput }]) => [path.replace(/^.*\/dist\//, '').replace(/\.js$/, ''), bytesInOutput])
  return {
    bytes: files.reduce((sum, file) => sum + file.contents.length, 0),
    gzip: files.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0),
    modules: modules.filter(([, bytes]) => bytes > 0).sort(([, one], [, other]) => other - one),
  }
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(8)

/**
 * @param {string} what
 * @param {{ bytes: number, gzip: number }} size
 */
function print(what, { bytes, gzip }) {
  console.log(`${what.padEnd(24)}${kilobytes(gzip)} gzipped ${kilobytes(bytes)} minified`)
}

const client = await sizeOf(CLIENT, false)
const worker = await sizeOf(WORKER, false)
print('spawn alone, page', client)
print('spawn alone, worker', worker)
print('spawn alone, both', { bytes: client.bytes + worker.bytes, gzip: client.gzip + worker.gzip })
print('everything', await sizeOf(EVERYTHING, true))

for (const [side, { modules }] of Object.entries({ page: client, worker })) {
  console.log(`\n${side}, minified bytes of its ${modules.length} modules:`)
  for (const [name, bytes] of modules.slice(0, MOST)) console.log(`  ${String(bytes).padStart(6)}  ${name}`)
  const rest = modules.slice(MOST).reduce((sum, [, bytes]) => sum + bytes, 0)
  console.log(`  ${String(rest).padStart(6)}  the others`)
}
