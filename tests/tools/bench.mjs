// @ts-check

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build, CLOSURES, installPackages, PEERS } from './build.mjs'
import { Failure, must, ROOT } from './step.mjs'

const FOLDER = join(ROOT, 'tests', 'bench')
const ENDING = '.bench.mjs'

/**
 * Runs `tests/bench/<name>.bench.mjs`, one after the other: two at once would measure each other.
 *
 * @param {readonly string[]} words names; none means all
 */
export async function bench(words) {
  const present = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
  const unknown = words.find((name) => !present.includes(name))
  if (unknown !== undefined) throw new Failure(`there is no benchmark \`${unknown}\`; there are: ${present.join(', ')}`)
  if (present.length === 0) throw new Failure('there is no benchmark in tests/bench')
  await build()
  const wanted = words.length > 0 ? words : present
  if (wanted.includes('closures')) await installPackages(CLOSURES)
  if (wanted.includes('peers')) await installPackages(PEERS)
  for (const name of wanted) {
    await must({ what: `benchmark ${name}`, command: process.execPath, args: [join(FOLDER, name + ENDING)] })
  }
}
