/** Diagnostics in the forms that people, Rollup hosts and esbuild read. */

import { frame } from './frame.ts'
import { locate } from './positions.ts'
import type { Diagnostic } from './index.ts'

/** The page of a code, as a path that resolves in every project that has the compiler installed. */
export function docsPage(code: string): string {
  return `@experimental-threads/compiler/errors/${code}.md`
}

/**
 * A diagnostic as text.
 *
 * ```text
 * E103  `socket` cannot be sent to a thread
 *
 *    src/report.ts:14:38
 *   12 │ const socket = connect(url)
 *      ·       ────── captured from here
 *   14 │ const rows = await spawn(() => query(socket, sql))
 *      ·                                      ──────
 *
 *   note: a live socket cannot be copied
 *   help: open the connection inside the closure
 *   docs: @experimental-threads/compiler/errors/E103.md
 * ```
 *
 * @param file how the file is named to the reader; line and column in the text are 1-based
 */
export function formatDiagnostic(diagnostic: Diagnostic, source: string, file: string): string {
  const { line, column } = locate(source, diagnostic.start)
  return [
    `${diagnostic.code}  ${diagnostic.message}`,
    '',
    `   ${file}:${line}:${column + 1}`,
    frame(source, diagnostic),
    '',
    ...tail(diagnostic).map((text) => `  ${text}`),
  ].join('\n')
}

function tail(diagnostic: Diagnostic): string[] {
  const notes = diagnostic.notes.map((note) => `note: ${note}`)
  const help = diagnostic.help === undefined ? [] : [`help: ${diagnostic.help}`]
  return [...notes, ...help, `docs: ${docsPage(diagnostic.code)}`]
}

/** Diagnostics in the form of a host, errors and warnings apart. */
export function toMessages<Message>(
  diagnostics: readonly Diagnostic[],
  convert: (diagnostic: Diagnostic) => Message,
): { errors: Message[]; warnings: Message[] } {
  const all = { error: [] as Message[], warning: [] as Message[] }
  for (const diagnostic of diagnostics) all[diagnostic.severity].push(convert(diagnostic))
  return { errors: all.error, warnings: all.warning }
}

/** What `this.error` and `this.warn` of Rollup, Rolldown and Vite take. */
export interface RollupLog {
  /** The whole text, frame included: a build prints nothing else */
  message: string
  code: string
  pluginCode: string
  /** The module */
  id: string
  /** UTF-16 offset into the text that the hook was given */
  pos: number
  /** `line` is 1-based, `column` 0-based in UTF-16 code units */
  loc: { file: string; line: number; column: number }
  frame: string
}

/** A diagnostic for a Rollup-like host. `id` may carry a query; the location names the file without it. */
export function toRollupLog(diagnostic: Diagnostic, source: string, id: string): RollupLog {
  const { line, column } = locate(source, diagnostic.start)
  const drawn = frame(source, diagnostic)
  return {
    message: [
      `${diagnostic.code}  ${diagnostic.message}`,
      '',
      drawn,
      '',
      ...tail(diagnostic).map((text) => `  ${text}`),
    ].join('\n'),
    code: diagnostic.code,
    pluginCode: diagnostic.code,
    id,
    pos: diagnostic.start,
    loc: { file: id.replace(/\?.*$/s, ''), line, column },
    frame: drawn,
  }
}

/** esbuild's `Location`, with what a plugin may give. */
export interface EsbuildLocation {
  file: string
  namespace: string
  /** 1-based */
  line: number
  /** 0-based, in bytes */
  column: number
  /** in bytes */
  length: number
  lineText: string
}

/** esbuild's `Note`. */
export interface EsbuildNote {
  text: string
  location?: EsbuildLocation
}

/** esbuild's `PartialMessage`, as far as it is filled here. */
export interface EsbuildMessage {
  id: string
  text: string
  location: EsbuildLocation
  notes: EsbuildNote[]
}

/** A diagnostic for esbuild, which draws its own frames: labels become notes with a place of their own. */
export function toEsbuildMessage(diagnostic: Diagnostic, source: string, path: string): EsbuildMessage {
  const at = (start: number, end: number): EsbuildLocation => {
    const { line, byteColumn, byteLength, lineText } = locate(source, start, end)
    return { file: path, namespace: 'file', line, column: byteColumn, length: byteLength, lineText }
  }
  return {
    id: diagnostic.code,
    text: `${diagnostic.code}: ${diagnostic.message}`,
    location: at(diagnostic.start, diagnostic.end),
    notes: [
      ...diagnostic.labels.map(({ start, end, text }) => ({ text, location: at(start, end) })),
      ...tail(diagnostic).map((text) => ({ text })),
    ],
  }
}
