// The packages as npm packs them, in a project of their own: nothing that a user needs may be missing from them.

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PACKAGES = {
  'experimental-threads': 'pkg/runtime',
  '@experimental-threads/compiler': 'pkg/compiler',
  'vite-plugin-experimental-threads': 'plugin-vite',
  'esbuild-plugin-experimental-threads': 'plugin-esbuild',
}
/** What the packages depend on, and the bundlers. */
const OTHERS = ['@jridgewell', '@rollup', 'esbuild', 'vite']

const FILES = {
  'package.json': '{ "private": true, "type": "module" }',
  'main.mjs': `import { Mutex, parallelMap, spawn } from 'experimental-threads'
const hits = new Mutex(new Int32Array(new SharedArrayBuffer(4)))
const factor = 3
const hit = async () => {
  const guard = await hits.lock()
  guard.value[0]++
  guard.unlock()
}
const many = await parallelMap([1, 2, 3], (x) => x * factor)
await Promise.all(many.map(() => spawn(() => hit())))
console.log(JSON.stringify([...many, (await hits.lock()).value[0]]))
`,
  'build.mjs': `import { build } from 'esbuild'
import threads from 'esbuild-plugin-experimental-threads'
await build({ entryPoints: ['main.mjs'], bundle: true, splitting: true, format: 'esm', platform: 'node', outdir: 'bundled', outExtension: { '.js': '.mjs' }, plugins: [threads()] })
`,
  'vite.config.mjs': `import threads from 'vite-plugin-experimental-threads'
export default { plugins: [threads()], logLevel: 'error' }
`,
}

let project = ''

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'packed-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text)
  const modules = join(project, 'node_modules')
  for (const [name, folder] of Object.entries(PACKAGES)) {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: join(ROOT, folder) })
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    mkdirSync(join(modules, name), { recursive: true })
    await run('tar', ['-xzf', join(project, filename), '--strip-components=1', '-C', join(modules, name)])
  }
  for (const name of OTHERS) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

const node = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { cwd: project })).stdout.trim()

describe('packed packages', () => {
  it('run a program without a build', async () => {
    expect(await node('--import', 'experimental-threads/register', 'main.mjs')).toBe('[3,6,9,3]')
  })

  it('build a program with esbuild', async () => {
    await node('build.mjs')
    expect(await node('bundled/main.mjs')).toBe('[3,6,9,3]')
  })

  it('build a program with Vite', async () => {
    await node('node_modules/vite/bin/vite.js', 'build', '--ssr', 'main.mjs', '--outDir', 'served')
    expect(await node('served/main.js')).toBe('[3,6,9,3]')
  })

  it('explain a file', async () => {
    const bin = 'node_modules/experimental-threads/bin/experimental-threads.mjs'
    expect(await node(bin, 'explain', 'main.mjs')).toContain('hits')
  })

  it('have a page for each error, a license and a description', () => {
    for (const name of Object.keys(PACKAGES)) {
      for (const file of ['LICENSE', 'README.md'])
        expect(existsSync(join(project, 'node_modules', name, file)), `${name}/${file}`).toBe(true)
    }
    expect(existsSync(join(project, 'node_modules/@experimental-threads/compiler/errors/R504.md'))).toBe(true)
  })
})
