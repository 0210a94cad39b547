// Node without a bundler: closures are lifted while modules are loaded.

import { cp, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { threadsOutcome } from './apps/outcomes.ts'
import { lineOf, openApp, runNode, writeApp } from './apps/vite-tools.ts'
import type { App } from './apps/vite-tools.ts'

const flags = ['--import', 'experimental-threads/register']
const compiler = '@experimental-threads/compiler'
const library = '@swc/wasm-typescript'

// The tests are a program in development, however they themselves are run.
const env = { NODE_ENV: 'development' }

async function run(app: App, file = 'src/main.ts', more: Record<string, string> = {}) {
  return runNode(join(app.root, file), { flags, cwd: app.root, env: { ...env, ...more } })
}

async function outputOf(app: App, file?: string): Promise<unknown> {
  const ran = await run(app, file)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(ran.stdout)
}

/** Replaces the compiler that an app is linked to by a copy with nothing around it. */
async function copyCompiler(app: App): Promise<void> {
  const target = join(app.root, 'node_modules', compiler)
  const source = fileURLToPath(new URL('../../pkg/compiler/', import.meta.url))
  await rm(target)
  for (const name of ['package.json', 'dist', 'wasm'])
    await cp(join(source, name), join(target, name), { recursive: true })
  const packages = fileURLToPath(new URL('../../node_modules/@jridgewell', import.meta.url))
  await symlink(packages, join(app.root, 'node_modules/@jridgewell'), 'junction')
}

describe('a program runs without a build', () => {
  test('with all that the bundlers lift, and with nothing written to disk', async () => {
    await using app = await openApp('vite-threads')
    const before = await readdir(app.root, { recursive: true })
    const { code, stdout, stderr } = await run(app)
    expect({ code, notices: stderr.replaceAll(/^W905: .*\n( .*\n)*/gm, '') }).toEqual({ code: 0, notices: '' })
    const { stack, ...outcome } = JSON.parse(stdout) as { stack: string }
    expect(outcome).toEqual(threadsOutcome)
    expect(await readdir(app.root, { recursive: true })).toEqual(before)
    const line = await lineOf(join(app.root, 'src/jobs.ts'), 'throw new RangeError')
    expect(stack).toMatch(new RegExp(String.raw`jobs\.ts:${line}:\d+`))
  })

  test('with the columns of the file, also on lines without a spawn', async () => {
    const main = `import { spawn } from 'experimental-threads'
function fails() { const value = 1; throw new Error('plain' + value) }
try { fails() } catch (error) { console.log(JSON.stringify([error.stack, await spawn(() => 1)])) }
`
    await using app = await writeApp({ 'src/main.mjs': main }, [compiler])
    const [stack] = (await outputOf(app, 'src/main.mjs')) as [string]
    const [, inside, outside] = stack.split('\n')
    expect(inside).toContain(`main.mjs:2:${main.split('\n')[1]!.indexOf('new Error') + 1}`)
    expect(outside).toContain(`main.mjs:3:${main.split('\n')[2]!.indexOf('fails()') + 1}`)
  })

  test('with a channel at the top level that ends with the thread that its sender moved to', async () => {
    const main = `import { channel, move, spawn } from 'experimental-threads'
import { tx as declared, rx as received } from './channels.ts'
const [tx, rx] = channel<number>(64)
const got: (number | string)[] = []
spawn(move(tx), async (tx) => {
  for (const job of [1, 2, 3]) await tx.send(job)
})
for await (const job of rx) got.push(job)
spawn(move(declared), async (tx) => {
  await tx.send('imported')
})
for await (const text of received) got.push(text)
got.push(await spawn(async () => (await declared.send('late')).ok ? 'sent' : 'moved'))
// Who captures it uses the one of the program, which nobody gives back.
const [captured, all] = channel<number>(64)
spawn(async () => {
  for (const job of [4, 5]) await captured.send(job)
  captured.close()
})
for await (const job of all) got.push(job)
console.log(JSON.stringify(got))
`
    const channels = `import { channel } from 'experimental-threads'\nexport const [tx, rx] = channel<string>(2)\n`
    await using app = await writeApp({ 'src/main.ts': main, 'src/channels.ts': channels }, [compiler, library])
    expect(await outputOf(app)).toEqual([1, 2, 3, 'imported', 'moved', 4, 5])
  })

  test('in TypeScript, with enums, names of JavaScript, CommonJS and shared memory', async () => {
    const main = `import { Mutex, spawn } from 'experimental-threads'
import ms from 'ms'
import { shout, Level } from './util.js'
import old from './old.cjs'

enum Color { Red = 7, Green }
const hits: Mutex<Int32Array> = new Mutex(new Int32Array(new SharedArrayBuffer(4)))

async function count(start: number): Promise<unknown[]> {
  const values = await spawn(async (): Promise<unknown[]> => {
    const guard = await hits.lock()
    guard.value[0]! += 5
    guard.unlock()
    return [shout('é日😀'), await spawn(() => start + Color.Green), Color.Red, Level.High, old.twice(4), ms('1s')]
  })
  const guard = await hits.lock()
  return [...values, guard.value[0]!]
}
console.log(JSON.stringify(await count(4)))
`
    const util = `export enum Level { Low = 1, High }\nexport const shout = (text: string): string => text + '!'\n`
    await using app = await writeApp(
      { 'src/main.ts': main, 'src/util.ts': util, 'src/old.cjs': 'exports.twice = (n) => 2 * n\n' },
      [compiler, library, 'ms'],
    )
    expect(await outputOf(app)).toEqual(['é日😀!', 12, 7, 2, 8, 1000, 5])
  })

  test('and what reads the arguments of the program reads the same in a thread', async () => {
    await using app = await writeApp(
      {
        'main.mjs': `import { spawn } from 'experimental-threads'
import { read } from './read.mjs'
console.log(JSON.stringify([await spawn(() => read()), read()]))
`,
        'read.mjs': `import { argv } from 'node:process'
import { parseArgs } from 'node:util'
const { values } = parseArgs({ options: { port: { type: 'string' } } })
export const read = () => [argv, values]
`,
      },
      [compiler],
    )
    const file = join(app.root, 'main.mjs')
    const { stdout } = await runNode(file, { flags, cwd: app.root, env, args: ['--port', '80'] })
    const argv = [process.execPath, file, '--port', '80']
    expect(JSON.parse(stdout)).toEqual([
      [argv, { port: '80' }],
      [argv, { port: '80' }],
    ])
  })

  test('and a package may spawn too', async () => {
    await using app = await writeApp(
      {
        'src/main.mjs': `import { twice } from 'helper'\nconsole.log(JSON.stringify(await twice(21)))\n`,
        'node_modules/helper/package.json': JSON.stringify({
          name: 'helper',
          version: '3.0.0',
          type: 'module',
          exports: './i.js',
        }),
        'node_modules/helper/i.js': `import { spawn } from 'experimental-threads'\nexport const twice = (n) => spawn(() => n * 2)\n`,
      },
      [compiler],
    )
    expect(await outputOf(app, 'src/main.mjs')).toBe(42)
  })

  test('also where a program loads the hooks itself', async () => {
    await using app = await writeApp(
      {
        'main.mjs': `import 'experimental-threads/register'\nawait import('./job.mjs')\n`,
        'job.mjs': `import { spawn } from 'experimental-threads'\nconsole.log(await spawn(async () => 40 + (await spawn(() => 2))))\n`,
      },
      [compiler],
    )
    expect(await runNode(join(app.root, 'main.mjs'), { cwd: app.root, env })).toEqual({
      code: 0,
      stdout: '42\n',
      stderr: '',
    })
  })

  test('and without workers when the environment says so', async () => {
    const text = `import { spawn } from 'experimental-threads'\nconsole.log(await spawn(() => 42))\n`
    await using app = await writeApp({ 'main.mjs': text }, [compiler])
    const { code, stdout, stderr } = await run(app, 'main.mjs', { EXPERIMENTAL_THREADS: '0' })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^R541: .*\n42\n$/)
  })

  test('with the names of threads before what they print, in development', async () => {
    const text = `import { spawn } from 'experimental-threads'\nawait spawn(() => console.log('here'), { name: 'worker bee' })\n`
    await using app = await writeApp({ 'main.mjs': text }, [compiler])
    expect((await run(app, 'main.mjs')).stdout).toBe('[worker bee] here\n')
    expect((await run(app, 'main.mjs', { NODE_ENV: 'production' })).stdout).toBe('here\n')
  })
})

