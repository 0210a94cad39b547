/**
 * The texts of the runtime's errors in builds for production: browsers load codes and values there, and no sentences.
 *
 * ```ts
 * new ThreadError('R540', `the thread spawned at ${at} cannot wait, since ${max} threads wait already`)   // before
 * new ThreadError('R540', `${at}, ${max}`)                                                                // after
 * ```
 *
 * The class adds the code and where its page is. Whoever adds an error to the runtime need not know of this.
 */

import { packageFilename } from './package-name.ts'

const ERROR_FILE = /^experimental-threads@[^/]*\/dist\/(?:[^/]+\/)*(?:[^/]+-)?errors\.js$/

/** For the filters of bundlers: only files whose names match are looked at. */
export const ERROR_FILES: RegExp = /[\\/]dist[\\/](?:[^?]*[\\/-])?errors\.js(?:$|\?)/

/** What stands before the text of an error. */
const START = /new \w+Error\(\s*(['"])[A-Z]\d+\1,\s*(?=['"`])/g

const PAGES = /(\bPAGES = )(?:''|"")/

/** Asked where there is more to say in full texts. Answered here, so that bundlers leave that out. */
const IS_FULL = /\bPAGES === (?:''|"")/g

/** The file with short texts; undefined when it is none of the runtime's that hold texts. */
export function shortTexts(code: string, path: string): string | undefined {
  if (!ERROR_FILES.test(path) || !ERROR_FILE.test(packageFilename(path))) return undefined
  let short = ''
  let from = 0
  for (const match of code.matchAll(START)) {
    const start = match.index + match[0].length
    const literal = readLiteral(code, start)
    // A text that is put together in another way stays.
    if (!/^\s*[,)]/.test(code.slice(literal.end))) continue
    short += code.slice(from, start) + '`' + literal.values.map((value) => `\${${value}}`).join(', ') + '`'
    from = literal.end
  }
  return (short + code.slice(from))
    .replace(IS_FULL, 'false')
    .replace(PAGES, `$1"@experimental-threads/compiler/errors/"`)
}

/** A string or a template: what it interpolates, and where it ends. */
function readLiteral(code: string, start: number): { values: string[]; end: number } {
  const quote = code[start]
  const values: string[] = []
  let index = start + 1
  while (index < code.length && code[index] !== quote) {
    if (code[index] === '\\') index += 2
    else if (quote === '`' && code.startsWith('${', index)) {
      const end = endOfValue(code, index + 2)
      values.push(code.slice(index + 2, end))
      index = end + 1
    } else index++
  }
  return { values, end: index + 1 }
}

/** Where the expression ends that starts here: at the brace that closes it. */
function endOfValue(code: string, start: number): number {
  let depth = 0
  let index = start
  while (index < code.length && (depth > 0 || code[index] !== '}')) {
    const char = code[index]!
    if ('\'"`'.includes(char)) index = readLiteral(code, index).end
    else {
      if (char === '{') depth++
      else if (char === '}') depth--
      index++
    }
  }
  return index
}
