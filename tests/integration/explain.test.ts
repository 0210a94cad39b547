import { explain, transform } from '@experimental-threads/compiler'
import type { ExplainedName, Explanation } from '@experimental-threads/compiler'
import { describe, expect, test } from 'vitest'

import { explain as explainInBrowser } from '../../pkg/compiler/src/browser.ts'
import { createExplain } from '../../pkg/compiler/src/compile.ts'
import { fixtures } from '../tools/fixture.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const filename = 'app@1.0.0/src/main.ts'
const HEAD = `import { spawn, Mutex } from 'experimental-threads'\n`

/** The names of the first site of a text that follows the import of `spawn` and `Mutex`. */
function names(text: string): ExplainedName[] {
  const explanation = explain(HEAD + text, { filename })
  expect(explanation.diagnostics).toEqual([])
  return explanation.sites[0]?.names ?? []
}

/** What decided over each name, by its own name. */
function decisions(text: string): Record<string, unknown[]> {
  return Object.fromEntries(
    names(text).map(({ name, rule, class: word, how, bytes }) => [name, [rule, word, how, bytes]]),
  )
}

describe('every rule', () => {
  test('1: what the file does not declare is left alone', () => {
    expect(decisions(`declare const ambient: number\nspawn(() => [fetch, ambient])`)).toEqual({
      fetch: [1, 'global', 'global', 0],
      ambient: [1, 'global', 'global', 0],
    })
  })

  test('2: what is a type is not listed', () => {
    expect(names(`import type { T } from 'x'; interface I {}\nspawn(() => null as T | I | null)`)).toEqual([])
  })

  test('3: what the closure or its helper writes is refused, with the places of the writes', () => {
    const text = `export function f() {\nlet a = 0, b = 0\nconst inc = () => { b++ }\nspawn(() => { a = 1; inc() })\n}`
    const { sites, diagnostics } = explain(HEAD + text, { filename })
    expect(diagnostics.map(({ code }) => code)).toEqual(['E102', 'E101'])
    const refused = sites[0]?.names.filter(({ rule }) => rule === 3)
    expect(refused).toMatchObject([
      { name: 'a', how: 'refused', why: 'the closure writes it at 5:15, and it is declared outside at 3:5', via: [] },
      {
        name: 'b',
        why: '`inc`, which the closure needs, writes it at 4:21, and it is declared outside at 3:12',
        via: ['inc'],
        writes: [{ line: 4, column: 21 }],
      },
    ])
  })

  test('4: an import is imported again, and its size is the bundler’s to know', () => {
    expect(decisions(`import { hash as h } from 'bcryptjs'; import * as z from 'zod'\nspawn(() => [h, z])`)).toEqual({
      h: [4, 'import', 're-imported', 'import'],
      z: [4, 'import', 're-imported', 'import'],
    })
  })

  test('4: what each task has of its own is given by the runtime', () => {
    const text = `import { threadSignal as signal } from 'experimental-threads'\nspawn(() => signal.aborted)`
    expect(decisions(text)).toEqual({ signal: [4, 'import', 'per-task', 0] })
  })

  test('5 to 8: shared values, declarations, literals, and declarations that need a value', () => {
    const text = `const lock = new Mutex()
function pad() { return width }
const width = 12
let visits = 0; visits++
function count() { return visits }
spawn(() => [lock, pad(), count()])`
    expect(decisions(text)).toEqual({
      lock: [5, 'shared', 'shared', 18],
      pad: [6, 'declaration', 'hoisted', 31],
      count: [8, 'declaration that needs a value', 'inner', 34],
      Mutex: [4, 'import', 're-imported', 'import'],
      width: [7, 'literal', 'hoisted', 10],
      visits: [10, 'module value', 'cloned', 0],
    })
  })

  test('9 to 12: values of the module and of the function around', () => {
    const text = `const settings = { deep: true }
const waits = await 1
export function f(parameter: number) {
  const local = () => parameter
  let counter = 0
  counter++
  return spawn(() => [settings, waits, local(), counter])
}`
    expect(decisions(text)).toEqual({
      settings: [9, 'value or recipe', 'recipe', 25],
      waits: [10, 'module value', 'cloned', 0],
      local: [11, 'local declaration', 'inner', 23],
      counter: [12, 'local value', 'cloned', 0],
      parameter: [12, 'local value', 'cloned', 0],
    })
  })

  test.each([
    [`let n = 0; n = 1`, 'declared in the module at 2:5 and written at 2:12'],
    [`let n`, 'declared in the module at 2:5 without a value'],
    [`const n = await 1`, 'declared in the module at 2:7; its initialiser waits'],
    [`const n = new Map(); n.set(1, 2)`, 'declared in the module at 2:7; the module goes on building it at 2:22'],
    [`let m = 0; m++; const n = [m]`, 'declared in the module at 2:23; its initialiser needs the value of `m` at 2:28'],
    [`const n = spawn(() => 1)`, 'declared in the module at 2:7; its initialiser starts a thread'],
  ])('says why %s cannot be made anew in a thread', (declaration, why) => {
    const { sites } = explain(`${HEAD}${declaration}\nspawn(() => n)`, { filename })
    expect(sites.at(-1)?.names[0]?.why).toBe(why)
  })
})

