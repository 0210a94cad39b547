import { readFileSync } from 'node:fs'

import * as esbuild from 'esbuild'
import type { BuildContext, BuildOptions, BuildResult, Plugin, PluginBuild } from 'esbuild'
import { describe, expect, onTestFinished, test } from 'vitest'

import { resolveOptions } from '../../plugin-esbuild/src/options.ts'
import { SideBuild } from '../../plugin-esbuild/src/side-build.ts'
import { failureOf, outputOf, project } from './esbuild-project.ts'
import type { Project } from './esbuild-project.ts'

const PASSES = [
  { name: 'one pass', options: { format: 'esm', splitting: true } as BuildOptions },
  { name: 'two passes', options: { format: 'cjs', outExtension: { '.js': '.cjs' } } as BuildOptions },
]

const one = `import { spawn } from 'experimental-threads'
import { word } from './word'
void spawn(() => word + ' 1').then((text) => console.log(text))
`
const two = `${one}void spawn(() => 'two').then((text) => console.log(text))\n`
const none = `console.log('none')\n`
const word = `export const word = 'one'\n`

async function contextFor(target: Project, options: BuildOptions): Promise<BuildContext<{ metafile: true }>> {
  const context = await esbuild.context(target.options(options))
  onTestFinished(() => context.dispose())
  return context
}

function addresses(metafile: esbuild.Metafile): string[] {
  return Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint?.includes('?spawn=') ? [path] : [],
  )
}

describe.each(PASSES)('rebuild: $name', ({ options }) => {
  test('closures appear and disappear (case 202)', async () => {
    const target = project({ 'src/main.ts': one, 'src/word.ts': word })
    const context = await contextFor(target, options)
    const steps: { text: string; printed: string[]; closures: number }[] = [
      { text: one, printed: ['one 1'], closures: 1 },
      { text: two, printed: ['one 1', 'two'], closures: 2 },
      { text: none, printed: ['none'], closures: 0 },
      { text: one, printed: ['one 1'], closures: 1 },
    ]
    for (const { text, printed, closures } of steps) {
      target.write({ 'src/main.ts': text })
      const { metafile } = await context.rebuild()
      expect(addresses(metafile)).toHaveLength(closures)
      const { stdout, code } = await target.run(outputOf(metafile, 'src/main.ts'))
      expect(stdout.split('\n').filter(Boolean).sort()).toEqual(printed)
      expect(code).toBe(0)
    }
  })

  test('an edited closure, and an edited module that only a closure uses, get new names, and so does the app', async () => {
    const target = project({ 'src/main.ts': one, 'src/word.ts': word })
    const context = await contextFor(target, { ...options, entryNames: '[name]-[hash]' })
    const names = async (): Promise<string[]> => {
      const { metafile } = await context.rebuild()
      return [outputOf(metafile, 'src/main.ts'), ...addresses(metafile)]
    }
    const first = await names()
    expect(await names()).toEqual(first)
    target.write({ 'src/main.ts': one.replace("' 1'", "' 2'") })
    const second = await names()
    target.write({ 'src/word.ts': `export const word = 'another'\n` })
    const third = await names()
    expect(new Set([...first, ...second, ...third]).size).toBe(6)
    expect((await target.run(third[0] ?? '')).stdout).toBe('another 2\n')
  })

  test('goes on after an error in a closure', async () => {
    const target = project({ 'src/main.ts': one, 'src/word.ts': word })
    const context = await contextFor(target, options)
    await context.rebuild()
    target.write({ 'src/word.ts': 'export const word = ;\n' })
    const { errors } = await failureOf(context.rebuild())
    expect(errors.map(({ text, location }) => [text, location?.file])).toEqual([['Unexpected ";"', 'src/word.ts']])
    target.write({ 'src/word.ts': word })
    const { metafile } = await context.rebuild()
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('one 1\n')
  })

  test('watch mode follows a module that only a closure uses, also after it was broken', async () => {
    const target = project({ 'src/main.ts': one, 'src/word.ts': word })
    const { context, results, after } = await watched(target, options)
    await after(() => context.watch())
    for (const text of [`export const word = 'two'\n`, 'export const word = ;\n', `export const word = 'three'\n`]) {
      await after(() => target.write({ 'src/word.ts': text }))
    }
    expect(results.map(({ errors }) => errors.length)).toEqual([0, 0, 1, 0])
    expect((await target.run(entryOf(results.at(-1)))).stdout).toBe('three 1\n')
  })

  test('watch mode sees a missing module of a closure appear', async () => {
    const target = project({ 'src/main.ts': one })
    const { context, results, after } = await watched(target, options)
    await after(() => context.watch())
    await after(() => target.write({ 'src/word.ts': word }))
    expect(results.map(({ errors }) => errors.length)).toEqual([1, 0])
    expect((await target.run(entryOf(results.at(-1)))).stdout).toBe('one 1\n')
  })
})

interface Watched {
  context: BuildContext
  results: BuildResult[]
  /** Does something, and waits until the build that follows from it has ended */
  after(action: () => unknown): Promise<void>
}

async function watched(target: Project, options: BuildOptions): Promise<Watched> {
  const results: BuildResult[] = []
  let ended = (): void => {}
  const listener: Plugin = {
    name: 'listener',
    setup: (build) => {
      build.onEnd((result) => {
        results.push(result)
        ended()
      })
    },
  }
  const context = await contextFor(target, { ...options, plugins: [listener] })
  const after = async (action: () => unknown): Promise<void> => {
    const end = new Promise<void>((resolve) => (ended = resolve))
    await action()
    await end
  }
  return { context, results, after }
}

function entryOf(result: BuildResult | undefined): string {
  if (result?.metafile === undefined) throw new Error('the build has no metafile')
  return outputOf(result.metafile, 'src/main.ts')
}

test('the first of two passes is ended too, also while it is being set up', async () => {
  const target = project({ 'src/main.ts': one, 'src/word.ts': word })
  let disposed = 0
  let begun = (): void => {}
  let proceed = (): void => {}
  const hasBegun = new Promise<void>((resolve) => (begun = resolve))
  const mayProceed = new Promise<void>((resolve) => (proceed = resolve))
  const given = target.options({ format: 'cjs', plugins: [] })
  const build = {
    initialOptions: given,
    esbuild: {
      context: async (options: BuildOptions) => {
        begun()
        await mayProceed
        const context = await esbuild.context(options)
        const dispose = async (): Promise<void> => {
          await context.dispose()
          disposed++
        }
        return { ...context, dispose }
      },
    },
  } as unknown as PluginBuild
  const side = new SideBuild(build, given, resolveOptions({}), 'experimental-threads')
  const run = side.run()
  await hasBegun
  const end = side.dispose()
  proceed()
  await Promise.allSettled([run, end])
  expect(disposed).toBe(1)
})

test('the first of two passes ends no build of other plugins', async () => {
  const target = project({ 'src/main.ts': one, 'src/word.ts': word })
  let ends = 0
  const counter: Plugin = { name: 'counter', setup: (build) => build.onEnd(() => void ends++) }
  await target.build({ format: 'cjs', plugins: [counter] })
  expect(ends).toBe(1)
  expect(readFileSync(target.path('out/main.js'), 'utf8')).toContain('new URL("./main-')
})
