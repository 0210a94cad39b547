import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { caseTable, summary } from '../tools/case-table.mjs'

test('the table of acceptance cases is up to date: node tests/tools/case-table.mjs writes it', () => {
  const table = caseTable()
  console.log(summary(table))
  expect(readFileSync(new URL('../fixtures/README.md', import.meta.url), 'utf8')).toBe(table.readme)
})