describe('an explanation', () => {
  const text = `const low = 1
const range = () => low
export const f = (n: number) => spawn(() => { range(); n; return n + spawn(() => n + range()) })`

  test('has the documented shape', () => {
    const { sites, ...rest } = explain(HEAD + text, { filename })
    const [outer, inner] = sites
    expect(rest).toEqual({ version: 1, file: filename, diagnostics: [] })
    expect(outer).toMatchInlineSnapshot(`
      {
        "at": {
          "column": 33,
          "end": 186,
          "line": 4,
          "start": 122,
        },
        "bytes": {
          "closure": 40,
          "declarations": 24,
          "recipes": 0,
        },
        "call": "spawn",
        "closure": {
          "column": 39,
          "end": 185,
          "line": 4,
          "start": 128,
        },
        "given": "literal",
        "id": "o7oo47lqy9vs2qgt",
        "name": "f_o7oo47lqy9vs2qgt",
        "names": [
          {
            "binding": "const",
            "bytes": 17,
            "class": "declaration",
            "declared": {
              "column": 7,
              "end": 77,
              "line": 3,
              "start": 72,
            },
            "how": "hoisted",
            "name": "range",
            "rule": 6,
            "used": {
              "column": 47,
              "end": 141,
              "line": 4,
              "start": 136,
            },
            "uses": 1,
            "via": [],
            "why": "a function of the module, declared at 3:7, that needs no value of a call",
            "writes": [],
          },
          {
            "binding": "parameter",
            "bytes": 0,
            "capture": 0,
            "class": "local value",
            "declared": {
              "column": 19,
              "end": 117,
              "line": 4,
              "start": 108,
            },
            "how": "cloned",
            "name": "n",
            "rule": 12,
            "used": {
              "column": 56,
              "end": 146,
              "line": 4,
              "start": 145,
            },
            "uses": 3,
            "via": [],
            "why": "a parameter around the call, declared at 4:19",
            "writes": [],
          },
          {
            "binding": "const",
            "bytes": 7,
            "class": "literal",
            "declared": {
              "column": 7,
              "end": 61,
              "line": 2,
              "start": 58,
            },
            "how": "hoisted",
            "name": "low",
            "rule": 7,
            "used": {
              "column": 21,
              "end": 89,
              "line": 3,
              "start": 86,
            },
            "uses": 0,
            "via": [
              "range",
            ],
            "why": "a constant of the module, declared at 2:7, that is the same wherever it is evaluated",
            "writes": [],
          },
        ],
      }
    `)
    // The nested one has the same fields, and says whose closure it stands in.
    const { parent, ...others } = inner!
    expect(parent).toBe(outer!.id)
    expect(Object.keys(others)).toEqual(Object.keys(outer!))
    expect(others.names.map(({ name, how }) => [name, how])).toEqual([
      ['n', 'cloned'],
      ['range', 'hoisted'],
      ['low', 'hoisted'],
    ])
  })

  test('is the same every time', () => {
    expect(JSON.stringify(explain(HEAD + text, { filename }))).toBe(JSON.stringify(explain(HEAD + text, { filename })))
  })

  test('tells of tasks and of the closures of parallelMap too', () => {
    const calls = `import { task, parallelMap } from 'experimental-threads'
export const f = (n: number) => [task(() => n), parallelMap([1], (item) => item * n)]`
    const { sites } = explain(calls, { filename })
    expect(sites.map(({ call, names: [first] }) => [call, first?.name, first?.how])).toEqual([
      ['task', 'n', 'cloned'],
      ['parallelMap', 'n', 'cloned'],
    ])
  })

  test('counts a declaration once, however many of its names are used', () => {
    const { sites } = explain(`${HEAD}const { floor, ceil } = Math\nspawn(() => floor(ceil(1)))`, { filename })
    expect(sites[0]?.names.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['floor', 22],
      ['ceil', 22],
      ['Math', 0],
    ])
    expect(sites[0]?.bytes).toEqual({ closure: 20, declarations: 22, recipes: 0 })
  })

  test('counts what only a recipe needs with the recipe', () => {
    const { sites } = explain(`${HEAD}const make = () => 1\nconst made = make()\nspawn(() => made)`, { filename })
    expect(sites[0]?.names.map(({ name, via }) => [name, via])).toEqual([
      ['made', []],
      ['make', ['made']],
    ])
    expect(sites[0]?.bytes).toEqual({ closure: 10, declarations: 0, recipes: 13 + 14 })
  })

  test('of a closure given by its name starts with that name', () => {
    const { sites } = explain(`${HEAD}const one = () => two()\nconst two = () => 2\nspawn(one)`, { filename })
    expect(sites[0]).toMatchObject({ given: 'reference', bytes: { closure: 0, declarations: 17 + 13 } })
    expect(sites[0]?.names.map(({ name, uses, via }) => [name, uses, via])).toEqual([
      ['one', 1, []],
      ['two', 0, ['one']],
    ])
  })

  test('of text that is no program has its error and no site', () => {
    const { sites, diagnostics } = explain(`${HEAD}spawn(() => {`, { filename })
    expect(sites).toEqual([])
    expect(diagnostics.map(({ code }) => code)).toEqual(['E201'])
  })

  test('of a file without spawn is empty', () => {
    expect(explain('export {}', { filename })).toEqual({ version: 1, file: filename, sites: [], diagnostics: [] })
  })

  test('refuses options that nobody reads', () => {
    expect(() => explain('', { filename, langs: 'ts' } as never)).toThrow('explain(): unknown option "langs"')
    expect(() => explain('', {} as never)).toThrow('explain(): the option "filename" must be a string')
  })

  test('is not there in a browser before init()', () => {
    expect(() => explainInBrowser('', { filename })).toThrow('call and await init()')
  })

  test('of a file on which the compiler stops is its error', () => {
    let dropped = 0
    const broken = createExplain({
      instance: () => ({
        explain: (): Explanation => {
          throw new RangeError('Maximum call stack size exceeded')
        },
      }),
      drop: () => void dropped++,
    })
    expect(broken('', { filename })).toMatchObject({ version: 1, sites: [], diagnostics: [{ code: 'E206' }] })
    expect(dropped).toBe(1)
  })
})

