/** Runs many programs, counts what comes of them, and makes the first that fails small. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Verdict } from './check.ts'
import { check } from './check.ts'
import type { Program } from './grammar/program.ts'
import { extensionOf, generate, textOf } from './grammar/program.ts'
import { shrink } from './shrink.ts'

export interface Totals {
  seed: number
  count: number
  compared: number
  sites: number
  refused: number
  /** How many programs had each code, of errors and of warnings */
  codes: Map<string, number>
  /** How long all took, in milliseconds */
  time: number
}

/** Kinds of failures that are shown. */
const MAX_SHOWN = 6

/**
 * Examines the programs of the seeds from `seed` on.
 *
 * @throws Error that shows, for each kind of failure, the smallest program that fails so, and its seed
 */
export async function fuzz(seed: number, count: number): Promise<Totals> {
  const totals: Totals = { seed, count, compared: 0, sites: 0, refused: 0, codes: new Map(), time: 0 }
  const failures = new Map<string, Failure>()
  const start = performance.now()
  for (let index = 0; index < count && failures.size < MAX_SHOWN; index++) {
    const program = generate(seed + index)
    const verdict = await check(program)
    if (verdict.kind !== 'failed') add(totals, verdict)
    else {
      const { times } = failures.get(verdict.failure) ?? { times: 0 }
      // Of equal failures the shortest program is the fastest to make smaller.
      const before = failures.get(verdict.failure)
      const shortest = before !== undefined && size(before.program) <= size(program) ? before : { program, verdict }
      failures.set(verdict.failure, { ...shortest, times: times + 1 })
    }
  }
  totals.time = performance.now() - start
  if (failures.size > 0) throw new Error(await reports([...failures.values()]))
  return totals
}

interface Failure {
  program: Program
  verdict: Verdict & { kind: 'failed' }
  times: number
}

function size(program: Program): number {
  return textOf(program, 'lifted').length
}

async function reports(failures: Failure[]): Promise<string> {
  const texts: string[] = []
  for (const { program, verdict, times } of failures) texts.push(`${times} times:\n${await report(program, verdict)}`)
  return texts.join(`\n\n`)
}

function add(totals: Totals, verdict: Exclude<Verdict, { kind: 'failed' }>): void {
  const codes = verdict.kind === 'refused' ? verdict.codes : verdict.warnings
  for (const code of new Set(codes)) totals.codes.set(code, (totals.codes.get(code) ?? 0) + 1)
  if (verdict.kind === 'refused') {
    totals.refused++
  } else {
    totals.compared++
    totals.sites += verdict.sites
  }
}

/** One line: what was run, and what came of it. */
export function summary({ seed, count, compared, sites, refused, codes, time }: Totals): string {
  const each = [...codes].toSorted().map(([code, times]) => `${code} ${times}`)
  const speed = `${Math.round((count / time) * 1000)} a second`
  return `${count} programs from seed ${seed}, ${speed}: ${compared} compared, with ${sites} spawn sites; ${refused} refused; ${each.join(', ')}`
}

async function report(program: Program, verdict: Verdict & { kind: 'failed' }): Promise<string> {
  const smallest = await smaller(program, verdict)
  const text = textOf(program, 'lifted')
  const place = join(mkdtempSync(join(tmpdir(), 'fuzz-')), `program.${extensionOf(program.language)}`)
  writeFileSync(place, text)
  return `seed ${program.seed}: ${smallest.failure}\n${smallest.details}\n\n${place}\n${text}\nAgain: FUZZ_SEED=${program.seed} FUZZ_COUNT=1`
}

/** Shrinks the program in place. What it may not turn into: one that fails for another reason, or for none but an error of its own. */
async function smaller(program: Program, verdict: Verdict & { kind: 'failed' }): Promise<Verdict & { kind: 'failed' }> {
  let last = verdict
  await shrink(program.tree, async () => {
    const now = await check(program)
    if (now.kind !== 'failed' || now.failure !== verdict.failure || (now.threw && !verdict.threw)) return false
    last = now
    return true
  })
  return last
}
