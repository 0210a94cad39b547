/**
 * The compiler's analysis of scopes against others', on what popular packages ship. Each function of a file is given to `spawn` where it
 * stands, and what the compiler says of its names, writes and refusals must be what independent analysers say.
 */

import { afterAll, describe, expect, test } from 'vitest'

import { add, compareFile, emptyTally } from './analysis.ts'
import type { Tally } from './analysis.ts'
import { filesOf, packages } from './sources.ts'

/** Judging outputs takes longest: every sixth text of those of a file, or as many as `ORACLE_JUDGED=1` says. */
const judged = Number(process.env['ORACLE_JUDGED'] ?? '6')

const all = emptyTally()
const lines: string[] = []
let files = 0

function line(name: string, count: number, { texts, sites, names, along, errors, lifted, complaints }: Tally): string {
  const cells = [count, texts, sites, names, along, errors, lifted, complaints.length].map((cell) =>
    String(cell).padStart(8),
  )
  return `${name.padEnd(16)}${cells.join('')}`
}

describe('names, writes, kinds and refusals are as the oracle sees them', () => {
  test.each(packages)('%s', (name) => {
    const sources = filesOf(name)
    expect(sources.length).toBeGreaterThan(0)
    const tally = emptyTally()
    for (const [index, file] of sources.entries()) add(tally, compareFile(file, { judged, index }))
    add(all, tally)
    files += sources.length
    lines.push(line(name, sources.length, tally))
    expect(tally.complaints.map(({ file, text }) => `${file}: ${text}`)).toEqual([])
    expect(tally.sites).toBeGreaterThan(0)
  })
})

afterAll(() => {
  const head = `${''.padEnd(16)}   files   texts   sites   names   along  errors  lifted  differ`
  const total = line(`${packages.length} packages`, files, all)
  const gaps = Object.entries(all.gaps).map(([gap, count]) => `${count} names of ${gap}`)
  console.log(
    [
      head,
      ...lines,
      total,
      `set aside: ${all.inTypes} names in types, which nothing reads at run time`,
      `the second oracle, Babel, agrees on ${all.agreed} names; its scopes leave out ${gaps.join(' and ')}`,
    ].join('\n'),
  )
})
