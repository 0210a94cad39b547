/**
 * Offsets to places. The compiler and Rollup count UTF-16 code units, esbuild counts UTF-8 bytes, people count lines: this file is
 * the only one that converts.
 */

/** Where a span stands. The span is cut at the end of its first line. */
export interface Position {
  /** 1-based */
  line: number
  /** 0-based, UTF-16 code units */
  column: number
  /** 0-based, UTF-8 bytes */
  byteColumn: number
  /** UTF-8 bytes of the part of the span that is on this line */
  byteLength: number
  /** UTF-16 code units of that part */
  length: number
  /** The line, without its terminator and without a byte order mark */
  lineText: string
}

const BYTE_ORDER_MARK = '\uFEFF'
const encoder = new TextEncoder()

/**
 * The place of the span `start..end` of `source`. Offsets outside the text are moved to its ends.
 *
 * Lines end with `\n` or `\r\n`, as in source maps, editors and the compiler. U+2028 ends a line of JavaScript, but no editor shows it so.
 */
export function locate(source: string, start: number, end: number = start): Position {
  const from = clamp(start, 0, source.length)
  const to = clamp(end, from, source.length)
  let line = 1
  // A byte order mark is no column: editors do not count it, and the bundlers drop it.
  let lineStart = source.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  let lineEnd = source.indexOf('\n')
  while (lineEnd >= 0 && lineEnd < from) {
    line += 1
    lineStart = lineEnd + 1
    lineEnd = source.indexOf('\n', lineStart)
  }
  if (lineEnd < 0) lineEnd = source.length
  if (source[lineEnd - 1] === '\r' && lineEnd > lineStart) lineEnd -= 1
  const lineText = source.slice(lineStart, lineEnd)
  const column = clamp(from - lineStart, 0, lineText.length)
  const length = clamp(to - lineStart, column, lineText.length) - column
  return {
    line,
    column,
    byteColumn: bytes(lineText.slice(0, column)),
    byteLength: bytes(lineText.slice(column, column + length)),
    length,
    lineText,
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

function bytes(text: string): number {
  return encoder.encode(text).length
}
