// Acceptance cases about builds with esbuild, run in Node.

import * as esbuild from 'esbuild'
import type { BuildOptions } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'
import { describe, expect, test } from 'vitest'

import {
  renamed,
  renamedGives,
  sharedHelper,
  sharedHelperPrints,
  sharedTooEarly,
  spawningPackage,
} from './case-programs.ts'
import { outputOf, project } from './esbuild-project.ts'
import type { Project } from './esbuild-project.ts'

const PASSES = [
  { name: 'one pass', options: { format: 'esm', splitting: true } as BuildOptions },
  { name: 'two passes', options: { format: 'cjs', outExtension: { '.js': '.cjs' } } as BuildOptions },
]

async function printed(target: Project, metafile: esbuild.Metafile): Promise<unknown> {
  const { stdout, stderr, code } = await target.run(outputOf(metafile, 'src/main.ts'))
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  return JSON.parse(stdout)
}

const counting = (factor: number): Record<string, string> => ({
  'src/main.ts': `import { spawn } from 'experimental-threads'
import { base } from './base'
void spawn(() => base * ${factor}).then((n) => console.log(n))
`,
  'src/base.ts': 'export const base = 7\n',
})

describe.each(PASSES)('cases of builds: $name', ({ options }) => {
  test('a closure sees the replacements that its file sees (case 195)', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
const here = [import.meta.env.SSR, process.env.NODE_ENV, __VERSION__]
void spawn(() => [import.meta.env.SSR, process.env.NODE_ENV, __VERSION__]).then((there) =>
  console.log(JSON.stringify({ here, there })))
`,
    })
    const define = {
      'import.meta.env.SSR': 'true',
      'process.env.NODE_ENV': '"staging"',
      __VERSION__: '"1.2"',
    }
    const { metafile } = await target.build({ ...options, define })
    const expected = [true, 'staging', '1.2']
    expect(await printed(target, metafile)).toEqual({ here: expected, there: expected })
  })

  test('a helper that two closures and the app use is no circle, and runs once for each (cases 196, 197)', async () => {
    const target = project(sharedHelper)
    const { metafile } = await target.build(options)
    const { stdout, code } = await target.run(outputOf(metafile, 'src/main.ts'))
    expect(stdout.split('\n')).toEqual(sharedHelperPrints)
    expect(code).toBe(0)
  })

  test('builds that run at the same time, with one plugin, do not mix (case 202)', async () => {
    const plugin = experimentalThreads()
    const factors = [2, 3]
    const targets = factors.map((factor) => project(counting(factor)))
    const results = await Promise.all(
      targets.map((target) => esbuild.build({ ...target.options(options), plugins: [plugin] })),
    )
    const all = await Promise.all(targets.map((target, index) => printed(target, results[index]!.metafile!)))
    expect(all).toEqual([14, 21])
  })

  test('captures keep their places when a minifier renames them (case 203)', async () => {
    const target = project(renamed)
    const { metafile } = await target.build({ ...options, minify: true })
    expect(await printed(target, metafile)).toEqual(renamedGives)
  })

  test('a package in node_modules may spawn, and its threads too (case 205)', async () => {
    const target = project(spawningPackage)
    const { metafile } = await target.build(options)
    expect(await printed(target, metafile)).toEqual([3, 2])
  })
})

test('with one pass, a captured object keeps its keys when properties are mangled (case 203)', async () => {
  const target = project({
    'src/main.ts': `import { spawn } from 'experimental-threads'
const point = { x_: 1, y_: { z_: 2 } }
void spawn(() => point.x_ + point.y_.z_).then((n) => console.log(n))
`,
  })
  const { metafile } = await target.build({ format: 'esm', splitting: true, mangleProps: /_$/ })
  expect(await printed(target, metafile)).toBe(3)
})

test.each([true, false])(
  'shared memory that only its module can make is not made by a thread (E320), splitting: %s',
  async (splitting) => {
    const target = project(sharedTooEarly)
    const { metafile } = await target.build({ format: 'esm', splitting, target: 'es2022' })
    expect(await printed(target, metafile)).toEqual(['E320', 4])
  },
)
