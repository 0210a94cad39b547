/** Draws the places of a diagnostic as plain text: no colours, so that logs, overlays and files read the same. */

import { locate } from './positions.ts'
import type { Diagnostic } from './index.ts'

/** Longest part of a source line that is shown, in columns of a terminal. Minified files have lines of megabytes. */
const MAX_WIDTH = 110

interface Mark {
  line: number
  column: number
  length: number
  lineText: string
  text: string
}

/**
 * The code frame of a diagnostic: every line that its main span or a label points at, in source order.
 *
 * ```text
 *   12 │ const socket = connect(url)
 *      ·       ────── captured from here
 *   14 │ const rows = await spawn(() => query(socket, sql))
 *      ·                                      ──────
 * ```
 */
export function frame(source: string, diagnostic: Diagnostic): string {
  const marks = marksOf(source, diagnostic)
  const gutter = String(marks.at(-1)?.line ?? 1).length
  const lines: string[] = []
  let shown: { line: number; from: number } | undefined
  for (const mark of marks) {
    const from = shown?.line === mark.line && isVisible(mark, shown.from) ? shown.from : cropStart(mark)
    if (shown?.line !== mark.line || shown.from !== from) {
      lines.push(`  ${String(mark.line).padStart(gutter)} │ ${crop(mark.lineText, from)}`)
      shown = { line: mark.line, from }
    }
    lines.push(`  ${' '.repeat(gutter)} · ${underline(mark, from)}`.trimEnd())
  }
  return lines.join('\n')
}

function marksOf(source: string, diagnostic: Diagnostic): Mark[] {
  // A label on the main span itself is the text of that span.
  const places = [...diagnostic.labels]
  if (!places.some((label) => label.start === diagnostic.start && label.end === diagnostic.end)) {
    places.push({ start: diagnostic.start, end: diagnostic.end, text: '' })
  }
  return places
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map(({ start, end, text }) => ({ ...locate(source, start, end), text }))
}

function cropStart(mark: Mark): number {
  if (width(mark.lineText) <= MAX_WIDTH || mark.column + mark.length < MAX_WIDTH - 10) return 0
  const start = Math.max(0, mark.column - 40)
  // Never begin in the middle of a surrogate pair.
  return /[\uDC00-\uDFFF]/.test(mark.lineText[start] ?? '') ? start - 1 : start
}

function isVisible(mark: Mark, from: number): boolean {
  return mark.column >= from && mark.column + Math.min(mark.length, 20) < from + MAX_WIDTH
}

function crop(lineText: string, from: number): string {
  const before = from > 0 ? '…' : ''
  let text = ''
  let columns = 0
  for (const character of lineText.slice(from)) {
    columns += width(character)
    if (columns > MAX_WIDTH) return `${before}${text}…`
    text += character === '\t' ? '  ' : character.replace(CONTROL, ' ')
  }
  return before + text
}

function underline(mark: Mark, from: number): string {
  const pad = (from > 0 ? 1 : 0) + width(mark.lineText.slice(from, mark.column))
  const room = Math.max(1, MAX_WIDTH - pad)
  const span = clampSpan(width(mark.lineText.slice(mark.column, mark.column + mark.length)), room)
  return `${' '.repeat(pad)}${'─'.repeat(span)} ${mark.text}`
}

// An empty span, such as the end of the file, still needs something to point with.
function clampSpan(columns: number, room: number): number {
  return Math.min(Math.max(columns, 1), room)
}

// Terminals draw East Asian characters and emoji two columns wide; combining and format characters take no column.
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u
// A carriage return or U+2028 inside a line would tear the frame apart.
const CONTROL = /[\p{Cc}\u2028\u2029]/u
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u

function width(text: string): number {
  let columns = 0
  for (const character of text) {
    if (character === '\t' || WIDE.test(character)) columns += 2
    else if (!ZERO.test(character)) columns += 1
  }
  return columns
}
