// 2,000 random sequences of each primitive against a plain reference; `npm run sequences` runs 100,000.

import { Mutex, shutdown } from 'experimental-threads'
import { afterAll, expect, test, vi } from 'vitest'

import { CHANNEL } from './sequences/channels.ts'
import { GROUPS } from './sequences/groups.ts'
import { LOCKS } from './sequences/locks.ts'
import { MUTEXES } from './sequences/mutexes.ts'
import { play, randomSequence, shrink } from './sequences/run.ts'

const COUNT = Number(process.env['SEQUENCES'] ?? 2_000)
const SEED = Number(process.env['SEED'] ?? 7)

afterAll(() => shutdown({ deadline: 0 }))

for (const subject of [...MUTEXES, ...LOCKS, ...GROUPS, CHANNEL]) {
  test(`${subject.name}: ${COUNT} random sequences from seed ${SEED} come out as in the reference`, async () => {
    let steps = 0
    for (let index = 0; index < COUNT; index++) {
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
    console.log(`${subject.name}: ${COUNT} sequences of ${steps} steps, seed ${SEED}`)
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