describe('every fixture', () => {
  const cases = fixtures().map((fixture) => [fixture.name, fixture] as const)

  test.each(cases)('%s is explained as it is transformed', (_, { folder, input, options }) => {
    const source = readFileSync(join(folder, input), 'utf8')
    const { dev: _dev, ...shared } = options
    const name = `fixture@1.0.0/src/${input}`
    const { sites, diagnostics } = explain(source, { ...shared, filename: name })
    const output = transform(source, { ...shared, filename: name, reference: () => '""', specifier: () => '' })
    expect(diagnostics).toEqual(output.diagnostics)
    for (const module of output.modules.filter(({ kind }) => kind === 'site')) {
      const site = sites.find(({ id }) => id === module.id)
      const sent = site?.names.filter(({ capture }) => capture !== undefined) ?? []
      sent.sort((a, b) => (a.capture ?? 0) - (b.capture ?? 0))
      expect(sent.map(({ name: captured }) => captured)).toEqual(module.captures.map((capture) => capture.name))
      expect(sent.map(({ how }) => how)).toEqual(
        module.captures.map(({ kind }) => (kind === 'recipe' ? 'recipe' : 'cloned')),
      )
      const imported = new Set(site?.names.filter(({ how }) => how === 're-imported').map((each) => each.name))
      expect(module.imports.filter(({ local }) => !imported.has(local))).toEqual([])
      expect(site?.parent).toBe(module.parent)
    }
  })
})