describe('what cannot run is told', () => {
  test('all errors of a file, with frames', async () => {
    const text = `import { spawn } from 'experimental-threads'
let n = 0
await spawn(() => { n++ })
await spawn(() => { n = 2 })
`
    await using app = await writeApp({ 'src/main.ts': text }, [compiler, library])
    const { code, stderr } = await run(app)
    expect(code).toBe(1)
    expect(stderr).toMatch(/E101 {2}[^]*main\.ts:3:21\n[^]*E101 {2}[^]*main\.ts:4:21\n/)
    expect(stderr).toContain(`docs: ${compiler}/errors/E101.md`)
  })

  test('`using` in a file that spawns, where this Node reads none (E232)', async () => {
    const text = `import { Mutex, spawn } from 'experimental-threads'
const total = new Mutex({ n: 1 })
console.log(await spawn(async () => {
  using guard = await total.lock()
  return guard.value.n
}))
`
    await using app = await writeApp({ 'src/main.ts': text }, [compiler, library])
    const { code, stdout, stderr } = await run(app)
    if (Number.parseInt(process.versions.node) >= 24) {
      expect([code, stdout]).toEqual([0, '1\n'])
    } else {
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/E232 {2}[^]*main\.ts:4:9\n[^]*using guard[^]*`guard\.dispose\(\)`/)
    }
  })

  test('a warning once, however many threads read the file', async () => {
    const text = `import { spawn } from 'experimental-threads'
async function run() {
  let n = 1
  const thread = spawn(() => spawn(() => n))
  n = 2
  return await thread + n
}
console.log(await run())
`
    await using app = await writeApp({ 'main.mjs': text }, [compiler])
    const { code, stderr } = await run(app, 'main.mjs')
    expect(code).toBe(0)
    expect(stderr.match(/W908/g)).toHaveLength(2) // its title and its page
  })

  test('a CommonJS file that would spawn', async () => {
    const text = `const { spawn } = require('experimental-threads')\nspawn(() => 1)\n`
    await using app = await writeApp({ 'main.cjs': text, 'start.mjs': `await import('./main.cjs')\n` }, [compiler])
    const { code, stderr } = await run(app, 'start.mjs')
    expect(code).toBe(1)
    expect(stderr).toMatch(/E20[48] {2}/)
  })

  test('TypeScript of more than types, without the library for it (E460)', async () => {
    await using app = await writeApp({ 'src/main.ts': `enum A { B }\nconsole.log(A.B)\n` }, [compiler])
    await copyCompiler(app)
    const { code, stderr } = await run(app)
    expect(code).toBe(1)
    expect(stderr).toMatch(/E460 {2}[^]*main\.ts[^]*npm install @swc\/wasm-typescript/)
  })

  test('TypeScript of more than types, with a library that does not start, and what it says', async () => {
    const broken = `throw new RangeError('out of memory')\n`
    const files = { 'src/main.ts': `enum A { B }\n`, [`node_modules/${library}/index.js`]: broken }
    await using app = await writeApp(files, [compiler])
    const { code, stderr } = await run(app)
    expect(code).toBe(1)
    expect(stderr).toMatch(/RangeError.*: out of memory/)
    expect(stderr).not.toContain('E460')
  })

  test('a file that has changed since the program read it (E461)', async () => {
    const text = `import { spawn } from 'experimental-threads'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
const file = fileURLToPath(import.meta.url)
await writeFile(file, (await readFile(file, 'utf8')).replace('4' + '1', '4' + '2'))
const { error } = await spawn(() => 41).join()
console.log(error.code, error.cause.message)
`
    await using app = await writeApp({ 'main.mjs': text }, [compiler])
    const { stdout } = await run(app, 'main.mjs')
    expect(stdout).toMatch(/^R\d+ E461 {2}`main\.mjs` has changed/)
  })

  test('a syntax error of TypeScript, with its file', async () => {
    await using app = await writeApp({ 'src/main.ts': `const let: number = = 1\n` }, [compiler, library])
    const { code, stderr } = await run(app)
    expect(code).toBe(1)
    expect(stderr).toMatch(/SyntaxError[^]*main\.ts/)
  })

  test('a project without the compiler', async () => {
    await using app = await writeApp({ 'main.mjs': '' })
    // The linked runtime would find the compiler of this repository.
    const target = join(app.root, 'node_modules/experimental-threads')
    await rm(target)
    await mkdir(target)
    const source = fileURLToPath(new URL('../../pkg/runtime/', import.meta.url))
    for (const name of ['package.json', 'bin']) await cp(join(source, name), join(target, name), { recursive: true })
    const { code, stderr } = await run(app, 'main.mjs')
    expect(code).toBe(1)
    expect(stderr).toContain('npm install @experimental-threads/compiler')
  })
})

test('the pages of its errors have the texts that it prints', async () => {
  const source = await readFile(new URL('../../pkg/compiler/src/register/diagnose.ts', import.meta.url), 'utf8')
  for (const code of ['E460', 'E461']) {
    const page = await readFile(new URL(`../../pkg/compiler/errors/${code}.md`, import.meta.url), 'utf8')
    const [, message = ''] = /^message: "(.*)"$/m.exec(page) ?? []
    const [, help = ''] = /^help: "(.*)"$/m.exec(page) ?? []
    expect(message).not.toBe('')
    expect(source).toContain(`message: '${message}'`)
    expect(source).toContain(`help: '${help}'`)
  }
})
