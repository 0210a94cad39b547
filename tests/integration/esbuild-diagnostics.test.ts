import { readFileSync } from 'node:fs'

import type { BuildOptions, Message, Plugin } from 'esbuild'
import * as esbuild from 'esbuild'
import experimentalThreads from 'esbuild-plugin-experimental-threads'
import type { Options } from 'esbuild-plugin-experimental-threads'
import { describe, expect, test } from 'vitest'

import { failureOf, outputOf, project } from './esbuild-project.ts'

const PASSES = [
  { name: 'one pass', options: { format: 'esm', splitting: true } as BuildOptions },
  { name: 'two passes', options: { format: 'cjs', outExtension: { '.js': '.cjs' } } as BuildOptions },
]

const importSpawn = `import { spawn } from 'experimental-threads'\n`

function places(messages: readonly Message[]): unknown[] {
  return messages.map(({ text, location }) => [
    text.split(':')[0],
    location?.file,
    location?.line,
    location?.column,
    location?.length,
  ])
}

describe.each(PASSES)('messages: $name', ({ options }) => {
  test('all errors of all files come at once, each once, with the place in bytes', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}export function count() {
  let n = 0
  let total = 0
  /* é日😀 */ void spawn(() => { total = 1 })
  return spawn(() => { n += 1 })
}
`,
      'src/other.ts': `${importSpawn}export function other() {\n  let last = ''\n  return spawn(() => { last = 'é' })\n}\n`,
    })
    const entryPoints = ['src/main.ts', 'src/other.ts']
    const { errors } = await failureOf(target.build({ ...options, entryPoints }))
    expect(places(errors).sort()).toEqual([
      ['E101', 'src/main.ts', 5, '  /* é日😀 */ void spawn(() => { '.length + 1 + 2 + 2, 'total'.length],
      ['E101', 'src/main.ts', 6, '  return spawn(() => { '.length, 1],
      ['E101', 'src/other.ts', 4, '  return spawn(() => { '.length, 'last'.length],
    ])
    expect(new Set(errors.map(({ pluginName }) => pluginName))).toEqual(new Set(['experimental-threads']))
  })

  test('esbuild draws the frame under the right characters, and the message leads to its page', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}export function count() {\n  let n = 0\n  /* é日😀 */ void spawn(() => { n = 1 })\n  return n\n}\n`,
    })
    const { errors } = await failureOf(target.build(options))
    const [drawn] = await esbuild.formatMessages(errors, { kind: 'error', terminalWidth: 100 })
    expect(drawn).toContain('E101: `n` is written inside a thread')
    expect(drawn).toContain('src/main.ts:4:')
    const lines = (drawn ?? '').split('\n')
    const source = lines.findIndex((line) => line.includes('spawn(() => { n = 1 })'))
    // The marker stands on the next line; wide characters before it take their width.
    expect(lines[source + 1]).toMatch(/~|\^/)
    expect(drawn).toContain('@experimental-threads/compiler/errors/E101.md')
    expect(drawn).toContain('help: ')
  })

  test('warnings come once and let the build pass', async () => {
    const target = project({ 'src/main.ts': `${importSpawn}export const title = () => spawn(() => document.title)\n` })
    const { warnings } = await target.build(options)
    expect(places(warnings)).toEqual([
      ['W901', 'src/main.ts', 2, 'export const title = () => spawn(() => '.length, 'document'.length],
    ])
  })

  test('warnings of esbuild about the code of threads come once', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}import { odd } from './odd'\nexport const job = () => spawn(() => odd(1))\n`,
      'src/odd.ts': `export const odd = (n: number) => { if (n === -0) return typeof n === 'nothing' }\n`,
    })
    const { warnings } = await target.build(options)
    expect(warnings.map(({ id, location }) => [id, location?.file]).sort()).toEqual([
      ['equals-negative-zero', 'src/odd.ts'],
      ['impossible-typeof', 'src/odd.ts'],
    ])
  })

  test('errors in files of both sides, in files of threads only and of a missing import come once', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}import './broken'\nimport { far } from './far'\nexport const job = () => spawn(() => far)\n`,
      'src/broken.ts': `const = 1\n`,
      'src/far.ts': `import 'not-installed'\nexport const far = 1\n`,
    })
    const { errors } = await failureOf(target.build(options))
    expect(errors.map(({ text, location }) => [location?.file, text]).sort()).toEqual([
      ['src/broken.ts', 'Expected identifier but found "="'],
      ['src/far.ts', 'Could not resolve "not-installed"'],
    ])
  })

  test('a missing module that only closures import is reported at the import', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}/* é日😀 */ import { far } from './far'
