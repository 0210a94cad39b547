/** The programs of a run, in two halves that two processes take. */

import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { fuzz, summary } from './fuzz.ts'

/** What `npm test` shows at its end. */
const TOTALS = fileURLToPath(new URL('../../target/fuzz-totals.txt', import.meta.url))

/** Far from the first half's. */
const ANOTHER_SEED = 1_668_279_088

/**
 * Half of `FUZZ_COUNT` programs from `FUZZ_SEED` on: 10,000 in CI and 1,000 elsewhere, unless it is set. Without a seed the
 * first half is the same each time, and the second another each time; in CI that is the same too, so that what a change is
 * judged by does not depend on chance.
 */
export function testHalf(half: 0 | 1): void {
  const { FUZZ_SEED, FUZZ_COUNT = process.env['CI'] === 'true' ? '10000' : '1000' } = process.env
  const count = Math.ceil((Number(FUZZ_COUNT) - half) / 2)
  const other = process.env['CI'] === 'true' ? ANOTHER_SEED : Math.floor(Math.random() * 2 ** 31)
  const first = FUZZ_SEED === undefined ? [1, other][half] : undefined
  const seed = first ?? Number(FUZZ_SEED) + half * Math.ceil(Number(FUZZ_COUNT) / 2)
  test(`programs do with threads what they do in place, from seed ${seed}`, async () => {
    const totals = await fuzz(seed, count)
    tell(summary(totals))
    expect(totals.compared).toBeGreaterThanOrEqual(totals.refused)
  })
}

/** Prints a line, and keeps it for the end of `npm test`. */
export function tell(line: string): void {
  console.log(line)
  mkdirSync(dirname(TOTALS), { recursive: true })
  appendFileSync(TOTALS, `${line}\n`)
}
