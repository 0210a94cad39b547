// What Bun does with source, beside the programs of the matrix: packages, errors and their places, settings. Like the matrix, `npm test` runs this where Bun is there.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, describe, expect, test } from 'vitest'

import { BUN, closeAll, folder } from './builds.ts'
import { INSTALL } from './hosts.ts'

const isWhole = process.env['MATRIX'] === 'all'

afterAll(closeAll)

async function bun(
  args: string[],
  more: Record<string, string> = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  if (!existsSync(BUN)) throw new Error(`Bun is not there: ${INSTALL}`)
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...more }
  const options = { cwd: await folder(), env, timeout: 60_000 }
  return promisify(execFile)(BUN, args, options).then(
    (streams) => ({ code: 0, ...streams }),
    (error: { code: unknown; stdout: string; stderr: string }) => error,
  )
}

/** Writes files into the folder of the app. */
async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(await folder(), name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

const THROWS = `import { spawn } from 'experimental-threads'

interface Range {
  from: number
}

function check(range: Range): number {
  if (range.from > 3) throw new RangeError('here') // line 8
  return range.from
}

export async function main(range: Range): Promise<number> {
  return spawn(() => {
    return check(range)
  })
}
await main({ from: 5 }).catch((error) => console.log(error.stack))
console.log(new Error('there').stack) // line 18
`

const WRITES = `import { spawn } from 'experimental-threads'
let n = 0
await spawn(() => { n++ })
`

/** A build script; \`settings\` are more of \`Bun.build\`'s. */
const building = (entry: string, settings = ''): string =>
  `import threads from 'esbuild-plugin-experimental-threads/bun'
await Bun.build({ entrypoints: ['${entry}'], outdir: 'dist-of-test', target: 'bun', sourcemap: 'linked', ${settings} plugins: [threads()] })
`

describe.runIf(isWhole || existsSync(BUN))('Bun', () => {
  const preload = ['--preload', 'experimental-threads/register']

  test('lifts while it loads: positions, packages, and without workers', async () => {
    await write({
      'throws.ts': THROWS,
      'old.cjs': 'exports.n = 21\n',
      'lib/node_modules/helper/package.json': JSON.stringify({
        name: 'helper',
        type: 'module',
        exports: './i.js',
        dependencies: { 'experimental-threads': '*' },
      }),
      'lib/node_modules/helper/i.js': `import { spawn } from 'experimental-threads'\nexport const twice = (n) => spawn(() => n * 2)\n`,
      'lib/user.ts': `import { twice } from 'helper'\nimport old from '../old.cjs'\nconsole.log(await twice(old.n))\n`,
    })
    const thrown = await bun([...preload, 'throws.ts'])
    expect(thrown).toMatchObject({ code: 0, stderr: '' })
    expect(thrown.stdout).toMatch(/at check \(.*throws\.ts\?.*:8:/)
    expect(thrown.stdout).toMatch(/throws\.ts:18:/)
    expect(await bun([...preload, 'lib/user.ts'])).toMatchObject({ code: 0, stdout: '42\n' })
    const serial = await bun([...preload, 'lib/user.ts'], { EXPERIMENTAL_THREADS: '0' })
    expect(serial.stdout).toMatch(/^R541: .*\n42\n$/)
  })

  test('says what cannot be lifted, while it loads and while it builds', async () => {
    await write({ 'writes.ts': WRITES, 'build-writes.ts': building('writes.ts') })
    for (const args of [[...preload, 'writes.ts'], ['build-writes.ts']]) {
      const { code, stderr } = await bun(args)
      expect(code).toBe(1)
      expect(stderr).toMatch(/E101 {2}`n` is written inside a thread\s+writes\.ts:3:21/)
    }
  })

  test('builds as the README of the plugin says', async () => {
    const readme = await readFile(new URL('../../plugin-esbuild/README.md', import.meta.url), 'utf8')
    const [, script = ''] = /^```ts\n(\/\/ build\.ts, run by Bun[^]*?)^```$/m.exec(readme) ?? []
    expect(script).toContain("entrypoints: ['src/main.ts']")
    await write({ 'throws.ts': THROWS, 'build.ts': script.replace('src/main.ts', 'throws.ts') })
    expect(await bun(['build.ts'])).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout } = await bun(['dist/throws.js'])
    expect(code).toBe(0)
    expect(stdout).toContain('RangeError: here')
  })

  test('builds several entries, and leaves what it was called with as it was', async () => {
    await write({
      'many/a.ts': `import { spawn } from 'experimental-threads'\nimport { say } from './say.ts'\nconsole.log(await spawn(() => say('a')))\n`,
      'many/deep/b.ts': `import { spawn } from 'experimental-threads'\nimport { say } from '../say.ts'\nconsole.log(await spawn(() => say('b')))\n`,
      // A worker that ran what only the app needs would say so too.
      'many/say.ts': `console.log('evaluated')\nexport const say = (text: string): string => text + '!'\n`,
      'build-many.ts': `import threads from 'esbuild-plugin-experimental-threads/bun'
const config = { entrypoints: ['many/a.ts', 'many/deep/b.ts'], outdir: 'dist-many', target: 'bun', plugins: [threads()] }
const before = JSON.stringify(config)
await Bun.build(config)
console.log(JSON.stringify(config) === before)
`,
    })
    expect(await bun(['build-many.ts'])).toMatchObject({ code: 0, stdout: 'true\n' })
    for (const [file, text] of [
      ['a', 'a!'],
      ['deep/b', 'b!'],
    ] as const) {
      // Once in the worker; the app itself does not need it any more.
      expect(await bun([`dist-many/${file}.js`])).toMatchObject({ code: 0, stdout: `evaluated\n${text}\n` })
    }
  })

  test.each([
    ['E464', building('throws.ts', `format: 'cjs',`)],
    ['E464', building('throws.ts', 'compile: true,')],
    ['E465', `import threads from 'esbuild-plugin-experimental-threads/bun'\nBun.plugin(threads())\n`],
    ['E463', building('throws.ts').replace('/bun', '')],
    ['E450', building('again.ts')],
  ])('refuses with %s what it cannot do', async (expected, script) => {
    const again = `import { spawn } from 'experimental-threads'
import { n } from './library.ts'
await spawn(() => n())
`
    const library = `import * as again from './again.ts'\nexport const n = (): number => Object.keys(again).length\n`
    await write({ 'refused.ts': script, 'throws.ts': THROWS, 'again.ts': again, 'library.ts': library })
    const { code, stderr } = await bun(['refused.ts'])
    expect(code).toBe(1)
    expect(stderr).toContain(`${expected}: `)
  })
})