import other from "not-installed"
export const first = () => spawn(() => far)
export const second = () => spawn(() => [far, other])
`,
    })
    const { errors } = await failureOf(target.build(options))
    const shown = errors.map(({ text, location }) => [text, location?.file, location?.line, location?.column])
    expect(shown.sort()).toEqual([
      ['Could not resolve "./far"', 'src/main.ts', 2, '/* é日😀 */ import { far } from '.length + 1 + 2 + 2],
      ['Could not resolve "not-installed"', 'src/main.ts', 3, 'import other from '.length],
    ])
  })

  test('a missing entry is reported once', async () => {
    const target = project({ 'src/main.ts': '' })
    const { errors } = await failureOf(target.build({ ...options, entryPoints: ['src/nowhere.ts'] }))
    expect(errors.map(({ text }) => text)).toEqual(['Could not resolve "src/nowhere.ts"'])
  })

  test('E450: a closure that imports the app is refused, and the way to it is told', async () => {
    const target = project({
      'src/main.ts': `import { job } from './job'\nexport const limit = 3\nvoid job()\n`,
      'src/job.ts': `${importSpawn}import { twice } from './between'\nexport const job = () => spawn(() => twice)\n`,
      'src/between.ts': `import { limit } from './main'\nexport const twice = limit * 2\n`,
    })
    const { errors } = await failureOf(target.build(options))
    expect(errors.map(({ text, notes }) => [text, notes[0]?.text])).toEqual([
      [
        'E450: a closure in `src/job.ts` imports `src/main.ts`, which would start the app again in each worker',
        'imported as `src/job.ts` → `src/between.ts` → `src/main.ts`',
      ],
    ])
  })

  test('E454: an import of a closure that does not exist is refused', async () => {
    const target = project({
      'src/main.ts': `import './job'\nvoid import('./job.ts?spawn=0123456789abcdef&h=0&lang.ts')\n`,
      'src/job.ts': `${importSpawn}export const job = () => spawn(() => 1)\nvoid job()\n`,
    })
    const { errors } = await failureOf(target.build(options))
    expect(errors.map(({ text }) => text)).toEqual(['E454: `src/job.ts` has no closure with the id `0123456789abcdef`'])
  })

  test('an entry that starts no threads may be imported by a closure', async () => {
    const target = project({
      'src/main.ts': `${importSpawn}import { twice } from './library'\nvoid spawn(() => twice(4)).then((n) => console.log(n))\n`,
      'src/library.ts': `export const twice = (n: number): number => n * 2\n`,
    })
    const { metafile } = await target.build({ ...options, entryPoints: ['src/main.ts', 'src/library.ts'] })
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('8\n')
  })

  test('E452: code in `stdin` that starts threads is refused; what it imports may', async () => {
    const target = project({
      'src/job.ts': `${importSpawn}void spawn(() => 'job').then((text) => console.log(text))\n`,
    })
    const stdin = (contents: string): BuildOptions => ({
      ...options,
      entryPoints: [],
      stdin: { contents, resolveDir: target.path('src'), sourcefile: 'input.ts', loader: 'ts' },
    })
    const { errors } = await failureOf(target.build(stdin(`${importSpawn}void spawn(() => 1 as number)\n`)))
    expect(errors.map(({ text }) => text)).toEqual([
      'E452: `input.ts` is given to esbuild as `stdin`, which no plugin can lift closures from',
    ])
    const { metafile } = await target.build(stdin(`import './job'\n`))
    expect((await target.run(outputOf(metafile, 'src/input.ts'))).stdout).toBe('job\n')
  })
})

test('E451: a build without bundling is refused, if it has something to lift', async () => {
  const target = project({
    'src/main.ts': `${importSpawn}void spawn(() => 1)\n`,
    'src/none.ts': `import { Mutex } from 'experimental-threads'\nexport type { Mutex }\n`,
  })
  const unbundled: BuildOptions = { bundle: false, format: 'esm' }
  const { errors } = await failureOf(target.build(unbundled))
  expect(errors.map(({ text }) => text)).toEqual(['E451: `src/main.ts` starts threads, but this build does not bundle'])
  await target.build({ ...unbundled, entryPoints: ['src/none.ts'] })
})

test('E453: properties are not mangled by two builds', async () => {
  const target = project({
    'src/main.ts': `${importSpawn}const box = { size_: 1, other_: 2 }\nvoid spawn(() => box.other_ + 40).then((n) => console.log(n))\n`,
  })
  const { errors } = await failureOf(target.build({ format: 'cjs', mangleProps: /_$/ }))
  expect(errors.map(({ text }) => text)).toEqual([
    'E453: `mangleProps` would give properties other names in threads than in the app',
  ])
  const { metafile } = await target.build({ format: 'esm', splitting: true, mangleProps: /_$/ })
  expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('42\n')
})

describe('other plugins', () => {
  const spawning = `${importSpawn}export const job = () => spawn(() => __WORD__)\nvoid job().then((text) => console.log(text))\n`

  test.each(PASSES)('see every file that does not use the runtime: $name', async ({ options }) => {
    const target = project({
      'src/main.ts': `import './plain'\n${spawning.replace('__WORD__', `'word'`)}`,
      'src/plain.ts': 'PLAIN',
    })
    const plain: Plugin = {
      name: 'plain',
      setup: (build) => build.onLoad({ filter: /plain\.ts$/ }, () => ({ contents: `console.log('plain')` })),
    }
    const { metafile } = await target.build({ ...options, plugins: [plain] })
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('plain\nword\n')
  })

  test.each(PASSES)(
    'have their work for the other files done by the option `transform`: $name',
    async ({ options }) => {
      const target = project({ 'src/main.ts': spawning })
      const seen: string[] = []
      const transform: Options['transform'] = [
        (code, { path }) => {
          seen.push(path)
          return code.replace('__WORD__', '__PHRASE__')
        },
        async (code) => code.replace('__PHRASE__', `'a phrase'`),
        () => undefined,
      ]
      const { metafile } = await target.build(options, { transform })
      expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('a phrase\n')
      expect(new Set(seen)).toEqual(new Set([target.path('src/main.ts')]))
    },
  )

  test.each(PASSES)(
    'W951: a file in another language that starts threads is warned about, and its spawn says why (case 226): $name',
    async ({ options }) => {
      const target = project({
        'src/main.ts': `import './App.vue'\n`,
        'src/App.vue': spawning.replace('__WORD__', `'word'`),
      })
      const vue: Plugin = {
        name: 'vue',
        setup: (build) =>
          build.onLoad({ filter: /\.vue$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8'), loader: 'ts' })),
      }
      const { metafile, warnings } = await target.build({ ...options, plugins: [vue] })
      expect(warnings.map(({ id, text }) => [id, text])).toEqual([
        ['W951', expect.stringMatching(/`src\/App\.vue` imports the runtime/)],
      ])
      const { stderr, code } = await target.run(outputOf(metafile, 'src/main.ts'))
      expect(code).toBe(1)
      expect(stderr).toMatch(/R501|this call of `spawn` was not transformed/)
    },
  )
})

describe('options', () => {
  test('an unknown one is refused with the nearest known one', () => {
    expect(() => experimentalThreads({ inclde: /a/ } as Options)).toThrow(
      new TypeError('experimentalThreads(): unknown option "inclde"; did you mean "include"?'),
    )
  })

  test.each([
    [{ include: 'src' }, 'experimentalThreads(): the option "include" takes regular expressions'],
    [{ transform: {} }, 'experimentalThreads(): the option "transform" takes functions'],
    [{ importSource: [''] }, 'experimentalThreads(): the option "importSource" takes module specifiers'],
  ])('a wrong type is refused: %j', (options, message) => {
    expect(() => experimentalThreads(options as unknown as Options)).toThrow(new TypeError(message))
  })

  const packages = {
    'src/main.ts': `import { job } from 'jobs'\nvoid job().then((text) => console.log(text), (error: Error) => console.log(error.name))\n`,
    'node_modules/jobs/package.json': JSON.stringify({
      name: 'jobs',
      version: '1.0.0',
      type: 'module',
      main: 'index.js',
    }),
    'node_modules/jobs/index.js': `${importSpawn}export const job = async () => spawn(() => 'from a package')\n`,
  }

  test('packages are left alone, unless `exclude` says otherwise', async () => {
    const target = project(packages)
    const options: BuildOptions = { format: 'esm', splitting: true }
    const alone = await target.build(options)
    expect(Object.keys(alone.metafile.outputs).filter((path) => /worker/.test(path))).toEqual([])
    const { metafile } = await target.build(options, { exclude: [] })
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('from a package\n')
  })

  test('`include` and `exclude` choose files', async () => {
    const target = project({
      'src/main.ts': `import './a/job'\nimport './b/job'\n`,
      'src/a/job.ts': `${importSpawn}export const job = () => spawn(() => 1)\nvoid job()\n`,
      'src/b/job.ts': `${importSpawn}export const job = () => spawn(() => 2)\nvoid job()\n`,
    })
    const closures = async (plugin: Options): Promise<string[]> => {
      const { metafile } = await target.build({ format: 'esm', splitting: true }, plugin)
      return Object.keys(metafile.inputs)
        .filter((input) => input.includes('?spawn='))
        .map((input) => input.split('?')[0] ?? '')
    }
    expect(await closures({ include: /\/src\/a\// })).toEqual(['src/a/job.ts'])
    expect(await closures({ exclude: /\/src\/a\//g })).toEqual(['src/b/job.ts'])
  })

  test('`importSource` names the package that the runtime is imported from', async () => {
    const target = project({
      'node_modules/threads/package.json': JSON.stringify({
        name: 'threads',
        version: '1.0.0',
        type: 'module',
        main: 'index.js',
      }),
      'node_modules/threads/index.js': `export * from 'experimental-threads'\n`,
      'src/main.ts': `import { spawn } from 'threads'\nvoid spawn(() => 'renamed').then((text) => console.log(text))\n`,
    })
    const { metafile } = await target.build(
      { format: 'esm', splitting: true },
      { importSource: ['experimental-threads', 'threads'] },
    )
    expect((await target.run(outputOf(metafile, 'src/main.ts'))).stdout).toBe('renamed\n')
  })
})
