import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from '@experimental-threads/compiler'
import type { TransformOutput } from '@experimental-threads/compiler'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { describe, expect, test } from 'vitest'
import { deepest } from '../../pkg/compiler/src/deepest.ts'

const HEAD = "import { spawn } from 'experimental-threads'\n"
const GOOD = `${HEAD}export const f = (a: number) => spawn(() => a)`

function run(source: string, extension = 'ts'): TransformOutput {
  return transform(source, {
    filename: `app@1.0.0/src/a.${extension}`,
    reference: ({ name }) => JSON.stringify(`./${name}.js`),
    specifier: ({ name }) => `./${name}.js`,
  })
}

/** A result or errors with places in the file, never E299, and the compiler goes on. */
function survives(source: string, extension?: string): TransformOutput {
  const output = run(source, extension)
  for (const { code, start, end } of output.diagnostics) {
    expect(code).not.toBe('E299')
    expect(start).toBeLessThanOrEqual(end)
    expect(end).toBeLessThanOrEqual(source.length)
  }
  if (!output.changed) expect(output.code).toBe(source)
  return output
}

function fixtures(): string[] {
  const root = new URL('../fixtures/', import.meta.url).pathname
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /input\.[jt]sx?$/.test(file) && !file.includes('deep-nesting'))
    .map((file) => join(root, file))
}

describe('broken text', () => {
  test('every prefix of a file gives a result or an error', () => {
    const files = fixtures().filter((_, index) => index % 12 === 0)
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const source = readFileSync(file, 'utf8').slice(0, 700)
      for (let end = 0; end <= source.length; end++) survives(source.slice(0, end), file.split('.').pop())
    }
    expect(run(GOOD).changed).toBe(true)
  })

  test('every character of a file may be missing, or be a zero', () => {
    const source = `${HEAD}let n = 0\nexport class K<T> { #p = /[(]/g; m = (x: T) => spawn(() => \`a\${x}\`, { name: 'é😀' }) }`
    for (let at = 0; at < source.length; at++) {
      survives(source.slice(0, at) + source.slice(at + 1))
      survives(`${source.slice(0, at)}\0${source.slice(at + 1)}`)
      survives(`${source.slice(0, at)}\u2028${source.slice(at)}`)
    }
  })
})

describe('unusual characters', () => {
  test.each([
    ['a byte order mark', '\ufeff', '\n'],
    ['CRLF', '', '\r\n'],
    ['U+2028', '/* é */', '\u2028'],
    ['U+2029', '/* 😀 */', '\u2029'],
    ['a hashbang', '#!/usr/bin/env node\n', '\n'],
  ])('%s: errors stand where they belong, and names map back', (_, before, newline) => {
    const wrong = [before + HEAD.trim(), "const s = 'é😀'; let n = 0", 'spawn(() => { n = 1 })'].join(newline)
    const [error] = survives(wrong).diagnostics
    expect(error).toMatchObject({ code: 'E101' })
    expect(wrong.slice(error!.start, error!.end)).toBe('n')

    const right = [before + HEAD.trim(), "const s = 'é😀', value = f(); export const t = spawn(() => value)"].join(
      newline,
    )
    const [site] = survives(right).modules
    const lines = site!.code.split('\n')
    const line = lines.findIndex((text) => text.includes('=> value'))
    const column = lines[line]!.indexOf('value', lines[line]!.indexOf('=>'))
    const original = originalPositionFor(new TraceMap(site!.map as never), { line: line + 1, column })
    // Source maps count lines by \n, as the browsers' tools do.
    const found = right.split('\n')[original.line! - 1]!.slice(original.column!)
    expect(found).toMatch(/^value\)/)
  })

  test('half a surrogate pair is an error that says where, and only in a file that is changed', () => {
    const broken = `${GOOD}; const half = '\ud83d'`
    const [error] = survives(broken).diagnostics
    expect(error).toMatchObject({ code: 'E230', start: broken.indexOf('\ud83d'), end: broken.indexOf('\ud83d') + 1 })
    expect(survives("const half = '\ud83d'")).toMatchObject({ changed: false, diagnostics: [] })
    expect(survives(`${GOOD}; const whole = '😀'`).changed).toBe(true)
  })
})

