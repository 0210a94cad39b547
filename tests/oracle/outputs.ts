/** What the transform writes for the closures that it accepts, judged by the invariants of every output. */

import { explain, transform } from '@experimental-threads/compiler'
import type { ExplainedSite, Explanation, TransformOutput } from '@experimental-threads/compiler'

import { brokenInvariants } from '../tools/invariants.ts'
import type { SourceFile } from './sources.ts'
import { wrap } from './wrap.ts'
import type { Found, Mode } from './wrap.ts'

/** What came of one text. */
export interface Written {
  /** Closures that were lifted */
  lifted: number
  /** Invariants that do not hold, in sentences */
  broken: string[]
}

/** How often closures that an error may be about are left out, before the whole text is. */
const TRIES = 6

/** Wraps those of the functions that the compiler accepts, transforms the text, and looks at what comes out. */
export function writtenFor(file: SourceFile, functions: readonly Found[], mode: Mode): Written {
  let left = functions
  for (let attempt = 0; attempt < TRIES && left.length > 0; attempt++) {
    const text = wrap(file.text, left, mode)
    if (text === undefined) break
    const explanation = explain(text, { filename: filenameOf(file), lang: file.lang })
    const refused = explanation.sites.map((site) => isRefused(site, explanation))
    if (!explanation.diagnostics.some(({ severity }) => severity === 'error')) return judge(file, text, explanation)
    // Sites are in the order of the source, as the functions are that could be wrapped.
    const wrapped = left.filter((each) => wrap(file.text, [each], mode) !== undefined)
    left = refused.includes(true) ? wrapped.filter((_, index) => refused[index] !== true) : wrapped.slice(0, -1)
  }
  return { lifted: 0, broken: [] }
}

function filenameOf(file: SourceFile): string {
  return `${file.package}@0.0.0/${file.path}`
}

/** Whether an error is, or may be, about a site. */
function isRefused(site: ExplainedSite, { diagnostics }: Explanation): boolean {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const inSite = (at: { start: number; end: number }): boolean => site.at.start <= at.start && at.end <= site.at.end
  const needed = new Set(site.names.flatMap(({ name, via }) => [name, ...via]))
  return errors.some(
    (error) =>
      inSite(error) ||
      error.labels.some(inSite) ||
      [...error.message.matchAll(/`([^`]+)`/g)].some(([, name = '']) => needed.has(name)),
  )
}

function judge(file: SourceFile, source: string, { sites }: Explanation): Written {
  const again = (text: string): TransformOutput =>
    transform(text, {
      filename: filenameOf(file),
      lang: file.lang,
      reference: ({ name }) => JSON.stringify(`thread:///${name}`),
      specifier: ({ name }) => `./${name}`,
    })
  return { lifted: sites.length, broken: brokenInvariants({ source, lang: file.lang, output: again(source), again }) }
}
