/** One text with closures in it, looked at by the compiler and by the oracles. */

import { explain } from '@experimental-threads/compiler'
import type { Diagnostic } from '@experimental-threads/compiler'

import { compare } from './compare.ts'
import type { Difference } from './compare.ts'
import { outerContexts, unconfirmed } from './confirm.ts'
import { compareHelpers, helpersOf } from './helpers.ts'
import { writtenFor } from './outputs.ts'
import { freeNames } from './scope-manager.ts'
import { compareOracles } from './second.ts'
import type { SourceFile } from './sources.ts'
import { parse, walk } from './syntax.ts'
import type { Node } from './syntax.ts'
import { SPAWN, functionsOf, wrap } from './wrap.ts'
import type { Found, Mode } from './wrap.ts'

/** Functions below this many others are not wrapped: they are few, and each depth is a text of its own. */
const DEEPEST = 4

/** What is not as the oracles say, in words, with the place. */
export interface Complaint {
  file: string
  text: string
}

export interface Tally {
  texts: number
  sites: number
  names: number
  /** Names that closures need through declarations */
  along: number
  /** Errors of the compiler */
  errors: number
  /** Closures that were lifted too, and their output judged */
  lifted: number
  /** Names on which the two oracles agree */
  agreed: number
  /** Names that only the first oracle finds the declaration of, by the reason */
  gaps: Record<string, number>
  /** Uses in type positions that only the oracle counts */
  inTypes: number
  complaints: Complaint[]
}

export function emptyTally(): Tally {
  return {
    texts: 0,
    sites: 0,
    names: 0,
    along: 0,
    errors: 0,
    inTypes: 0,
    lifted: 0,
    agreed: 0,
    gaps: {},
    complaints: [],
  }
}

export function add(into: Tally, other: Tally): void {
  into.texts += other.texts
  into.sites += other.sites
  into.names += other.names
  into.along += other.along
  into.errors += other.errors
  into.lifted += other.lifted
  into.agreed += other.agreed
  for (const [gap, count] of Object.entries(other.gaps)) into.gaps[gap] = (into.gaps[gap] ?? 0) + count
  into.inTypes += other.inTypes
  into.complaints.push(...other.complaints)
}

/** What is done with a file besides the comparison. */
export interface Thoroughness {
  /** Of the texts made of a file, ask the second oracle and judge the output of every `judged`th, from another on in each file */
  judged: number
  /** The number of the file in its package */
  index: number
}

/** Wraps the functions of a file, each depth and each way in a text of its own, and compares. */
export function compareFile(file: SourceFile, { judged, index }: Thoroughness): Tally {
  const tally = emptyTally()
  const functions = functionsOf(parse(file.text, file.lang))
  let number = index
  for (let depth = 0; depth < DEEPEST; depth++) {
    const level = functions.filter((found) => found.depth === depth)
    for (const mode of ['expressions', 'bodies'] satisfies Mode[]) {
      const text = wrap(file.text, level, mode)
      if (text === undefined) continue
      const closer = number++ % judged === 0
      add(tally, compareText(file, text, `${mode} at depth ${depth}`, closer))
      if (closer) add(tally, judgeOutput(file, level, mode))
    }
  }
  return tally
}

function judgeOutput(file: SourceFile, functions: readonly Found[], mode: Mode): Tally {
  const { lifted, broken } = writtenFor(file, functions, mode)
  const complaints = broken.map((text) => ({ file: `${file.package}/${file.path} (output of ${mode})`, text }))
  return { ...emptyTally(), lifted, complaints }
}

function compareText(file: SourceFile, text: string, how: string, both: boolean): Tally {
  const program = parse(text, file.lang)
  const explanation = explain(text, { filename: `${file.package}@0.0.0/${file.path}`, lang: file.lang })
  const helpers = helpersOf(program, explanation)
  const [spawned, declared] = [closuresOf(program), [...new Set(helpers.values())]]
  // One analysis of the text answers for the closures and for the declarations that they need.
  const { closures: found, writes, inTypes } = freeNames(program, [...spawned, ...declared])
  const closures = found.slice(0, spawned.length)
  const free = new Map(declared.map((node, index) => [node, found[spawned.length + index]!.names]))
  const along = compareHelpers(explanation, helpers, free, { program, closures })
  const { sites, names, differences } = compare(explanation, closures)
  const between = both ? compareOracles(text, program, closures) : undefined
  const errors = explanation.diagnostics.filter(({ severity }) => severity === 'error')
  const reported = new Set(errors.filter(({ code }) => code === 'E103').map(({ start }) => start))
  const missed = outerContexts(program, closures).filter((at) => !reported.has(at))
  const complain = (at: number, words: string): Complaint => {
    const line = text.slice(0, at).split('\n').length
    const excerpt = text.slice(Math.max(0, at - 60), at + 60).replaceAll(/\s+/g, ' ')
    return { file: `${file.package}/${file.path}:${line} (${how})`, text: `${words}\n    … ${excerpt} …` }
  }
  return {
    texts: 1,
    sites,
    names,
    along: along.names,
    errors: errors.length,
    inTypes,
    lifted: 0,
    agreed: between?.agreed ?? 0,
    gaps: { ...between?.gaps },
    complaints: [
      ...(between?.unexplained ?? []).map((each) => complain(each.at, each.text)),
      ...along.wrong.map((each) => complain(each.at, each.text)),
      ...differences.map((difference) => complain(placeOf(difference), inWords(difference))),
      ...unconfirmed(explanation, { program, closures, writes }).map((error) => complain(error.start, reason(error))),
      ...missed.map((at) => complain(at, 'the closure takes this from outside, and no E103 says so')),
    ],
  }
}

/** The first argument of each call of `spawn`. */
function closuresOf(program: Node): Node[] {
  const found: Node[] = []
  walk(program, (node) => {
    const closure = node.type === 'CallExpression' ? (node['arguments'] as Node[])[0] : undefined
    if (closure !== undefined && (node['callee'] as Node)['name'] === SPAWN) found.push(closure)
  })
  return found
}

function placeOf({ explained, free, at }: Difference): number {
  return free?.uses[0] ?? explained?.used.start ?? at
}

function inWords({ what, name, ours, theirs, explained }: Difference): string {
  const why = explained === undefined ? '' : ` (${explained.why})`
  return `${what} \`${name}\`: compiler ${JSON.stringify(ours)}, oracle ${JSON.stringify(theirs)}${why}`
}

function reason({ code, message }: Diagnostic): string {
  return `${code} "${message}", for which the oracle sees no reason`
}
