// Bun runs what is built; where it would run or build source itself, it is refused with a code. Like the matrix, `npm test` runs this where Bun is there.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, describe, expect, test } from 'vitest'

import { closeAll, folder, repository } from './builds.ts'
import { BUN, INSTALL } from './hosts.ts'

const isWhole = process.env['MATRIX'] === 'all'

afterAll(closeAll)

async function bun(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  if (!existsSync(BUN)) throw new Error(`Bun is not there: ${INSTALL}`)
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' }
  const options = { cwd: await folder(), env, timeout: 60_000 }
  return promisify(execFile)(BUN, args, options).then(
    (streams) => ({ code: 0, ...streams }),
    (error: { code: unknown; stdout: string; stderr: string }) => error,
  )
}

/** The last script of a page of errors, which is the way out. */
async function wayOut(code: string): Promise<string> {
  const page = await readFile(join(repository, 'pkg/compiler/errors', `${code}.md`), 'utf8')
  return [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].at(-1)![1]!
}

describe.runIf(isWhole || existsSync(BUN))('Bun', () => {
  test('is told that it cannot lift while it loads', async () => {
    const { code, stderr } = await bun('--preload', 'experimental-threads/register', 'src/print.ts')
    expect(code).toBe(1)
    expect(stderr).toContain('E462')
  })

  test('is told that its own bundler cannot have the plugin', async () => {
    const script = `import threads from 'esbuild-plugin-experimental-threads'
await Bun.build({ entrypoints: ['src/print.ts'], outdir: 'dist-bun', splitting: true, plugins: [threads()] })
`
    await writeFile(join(await folder(), 'build-bun.ts'), script)
    const { code, stderr } = await bun('build-bun.ts')
    expect(code).toBe(1)
    expect(stderr).toContain('E463')
  })

  test('builds with esbuild, and runs that', async () => {
    const root = await folder()
    const app = `import { spawn } from 'experimental-threads'
const n: number = 20
console.log(await spawn(() => n + 1))
`
    await writeFile(join(root, 'app.ts'), app)
    await writeFile(join(root, 'build.ts'), (await wayOut('E463')).replaceAll("'dist'", "'dist-by-bun'"))
    expect(await bun('build.ts')).toMatchObject({ code: 0, stderr: '' })
    expect(await bun('dist-by-bun/app.js')).toMatchObject({ code: 0, stdout: '21\n' })
  })
})
