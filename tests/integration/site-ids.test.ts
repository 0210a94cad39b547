import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { transform } from '@experimental-threads/compiler'
import type { TransformOutput } from '@experimental-threads/compiler'
import { packageFilename } from '@experimental-threads/compiler/plugin-core'
import { afterAll, describe, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'threads-site-ids-'))

afterAll(() => rmSync(root, { recursive: true }))

const source = `import { Global, Mutex, spawn } from 'experimental-threads'
export const lock = new Mutex()
const rate = 2
function tax(n: number) { return n * rate }
export const total = new Global(new SharedArrayBuffer(4))
export const run = (n: number) => spawn(async () => [lock, total, tax(n)])
`

function output(text: string, filename = 'shop@1.0.0/src/state.ts'): TransformOutput {
  const result = transform(text, {
    filename,
    reference: ({ name }) => JSON.stringify(`/${name}.js`),
    specifier: ({ name }) => `./${name}.js`,
  })
  expect(result.diagnostics).toEqual([])
  return result
}

const idsOf = ({ modules, shared }: TransformOutput): string[] => [...modules, ...shared].map(({ id }) => id)

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

describe('ids of sites and shared values', () => {
  test('do not depend on where in the file something stands (case 110)', () => {
    const moved = source
      .replace('export const lock', '// A comment that was not there\n\n\nfunction other() {}\nexport const lock')
      .replace('const rate = 2', 'const rate = 3')
    expect(idsOf(output(moved))).toEqual(idsOf(output(source)))
    expect(output(moved).code).not.toBe(output(source).code)
  })

  test('are the same each time, and so is every other byte (cases 123, 207, 208)', () => {
    const first = output(source)
    expect(output(source)).toEqual(first)
    expect(output(first.code)).toMatchObject({ code: first.code, changed: false })
  })

  test('are the same by whatever path the file is reached (case 109)', () => {
    write({ 'app/package.json': '{ "name": "shop", "version": "1.0.0" }', 'app/src/state.ts': source })
    symlinkSync(join(root, 'app'), join(root, 'link'), 'dir')
    const paths = ['app/src/state.ts', 'app/src/state.ts?v=1', 'app/src/../src/state.ts', 'link/src/state.ts']
    const ids = paths.map((path) => idsOf(output(source, packageFilename(join(root, path)))))
    for (const each of ids) expect(each).toEqual(idsOf(output(source)))
  })

  test('differ between two versions of a package and between two packages (cases 119, 225)', () => {
    write({
      'page/package.json': '{ "name": "page", "version": "1.0.0" }',
      'page/node_modules/state/package.json': '{ "name": "state", "version": "1.0.0" }',
      'page/node_modules/other/package.json': '{ "name": "other", "version": "1.0.0" }',
      'page/node_modules/other/node_modules/state/package.json': '{ "name": "state", "version": "2.0.0" }',
    })
    const folders = ['', 'node_modules/state', 'node_modules/other', 'node_modules/other/node_modules/state']
    const ids = folders.flatMap((folder) =>
      idsOf(output(source, packageFilename(join(root, 'page', folder, 'src/state.ts')))),
    )
    expect(new Set(ids).size).toBe(folders.length * idsOf(output(source)).length)
  })
})

describe('large files', () => {
  test('1,000 spawn sites, and functions 300 deep, are lifted (case 192)', () => {
    const sites = Array.from({ length: 1000 }, (_, n) => `export const f${n} = (a: number) => spawn(() => a + ${n})\n`)
    const deep = `export const deep = (a: number) => ${'() => '.repeat(300)}spawn(() => a)\n`
    const text = `import { spawn } from 'experimental-threads'\n${sites.join('')}${deep}/*${' '.repeat(5_000_000)}*/\n`
    const { modules } = output(text)
    expect(modules).toHaveLength(1001)
    expect(new Set(modules.map(({ id }) => id)).size).toBe(1001)
  })
})
