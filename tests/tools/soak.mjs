// @ts-check
// `npm run soak`: threads among crashes, aborts and failed loads, for as long as is asked. `npm run stress`: agents that count under one lock, as often as is asked.
// `npm run sequences`: random sequences of operations on each primitive.

import { join } from 'node:path'
import { build } from './build.mjs'
import { Failure, must, program, ROOT } from './step.mjs'

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

/**
 * @param {readonly string[]} words `--count 100000 --seed 7`, for each primitive; the seed is a random one unless given
 * @throws {Failure} when a sequence came out in another way than in the reference
 */
export async function sequences(words) {
  const options = new Map([
    ['--count', 100_000],
    ['--seed', Math.floor(Math.random() * 2 ** 31)],
  ])
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = words.slice(at)
    if (!options.has(name) || !/^\d+$/.test(value)) throw new Failure('use: sequences --count N --seed N')
    options.set(name, Number(value))
  }
  await build()
  const vitest = program('vitest', 'vitest', 'tests')
  await must({
    what: 'random sequences',
    command: vitest.command,
    args: [...vitest.args, 'run', '--root', 'tests', '--project', 'shared', '--retry', '0', 'sequences.test.ts'],
    env: { SEQUENCES: String(options.get('--count')), SEED: String(options.get('--seed')) },
  })
}
