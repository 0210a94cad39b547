import { atTheirLines, locate } from '@experimental-threads/compiler/plugin-core'
import { describe, expect, test } from 'vitest'

describe('locate', () => {
  test('counts columns in UTF-16 code units and in bytes', () => {
    const source = "const é日😀 = 'x'; spawn(work)"
    const start = source.indexOf('spawn')
    expect(locate(source, start, start + 5)).toEqual({
      line: 1,
      column: 18,
      byteColumn: 18 + 1 + 2 + 2,
      byteLength: 5,
      length: 5,
      lineText: source,
    })
  })

  test('measures a span of wide characters in bytes', () => {
    const source = 'é日😀'
    expect(locate(source, 0, 1)).toMatchObject({ byteColumn: 0, byteLength: 2 })
    expect(locate(source, 1, 2)).toMatchObject({ byteColumn: 2, byteLength: 3 })
    expect(locate(source, 2, 4)).toMatchObject({ byteColumn: 5, byteLength: 4, length: 2 })
  })

  test('takes a carriage return with its line feed as one line end', () => {
    const source = 'a\r\nbc\r\n\r\nd'
    expect(locate(source, source.indexOf('c'))).toMatchObject({ line: 2, column: 1, lineText: 'bc' })
    expect(locate(source, source.indexOf('d'))).toMatchObject({ line: 4, column: 0, lineText: 'd' })
  })

  test('leaves U+2028 and a lone carriage return inside their line, as editors and source maps do', () => {
    const source = 'a\rb\u2028c\nd'
    expect(locate(source, source.indexOf('c'))).toMatchObject({
      line: 1,
      column: 4,
      byteColumn: 6,
      lineText: 'a\rb\u2028c',
    })
    expect(locate(source, source.indexOf('d'))).toMatchObject({ line: 2, column: 0, lineText: 'd' })
  })

  test('counts a byte order mark neither as a column nor as text', () => {
    const source = '\uFEFFconst a = 1'
    expect(locate(source, source.indexOf('a'), source.indexOf('a') + 1)).toEqual({
      line: 1,
      column: 6,
      byteColumn: 6,
      byteLength: 1,
      length: 1,
      lineText: 'const a = 1',
    })
    expect(locate(source, 0)).toMatchObject({ line: 1, column: 0 })
    expect(locate('\uFEFFa\nb', 3)).toMatchObject({ line: 2, column: 0, lineText: 'b' })
  })

  test('cuts a span at the end of its first line', () => {
    const source = 'call(\n  x,\n)'
    expect(locate(source, 0, source.length)).toMatchObject({ line: 1, length: 5, byteLength: 5, lineText: 'call(' })
  })

  test('keeps offsets at a line end and at the end of the text on their line', () => {
    expect(locate('ab\ncd', 2)).toMatchObject({ line: 1, column: 2 })
    expect(locate('ab\r\ncd', 3)).toMatchObject({ line: 1, column: 2 })
    expect(locate('ab\ncd\n', 6)).toMatchObject({ line: 3, column: 0, lineText: '' })
    expect(locate('', 0)).toMatchObject({ line: 1, column: 0, lineText: '' })
    expect(locate('ab', 99, 120)).toMatchObject({ line: 1, column: 2, length: 0 })
  })
})

describe('atTheirLines', () => {
  /** A map that says for each line where it came from, from 0; null for a line that was made up. */
  const mapOf = (lines: readonly (number | null)[]) => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'
    let before = 0
    const mappings = lines.map((line) => {
      if (line === null) return ''
      const step = line - before
      before = line
      return `AA${digits[step < 0 ? 1 - 2 * step : 2 * step]}A`
    })
    return { version: 3 as const, sources: ['a.ts'], sourcesContent: [], names: [], mappings: mappings.join(';') }
  }

  test('puts each line where it stood', () => {
    expect(atTheirLines('made\nfour\nfive\nnine', mapOf([null, 4, 5, 9]))).toBe('made\n\n\n\nfour\nfive\n\n\n\nnine')
  })

  test('leaves what was moved up, and what comes behind a template string', () => {
    expect(atTheirLines('three\none', mapOf([3, 1]))).toBe('\n\n\nthree\none')
    expect(atTheirLines('`${a}\n`', mapOf([0, 7]))).toBe('`${a}\n`')
  })
})
