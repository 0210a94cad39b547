import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Explanation } from '@experimental-threads/compiler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const runtime = fileURLToPath(new URL('../../pkg/runtime/', import.meta.url))
const bin = join(runtime, 'bin/experimental-threads.mjs')
let folder = ''

const GOOD = `import { spawn } from 'experimental-threads'
import { hash } from 'bcryptjs'
const rounds = 12
export const signUp = (request: { password: string }) => spawn(() => hash(request.password, rounds))
`
const BAD = `import { spawn } from 'experimental-threads'
export function f() {
  let n = 0
  spawn(() => { n = 1 })
}
`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "app", "version": "1.2.3", "type": "module" }')
  // As in a project that has installed both packages.
  mkdirSync(join(folder, 'node_modules/@experimental-threads'), { recursive: true })
  symlinkSync(join(runtime, '../compiler'), join(folder, 'node_modules/@experimental-threads/compiler'), 'junction')
  writeFileSync(join(folder, 'good.ts'), GOOD)
  writeFileSync(join(folder, 'bad.ts'), BAD)
  writeFileSync(join(folder, 'plain.js'), 'export {}\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Run {
  code: number | null
  out: string
  err: string
}

function run(args: readonly string[], input = '', program = bin, cwd = folder): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd, input, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('experimental-threads explain', () => {
  test('prints a table for each closure', () => {
    expect(run(['explain', 'good.ts'])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "good.ts:4:58  spawn, signUp_qh8fa1wsperydkk3
        closure 36 bytes, declarations 11 bytes

        name     rule  how          bytes   why
        hash     4     re-imported  import  imported from 'bcryptjs' (\`hash\`) at 2:10
        request  12    cloned       0       a parameter around the call, declared at 4:24
        rounds   7     hoisted      11      a constant of the module, declared at 3:7, that is the same wherever it is evaluated
      ",
      }
    `)
  })

  test('prints the errors of a file with their frames, and exits with 1', () => {
    expect(run(['explain', 'bad.ts'])).toMatchInlineSnapshot(`
      {
        "code": 1,
        "err": "E101  \`n\` is written inside a thread

         bad.ts:4:17
        3 │   let n = 0
          ·       ─ \`n\` is declared here, outside the thread
        4 │   spawn(() => { n = 1 })
          ·                 ─

        note: a thread works on a copy: the write would never come back
        help: return the new value from the closure, or put it in shared memory with \`Global\`
        docs: @experimental-threads/compiler/errors/E101.md

      ",
        "out": "bad.ts:4:3  spawn, f_gglvjb3wbfr0od38
        closure 15 bytes, declarations 0 bytes

        name  rule  how      bytes  why
        n     3     refused  0      the closure writes it at 4:17, and it is declared outside at 3:7
      ",
      }
    `)
  })

  test('prints JSON, one explanation for each file', () => {
    const { code, out, err } = run(['explain', '--json', 'good.ts', 'plain.js'])
    expect([code, err]).toEqual([0, ''])
    const explanations = JSON.parse(out) as Explanation[]
    expect(explanations.map(({ version, file }) => [version, file])).toEqual([
      [1, 'app@1.2.3/good.ts'],
      [1, 'app@1.2.3/plain.js'],
    ])
    expect(explanations[0]?.sites[0]?.names.map(({ name, how }) => [name, how])).toEqual([
      ['hash', 're-imported'],
      ['request', 'cloned'],
      ['rounds', 'hoisted'],
    ])
  })

  test('prints JSON of a file with errors too', () => {
    const { code, out, err } = run(['explain', 'bad.ts', '--json'])
    expect(code).toBe(1)
    expect(err).toContain('E101  `n` is written inside a thread')
    expect((JSON.parse(out) as Explanation[])[0]?.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['E101'])
  })

  test('reads several files and the standard input, as TypeScript unless told', () => {
    const { code, out } = run(['explain', 'good.ts', 'plain.js', '-'], GOOD)
    expect(code).toBe(0)
    expect(out.match(/^\S.*$/gm)?.map((line) => line.replace(/_\w{16}$/, ''))).toEqual([
      'good.ts:4:58  spawn, signUp',
      'plain.js: no closure of this file becomes a thread',
      '<stdin>:4:58  spawn, signUp',
    ])
    expect(run(['explain', '--lang=js', '-'], GOOD)).toMatchObject({ code: 1, err: expect.stringContaining('E201') })
  })

  test('knows other names of the runtime', () => {
    const text = GOOD.replace('experimental-threads', './threads')
    expect(run(['explain', '-'], text).out).toContain('no closure')
    expect(run(['explain', '--import-source', './threads', '-'], text).out).toContain('signUp_')
  })

  test('goes on after a file that it cannot read', () => {
    const { code, out, err } = run(['explain', 'gone.ts', 'good.ts'])
    expect(code).toBe(1)
    expect(err).toContain('experimental-threads: cannot read gone.ts: ENOENT')
    expect(out).toContain('good.ts:4:58')
  })

  test('prints no colour codes', () => {
    const { out, err } = run(['explain', 'good.ts', 'bad.ts'])
    expect(out + err).not.toContain('\u001B')
  })

  test('takes what follows -- as a file', () => {
    expect(run(['explain', '--', '--json']).err).toContain('cannot read --json')
  })
})

describe('the command line', () => {
  test('prints what it can do when asked', () => {
    const { code, out, err } = run(['--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^usage: experimental-threads explain <file>/)
    expect(run(['explain', '-h']).out).toBe(out)
  })

  test.each([
    [[], /^usage:/],
    [['lift'], /^experimental-threads: there is no command "lift"; there is: explain\n\nusage:/],
    [['explain'], /^experimental-threads: no file is named\n\nusage:/],
    [['explain', '--jsn', 'good.ts'], /^experimental-threads: unknown option --jsn\n/],
    [['explain', 'good.ts', '--lang'], /^experimental-threads: --lang needs a value\n/],
    [
      ['explain', 'good.ts', '--lang', 'rust'],
      /^experimental-threads: --lang must be one of js, jsx, ts, tsx, not "rust"\n/,
    ],
    [['explain', '-', '-'], /^experimental-threads: - can be given once\n/],
  ])('refuses %j with what is wrong and the usage, and exits with 2', (args, message) => {
    const { code, out, err } = run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  test('prints of the example in the README what the README shows', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const [, example = ''] = /^```ts\n([^]*?)^```$/m.exec(readme) ?? []
    const [, file = '', shown = ''] = /explain (\S+)[^]*?^```text\n([^]*?)^```$/m.exec(readme) ?? []
    mkdirSync(join(folder, 'shown', dirname(file)), { recursive: true })
    writeFileSync(join(folder, 'shown/package.json'), '{ "name": "my-app", "version": "1.0.0", "type": "module" }')
    writeFileSync(join(folder, 'shown', file), example)
    expect(run(['explain', file], '', bin, join(folder, 'shown'))).toEqual({ code: 0, out: shown, err: '' })
  })

  test('says what to install when there is no compiler', () => {
    const alone = mkdtempSync(join(tmpdir(), 'explain-alone-'))
    try {
      cpSync(dirname(bin), alone, { recursive: true })
      expect(run(['explain', 'a.ts'], '', join(alone, basename(bin)), alone)).toEqual({
        code: 1,
        out: '',
        err: 'experimental-threads: this command needs the compiler: npm install --save-dev vite-plugin-experimental-threads (or esbuild-plugin-experimental-threads); for experimental-threads/register: npm install @experimental-threads/compiler\n',
      })
    } finally {
      rmSync(alone, { recursive: true, force: true })
    }
  })

  test('finds a compiler that only the plugin can see', () => {
    const project = mkdtempSync(join(tmpdir(), 'explain-nested-'))
    try {
      cpSync(dirname(bin), project, { recursive: true })
      const plugin = join(project, 'node_modules/vite-plugin-experimental-threads')
      mkdirSync(join(plugin, 'node_modules/@experimental-threads'), { recursive: true })
      writeFileSync(
        join(plugin, 'package.json'),
        '{ "name": "vite-plugin-experimental-threads", "exports": "./index.js" }',
      )
      writeFileSync(join(plugin, 'index.js'), '')
      symlinkSync(join(runtime, '../compiler'), join(plugin, 'node_modules/@experimental-threads/compiler'), 'junction')
      expect(run(['--help'], '', join(project, basename(bin)), project).code).toBe(0)
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  })
})
