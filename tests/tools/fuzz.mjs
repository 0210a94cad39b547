// @ts-check
// `npm run fuzz`: the generated programs of tests/fuzz, as many as one likes.

import { build } from './build.mjs'
import { attempt, Failure, program } from './step.mjs'

/**
 * @param {readonly string[]} words `--count N`, `--seed N`; count is 200,000 and the seed a random one unless given
 * @throws {Failure} when a program failed
 */
export async function fuzz(words) {
  const options = new Map([
    ['--count', 200_000],
    ['--seed', Math.floor(Math.random() * 2 ** 31)],
  ])
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = words.slice(at)
    if (!options.has(name) || !/^\d+$/.test(value)) throw new Failure(`use: fuzz ${[...options.keys()].join(' N ')} N`)
    options.set(name, Number(value))
  }
  const [count = 0, seed = 0] = options.values()
  await build()
  for (let done = 0; done < count; done += BATCH) await examine(seed + done, Math.min(BATCH, count - done))
}

/**
 * How many programs new processes take at a time. Node 20 keeps each module that is made of a text for as long as the process lives,
 * which adds up to 200 kB for each program.
 */
const BATCH = 20_000

/** @param {number} seed @param {number} count */
async function examine(seed, count) {
  const vitest = program('vitest', 'vitest', 'tests')
  const result = await attempt({
    what: `${count} programs from seed ${seed}`,
    command: vitest.command,
    args: [...vitest.args, 'run', '--root', 'tests', '--project', 'fuzz', 'programs', '--testTimeout', '0'],
    env: { FUZZ_COUNT: String(count), FUZZ_SEED: String(seed) },
  })
  if (!result.ok) throw new Failure('a program failed')
}
