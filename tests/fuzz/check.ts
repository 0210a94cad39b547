/** The whole examination of one program. */

import { transform } from '@experimental-threads/compiler'
import type { Diagnostic, Lang, TransformOutput } from '@experimental-threads/compiler'

import { brokenInvariants } from '../tools/invariants.ts'
import type { Program } from './grammar/program.ts'
import { extensionOf, textOf } from './grammar/program.ts'
import { addressOf, runLifted } from './lifted.ts'
import { toJavaScript, toOlderJavaScript } from './modules.ts'
import { asWritten } from './outcome.ts'
import { runReference } from './reference.ts'

/** What came of a program. A failure says in one word what is wrong, which stays the same while the program is made smaller. */
export type Verdict =
  | { kind: 'equal'; warnings: string[]; sites: number }
  | { kind: 'refused'; codes: string[] }
  | { kind: 'failed'; failure: string; details: string; threw: boolean }

/** How JSX is compiled. */
export const JSX = { runtime: 'classic', factory: 'jsx', fragment: 'Fragment' } as const

/** Transforms a text as the fuzzer does. */
export function transformText(source: string, lang: Lang): TransformOutput {
  return transform(source, {
    filename: `fuzz@1.0.0/program.${lang}`,
    jsx: JSX,
    reference: addressOf,
    specifier: ({ name }) => `fuzz:///${name}`,
  })
}

/** Transforms a program, looks at the output, and runs it beside the reference. */
export async function check(program: Program): Promise<Verdict> {
  try {
    return await examine(program)
  } catch (error) {
    const { message, stack = '' } = error as Error
    return failed(`cannot be judged: ${message.split('\n')[0]}`, stack)
  }
}

async function examine(program: Program): Promise<Verdict> {
  const lang = extensionOf(program.language)
  const source = textOf(program, 'lifted')
  let output: TransformOutput
  try {
    output = transformText(source, lang)
  } catch (error) {
    return failed('transform threw', String(error))
  }
  const errors = output.diagnostics.filter(({ severity }) => severity === 'error')
  const unfit = output.diagnostics
    .map((diagnostic) => unfitDiagnostic(diagnostic, source))
    .find((reason) => reason !== null)
  if (unfit !== undefined) return failed('diagnostic', unfit)
  if (errors.length > 0) return refused(errors, output, source)
  const again = (text: string): TransformOutput => transformText(text, lang)
  const javaScriptOf = onceEach((code) => toJavaScript(code, lang))
  // Some take as long as all the rest.
  const brief = program.seed % 3 !== 0
  const broken = brokenInvariants({ source, lang, output, again, jsx: JSX, brief, toJavaScript: javaScriptOf })
  if (broken.length > 0)
    return failed(`invariant: ${broken[0]!.replaceAll(/`[^`]*`|\d+|\w+_\w{16}/g, '…')}`, broken.join('\n'))
  // What Node does not know is written in an older form only to be run: that leaves out code that cannot be reached.
  const { recent } = program.language
  return compared(program, output, recent ? onceEach((code) => toOlderJavaScript(code, lang)) : javaScriptOf)
}

/** Texts are read by the judges of the output, and run by the program and by its threads. */
function onceEach(make: (code: string) => string): (code: string) => string {
  const known = new Map<string, string>()
  return (code) => {
    const text = known.get(code) ?? make(code)
    known.set(code, text)
    return text
  }
}

async function compared(
  program: Program,
  output: TransformOutput,
  javaScriptOf: (code: string) => string,
): Promise<Verdict> {
  const expected = await runReference(javaScriptOf(textOf(program, 'reference')))
  const actual = await runLifted(output, javaScriptOf)
  if (asWritten(actual.text) === asWritten(expected.text)) {
    const warnings = output.diagnostics.map(({ code }) => code)
    return { kind: 'equal', warnings, sites: output.modules.filter(({ kind }) => kind === 'site').length }
  }
  const failure = actual.text.startsWith('throws ')
    ? `throws ${actual.code ?? actual.text.slice(7, 40)}`
    : 'another result'
  const threw = expected.text.startsWith('throws ')
  return { kind: 'failed', failure, details: `in place: ${expected.text}\n  lifted: ${actual.text}`, threw }
}

function refused(errors: Diagnostic[], output: TransformOutput, source: string): Verdict {
  const codes = errors.map(({ code }) => code)
  if (output.changed || output.code !== source || output.modules.length > 0)
    return failed('refused, yet changed', codes.join())
  if (codes.includes('E299') || codes.includes('E201')) return failed(`${codes.join()} ${errors[0]!.message}`, '')
  return { kind: 'refused', codes }
}

function failed(failure: string, details: string): Verdict {
  return { kind: 'failed', failure, details, threw: false }
}

/** A diagnostic has a code, a sentence and a place in the file. */
function unfitDiagnostic({ code, message, start, end, labels }: Diagnostic, { length }: string): string | null {
  if (!/^[EW]\d{3}$/.test(code)) return `the code ${code}`
  if (message === '') return `${code} says nothing`
  for (const place of [{ start, end }, ...labels]) {
    if (!(place.start >= 0 && place.start < place.end && place.end <= length))
      return `${code} points to ${place.start}–${place.end}`
  }
  return null
}
