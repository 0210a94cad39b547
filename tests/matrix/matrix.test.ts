// One program, one result, everywhere: each host runs every program, and all of them end alike.
//
// `npm test` uses what is here; `npm run matrix`, as CI does, installs all hosts and fails when one is missing.

import { readFile, writeFile } from 'node:fs/promises'

import { afterAll, describe, expect, test } from 'vitest'

import { closeAll } from './builds.ts'
import { expected } from './expected.ts'
import { hosts } from './hosts.ts'
import type { Host, Outcome } from './hosts.ts'
import { pageOf, tableOf, withTable } from './table.ts'

const isWhole = process.env['MATRIX'] === 'all'
const usable = hosts.filter((host) => isWhole || host.missing() === null)
const outcomes = new Map<Host, Outcome>()

afterAll(closeAll)

describe.each(usable)('$runtime, $form', (host) => {
  test('every program ends as everywhere', async () => {
    const why = host.missing()
    if (why !== null) throw new Error(`${host.runtime} is not there: ${why}`)
    const outcome = await host.run()
    outcomes.set(host, outcome)
    expect(outcome).toEqual(expected)
  })
})

// The first column is the Node that runs the tests; the page is that of the oldest one.
test.runIf(isWhole && process.versions.node.startsWith('20.'))(
  'the tables of the repository are those of this run',
  async () => {
    const table = tableOf(hosts, outcomes)
    console.log(table)
    const [page, readme] = ['README.md', '../../README.md'].map((path) => new URL(path, import.meta.url)) as [URL, URL]
    const whole = withTable(await readFile(readme, 'utf8'), table)
    if (process.env['UPDATE'] === '1') {
      await writeFile(page, pageOf(hosts, outcomes))
      await writeFile(readme, whole)
    }
    expect(await readFile(page, 'utf8')).toBe(pageOf(hosts, outcomes))
    expect(await readFile(readme, 'utf8')).toBe(whole)
  },
)
