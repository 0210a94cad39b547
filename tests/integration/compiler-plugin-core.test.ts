import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  BOOT_ID,
  ModuleStore,
  appendBoot,
  checkOptions,
  clearPackageNames,
  codeFilter,
  inlineSourceMap,
  languageOf,
  mightSpawn,
  moduleQuery,
  packageFilename,
  parseModuleId,
  sourceMapFor,
} from '@experimental-threads/compiler/plugin-core'
import type { SourceMap, TransformOutput, WorkerModule } from '@experimental-threads/compiler'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'threads-core-')))
afterAll(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): string {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

describe('packageFilename', () => {
  beforeEach(clearPackageNames)

  test('names a file by the nearest package that has a name', () => {
    write('app/package.json', '{ "name": "shop", "version": "1.2.3" }')
    write('app/src/package.json', '{ "type": "module" }')
    const file = write('app/src/deep/main.ts', '')
    expect(packageFilename(file)).toBe('shop@1.2.3/src/deep/main.ts')
    expect(packageFilename(`${file}?v=1`)).toBe('shop@1.2.3/src/deep/main.ts')
  })

  test('gives two versions of a package different names', () => {
    write('two/node_modules/lock/package.json', '{ "name": "lock", "version": "1.0.0" }')
    write('two/node_modules/b/node_modules/lock/package.json', '{ "name": "lock", "version": "2.0.0" }')
    expect(packageFilename(join(root, 'two/node_modules/lock/index.js'))).toBe('lock@1.0.0/index.js')
    expect(packageFilename(join(root, 'two/node_modules/b/node_modules/lock/index.js'))).toBe('lock@2.0.0/index.js')
  })

  test('follows symbolic links, so that a workspace has one name for a file', () => {
    write('links/packages/lib/package.json', '{ "name": "@my/lib" }')
    write('links/packages/lib/a.ts', '')
    write('links/node_modules/.keep', '')
    symlinkSync(join(root, 'links/packages/lib'), join(root, 'links/node_modules/lib'), 'dir')
    expect(packageFilename(join(root, 'links/node_modules/lib/a.ts'))).toBe('@my/lib@0.0.0/a.ts')
  })

  test('passes over a broken package.json', () => {
    write('broken/package.json', '{ "name": "outer" }')
    write('broken/inner/package.json', '{ oops')
    expect(packageFilename(join(root, 'broken/inner/a.js'))).toBe('outer@0.0.0/inner/a.js')
  })

  test('reads again after it was cleared', () => {
    write('again/package.json', '{ "name": "one" }')
    expect(packageFilename(join(root, 'again/a.js'))).toBe('one@0.0.0/a.js')
    write('again/package.json', '{ "name": "two" }')
    expect(packageFilename(join(root, 'again/a.js'))).toBe('one@0.0.0/a.js')
    clearPackageNames()
    expect(packageFilename(join(root, 'again/a.js'))).toBe('two@0.0.0/a.js')
  })

  test('counts from the working directory where there is no package', () => {
    const file = write('none/a.js', '')
    expect(packageFilename(file)).toMatch(/^app@0\.0\.0\/.*none\/a\.js$/)
  })
})

describe('languageOf', () => {
  test.each([
    ['a.js', 'js'],
    ['a.mjs', 'js'],
    ['a.cjs', 'js'],
    ['a.jsx', 'jsx'],
    ['a.ts', 'ts'],
    ['a.mts', 'ts'],
    ['a.cts', 'ts'],
    ['a.tsx', 'tsx'],
    ['a.d.ts?spawn=1&lang.tsx', 'ts'],
    ['A.TS', 'ts'],
    ['a.vue', undefined],
    ['a.vue?vue&type=script&lang.ts', undefined],
    ['a.json', undefined],
    ['constructor', undefined],
    ['a.constructor', undefined],
  ])('%s', (path, language) => {
    expect(languageOf(path)).toBe(language)
  })
})

describe('mightSpawn', () => {
  test('looks for the specifier in quotes', () => {
    const ours = ['experimental-threads', 'my.threads']
    expect(mightSpawn(`import { spawn } from 'experimental-threads'`, ours)).toBe(true)
    expect(mightSpawn('import{spawn}from"experimental-threads"', ours)).toBe(true)
    expect(mightSpawn('await import(`experimental-threads`)', ours)).toBe(true)
    expect(mightSpawn(`import 'my.threads'`, ours)).toBe(true)
    expect(mightSpawn(`import 'myxthreads'`, ours)).toBe(false)
    expect(mightSpawn(`import 'vite-plugin-experimental-threads'`, ours)).toBe(false)
    expect(mightSpawn('// spawn a thread', ours)).toBe(false)
    expect(codeFilter(ours).flags).toBe('')
  })
})

describe('module ids', () => {
  const module = { id: 'abc123', hash: 'zz9', lang: 'ts' } as const

  test('round trip', () => {
    expect(moduleQuery(module)).toBe('spawn=abc123&h=zz9&lang.ts')
    expect(parseModuleId(`/app/src/a.ts?${moduleQuery(module)}`)).toEqual({
      parent: '/app/src/a.ts',
      spawn: 'abc123',
      hash: 'zz9',
    })
  })

  test('parameters of the host are passed over', () => {
    expect(parseModuleId('/a.ts?import&spawn=abc&h=1&lang.ts&t=17')).toEqual({
      parent: '/a.ts',
      spawn: 'abc',
      hash: '1',
    })
  })

  test('other ids are not ours', () => {
    expect(parseModuleId('/a.ts')).toBeNull()
    expect(parseModuleId('/a.ts?v=1')).toBeNull()
    expect(parseModuleId('/a.ts?spawn=abc')).toBeNull()
    expect(parseModuleId('/spawn=a&h=1')).toBeNull()
  })
})

describe('appendBoot', () => {
  test('adds one line, also behind a comment and a statement without a semicolon', () => {
    expect(appendBoot('a() // done')).toBe(`a() // done\nimport "${BOOT_ID}"`)
    expect(appendBoot('a()').split('\n')).toHaveLength(2)
  })
})

const map: SourceMap = { version: 3, sources: ['main.ts'], sourcesContent: ['a'], names: [], mappings: 'AAAA' }

describe('source maps', () => {
  test('name the file without its folder and query', () => {
    expect(sourceMapFor({ map }, '/app/src/other.ts?v=1')).toEqual({ ...map, sources: ['other.ts'] })
    expect(sourceMapFor({ map: null }, '/app/a.ts')).toBeNull()
  })

  test('can stand in the text', () => {
    const text = inlineSourceMap('a()', map)
    const data = /base64,(.*)\n$/.exec(text)?.[1] ?? ''
    expect(JSON.parse(Buffer.from(data, 'base64').toString())).toEqual(map)
    expect(inlineSourceMap('a()', null)).toBe('a()')
  })
})

describe('ModuleStore', () => {
  const workerModule = (id: string): WorkerModule => ({
    kind: 'site',
    id,
    name: `main_${id}`,
    hash: 'h',
    lang: 'ts',
    code: '',
    map: null,
    blocks: false,
    captures: [],
    imports: [],
    needs: [],
    start: 3,
    end: 9,
  })
  const output = (...ids: string[]): TransformOutput => ({
    code: '',
    map: null,
    changed: true,
    modules: ids.map(workerModule),
    shared: [],
    diagnostics: [],
  })

  test('finds a module by its parent and id', () => {
    const store = new ModuleStore()
    expect(store.put('/a.ts', output('one', 'two'))).toEqual([])
    expect(store.get('/a.ts', 'two')?.name).toBe('main_two')
    expect(store.get('/b.ts', 'two')).toBeUndefined()
    expect(store.list().map(({ parent, module }) => `${parent} ${module.id}`)).toEqual(['/a.ts one', '/a.ts two'])
  })

  test('replaces the result of a file', () => {
    const store = new ModuleStore()
    store.put('/a.ts', output('one', 'two'))
    expect(store.put('/a.ts', output('two', 'three'))).toEqual([])
    expect(store.get('/a.ts', 'one')).toBeUndefined()
    expect(store.list()).toHaveLength(2)
    store.forget('/a.ts')
    expect(store.output('/a.ts')).toBeUndefined()
    expect(store.list()).toEqual([])
  })

  test('reports an id that two files have', () => {
    const store = new ModuleStore()
    store.put('/a.ts', output('one'))
    expect(store.put('/b.ts', output('one'))).toMatchObject([{ code: 'E401', severity: 'error', start: 3, end: 9 }])
    store.forget('/a.ts')
    expect(store.put('/b.ts', output('one'))).toEqual([])
  })

  test('takes one file under two ids as one', () => {
    const store = new ModuleStore()
    const file = write('store/a.ts', '')
    symlinkSync(file, join(root, 'store/link.ts'))
    store.put(file, output('one'))
    expect(store.put(`${file}?v=1`, output('one'))).toEqual([])
    expect(store.put(join(root, 'store/link.ts'), output('one'))).toEqual([])
  })
})

describe('checkOptions', () => {
  const known = ['include', 'exclude', 'importSource', 'sourceMap']

  test('suggests the option that was meant', () => {
    expect(() => checkOptions({ sourcemap: true }, known, 'threads()')).toThrow(
      new TypeError('threads(): unknown option "sourcemap"; did you mean "sourceMap"?'),
    )
    expect(() => checkOptions({ includes: [] }, known, 'threads()')).toThrow('did you mean "include"?')
  })

  test('lists the options when none is near', () => {
    expect(() => checkOptions({ zebra: 1 }, known, 'threads()')).toThrow(
      'threads(): unknown option "zebra"; known options: include, exclude, importSource, sourceMap',
    )
  })

  test('accepts known ones', () => {
    expect(() => checkOptions({ include: [], exclude: undefined }, known, 'threads()')).not.toThrow()
  })
})
