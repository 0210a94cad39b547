import { formatDiagnostic, frame, toEsbuildMessage, toRollupLog } from '@experimental-threads/compiler/plugin-core'
import type { Diagnostic } from '@experimental-threads/compiler'
import * as esbuild from 'esbuild'
import { describe, expect, test } from 'vitest'

const source = ['const socket = connect(url)', '', 'const rows = await spawn(() => query(socket, sql))', ''].join('\n')

const diagnostic: Diagnostic = {
  code: 'E103',
  severity: 'error',
  message: '`socket` cannot be sent to a thread',
  start: source.lastIndexOf('socket'),
  end: source.lastIndexOf('socket') + 6,
  labels: [
    { start: source.lastIndexOf('socket'), end: source.lastIndexOf('socket') + 6, text: 'used inside the thread' },
    { start: source.indexOf('socket'), end: source.indexOf('socket') + 6, text: 'captured from here' },
  ],
  notes: ['a live socket cannot be copied'],
  help: 'open the connection inside the closure',
}

const drawn = [
  '  1 │ const socket = connect(url)',
  '    ·       ────── captured from here',
  '  3 │ const rows = await spawn(() => query(socket, sql))',
  '    ·                                      ────── used inside the thread',
].join('\n')

describe('frame', () => {
  test('shows each place in source order, the main span among them', () => {
    expect(frame(source, diagnostic)).toBe(drawn)
  })

  test('marks the main span also when no label describes it', () => {
    expect(frame('a(b)', { ...diagnostic, start: 2, end: 3, labels: [] })).toBe('  1 │ a(b)\n    ·   ─')
  })

  test('shows a line once when several marks stand on it', () => {
    const labels = [{ start: 0, end: 1, text: 'first' }]
    expect(frame('a(b)', { ...diagnostic, start: 2, end: 3, labels })).toBe('  1 │ a(b)\n    · ─ first\n    ·   ─')
  })

  test('aligns behind wide characters and tabs', () => {
    const text = "\tf('é日😀', x)"
    const start = text.indexOf('x')
    expect(frame(text, { ...diagnostic, start, end: start + 1, labels: [] })).toBe(
      "  1 │   f('é日😀', x)\n    ·              ─",
    )
  })

  test('pads line numbers to one width', () => {
    const text = `a\n${'\n'.repeat(8)}b`
    const labels = [{ start: 0, end: 1, text: 'declared here' }]
    expect(frame(text, { ...diagnostic, start: text.length - 1, end: text.length, labels })).toBe(
      '   1 │ a\n     · ─ declared here\n  10 │ b\n     · ─',
    )
  })

  test('crops minified lines around the mark', () => {
    const text = `${'x;'.repeat(5000)}spawn(y);${'z;'.repeat(5000)}`
    const start = text.indexOf('y')
    const [line = '', mark = ''] = frame(text, { ...diagnostic, start, end: start + 1, labels: [] }).split('\n')
    expect(line.length).toBeLessThan(125)
    expect(line[mark.indexOf('─')]).toBe('y')
  })

  test('stays one line where the text has other line ends', () => {
    expect(frame("a('\u2028', b)", { ...diagnostic, start: 7, end: 8, labels: [] })).toBe(
      "  1 │ a(' ', b)\n    ·        ─",
    )
  })

  test('points somewhere when the span is empty', () => {
    expect(frame('', { ...diagnostic, start: 0, end: 0, labels: [] })).toBe('  1 │ \n    · ─')
  })
})

describe('formatDiagnostic', () => {
  test('gives code, place, frame, notes, help and page', () => {
    expect(formatDiagnostic(diagnostic, source, 'src/report.ts')).toBe(
      [
        'E103  `socket` cannot be sent to a thread',
        '',
        '   src/report.ts:3:38',
        drawn,
        '',
        '  note: a live socket cannot be copied',
        '  help: open the connection inside the closure',
        '  docs: @experimental-threads/compiler/errors/E103.md',
      ].join('\n'),
    )
  })
})

describe('toRollupLog', () => {
  test('carries the frame in the message as well as beside it, and names the file without its query', () => {
    const log = toRollupLog(diagnostic, source, '/app/src/report.ts?v=1')
    expect(log).toMatchObject({
      code: 'E103',
      pluginCode: 'E103',
      id: '/app/src/report.ts?v=1',
      pos: diagnostic.start,
      loc: { file: '/app/src/report.ts', line: 3, column: 37 },
      frame: drawn,
    })
    expect(log.message).toContain(drawn)
    expect(log.message).toContain('help: open the connection inside the closure')
  })
})

describe('toEsbuildMessage', () => {
  test('points at the right characters in esbuild, behind wide characters', async () => {
    const text = "const é日😀 = 'é日😀'; spawn(work)"
    const start = text.indexOf('work')
    const message = toEsbuildMessage(
      { ...diagnostic, start, end: start + 4, labels: [{ start: 6, end: 10, text: 'declared here' }] },
      text,
      'src/main.ts',
    )
    const bytes = Buffer.from(text)
    const { column, length, line, lineText } = message.location
    expect(bytes.subarray(column, column + length).toString()).toBe('work')
    expect({ line, lineText }).toEqual({ line: 1, lineText: text })
    expect(message.notes[0]).toMatchObject({ text: 'declared here', location: { column: 6, length: 9 } })
    expect(message.notes.slice(1).map((note) => note.text)).toEqual([
      'note: a live socket cannot be copied',
      'help: open the connection inside the closure',
      'docs: @experimental-threads/compiler/errors/E103.md',
    ])

    // esbuild takes the message as it is, and underlines what is meant.
    const [printed = ''] = await esbuild.formatMessages([message], { kind: 'error' })
    expect(printed).toContain('src/main.ts:1:')
    expect(printed).toContain('~~~~')
    expect(printed).toContain('declared here')
  })
})
