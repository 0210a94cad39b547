import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

const SOAK = fileURLToPath(new URL('./soak.mjs', import.meta.url))
const SECONDS = process.env['SOAK_SECONDS'] ?? '30'

test('every thread settles, and memory stays flat, among crashes, aborts, failed loads, streams that are left and shutdowns', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SOAK, '--seconds', SECONDS])
  console.log(stdout.split('\n').slice(-3).join('\n'))
  expect(stdout).toContain('; 0 threads wait, 0 run')
  expect(stdout).toContain(' 0 wrong')
})
