// Many threads on one lock for a while: counts must come out exact, and nobody may be left asleep.

import { configure, Global, Mutex, Semaphore, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, expect, it } from 'vitest'

import { sharedWords, start } from '../shared/support.ts'

afterAll(() => shutdown({ deadline: 0 }))

const hits = $shared(Global<Mutex<Int32Array>>, 'hits', 'h1', () => [new Mutex(sharedWords(1))])

for (const threads of [2, 4, 8, 16]) {
  const rounds = 160_000 / threads
  it(`${threads} threads and the host, ${rounds} increments each, half of them blocking`, async () => {
    configure({ maxThreads: 4, maxWorkers: 32 })
    {
      using guard = await hits.value.lock()
      guard.value[0] = 0
    }
    const before = performance.now()
    const progress = { ended: 0 }
    const running = Array.from({ length: threads }, async () => {
      await start('count', [rounds], { blocks: true })
      progress.ended++
    })
    let own = 0
    let longest = 0
    while (progress.ended < threads) {
      const asked = performance.now()
      const guard = await hits.value.lock()
      longest = Math.max(longest, performance.now() - asked)
      guard.value[0]!++
      own++
      guard.unlock()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(running)
    console.log(
      `${threads} threads: ${(performance.now() - before).toFixed(0)} ms, host got in ${own} times, waited ${longest.toFixed(1)} ms at most`,
    )
    using guard = await hits.value.lock()
    expect(guard.value[0]).toBe(threads * rounds + own)
  })
}

it('8 threads with uneven needs never hold more permits than there are, and end', async () => {
  configure({ maxThreads: 4, maxWorkers: 32 })
  const inside = sharedWords(1)
  const needs = [1, 2, 3, 1, 2, 3, 1, 1]
  const threads = needs.map((need, index) =>
    start('share', [10_000, need, inside, index % 2 === 0], { blocks: index % 2 === 0 }),
  )
  const most = (await Promise.all(threads)) as number[]
  expect(Math.max(...most)).toBeLessThanOrEqual(3)
  expect($shared(Semaphore, 'permits', 'h1', () => [3]).tryAcquire(3)).toBeDefined()
})
