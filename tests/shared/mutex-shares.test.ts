// Who frees a lock and takes it again at once is faster than a thread that must be woken. Without shares one thread has nearly all sections.

import { configure, Mutex, shutdown } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

/** How often each thread has had the lock, of `most` times in all. */
async function sectionsOf(ways: string[], most: number): Promise<number[]> {
  const mutex = new Mutex()
  const sections = sharedWords(2 + ways.length)
  await Promise.all(
    ways.map((way, index) =>
      start(way, [mutex, { sections, index, threads: ways.length, most }], {
        module: 'turns',
        blocks: way === 'blocking',
      }),
    ),
  )
  return [...sections.subarray(2)]
}

describe('threads with long sections have the lock in turn', () => {
  for (const [name, ways] of Object.entries({
    'that block': ['blocking', 'blocking'],
    'that await': ['awaiting', 'awaiting'],
    'that block and that await': ['blocking', 'awaiting'],
  })) {
    it(name, async () => {
      const each = await sectionsOf(ways, 40 * ways.length)
      // Of 80, so a fair share is 40. A loaded machine may take a thread off its processor for several turns of the other.
      expect(Math.min(...each), `sections of each: ${each.join(', ')}`).toBeGreaterThanOrEqual(16)
    })
  }

  it('a worker and the host, which await', async () => {
    const mutex = new Mutex()
    const sections = sharedWords(4)
    const worker = start('awaiting', [mutex, { sections, index: 0, threads: 2, most: 80 }], { module: 'turns' })
    Atomics.add(sections, 1, 1)
    while (Atomics.load(sections, 1) < 2) await new Promise((resolve) => setTimeout(resolve))
    while (Atomics.load(sections, 0) < 80) {
      const guard = await mutex.lock()
      Atomics.add(sections, 0, 1)
      Atomics.add(sections, 3, 1)
      for (const end = performance.now() + 3; performance.now() < end;);
      guard.unlock()
    }
    await worker
    expect(Math.min(sections[2]!, sections[3]!), `sections of each: ${sections.subarray(2)}`).toBeGreaterThanOrEqual(16)
  })
})

describe('a thread whose lock nobody else wants', () => {
  it('is not kept waiting by one that only waited before', async () => {
    const mutex = new Mutex()
    const sections = sharedWords(4)
    await Promise.all(
      [0, 1].map((index) =>
        start('blocking', [mutex, { sections, index, threads: 2, most: 20 }], { module: 'turns', blocks: true }),
      ),
    )
    const before = performance.now()
    for (let round = 0; round < 2000; round++) (await mutex.lock()).unlock()
    // A millisecond for each would be two seconds.
    expect(performance.now() - before).toBeLessThan(1000)
  })
})
