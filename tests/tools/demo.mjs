// @ts-check

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { Failure, must, ROOT } from './step.mjs'

/**
 * Builds everything and runs the examples.
 *
 * @param {readonly string[]} words given on to examples/demo.mjs
 */
export async function demo(words) {
  await build()
  const script = join(ROOT, 'examples', 'demo.mjs')
  if (!existsSync(script)) throw new Failure('`examples/demo.mjs` is missing')
  await must({ what: 'run the examples', command: process.execPath, args: [script, ...words] })
}
