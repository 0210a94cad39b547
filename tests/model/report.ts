/**
 * What the files with models share: one test for each scenario and each planted defect, and one table of what was found, printed when the file has ended.
 *
 *   verified('mutex', SCENARIOS)
 *   mutants('mutex', MUTANTS, byScenarios(SCENARIOS))
 */

import { appendFileSync, mkdirSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'

import type { Mutant } from './algorithms.ts'
import type { Result, Scenario } from './explore.ts'
import { explore, MOST_STATES } from './explore.ts'

/** Scenarios by what they show; each is made for the shipped text, or for one with a defect. */
export type Scenarios = Readonly<Record<string, (mutant?: Mutant) => Scenario>>

/** Who caught a mutant, and what of. */
export interface Caught {
  readonly by: string
  readonly fault: string
  readonly states: number
}

const TOTALS = new URL('../../target/model-totals.txt', import.meta.url)

/** A test for each scenario: every state of it is visited, and none has a fault. */
export function verified(subject: string, scenarios: Scenarios): void {
  describe(`${subject}, as shipped`, () => {
    const lines: [string, string][] = []
    let sum = 0
    for (const [name, make] of Object.entries(scenarios)) {
      test(name, () => {
        // Of this process, since other tests run beside it.
        const started = process.cpuUsage()
        const result = explore(make())
        sum += result.states
        lines.push([count(result.states), `${name} (${(process.cpuUsage(started).user / 1e6).toFixed(1)} s)`])
        expect(result.fault, story(result)).toBeUndefined()
      })
    }
    afterAll(() => {
      table(`${subject}: states`, [...lines, [count(sum), 'in all']])
      total(`${subject}: ${lines.length} scenarios, ${count(sum)} states`)
    })
  })
}

/** A test for each planted defect: somebody catches it. `run` tells who. */
export function mutants(
  subject: string,
  list: readonly Mutant[],
  run: (mutant: Mutant) => Caught | undefined | Promise<Caught | undefined>,
): void {
  describe(`${subject} with a planted defect`, () => {
    const lines: [string, string][] = []
    for (const mutant of list) {
      test(`${mutant.name}: found`, async () => {
        const caught = await run(mutant)
        expect(caught, 'nobody caught it').toBeDefined()
        const { by, fault, states } = caught!
        lines.push([mutant.name, `by "${by}" after ${count(states)} states: ${fault}`])
      })
    }
    afterAll(() => {
      table(`${subject}: ${lines.length} of ${list.length} planted defects caught`, lines)
      total(`${subject}: ${lines.length} of ${list.length} mutants caught`)
    })
  })
}

/** So many states of each scenario are visited before more are of any: nearly all defects show early in one of them. */
const BUDGETS = [10_000, 100_000, 1_000_000, MOST_STATES]

/** Catches what one of the scenarios has a fault with; all are visited a little way first, then further. */
export function byScenarios(scenarios: Scenarios): (mutant: Mutant) => Caught | undefined {
  return (mutant) => {
    const left = new Map(Object.entries(scenarios))
    for (const budget of BUDGETS) {
      for (const [by, make] of left) {
        const { fault, states, complete } = explore(make(mutant), budget)
        if (!complete) continue
        if (fault !== undefined) return { by, fault, states }
        left.delete(by)
      }
    }
    return undefined
  }
}

/** The steps to a fault, as text. */
export function story({ fault, path }: Result): string {
  return [...path, fault ?? ''].join('\n')
}

/** 1234567 as 1,234,567. */
export function count(states: number): string {
  return states.toLocaleString('en-US')
}

/** Prints two columns, as one text, which the runner keeps together. */
export function table(title: string, lines: readonly (readonly [string, string])[]): void {
  const width = Math.max(0, ...lines.map(([left]) => left.length))
  const pad = (left: string): string => (/^\d/.test(left) ? left.padStart(width) : left.padEnd(width))
  console.log([title, ...lines.map(([left, right]) => `  ${pad(left)}  ${right}`)].join('\n'))
}

/** Adds a line to what `npm test` prints when all suites have ended. */
export function total(line: string): void {
  mkdirSync(new URL('.', TOTALS), { recursive: true })
  appendFileSync(TOTALS, `${line}\n`)
}
