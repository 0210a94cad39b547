// @ts-check
// How many bytes of a program a library takes: bundled and minified by esbuild, gzipped.

import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'

/**
 * @param {string} contents
 * @param {{ later?: boolean, platform?: 'browser' | 'node', from?: string }} how `later`: parts that load when they are used count too
 * @returns {Promise<{ bytes: number, gzip: number, modules: [string, number][] }>}
 */
export async function bundled(contents, { later = false, platform = 'browser', from = import.meta.dirname }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: from, sourcefile: 'program' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform,
    outdir: '/',
    absWorkingDir: '/',
    write: false,
    metafile: true,
    logLevel: 'error',
    // What libraries ask for where it is there: workers of Node, a native package.
    external: platform === 'browser' ? ['worker_threads', 'child_process', 'os'] : ['@napi-rs/nice'],
    plugins: [experimentalThreads()],
  })
  const loaded = new Set(['stdin.js'])
  for (const path of loaded) {
    const { imports } = /** @type {import('esbuild').Metafile['outputs'][string]} */ (metafile.outputs[path])
    for (const { path: next, kind, external } of imports)
      if (external !== true && (later || kind === 'import-statement')) loaded.add(next)
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
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
