// The server side of Vite's dev server: modules exist only inside Vite, and threads get them from there.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import vue from '@vitejs/plugin-vue'
import type { InlineConfig, ViteDevServer } from 'vite'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { describe, expect, onTestFinished, test } from 'vitest'

import { threadsOutcome } from './apps/outcomes.ts'
import { configOf, lineOf, versions, writeApp } from './apps/vite-tools.ts'
import { spawningPackage } from './case-programs.ts'
import type { App, Vite } from './apps/vite-tools.ts'

async function serve(vite: Vite, app: App, config: InlineConfig = {}): Promise<ViteDevServer> {
  const server = await vite.createServer(
    configOf(app, { appType: 'custom', ...config, server: { middlewareMode: true, ws: false } }),
  )
  onTestFinished(() => server.close())
  return server
}

type Jobs = { runJobs(n: number): Promise<{ nested: number; stack: string; first: { label: string } }> }
type Recipes = { runRecipes(): Promise<unknown> }
type Instances = { runInstances(): Promise<unknown> }
type Streams = { runStreams(): Promise<unknown> }
type Tasks = { runTasks(): Promise<unknown> }

/** The app that other tests build, with the Vite that serves it. */
async function openThreads(packages: string[]): Promise<App> {
  const names = ['instances.js', 'jobs.ts', 'label.ts', 'recipes.js', 'shapes.js', 'streams.js', 'tasks.js']
  const texts = await Promise.all(
    names.map((name) => readFile(new URL(`apps/vite-threads/src/${name}`, import.meta.url), 'utf8')),
  )
  return writeApp(Object.fromEntries(names.map((name, index) => [`src/${name}`, texts[index]!])), [
    'ms',
    'react',
    ...packages,
  ])
}

describe.each(versions)('%s', (version, load) => {
  // A thread asks the server with the module runner of the Vite that is installed.
  const vitePackage = version === 'Vite 8' ? 'vite' : 'vite:vite-7'

  test('a module that the server loads may spawn, and its threads too', async () => {
    await using app = await openThreads([vitePackage])
    const server = await serve(await load(), app)
    const { runRecipes } = (await server.ssrLoadModule('/src/recipes.js')) as Recipes
    expect(await runRecipes()).toEqual(threadsOutcome.recipes)
    const { runJobs } = (await server.ssrLoadModule('/src/jobs.ts')) as Jobs
    const { stack, ...outcome } = await runJobs(20)
    const { first, second, nested, instances, streams, tasks } = threadsOutcome
    expect(outcome).toEqual({ first, second, nested })
    const { runInstances } = (await server.ssrLoadModule('/src/instances.js')) as Instances
    expect(await runInstances()).toEqual(instances)
    const { runTasks } = (await server.ssrLoadModule('/src/tasks.js')) as Tasks
    expect(await runTasks()).toEqual(tasks)
    const { runStreams } = (await server.ssrLoadModule('/src/streams.js')) as Streams
    expect(await runStreams()).toEqual(streams)
    // Vite 7 gives engines no name for a file with blanks in its path, and so no frame of it has a place.
    const wanted = version === 'Vite 7' ? 'const stack = await spawn' : 'throw new RangeError'
    const line = await lineOf(join(app.root, 'src/jobs.ts'), wanted)
    expect(stack).toMatch(new RegExp(`src/jobs\\.ts:${line}:\\d+\\)?$`, 'm'))
  })

  test('a package that the server loads may spawn as it was written (case 205)', async () => {
    await using app = await writeApp(
      { ...spawningPackage, 'src/job.ts': `import { sum } from 'sums'\nexport const job = () => sum(3)\n` },
      [vitePackage],
    )
    const server = await serve(await load(), app)
    const { job } = (await server.ssrLoadModule('/src/job.ts')) as { job(): Promise<number> }
    expect(await job()).toBe(3)
  })

  test('after an edit of a closure, and of a module that only threads use, the next spawn runs the new text', async () => {
    await using app = await writeApp({
      'src/job.ts': `import { spawn } from 'experimental-threads'
import { word } from './word.ts'
export const job = () => spawn(() => word + ' 1')
`,
      'src/word.ts': `export const word: string = 'one'\n`,
    })
    const server = await serve(await load(), app)
    const result = async (): Promise<string> =>
      ((await server.ssrLoadModule('/src/job.ts')) as { job(): Promise<string> }).job()
    expect(await result()).toBe('one 1')
    const change = async (file: string, text: string): Promise<void> => {
      const path = join(app.root, file)
      const seen = new Promise<void>((resolve) => {
        server.watcher.on('change', (changed) => changed === path && resolve())
      })
      await writeFile(path, text)
      await seen
    }
    await change('src/word.ts', `export const word: string = 'two'\n`)
    await expect.poll(result).toBe('two 1')
    await change(
      'src/job.ts',
      `import { spawn } from 'experimental-threads'
import { word } from './word.ts'
export const job = () => spawn(() => word + ' 2')
`,
    )
    await expect.poll(result).toBe('two 2')
  })

  test('a component may spawn while the server renders it', async () => {
    await using app = await writeApp(
      {
        'src/App.vue': `<script setup lang="ts">
import { spawn } from 'experimental-threads'
const factor: number = 6
const product = await spawn(() => factor * 7)
</script>
<template><p>{{ product }}</p></template>
`,
        'src/render.js': `import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import App from './App.vue'
export const render = () => renderToString(createSSRApp(App))
`,
      },
      ['vue', vitePackage],
    )
    const server = await serve(await load(), app, { plugins: [experimentalThreads(), vue()] })
    const { render } = (await server.ssrLoadModule('/src/render.js')) as { render(): Promise<string> }
    expect(await render()).toContain('<p>42</p>')
  })

  test('a module that does not load is told as the cause', async () => {
    await using app = await writeApp({
      'src/job.js': `import { spawn } from 'experimental-threads'
import { word } from './broken.js'
export const job = () => spawn(() => word)
`,
      'src/broken.js': `export const word = \n`,
    })
    const server = await serve(await load(), app)
    const { job } = (await server.ssrLoadModule('/src/job.js')) as { job(): Promise<string> }
    const error = await job().catch((error: Error) => error)
    expect(error).toMatchObject({ code: 'R505', message: expect.stringContaining('vite:/src/job.js') })
    expect(String(((error as Error).cause as Error).message)).toMatch(/parse|Unexpected/i)
  })

  test('E406: where the plugin knows no server, a spawn says so', async () => {
    await using app = await writeApp({
      'src/job.js': `import { spawn } from 'experimental-threads'\nexport const job = () => spawn(() => 1)\n`,
    })
    // Without the part that learns of servers.
    const plugins = experimentalThreads().filter(({ name }) => !name.endsWith(':config'))
    const server = await serve(await load(), app, { plugins })
    const { job } = (await server.ssrLoadModule('/src/job.js')) as { job(): Promise<number> }
    const error = await job().catch((error: Error) => error)
    expect(error).toMatchObject({ code: 'R506', cause: { message: expect.stringContaining('E406') } })
  })
})
