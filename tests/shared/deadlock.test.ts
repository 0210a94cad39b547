// Circles of threads that wait for one another: what is thrown, what is told, and what is not a deadlock.

import { DeadlockError, LockError, Mutex, shutdown } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'
import { afterAll, afterEach, expect, test, vi } from 'vitest'

import { slotOf } from '../../pkg/runtime/dist/memory/agent.js'
import { arena } from '../../pkg/runtime/dist/memory/arena.js'
import { AGENT_WAITS } from '../../pkg/runtime/dist/memory/layout.js'
import { whileBlocked } from '../../pkg/runtime/dist/sync/agent-notes.js'
import { setVerdict } from '../../pkg/runtime/dist/sync/verdict.js'
import { failureOf, reaches, sharedWords, start } from './support.ts'

afterAll(() => shutdown({ deadline: 0 }))
afterEach(() => vi.restoreAllMocks())

const lock0 = $shared(Mutex, 'lock0', 'h1', () => [])
const lock1 = $shared(Mutex, 'lock1', 'h1', () => [])
const lock2 = $shared(Mutex, 'lock2', 'h1', () => [])

/** What came of threads: their results, and what they threw. */
async function outcomes(threads: PromiseLike<unknown>[]): Promise<{ got: unknown[]; errors: DeadlockError[] }> {
  const settled = await Promise.allSettled(threads)
  return {
    got: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    errors: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as DeadlockError] : [])),
  }
}

function circle(pairs: [number, number][]): Promise<{ got: unknown[]; errors: DeadlockError[] }> {
  const gate = sharedWords(1)
  const threads = pairs.map(([first, second]) =>
    start('blocks', [first, second, gate, pairs.length], { blocks: true, module: 'circle' }),
  )
  return outcomes(threads)
}

test('of two blocked threads one gets an error that names both, and the other goes on', async () => {
  const { got, errors } = await circle([
    [0, 1],
    [1, 0],
  ])
  expect(got).toEqual(['got both'])
  expect(errors).toHaveLength(1)
  expect(errors[0]).toBeInstanceOf(DeadlockError)
  expect(errors[0]).toBeInstanceOf(LockError)
  expect(errors[0]).toMatchObject({ code: 'R595', name: 'DeadlockError' })
  const side = (who: string, lock: string, holder: string): string =>
    `${who}, spawned at src/a.ts:1:1, waits for the \`Mutex\` \`${lock}\`, which ${holder} holds`
  const [mine, theirs] = /waits for the `Mutex` `lock1`.*lock0/.test(errors[0]!.message)
    ? ['lock1', 'lock0']
    : ['lock0', 'lock1']
  expect(errors[0]!.message).toContain(
    `deadlock: ${side('this thread', mine!, 'the thread `blocks`')}; ${side('the thread `blocks`', theirs!, 'this thread')}`,
  )
})

test('a circle of three is found, too, and only one of them gives up', async () => {
  const { got, errors } = await circle([
    [0, 1],
    [1, 2],
    [2, 0],
  ])
  expect(got).toEqual(['got both', 'got both'])
  expect(errors.map(({ code }) => code)).toEqual(['R595'])
  expect(errors[0]!.message.match(/waits for/g)).toHaveLength(3)
})

test('a task that awaits may give back by a timer what it holds: no error, however long it takes', async () => {
  const gate = sharedWords(1)
  const { got, errors } = await outcomes([
    start('lends', [0, 1, gate, 7500], { blocks: true, module: 'circle' }),
    start('blocks', [1, 0, gate, 2], { blocks: true, module: 'circle' }),
  ])
  expect(errors).toEqual([])
  expect(got).toEqual(['got both', 'got both'])
})

test('a circle with a timeout in it ends by itself: no error', async () => {
  const gate = sharedWords(1)
  const { got, errors } = await outcomes([
    start('givesUp', [0, 1, gate, 4000], { blocks: true, module: 'circle' }),
    start('blocks', [1, 0, gate, 2], { blocks: true, module: 'circle' }),
  ])
  expect(errors).toEqual([])
  expect(got).toEqual(['R537', 'got both'])
})

test('a verdict that came too late for its wait is not the error of the next one', async () => {
  const guard = await lock2.lock()
  setVerdict(new Error('late'))
  expect(await failureOf(() => lock2.lock({ timeout: 0 }))).toMatchObject({ code: 'R537' })
  guard.unlock()
})

test('where the main thread could do something else it is told, and not thrown', async () => {
  const told = new Promise<string>((resolve) => vi.spyOn(console, 'warn').mockImplementation(resolve))
  const gate = sharedWords(1)
  const guard = await lock0.lock()
  const thread = start('blocks', [1, 0, gate, 1], { blocks: true, module: 'circle' })
  await reaches(gate, 0, 1)
  const waiting = lock1.lock()
  expect(await told).toMatch(
    /^R596: threads have waited for one another for 5 s: this thread waits for the `Mutex` `lock1`, which the thread `blocks` holds; the thread `blocks`, spawned at src\/a.ts:1:1, waits for the `Mutex` `lock0`, which this thread holds$/,
  )
  guard.unlock()
  expect(await thread).toBe('got both')
  ;(await waiting).unlock()
})

test('waiting for one that is slow is no deadlock, however long it takes', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const gate = sharedWords(1)
  const lending = start('lends', [0, 1, gate, 2500], { blocks: true, module: 'circle' })
  const { got, errors } = await outcomes([
    lending,
    start('blocks', [1, 0, gate, 2], { blocks: true, module: 'circle' }),
  ])
  expect(errors).toEqual([])
  expect(got).toEqual(['got both', 'got both'])
  expect(warn).not.toHaveBeenCalled()
})

test('a blocking wait that fails is not told as one that goes on', async () => {
  const fails = (): never => {
    throw new Error('no memory')
  }
  expect(await failureOf(() => whileBlocked(64, Infinity, fails))).toMatchObject({ message: 'no memory' })
  const { words, agent } = arena()
  expect(Atomics.load(words, slotOf(agent) + AGENT_WAITS)).toBe(0)
})