describe('size', () => {
  test('5 MB on one line', () => {
    const part = 'f(a,b=>c[d]+`e`);'
    const source = `${HEAD.trim()};spawn(()=>x);${part.repeat(5e6 / part.length)}`
    const output = survives(source, 'js')
    expect(output.changed).toBe(true)
  })

  test.each<[string, (count: number) => string]>([
    ['spawns', (n) => list(n, (i) => `export const f${i} = (x) => spawn(() => x + ${i});`)],
    [
      'hoisted functions in a chain',
      (n) => `${list(n, (i) => `function f${i}() { return f${i + 1}?.() }`)}spawn(() => f0())`,
    ],
    [
      'hoisted functions in a circle',
      (n) => `${list(n, (i) => `function f${i}() { f${(i + 1) % n}() }`)}spawn(() => f0())`,
    ],
    [
      'functions that spawn one another',
      (n) => `${list(n, (i) => `function f${i}() { spawn(() => f${(i + 1) % n}()) }`)}`,
    ],
    [
      'captures',
      (n) =>
        `function g() { ${list(n, (i) => `let v${i} = Math.random();`)} spawn(() => [${list(n, (i) => `v${i},`)}]) }`,
    ],
    [
      'imports',
      (n) => list(n, (i) => `import { a${i} } from './m${i}'; export const s${i} = () => spawn(() => a${i}());`),
    ],
    ['recipes', (n) => list(n, (i) => `const r${i} = make(${i}); export const s${i} = () => spawn(() => r${i});`)],
  ])('3000 %s', (_, make) => {
    expect(survives(HEAD + make(3000), 'js').changed).toBe(true)
  })

  test('spawns nested 50 deep', () => {
    const source = `${HEAD}export function f(a) { return ${'spawn(() => '.repeat(50)}a${')'.repeat(50)} }`
    const output = survives(source, 'js')
    expect(output.modules).toHaveLength(50)
    for (const { captures } of output.modules) expect(captures.map(({ name }) => name)).toEqual(['a'])
  })
})

describe('depth', () => {
  const wrap = (open: string, inner: string, close: string) => (n: number) => open.repeat(n) + inner + close.repeat(n)
  const shapes: Record<string, (n: number) => string> = {
    arrays: wrap('[', '', ']'),
    parentheses: wrap('(', '1', ')'),
    objects: wrap('{a:', '1', '}'),
    calls: wrap('f(', '1', ')'),
    arrows: wrap('a=>', '1', ''),
    'arrows in parentheses': wrap('((a)=>', '1', ')'),
    functions: wrap('function(){return ', '1', '}'),
    classes: wrap('class{a=', '1', '}'),
    'classes that extend classes': wrap('class extends ', 'A', '{}'),
    templates: wrap('`${', '1', '}`'),
    'unary operators': wrap('!', '1', ''),
    powers: wrap('1**', '1', ''),
    'calls in a chain': wrap('f', '.a()', '.b()'),
    'else without braces': (n) => `0; ${'if (a) b; else '.repeat(Math.min(n, 2000))} c`,
    'statements in statements': (n) => `0; ${'if (a) '.repeat(n)} c`,
    choices: wrap('a?b:', 'c', ''),
    JSX: wrap('<a>', '', '</a>'),
    'types in TypeScript': (n) => `0; type T = ${'A<'.repeat(n)}B${'>'.repeat(n)}`,
    'open brackets': wrap('[({', '', ''),
  }
  const deep = Object.entries(shapes)

  test.each(deep)('%s: 100 work, 10000 work or are refused', (name, make) => {
    const extension = name === 'JSX' ? 'tsx' : 'ts'
    const source = (n: number) => `${GOOD}\nexport const x = ${make(n)}\n`
    if (!name.startsWith('open') && !name.startsWith('classes that'))
      expect(survives(source(100), extension).changed).toBe(true)
    const output = survives(source(10_000), extension)
    if (!output.changed) expect(['E201', 'E206']).toContain(output.diagnostics[0]?.code)
    expect(run(GOOD).changed).toBe(true)
  })

  test.each<[string, number, (n: number) => string]>([
    ['operands', 10_000, (n) => `'a'${" + 'b'".repeat(n)}`],
    [
      'links of a chain of else if',
      2000,
      (n) => `0; if (a) { b } ${'else if (c) { spawn(() => x) } '.repeat(n)} else d()`,
    ],
    ['choices in a row', 1500, (n) => `${'a ? b : '.repeat(n)} () => spawn(() => x)`],
    ['commas', 10_000, (n) => `(${'a, '.repeat(n)} spawn(() => z))`],
  ])('%s: %d work', (_, count, make) => {
    const output = survives(`${HEAD}export const x = ${make(count)}\nspawn(() => x)\n`)
    expect(output.changed).toBe(true)
    expect(output.code).not.toMatch(/\bspawn\(\(/)
  })

  test('what is refused is shown where it is deepest', () => {
    const source = `${GOOD}\nconst [a, b] = [1, [2]]\nconst x = ${'(a) => ('.repeat(5000)}1${')'.repeat(5000)}`
    const [error] = survives(source).diagnostics
    expect(error).toMatchObject({ code: 'E206' })
    expect(error!.start).toBeGreaterThan(source.indexOf('const x'))
  })

  test('a TypeScript text that can be read in too many ways is refused before it is tried', () => {
    const source = `${GOOD}\nexport const x = ${'a ? (b) : c => '.repeat(40)} d`
    expect(survives(source).diagnostics).toMatchObject([{ code: 'E231' }])
    expect(survives(source.replace(': number', ''), 'js').changed).toBe(true)
  })

  test('the deepest place is found without parsing', () => {
    const place = (source: string) => source.slice(deepest(source), deepest(source) + 2)
    expect(place('f(a, [b, {c}], d)')).toBe('{c')
    expect(place("f('((((', /* [[[ */ [x])")).toBe('[x')
    expect(place('a = b\nc = d\ne = f => g => h\ni = j')).toBe('=>')
    expect(place(')]}')).toBe(')]')
    expect(deepest('')).toBe(0)
  })
})

function list(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join('\n')
}
