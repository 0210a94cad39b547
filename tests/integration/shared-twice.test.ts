// The same shared value in two builds, in two apps and after a reset of modules: when it is one memory, and when that is refused.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { writeApp } from './apps/vite-tools.ts'
import { project } from './esbuild-project.ts'

const state = (length: number): string => `import { Global, Mutex, spawn } from 'experimental-threads'
const cells = new Global(new Int32Array(new SharedArrayBuffer(4 * ${length})))
const lock = new Mutex()
export const add = () => spawn(async () => {
  const guard = await lock.lock()
  cells.value[0]! += 1
  guard.unlock()
})
export const seen = () => cells.value[0]
`

/** Builds twice, with an edit between, into two folders; then one program loads both. */
async function loadBoth(
  lengths: [number, number],
  splitting: boolean,
  labels: [string, string] = ['app@1.0.0', 'app@1.0.0'],
): Promise<string> {
  const target = project({
    'both.mjs': `const load = async (path) => {
  const app = await import(path)
  await app.add()
  return app.seen()
}
console.log(JSON.stringify([
  await load('./out-0/main.mjs'),
  await load('./out-1/main.mjs').catch(({ code }) => code),
  await load('./out-0/main.mjs'),
]))
`,
  })
  for (const [index, length] of lengths.entries()) {
    const [name, version] = labels[index]!.split('@')
    target.write({
      'src/main.ts': state(length),
      'package.json': JSON.stringify({ name, version, type: 'module' }),
    })
    await target.build({ format: 'esm', splitting, outdir: `out-${index}`, outExtension: { '.js': '.mjs' } })
  }
  const { stdout, stderr, code } = await target.run('both.mjs')
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  return stdout
}

describe.each([true, false])('two builds in one program, splitting: %s', (splitting) => {
  test('share the memory of a value that both declare alike', async () => {
    expect(await loadBoth([1, 1], splitting)).toBe('[1,2,3]\n')
  })

  test('E411: the second one is refused where its declaration is another, and the first goes on', async () => {
    expect(await loadBoth([1, 2], splitting)).toBe('[1,"E411",2]\n')
  })

  test('of two versions each has its own', async () => {
    expect(await loadBoth([1, 2], splitting, ['app@1.0.0', 'app@1.1.0'])).toBe('[1,1,2]\n')
  })

  test('of two apps each has its own, also where they declare it alike', async () => {
    expect(await loadBoth([1, 1], splitting, ['shop@1.0.0', 'chat@1.0.0'])).toBe('[1,1,2]\n')
  })
})

test('a minified program names the type of a declared value that cannot be shared', async () => {
  const target = project({
    'src/main.ts': `import { RwLock, spawn } from 'experimental-threads'
const rates = new RwLock({ eur: 1 } as never)
export const read = () => spawn(() => rates.read())
void read()
`,
  })
  await target.build({ format: 'esm', splitting: true, outdir: 'out', outExtension: { '.js': '.mjs' }, minify: true })
  expect((await target.run('out/main.mjs')).stderr).toContain('the `RwLock` `rates`')
})

test('two apps with copies of the runtime in one program: each can send what it has made, before and after the other was loaded', async () => {
  const target = project({
    'both.mjs': `const first = await import('./out-0/main.mjs')
const before = await first.send()
const second = await import('./out-1/main.mjs')
console.log(JSON.stringify([before, await first.send(), await second.send()]))
`,
    'src/main.ts': `import { channel, move, Mutex, shared, SharedJsonBuffer, spawn } from 'experimental-threads'
export async function send() {
  const [tx, rx] = channel<number>(2)
  const sent = spawn(move(tx), async (tx) => { await tx.send(1) })
  const received: number[] = []
  for await (const value of rx) received.push(value)
  await sent
  const point = shared({ x: 'f64' })
  await spawn(() => { point.x = 2 })
  const state = new Mutex(new SharedJsonBuffer({ n: 2 }))
  const back = await spawn(async () => {
    const guard = await state.lock()
    guard.value.n++
    guard.unlock()
    return state
  })
  return [received, point.x, (await state.lock()).value.n, back === state]
}
`,
  })
  for (const [index, name] of ['shop', 'chat'].entries()) {
    target.write({ 'package.json': JSON.stringify({ name, version: '1.0.0', type: 'module' }) })
    const outdir = `out-${index}`
    await target.build({ format: 'esm', splitting: true, outdir, outExtension: { '.js': '.mjs' } })
  }
  const { stdout, stderr, code } = await target.run('both.mjs')
  const sent = [[1], 2, 3, true]
  expect({ stderr, code, sent: stdout }).toEqual({
    stderr: '',
    code: 0,
    sent: `${JSON.stringify([sent, sent, sent])}\n`,
  })
})

const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

test.each(['forks', 'vmThreads'])(
  'a reset of modules in Vitest keeps memory and the state of locks, until `resetShared`: %s',
  async (pool) => {
    await using app = await writeApp(
      {
        'vitest.config.ts': `import experimentalThreads from 'vite-plugin-experimental-threads'
import { defineConfig } from 'vitest/config'
export default defineConfig({ plugins: [experimentalThreads()], test: { pool: '${pool}' } })
`,
        'src/state.ts': `import { Global, Mutex } from 'experimental-threads'
export const cells = new Global(new Int32Array(new SharedArrayBuffer(4)))
export const lock = new Mutex()
`,
        'src/job.ts': `import { spawn } from 'experimental-threads'
import { cells } from './state.ts'
export const add = () => spawn(() => Atomics.add(cells.value, 0, 1) + 1)
`,
        'src/state.test.ts': `import { resetShared } from 'experimental-threads'
import { expect, test, vi } from 'vitest'

test('a module that is evaluated again finds what it had', async () => {
  const before = await import('./state.ts')
  expect(await (await import('./job.ts')).add()).toBe(1)
  const guard = await before.lock.lock()
  vi.resetModules()
  const after = await import('./state.ts')
  expect(after).not.toBe(before)
  expect(after.cells.value[0]).toBe(1)
  expect(after.lock.tryLock()).toBeUndefined()
  expect(await (await import('./job.ts')).add()).toBe(2)
  expect(before.cells.value[0]).toBe(2)
  guard.unlock()
  after.lock.tryLock()!.unlock()

  vi.resetModules()
  resetShared()
  const fresh = await import('./state.ts')
  expect(fresh.cells.value[0]).toBe(0)
  expect(await (await import('./job.ts')).add()).toBe(1)
  expect(before.cells.value[0]).toBe(2)
})
`,
      },
      ['vitest', 'vite', 'vite-plugin-experimental-threads'],
    )
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' }
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        [cli, 'run'],
        { cwd: app.root, timeout: 90_000, env },
        (error, out, err) => resolve({ code: error === null ? 0 : error.code, output: out + err }),
      )
      onTestFinished(() => void child.kill())
    })
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Tests +1 passed/) })
  },
)
