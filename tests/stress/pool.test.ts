import { configure, shutdown, stats } from 'experimental-threads'
import { $boot, $spawn } from 'experimental-threads/internal'
import type { Thread } from 'experimental-threads'
import { afterAll, expect, test } from 'vitest'

$boot(new URL('../../pkg/runtime/dist/worker.js', import.meta.url).href)
afterAll(() => shutdown({ deadline: 0 }))

/** Numbers that look random and are the same in each run. */
function randoms(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function start(name: string, captures: unknown[]): Thread<unknown> {
  const load = new URL(`../runtime/modules/closures.mjs?run=${name}`, import.meta.url).href
  const site = { p: 1, load, name, at: 'src/a.ts:1:1', captures: ['a', 'b'], blocks: false }
  return $spawn(site, null, undefined, captures) as Thread<unknown>
}

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 10)

test('every thread settles among crashes, aborts, nested threads and long stretches of work', async () => {
  configure({ maxThreads: 2, graceTime: 100 })
  const random = randoms(7)
  const end = performance.now() + SECONDS * 1000
  const counts = { wrong: 0, right: 0, failed: 0, aborted: 0 }
  const kinds: (() => [thread: Thread<unknown>, result: unknown])[] = [
    () => [start('add', [1, 2]), 3],
    () => [start('echo', [{ list: [1, 2] }]), { list: [1, 2] }],
    () => [start('echoLater', ['x']), 'x'],
    () => [start('fib', [6]), 8],
    () => [start('block', [random() * 3]), undefined],
    () => [start('throwValue', [1]), undefined],
  ]
  const rare: (() => Thread<unknown>)[] = [
    () => start('exit', [1]),
    () => start('exitLater', [1]),
    () => start('uncaught', []),
    () => start('nestedExit', []),
    () => start('blockAndExit', [2, 1]),
  ]
  while (performance.now() < end) {
    const batch: Promise<void>[] = []
    for (let index = 0; index < 100; index++) {
      const [thread, expected] = kinds[Math.floor(random() * kinds.length)]!()
      if (random() < 0.05) thread.abort(new Error('stop'))
      batch.push(
        thread.join().then((outcome) => {
          if (!outcome.ok) counts[(outcome.error as Error).message === 'stop' ? 'aborted' : 'failed']++
          else if (JSON.stringify(outcome.value) === JSON.stringify(expected)) counts.right++
          else counts.wrong++
        }),
      )
    }
    if (random() < 0.3)
      batch.push(
        rare[Math.floor(random() * rare.length)]!()
          .join()
          .then(() => {}),
      )
    if (random() < 0.1) {
      const hog = start('block', [400])
      batch.push(hog.join().then(() => {}))
      setTimeout(() => hog.abort(), 5)
    }
    await Promise.all(batch)
  }
  console.log(counts)
  expect(counts.wrong).toBe(0)
  expect(counts.right).toBeGreaterThan(0)
  expect(stats()).toMatchObject({ queued: 0, running: 0 })
})
