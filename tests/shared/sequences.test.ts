// 2,000 random sequences of each primitive against a plain reference; `npm run sequences` runs 100,000.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { Mutex, shutdown } from 'experimental-threads'
import { afterAll, expect, test, vi } from 'vitest'

import { arena } from '../../pkg/runtime/dist/memory/arena.js'
import { NEXT_WORD } from '../../pkg/runtime/dist/memory/layout.js'
import { CHANNEL } from './sequences/channels.ts'
import { GROUPS } from './sequences/groups.ts'
import { LOCKS } from './sequences/locks.ts'
import { MUTEXES } from './sequences/mutexes.ts'
import { play, randomSequence, shrink } from './sequences/run.ts'

const COUNT = Number(process.env['SEQUENCES'] ?? 2_000)
const SEED = Number(process.env['SEED'] ?? 7)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** After so many sequences what they have made is collected: the engine does not know how little memory there is for locks. */
const BATCH = 5_000

afterAll(() => shutdown({ deadline: 0 }))

for (const subject of [...MUTEXES, ...LOCKS, ...GROUPS, CHANNEL]) {
  test(`${subject.name}: ${COUNT} random sequences from seed ${SEED} come out as in the reference`, async () => {
    let steps = 0
    for (let index = 0; index < COUNT; index++) {
      if (index % BATCH === BATCH - 1) {
        collect()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const sequence = randomSequence(subject, SEED + index * 1_000_003)
      steps += sequence.steps.length
      const fault = await play(subject, sequence)
      if (fault === undefined) continue
      const small = await shrink(subject, sequence)
      expect.fail(
        [
          `sequence ${index} from seed ${SEED}: ${(await play(subject, small)) ?? fault}`,
          `made with ${small.made}`,
          ...small.steps.map((step) => step.join(' ')),
        ].join('\n'),
      )
    }
    const used = Atomics.load(arena().words, NEXT_WORD) / 256
    console.log(
      `${subject.name}: ${COUNT} sequences, ${steps} steps, seed ${SEED}; ${Math.ceil(used)} kB have been used`,
    )
  }, 3_600_000)
}

test('a fault is found, and its sequence made small', async () => {
  const [mutex] = MUTEXES
  const broken = vi.spyOn(Mutex.prototype, 'tryLock').mockReturnValue(undefined)
  try {
    const sequence = {
      made: 0,
      steps: ['lock', 'unlock', 'tryLock', 'lock', 'tryLock'].map((name) => [name, 0, 0] as const),
    }
    expect(await play(mutex!, sequence)).toBe('tryLock gave false and not true')
    expect((await shrink(mutex!, sequence)).steps).toEqual([['tryLock', 0, 0]])
  } finally {
    broken.mockRestore()
  }
})
