import { existsSync, readFileSync } from 'node:fs'

import type { BuildOptions } from 'esbuild'
import { describe, expect, test } from 'vitest'

import { originalPosition } from './apps/vite-tools.ts'
import { outputOf, project } from './esbuild-project.ts'
import type { Project, Run } from './esbuild-project.ts'

const PASSES = [
  { name: 'one pass', options: { format: 'esm', splitting: true } as BuildOptions },
  { name: 'two passes', options: { format: 'cjs', outExtension: { '.js': '.cjs' } } as BuildOptions },
]

async function buildAndRun(target: Project, options: BuildOptions, ...flags: string[]): Promise<Run> {
  const entry = (options.entryPoints as string[] | undefined)?.[0] ?? 'src/main.ts'
  const { metafile } = await target.build(options)
  const run = await target.run(outputOf(metafile, entry), ...flags)
  expect(run.stderr).toBe('')
  return run
}

describe.each(PASSES)('files as esbuild reads them: $name', ({ options }) => {
  test('paths of tsconfig.json and relative imports hold inside a closure', async () => {
    const target = project({
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '#lib/*': ['./src/lib/*'] } } }),
      'src/deep/er/job.ts': `import { spawn } from 'experimental-threads'
import { aliased } from '#lib/aliased'
import { near } from './near'
import { up } from '../up'
export const job = () => spawn(() => [aliased, near, up].join())
`,
      'src/deep/er/near.ts': `export const near: string = 'near'\n`,
      'src/deep/up.ts': `export const up: string = 'up'\n`,
      'src/lib/aliased.ts': `export const aliased: string = 'aliased'\n`,
      'src/main.ts': `import { job } from './deep/er/job'\nvoid job().then((text) => console.log(text))\n`,
    })
    expect((await buildAndRun(target, options)).stdout).toBe('aliased,near,up\n')
  })

  test('a closure imports a CommonJS package', async () => {
    const target = project({
      'node_modules/reader/package.json': JSON.stringify({ name: 'reader', version: '1.0.0' }),
      'node_modules/reader/index.js': `const { basename } = require('path')\nmodule.exports = (path) => basename(path) + typeof __dirname\n`,
      'src/main.ts': `import { spawn } from 'experimental-threads'
import { double } from 'legacy'
import read from 'reader'
void spawn(() => [double(21), read('a/b')].join()).then((text) => console.log(text))
`,
    })
    // In a chunk of an ES module build, esbuild leaves it to the app to provide what CommonJS has.
    const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); var __dirname = ''`
    const all = options.splitting ? { ...options, banner: { js: banner } } : options
    expect((await buildAndRun(target, all)).stdout).toBe('42,bstring\n')
  })

  test('JSX in a closure is compiled as the nearest tsconfig.json says', async () => {
    const target = project({
      'tsconfig.json': JSON.stringify({
        compilerOptions: { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' },
      }),
      'src/h.ts': `export const Fragment = 'fragment'
export const h = (name: string, _: unknown, ...children: unknown[]) => '<' + name + '>' + children.join('')
`,
      'src/main.tsx': `import { spawn } from 'experimental-threads'
import { Fragment, h } from './h'
declare global { namespace JSX { interface IntrinsicElements { b: {} } } }
void spawn(() => <><b>{1 as number}</b></>).then((text) => console.log(text))
`,
    })
    expect((await buildAndRun(target, { ...options, entryPoints: ['src/main.tsx'] })).stdout).toBe('<fragment><b>1\n')
  })

  test('the automatic runtime of JSX needs no name in the file', async () => {
    const target = project({
      'node_modules/view/package.json': JSON.stringify({
        name: 'view',
        version: '1.0.0',
        exports: { './jsx-runtime': './jsx.js' },
      }),
      'node_modules/view/jsx.js': `exports.jsx = (name, { children }) => '<' + name + '>' + children\n`,
      'src/main.jsx': `import { spawn } from 'experimental-threads'
void spawn(() => <b>bold</b>).then((text) => console.log(text))
`,
    })
    const jsx: BuildOptions = { jsx: 'automatic', jsxImportSource: 'view', entryPoints: ['src/main.jsx'] }
    expect((await buildAndRun(target, { ...options, ...jsx })).stdout).toBe('<b>bold\n')
  })

  test('the `loader` option decides the language of a file and of its closures', async () => {
    const target = project({
      'src/main.js': `import { spawn } from 'experimental-threads'
function h(name) {
  return '<' + name + '>'
}
void spawn(() => <i />).then((text) => console.log(text))
`,
    })
    const loader: BuildOptions = { loader: { '.js': 'jsx' }, jsxFactory: 'h', entryPoints: ['src/main.js'] }
    expect((await buildAndRun(target, { ...options, ...loader })).stdout).toBe('<i>\n')
  })

  test('TypeScript that is more than types work inside a closure', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
enum Size { Small = 1, Large = 10 }
void spawn(() => {
  class Box<T> { constructor(private readonly content: T) {} get(): T { return this.content } }
  return new Box<number>(Size.Large satisfies number).get()!
}).then((value) => console.log(value))
`,
    })
    expect((await buildAndRun(target, options)).stdout).toBe('10\n')
  })

  test('the stack of an error thrown in a thread names the line of the source', async () => {
    const target = project({
      'src/main.ts': `import { spawn } from 'experimental-threads'
import { fail } from './fail'
interface Padding { text: string }
const report = (error: unknown) => console.log((error as Error).stack)
async function main() {
  await spawn((): Padding => {
    throw new RangeError('directly')
  }).catch(report)
  await spawn(() => fail('é日😀 indirectly')).catch(report)
}
void main()
`,
      'src/fail.ts': `type Reason = string\n\nexport function fail(reason: Reason): never {\n  throw new TypeError(reason)\n}\n`,
    })
    const { stdout } = await buildAndRun(target, { ...options, sourcemap: true, minify: true }, '--enable-source-maps')
    expect(stdout).toContain('RangeError: directly')
    expect(stdout).toMatch(/src\/main\.ts:7:11\)?$/m)
    expect(stdout).toContain('TypeError: é日😀 indirectly')
    expect(stdout).toMatch(/src\/fail\.ts:4:9\)?$/m)
    expect(stdout).toMatch(/src\/main\.ts:9:21\)?$/m)
  })

  test.each(['linked', 'inline', 'external', 'both'] as const)(
    'maps are as the build wants them: %s',
    async (sourcemap) => {
      const target = project({
        'src/main.ts': `import { spawn } from 'experimental-threads'

void spawn(() => {
  throw new Error('mapped')
}).catch((error: Error) => console.log(error.stack))
`,
      })
      const { metafile } = await target.build({ ...options, sourcemap, minify: true })
      const isOurs = ([, { entryPoint }]: [string, { entryPoint?: string }]): boolean =>
        entryPoint?.startsWith('src/main.ts?spawn=') === true
      const [chunk = ''] = Object.entries(metafile.outputs).find(isOurs)!
      const code = readFileSync(target.path(chunk), 'utf8')
      const comment = /\/\/# sourceMappingURL=(\S+)/.exec(code)?.[1]
      const inline = comment?.startsWith('data:') ? Buffer.from(comment.split(',')[1]!, 'base64').toString() : undefined
      const file = existsSync(target.path(`${chunk}.map`))
        ? readFileSync(target.path(`${chunk}.map`), 'utf8')
        : undefined
      expect([comment !== undefined, inline !== undefined, file !== undefined]).toEqual(
        {
          linked: [true, false, true],
          inline: [true, true, false],
          external: [false, false, true],
          both: [true, true, true],
        }[sourcemap],
      )
      const before = code.slice(0, code.indexOf('throw ')).split('\n')
      for (const map of [inline, file].filter((text) => text !== undefined)) {
        const place = originalPosition(map, before.length, before.at(-1)!.length + 1)
        expect(place).toEqual({ source: '../src/main.ts', line: 4 })
      }
      // Node reads what a file says of its map.
      if (sourcemap === 'external') return
      const { stdout } = await target.run(outputOf(metafile, 'src/main.ts'), '--enable-source-maps')
      expect(stdout).toMatch(/src\/main\.ts:4:9\)?$/m)
    },
  )
})

