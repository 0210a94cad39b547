/** Threads that work with real libraries give what the same closures give in place. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as esbuild from 'esbuild'
import threads from 'esbuild-plugin-experimental-threads'
import { expect, onTestFinished, test } from 'vitest'

const folder = fileURLToPath(new URL('programs/', import.meta.url))
const inPlace = fileURLToPath(new URL('../tools/in-place.ts', import.meta.url))

/** Builds and runs the program; with threads or in place. */
async function run(kind: 'threads' | 'in place'): Promise<Record<string, unknown>> {
  const outdir = mkdtempSync(join(tmpdir(), 'libraries-'))
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }))
  await esbuild.build({
    absWorkingDir: folder,
    entryPoints: ['libraries.js'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir,
    logLevel: 'silent',
    ...(kind === 'threads' ? { plugins: [threads()] } : { alias: { 'experimental-threads': inPlace } }),
  })
  writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }')
  const stdout = execFileSync(process.execPath, [join(outdir, 'libraries.js')], { encoding: 'utf8', timeout: 100_000 })
  return JSON.parse(stdout) as Record<string, unknown>
}

test('schemas, scratch objects, memo tables, generators of numbers, locales and drafts work in threads as in place', async () => {
  const threaded = await run('threads')
  const { untouched: changedInPlace, ...expected } = await run('in place')
  const { untouched, ...results } = threaded
  expect(results).toEqual(expected)
  expect(results).toMatchObject({ zod: 8, refused: ['id', 'items'], memo: [112, 119], luxon: '28. Februar 2025' })
  // In place the closures wrote the scratch object itself; a thread writes its own.
  expect(untouched).toEqual(['open', [0, 0, 0], true])
  expect(changedInPlace).not.toEqual(untouched)
})
