/** The command line: `npx experimental-threads explain <file>...`. The bin in the runtime's package finds this file and calls `run`. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { formatExplanation } from './explain-text.ts'
import { languageOf } from './module-ids.ts'
import { explain } from './node.ts'
import { packageFilename } from './package-name.ts'
import { formatDiagnostic } from './report.ts'
import type { Explanation, Lang } from './index.ts'

/** What the command line reads and writes besides files. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** The whole standard input */
  stdin(): string
}

const USAGE = `usage: experimental-threads explain <file>... [--json] [--lang <lang>] [--import-source <name>]...

Lists, for each closure that becomes a thread, every name that it uses: by which rule it comes along, how, why, and how many
bytes of source are copied for it.

  <file>...                JavaScript or TypeScript files; - reads the standard input
  --json                   print a JSON array with one explanation for each file
  --lang <lang>            js, jsx, ts or tsx; default: by the extension, ts for the standard input
  --import-source <name>   where the runtime is imported from; default: experimental-threads
  --help                   print this text

Exit code 0: explained. 1: a file cannot be read, or has errors. 2: wrong arguments.
`

const LANGUAGES: readonly Lang[] = ['js', 'jsx', 'ts', 'tsx']

/** What the arguments ask for. */
interface Request {
  files: string[]
  json: boolean
  lang: Lang | undefined
  importSource: string[]
}

/** The arguments do not fit; the message says which one. */
class UsageError extends Error {}

/**
 * Runs one command.
 *
 * ```ts
 * process.exitCode = run(['explain', 'src/main.ts', '--json'])
 * ```
 *
 * @param args what follows the program's name
 * @returns the exit code: 0, 1 when a file cannot be read or has errors, 2 for wrong arguments
 */
export function run(args: readonly string[], terminal: Terminal = processTerminal): number {
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    const asked = args.length > 0
    ;(asked ? terminal.out : terminal.err)(USAGE)
    return asked ? 0 : 2
  }
  let request: Request
  try {
    request = readArguments(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.err(`experimental-threads: ${error.message}\n\n${USAGE}`)
    return 2
  }
  return explainFiles(request, terminal)
}

function readArguments([command, ...words]: readonly string[]): Request {
  if (command !== 'explain') throw new UsageError(`there is no command ${JSON.stringify(command)}; there is: explain`)
  const request: Request = { files: [], json: false, lang: undefined, importSource: [] }
  let options = true
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!options || word === '-' || !word.startsWith('-')) {
      request.files.push(word)
      continue
    }
    const [name = '', given] = splitOption(word)
    const value = (): string => {
      const text = given ?? words[++at]
      if (text === undefined || text === '') throw new UsageError(`${name} needs a value`)
      return text
    }
    if (name === '--') options = false
    else if (word === '--json') request.json = true
    else if (name === '--lang') request.lang = language(value())
    else if (name === '--import-source') request.importSource.push(value())
    else throw new UsageError(`unknown option ${word}`)
  }
  if (request.files.length === 0) throw new UsageError('no file is named')
  if (request.files.filter((file) => file === '-').length > 1) throw new UsageError('- can be given once')
  return request
}

function splitOption(word: string): [string, string | undefined] {
  const mark = word.indexOf('=')
  return mark < 0 ? [word, undefined] : [word.slice(0, mark), word.slice(mark + 1)]
}

function language(text: string): Lang {
  const lang = LANGUAGES.find((known) => known === text)
  if (lang === undefined)
    throw new UsageError(`--lang must be one of ${LANGUAGES.join(', ')}, not ${JSON.stringify(text)}`)
  return lang
}

function explainFiles(request: Request, terminal: Terminal): number {
  const explanations: Explanation[] = []
  const texts: string[] = []
  let failed = false
  for (const file of request.files) {
    const source = read(file, terminal)
    if (source === undefined) {
      failed = true
      continue
    }
    const shown = file === '-' ? '<stdin>' : file
    const explanation = explain(source, {
      filename: file === '-' ? 'stdin' : packageFilename(resolve(file)),
      lang: request.lang ?? (file === '-' ? 'ts' : languageOf(file)),
      importSource: request.importSource.length === 0 ? undefined : request.importSource,
    })
    explanations.push(explanation)
    texts.push(formatExplanation(explanation, shown))
    for (const diagnostic of explanation.diagnostics) {
      failed ||= diagnostic.severity === 'error'
      terminal.err(`${formatDiagnostic(diagnostic, source, shown)}\n\n`)
    }
  }
  if (request.json) terminal.out(`${JSON.stringify(explanations, null, 2)}\n`)
  else terminal.out(texts.join('\n'))
  return failed ? 1 : 0
}

function read(file: string, terminal: Terminal): string | undefined {
  try {
    return file === '-' ? terminal.stdin() : readFileSync(file, 'utf8')
  } catch (error) {
    terminal.err(
      `experimental-threads: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    return undefined
  }
}

const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: () => readFileSync(0, 'utf8'),
}