test('an `import.meta.url` that the app defines for CommonJS stays out of its threads', async () => {
  const target = project({
    'src/main.ts': `import { spawn } from 'experimental-threads'
void spawn(() => new URL('.', import.meta.url).href === new URL('.', import.meta.url).href).then((same) => console.log(same, import.meta.url.slice(0, 5)))
`,
    'src/shim.js': `export const here = require('node:url').pathToFileURL(__filename).href\n`,
  })
  const { stdout, stderr } = await buildAndRun(target, {
    ...PASSES[1]?.options,
    define: { 'import.meta.url': 'here' },
    inject: ['src/shim.js'],
  })
  expect({ stdout, stderr }).toEqual({ stdout: 'true file:\n', stderr: '' })
})

test('a name of CommonJS that the app declares itself stays its own', async () => {
  const target = project({
    'src/main.ts': `import { spawn } from 'experimental-threads'
import { require, __dirname } from './names'
void spawn(() => [require, __dirname].join()).then((text) => console.log(text))
`,
    'src/names.ts': `export const require = 'r'\nexport const __dirname = 'd'\nexport const __filename = 'f'\n`,
  })
  expect((await buildAndRun(target, PASSES[1]?.options ?? {})).stdout).toBe('r,d\n')
})

test('code for a single script is found from the place of the file that is evaluated late', async () => {
  const target = project({
    'src/main.ts': `void import('./late').then(({ late }) => late())\n`,
    'src/late.ts': `import { spawn } from 'experimental-threads'\nexport const late = () => spawn(() => 'late').then((text) => console.log(text))\n`,
    'out/package.json': '{"type":"commonjs"}',
  })
  await target.build({ format: 'iife' })
  expect((await target.run('out/main.js')).stdout).toBe('late\n')
  expect(readFileSync(target.path('out/main.js'), 'utf8')).not.toContain('import.meta')
})
