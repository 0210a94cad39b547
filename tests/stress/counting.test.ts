import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

const COUNTING = fileURLToPath(new URL('./counting.mjs', import.meta.url))
const COUNT = process.env['STRESS_COUNT'] ?? '20000'

test('2, 4, 8 and 16 agents that block, await and nest count exactly, and locks with a timeout leave no memory behind', async () => {
  // The exit code says whether.
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', COUNTING, '--count', COUNT])
  console.log(stdout)
  expect(stdout.match(/^\d+ agents: (\d+) of \1 increments/gm)).toHaveLength(4)
})
