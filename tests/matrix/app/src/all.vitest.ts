import { expect, test } from 'vitest'
import { runAll } from './main.ts'

test('every program ends', async () => {
  const outcome = await runAll()
  console.log(`OUTCOME ${JSON.stringify(outcome)}`)
  expect(Object.keys(outcome).length).toBeGreaterThan(0)
}, 60_000)
