import { readFileSync } from 'node:fs'

import { transform } from '@experimental-threads/compiler'
import type { TransformOptions, TransformOutput, WorkerModule } from '@experimental-threads/compiler'
import { describe, expect, test } from 'vitest'

// The two halves of the loader, which the package does not export: a trap cannot be provoked through its front door.
import { init, transform as transformInBrowser } from '../../pkg/compiler/src/browser.ts'
import { createTransform } from '../../pkg/compiler/src/compile.ts'
import { instancesOf } from '../../pkg/compiler/src/glue.ts'
import * as generated from '../../pkg/compiler/wasm/compiler.js'

const options: TransformOptions = {
  filename: 'app@1.0.0/src/main.ts',
  reference: ({ name }) => JSON.stringify(`/${name}.js`),
  specifier: ({ name }) => `./${name}.js`,
}
const spawning = `import { spawn } from 'experimental-threads'\nexport const answer = spawn(() => 42)\n`

describe('transform', () => {
  test('lifts a closure', () => {
    const output = transform(spawning, options)
    expect(output.diagnostics).toEqual([])
    expect(output.changed).toBe(true)
    expect(output.modules).toMatchObject([{ kind: 'site', lang: 'ts', captures: [], needs: [], blocks: false }])
    expect(output.code).toContain(`/${output.modules[0]?.name}.js`)
    expect(output.map?.version).toBe(3)
    expect(output.map?.sources).toEqual(['main.ts'])
  })

  test('leaves a file without spawn sites alone', () => {
    const source = 'export const a = 1\n'
    expect(transform(source, options)).toEqual({
      code: source,
      map: null,
      changed: false,
      modules: [],
      shared: [],
      diagnostics: [],
    })
  })

  test('takes options that are undefined as absent', () => {
    const given = { ...options, lang: undefined, jsx: { factory: undefined }, sourceMap: undefined, dev: undefined }
    expect(transform(spawning, given).map).not.toBeNull()
  })

  test('reports text that is no program, and never throws for it', () => {
    for (const source of [
      'let x = ;',
      '\0',
      '\uD800',
      '}',
      `import { spawn } from 'experimental-threads'; spawn(() => {`,
    ]) {
      const output = transform(source, options)
      expect(output.code).toBe(source)
      expect(output.changed).toBe(false)
    }
  })

  test.each([
    ['brackets', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['arrow functions', `${'() => '.repeat(20_000)}1`],
    ['operators', `${'- '.repeat(20_000)}1`],
    ['type arguments', `x as ${'A<'.repeat(20_000)}B${'>'.repeat(20_000)}`],
  ])('survives 20,000 nested %s, and works afterwards', (_, expression) => {
    const deep = `import { spawn } from 'experimental-threads'\nspawn(() => (${expression}))`
    const output = transform(deep, options)
    expect(output).toMatchObject({ code: deep, changed: false })
    expect(output.diagnostics).toMatchObject([{ code: 'E206', severity: 'error' }])
    expect(transform(spawning, options).modules).toHaveLength(1)
  })

  test('gives the same result for the same text', () => {
    expect(transform(spawning, options)).toEqual(transform(spawning, options))
  })

  test('refuses an unknown option with a suggestion', () => {
    const misspelt = { ...options, sourcemap: true } as TransformOptions
    expect(() => transform('', misspelt)).toThrow('transform(): unknown option "sourcemap"; did you mean "sourceMap"?')
    const jsx = { ...options, jsx: { fragmnt: 'h' } } as TransformOptions
    expect(() => transform('', jsx)).toThrow('transform() jsx: unknown option "fragmnt"; did you mean "fragment"?')
  })

  test('refuses options of the wrong type', () => {
    expect(() => transform('', {} as TransformOptions)).toThrow('the option "filename" must be a string')
    expect(() => transform('', { ...options, reference: 'x' } as unknown as TransformOptions)).toThrow(TypeError)
    expect(() => transform('', { ...options, specifier: 1 } as unknown as TransformOptions)).toThrow(TypeError)
  })

  test('passes on what an address callback throws, even a RangeError', () => {
    const error = new RangeError('mine')
    const throwing = () => {
      throw error
    }
    expect(() => transform(spawning, { ...options, reference: throwing })).toThrow(error)
    expect(transform(spawning, options).modules).toHaveLength(1)
  })
})

describe('a recipe', () => {
  const source = `import { spawn } from 'experimental-threads'
import { make } from './make'
import { z } from 'zod'
const quiet = { call() { return make() }, later: () => new Date() }
const made = make({ call() {} })
const inside = { list: [1, { map: new WeakMap() }] }
const tagged = make\`text\`
const email = z.string().refine((text) => make(text))
const row = z.object({ email: email.optional(), tag: new z.Tag() })
const local = (() => ({ call() {} }))()
const lent = { call: new Reader(made.call) }
const again = made.with({ call() {} })
export class Reader {}
export const read = () => spawn(() => [quiet, made, inside, tagged, email, row, local, lent, again])
`
  const code = (dev: boolean): string => transform(source, { ...options, dev }).code

  test('is told of in development, by who spawns, if its initialiser calls code of the program', () => {
    const told = /\$remade\(\[(.*?)\]\)[, ]/.exec(code(true))?.[1]
    expect(told).toBe(
      'null, ["made", "src/main.ts:5:7"], null, ["tagged", "src/main.ts:7:7"], null, null, ["local", "src/main.ts:10:7"], ["lent", "src/main.ts:11:7"], ["again", "src/main.ts:12:7"]',
    )
    for (const module of transform(source, { ...options, dev: true }).modules)
      expect(module.code).not.toContain('$remade')
  })

  test('is not told of in production', () => {
    expect(code(false)).not.toContain('$remade')
  })
})

describe('a compiler that traps', () => {
  test.each([
    ['a trap', 'E299', new WebAssembly.RuntimeError('unreachable')],
    ['a stack overflow', 'E206', new RangeError('Maximum call stack size exceeded')],
  ])('%s gives %s for the file, and a new instance for the next', (_, code, trap) => {
    const modules: WorkerModule[] = []
    const result: TransformOutput = { code: 'done', map: null, changed: true, modules, shared: [], diagnostics: [] }
    const log: string[] = []
    const broken = createTransform({
      instance: () => ({
        transform: (source) => {
          log.push(source)
          if (source === 'bad') throw trap
          return result
        },
      }),
      drop: () => log.push('drop'),
    })
    const output = broken('bad', options)
    expect(output).toMatchObject({ code: 'bad', map: null, changed: false, modules: [] })
    expect(output.diagnostics).toMatchObject([{ code, severity: 'error', start: 0 }])
    expect(broken('good', options)).toBe(result)
    expect(log).toEqual(['bad', 'drop', 'good'])
  })

  test('other errors pass through', () => {
    const odd = createTransform({
      instance: () => ({
        transform: () => {
          throw new Error('no such variant')
        },
      }),
      drop: () => expect.fail('dropped'),
    })
    expect(() => odd('', options)).toThrow('no such variant')
  })

  test('a dropped instance is replaced by one that works', () => {
    const file = new URL('../../pkg/compiler/wasm/compiler_bg.wasm', import.meta.url)
    let loads = 0
    const instances = instancesOf(generated, () => {
      loads += 1
      return new WebAssembly.Module(readFileSync(file))
    })
    const own = createTransform(instances)
    const before = own(spawning, options)
    instances.drop()
    expect(own(spawning, options)).toEqual(before)
    instances.drop()
    instances.drop()
    expect(own(spawning, options)).toEqual(before)
    expect(loads).toBe(1)
  })
})

describe('the loader for browsers', () => {
  const bytes = readFileSync(new URL('../../pkg/compiler/wasm/compiler_bg.wasm', import.meta.url))

  test('wants to be loaded first, can try again after a failure, and then gives what Node gives', async () => {
    expect(() => transformInBrowser(spawning, options)).toThrow('call and await init() before transform()')
    await expect(init(new Uint8Array([1, 2, 3]))).rejects.toThrow(WebAssembly.CompileError)
    await expect(init('data:text/plain,nothing')).rejects.toThrow(WebAssembly.CompileError)
    await init(`data:application/wasm;base64,${bytes.toString('base64')}`)
    await init()
    expect(transformInBrowser(spawning, options)).toEqual(transform(spawning, options))
  })
})
