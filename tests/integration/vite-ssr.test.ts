// `vite build --ssr`: the files run in Node, in threads of Node, and end by themselves.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { InlineConfig } from 'vite'
import { describe, expect, test } from 'vitest'

import { threadsOutcome } from './apps/outcomes.ts'
import { configOf, lineOf, openApp, originalPosition, runNode, versions } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'

function ssrConfig(app: App, format: 'es' | 'cjs', config: InlineConfig = {}): InlineConfig {
  const extension = format === 'es' ? 'mjs' : 'cjs'
  const names = { entryFileNames: `[name].${extension}`, chunkFileNames: `[name].${extension}` }
  return configOf(app, {
    ...config,
    build: { ssr: 'src/main.ts', sourcemap: true, rollupOptions: { output: { format, ...names } } },
  })
}

describe.each(versions)('%s', (_, load) => {
  test.each(['es', 'cjs'] as const)('%s runs in Node', async (format) => {
    await using app = await openApp('vite-threads')
    await (await load()).build(ssrConfig(app, format))
    const ran = await runNode(join(app.root, `dist/main.${format === 'es' ? 'mjs' : 'cjs'}`))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { stack, ...outcome } = JSON.parse(ran.stdout) as { stack: string }
    expect(outcome).toEqual(threadsOutcome)
    expect(stack).toContain('RangeError: é日😀 20 is too much')
  })

  test('the stack of an error in a closure leads to the line that the user wrote', async () => {
    await using app = await openApp('vite-threads')
    await (await load()).build(ssrConfig(app, 'es'))
    const { stack } = JSON.parse((await runNode(join(app.root, 'dist/main.mjs'))).stdout) as { stack: string }
    const [, file, line, column] = /\/([^/]+\.mjs):(\d+):(\d+)/.exec(stack)!
    const map = await readFile(join(app.root, `dist/${file}.map`), 'utf8')
    expect(originalPosition(map, Number(line), Number(column))).toEqual({
      source: '../src/jobs.ts',
      line: await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError'),
    })
  })

  test('one build of a client and a server, with the plugins in common, serves both', async () => {
    await using app = await openApp('vite-threads')
    const names = { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' }
    const builder = await (
      await load()
    ).createBuilder(
      configOf(app, {
        builder: { sharedConfigBuild: true, sharedPlugins: true },
        environments: {
          client: { build: { outDir: 'dist/client' } },
          ssr: { build: { outDir: 'dist/server', ssr: 'src/main.ts', rollupOptions: { output: names } } },
        },
      }),
    )
    await builder.buildApp()
    const ran = await runNode(join(app.root, 'dist/server/main.mjs'))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toMatchObject(threadsOutcome)
    const files = await readdir(join(app.root, 'dist/client/assets'))
    expect(files.some((file) => file.startsWith('thread-'))).toBe(true)
    const texts = await Promise.all(files.map((file) => readFile(join(app.root, 'dist/client/assets', file), 'utf8')))
    expect(texts.join('')).not.toContain('worker_threads')
  })

  test.each([
    ['external', { external: ['experimental-threads'] }],
    ['bundled', { noExternal: true as const }],
  ])('the runtime may be %s', async (kind, ssr) => {
    await using app = await openApp('vite-threads')
    await (await load()).build(ssrConfig(app, 'es', { ssr }))
    const texts = await Promise.all(
      (await readdir(join(app.root, 'dist'))).map((file) => readFile(join(app.root, 'dist', file), 'utf8')),
    )
    expect(texts.some((text) => /from ?"experimental-threads\/internal"/.test(text))).toBe(kind === 'external')
    const ran = await runNode(join(app.root, 'dist/main.mjs'))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toMatchObject(threadsOutcome)
  })
})
