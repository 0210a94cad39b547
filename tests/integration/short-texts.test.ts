// Browsers load the codes of errors in production, and not their sentences.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

import { shortTexts } from '@experimental-threads/compiler/plugin-core'
import * as esbuild from 'esbuild'
import type { BuildOptions } from 'esbuild'
import esbuildPlugin from 'esbuild-plugin-experimental-threads'
import { afterEach, expect, test, vi } from 'vitest'
import { build } from 'vite'
import type { InlineConfig } from 'vite'
import vitePlugin from 'vite-plugin-experimental-threads'

const RESOLVE_FROM = fileURLToPath(new URL('.', import.meta.url))
const DIST = fileURLToPath(new URL('../../pkg/runtime/dist/', import.meta.url))
const PROGRAM = `export { $spawn, $boot } from 'experimental-threads/internal'`

const SENTENCES = ['came while the pool was shutting down', 'a function stays in the thread that made it']
const sentencesIn = (text: string): string[] => SENTENCES.filter((sentence) => text.includes(sentence))
const PAGES = '@experimental-threads/compiler/errors/'

// Vitest sets it to `test`, which Vite takes for a build that is not for production.
afterEach(() => void vi.unstubAllEnvs())

async function esbuildText(options: BuildOptions, program = PROGRAM): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: program, resolveDir: RESOLVE_FROM },
    bundle: true,
    format: 'esm',
    splitting: true,
    outdir: 'out',
    ...options,
    write: false,
    plugins: [esbuildPlugin()],
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

async function viteText(options: InlineConfig): Promise<string> {
  vi.stubEnv('NODE_ENV', 'production')
  const root = await mkdtemp(join(tmpdir(), 'short-texts-'))
  try {
    const from = fileURLToPath(import.meta.resolve('experimental-threads/internal'))
    await writeFile(join(root, 'main.js'), PROGRAM.replace('experimental-threads/internal', from))
    const result = await build({
      configFile: false,
      logLevel: 'silent',
      ...options,
      root,
      plugins: [vitePlugin()],
      build: {
        ...options.build,
        write: false,
        rollupOptions: { input: join(root, 'main.js'), preserveEntrySignatures: 'strict' },
      },
    })
    const outputs = [result].flat().flatMap((each) => ('output' in each ? each.output : []))
    return outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('\n')
  } finally {
    await rm(root, { recursive: true })
  }
}

test.each([
  ['esbuild, minified', () => esbuildText({ minify: true })],
  ['esbuild, for production', () => esbuildText({ define: { 'process.env.NODE_ENV': '"production"' } })],
  ['esbuild, minified, one file', () => esbuildText({ minify: true, splitting: false })],
  ['Vite', () => viteText({})],
])('no sentences: %s', async (_, textOf) => {
  const text = await textOf()
  expect([text.includes(PAGES), sentencesIn(text)]).toEqual([true, []])
})

test.each([
  ['esbuild, not minified', () => esbuildText({})],
  [
    'esbuild, minified for development',
    () => esbuildText({ minify: true, define: { 'process.env.NODE_ENV': '"development"' } }),
  ],
  ['esbuild, minified for Node', () => esbuildText({ minify: true, platform: 'node' })],
  ['Vite, not minified', () => viteText({ build: { minify: false } })],
  ['Vite, for Node', () => viteText({ build: { ssr: true, minify: true }, ssr: { noExternal: true } })],
])('sentences: %s', async (_, textOf) => {
  expect(sentencesIn(await textOf())).toEqual(SENTENCES)
})

test('no sentences of `connect`, which fails for several reasons', async () => {
  const program = `export { connect } from 'experimental-threads'`
  const sentences = ['memory of its own', 'declared or used', 'program to join', 'seconds have passed']
  const found = async (minify: boolean): Promise<string[]> => {
    const text = await esbuildText({ minify }, program)
    return sentences.filter((sentence) => text.includes(sentence))
  }
  expect([await found(false), await found(true)]).toEqual([sentences, []])
})

const errorFiles = readdirSync(DIST, { recursive: true }).filter((path) => /(?:^|[\\/-])errors\.js$/.test(String(path)))

test.each(errorFiles.map(String))('what is left of %s has the same values', async (file) => {
  const path = join(DIST, file)
  const whole = readFileSync(path, 'utf8')
  const short = shortTexts(whole, path)!
  expect(short.length).toBeLessThan(whole.length)
  // Still a module, with all its exports.
  const { metafile } = await esbuild.build({
    stdin: { contents: short, resolveDir: DIST },
    format: 'esm',
    outdir: 'out',
    write: false,
    metafile: true,
  })
  const exported = Object.values(metafile.outputs).flatMap((output) => output.exports)
  expect(exported.length).toBe(whole.match(/^export (?:const|function|class)/gm)!.length)
})

test('values stay, whatever they are made of', () => {
  const path = join(DIST, 'pool-errors.js')
  const text = (literal: string): string => shortTexts(`new ThreadError('R500', ${literal}, { cause })`, path)!
  expect(text('`a ${x} of ${y.map((z) => `${z}}`)} "`')).toBe(
    "new ThreadError('R500', `${x}, ${y.map((z) => `${z}}`)}`, { cause })",
  )
  expect(text('`\\`${x}\\` ${{ a: "}" }.a}`')).toBe('new ThreadError(\'R500\', `${x}, ${{ a: "}" }.a}`, { cause })')
  expect(text("'it\\'s over'")).toBe("new ThreadError('R500', ``, { cause })")
  // Put together in another way, a text stays.
  expect(text("'one ' + two")).toBe("new ThreadError('R500', 'one ' + two, { cause })")
})

test('files of others stay as they are', () => {
  expect(shortTexts(`new ThreadError('R500', 'text')`, join(RESOLVE_FROM, 'dist', 'errors.js'))).toBeUndefined()
  expect(shortTexts(`new ThreadError('R500', 'text')`, join(DIST, 'pool.js'))).toBeUndefined()
})
