// Rollup and Rolldown without Vite, with the same plugin. The runtime is left outside, as libraries and programs for Node do.

import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import * as rolldown from 'rolldown'
import * as rollup from 'rollup'
import experimentalThreads from 'vite-plugin-experimental-threads'
import { describe, expect, test } from 'vitest'

import { instancesOutcome, recipesOutcome, streamsOutcome, tasksOutcome } from './apps/outcomes.ts'
import { lineOf, originalPosition, runNode, writeApp } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'

interface Output {
  dir: string
  format: 'es' | 'cjs' | 'iife' | 'system'
  entryFileNames?: string
  chunkFileNames?: string
  sourcemap?: boolean
}

/** What both have in common. */
interface Bundler {
  rollup(options: object): Promise<{ write(output: Output): Promise<unknown>; close(): Promise<void> }>
}

const bundlers: [string, Bundler][] = [
  ['Rollup', rollup as unknown as Bundler],
  ['Rolldown', { rollup: rolldown.rolldown } as unknown as Bundler],
]

const names = ['instances.js', 'recipes.js', 'shapes.js', 'streams.js', 'tasks.js']
const texts = await Promise.all(
  names.map((name) => readFile(new URL(`apps/vite-threads/src/${name}`, import.meta.url), 'utf8')),
)
const files = {
  ...Object.fromEntries(names.map((name, index) => [`src/${name}`, texts[index]!])),
  'src/main.js': `import { spawn } from 'experimental-threads'
import { shout } from './deep/shout.js'
import { runInstances } from './instances.js'
import { runRecipes } from './recipes.js'
import { runStreams } from './streams.js'
import { runTasks } from './tasks.js'

const rate = 7
function fib(n) {
  if (n < 2) return Promise.resolve(n)
  return Promise.all([spawn(() => fib(n - 1)), spawn(() => fib(n - 2))]).then(([a, b]) => a + b)
}
async function main() {
  const recipes = await runRecipes()
  const first = await spawn(async () => [shout('é日😀'), await spawn(() => rate * 3)])
  const stack = await spawn(() => {
    throw new RangeError('thrown')
  }).catch((error) => error.stack)
  return { recipes, first, fib: await fib(5), tasks: await runTasks(), instances: await runInstances(), streams: await runStreams(), stack }
}
main().then((outcome) => console.log(JSON.stringify(outcome)))
`,
  'src/deep/shout.js': `export const shout = (text) => text + '!'\n`,
}

async function build(bundler: Bundler, app: App, output: Partial<Output> = {}, options: object = {}): Promise<void> {
  const made = await bundler.rollup({
    input: join(app.root, 'src/main.js'),
    external: [/^experimental-threads/, 'react', /^node:/],
    plugins: [experimentalThreads()],
    onwarn: () => {},
    ...options,
  })
  try {
    const extension = output.format === 'cjs' ? 'cjs' : 'mjs'
    const files = { entryFileNames: `[name].${extension}`, chunkFileNames: `chunks/[name].${extension}` }
    await made.write({ dir: join(app.root, 'out'), format: 'es', ...files, ...output })
  } finally {
    await made.close()
  }
}

describe.each(bundlers)('%s', (_, bundler) => {
  test.each(['es', 'cjs'] as const)(
    '%s runs in Node, nested threads, recipes, tasks, instances and streams',
    async (format) => {
      await using app = await writeApp(files, ['react'])
      await build(bundler, app, { format, sourcemap: true })
      const ran = await runNode(join(app.root, `out/main.${format === 'es' ? 'mjs' : 'cjs'}`))
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      const { stack, ...outcome } = JSON.parse(ran.stdout) as { stack: string }
      expect(outcome).toEqual({
        recipes: recipesOutcome,
        first: ['é日😀!', 21],
        fib: 5,
        tasks: tasksOutcome,
        instances: instancesOutcome,
        streams: streamsOutcome,
      })
      const [, file, line, column] = /\/(chunks\/[^/]+\.[cm]js):(\d+):(\d+)/.exec(stack)!
      const map = await readFile(join(app.root, `out/${file}.map`), 'utf8')
      const place = originalPosition(map, Number(line), Number(column))
      expect(place).toEqual({
        source: '../../src/main.js',
        line: await lineOf(join(app.root, 'src/main.js'), 'throw new RangeError'),
      })
    },
  )

  test('builds at the same time do not mix', async () => {
    const program = (factor: number): Record<string, string> => ({
      'src/main.js': `import { spawn } from 'experimental-threads'\nspawn(() => 7 * ${factor}).then((n) => console.log(n))\n`,
    })
    await using one = await writeApp(program(2))
    await using two = await writeApp(program(3))
    await Promise.all([one, two].map((app) => build(bundler, app)))
    expect((await runNode(join(one.root, 'out/main.mjs'))).stdout).toBe('14\n')
    expect((await runNode(join(two.root, 'out/main.mjs'))).stdout).toBe('21\n')
  })

  test('a diagnostic names its place, and a program without threads gets nothing', async () => {
    await using app = await writeApp({
      'src/main.js': `import { spawn } from 'experimental-threads'
let total = 0
spawn(() => { total += 1 })
`,
      'src/plain.js': 'console.log(1)\n',
    })
    const { message, frame } = await build(bundler, app).then(
      () => ({ message: 'the build went through', frame: '' }),
      (error: Error & { frame?: string }) => ({ message: error.message, frame: error.frame ?? '' }),
    )
    // Their command lines print the frame after the message.
    expect(`${message}\n${frame}`).toMatch(/E101[^]*3 │ spawn\(\(\) => \{ total \+= 1 \}\)/)
    await build(bundler, app, {}, { input: join(app.root, 'src/plain.js') })
    expect(await readdir(join(app.root, 'out'))).toEqual(['plain.mjs'])
  })

  test('the format iife is refused with a way out', async () => {
    await using app = await writeApp({
      'src/main.js': `import { spawn } from 'experimental-threads'\nspawn(() => 1)\n`,
    })
    await expect(build(bundler, app, { format: 'iife' })).rejects.toThrow(/E402/)
  })
})

test('Rolldown compiles TypeScript in closures itself', async () => {
  await using app = await writeApp({
    'src/main.ts': `import { spawn } from 'experimental-threads'
enum Size { Small = 1, Large = 10 }
const count: number = 4
void spawn((): number => (Size.Large as number) * count).then((n: number) => console.log(n))
`,
  })
  await build(bundlers[1]![1], app, {}, { input: join(app.root, 'src/main.ts') })
  expect((await runNode(join(app.root, 'out/main.mjs'))).stdout).toBe('40\n')
})
