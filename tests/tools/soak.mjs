// @ts-check
// `npm run soak`: threads among crashes, aborts and failed loads, for as long as is asked. `npm run stress`: agents that count under one lock, as often as is asked.

import { join } from 'node:path'
import { build } from './build.mjs'
import { must, ROOT } from './step.mjs'

/** @param {readonly string[]} words `--seconds 600 --seed 7` */
export async function soak(words) {
  await build()
  const program = join(ROOT, 'tests', 'stress', 'soak.mjs')
  await must({ what: 'soak test', command: process.execPath, args: ['--expose-gc', program, ...words] })
}

/** @param {readonly string[]} words `--count 1000000`, for each agent */
export async function stress(words) {
  await build()
  const program = join(ROOT, 'tests', 'stress', 'counting.mjs')
  await must({ what: 'stress test', command: process.execPath, args: ['--expose-gc', program, ...words] })
}
