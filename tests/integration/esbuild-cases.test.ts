// Acceptance cases about builds with esbuild, run in Node.

import * as esbuild from 'esbuild'
import type { BuildOptions } from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'
import { describe, expect, test } from 'vitest'

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
    const target = project({
      'src/helper.ts': `console.log('"loaded"')\nexport const double = (n: number): number => n * 2\n`,
      'src/main.ts': `import { configure, spawn } from 'experimental-threads'
import { double } from './helper'
configure({ maxThreads: 1 })
const own = (n: number) => double(n) + 1
void Promise.all([spawn(() => own(1)), spawn(() => [double(2), own(3)])]).then((both) =>
  console.log(JSON.stringify([double(5), both])))
`,
    })
    const { metafile } = await target.build(options)
    const { stdout, code } = await target.run(outputOf(metafile, 'src/main.ts'))
    expect(stdout.split('\n')).toEqual(['"loaded"', '"loaded"', '[10,[3,[4,7]]]', ''])
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
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
async function price(amount: number, { rate, country }: { rate: number; country: string }) {
  const label = country + '!'
  return spawn(async () => {
    const inner = [label, country]
    return [amount * rate, await spawn(() => [inner, rate, amount])]
  })
}
void price(3, { rate: 7, country: 'x' }).then((all) => console.log(JSON.stringify(all)))
`,
    })
    const { metafile } = await target.build({ ...options, minify: true })
    expect(await printed(target, metafile)).toEqual([21, [['x!', 'x'], 7, 3]])
  })

  test('a package in node_modules may spawn, and its threads too (case 205)', async () => {
    const target = project({
      'node_modules/sums/package.json': JSON.stringify({
        name: 'sums',
        version: '2.0.0',
        type: 'module',
        main: 'index.js',
      }),
      'node_modules/sums/index.js': `import { spawn } from 'experimental-threads'
import { one } from './one.js'
export const sum = (n) => spawn(async () => (n === 0 ? 0 : one + (await sum(n - 1))))
`,
      'node_modules/sums/one.js': 'export const one = 1\n',
      'src/main.ts': `import { spawn } from 'experimental-threads'
import { sum } from 'sums'
const main = async () => [await sum(3), await spawn(() => sum(2))]
void main().then((all) => console.log(JSON.stringify(all)))
`,
    })
    const { metafile } = await target.build(options, { exclude: /\/node_modules\/(?!sums\/)/ })
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
    const target = project({
      'src/main.ts': `import { Global, spawn } from 'experimental-threads'
// The thread ends before the value is there, which only this module can make.
const early = await spawn(() => cells.value.length).join()
const text = ['four', String(Date.now())].join()
const cells = new Global(new Int32Array(new SharedArrayBuffer(4 * text.indexOf(','))))
console.log(JSON.stringify([early.ok ? 'made' : early.error.cause.code, await spawn(() => cells.value.length)]))
`,
    })
    const { metafile } = await target.build({ format: 'esm', splitting, target: 'es2022' })
    expect(await printed(target, metafile)).toEqual(['E320', 4])
  },
)
