// The end of real threads, as everybody hears of it who shares memory with them.

import { configure, shutdown } from 'experimental-threads'
import type { Thread } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { agentName } from '../../pkg/runtime/dist/memory/agent.js'
import { allocateWords, arena } from '../../pkg/runtime/dist/memory/arena.js'
import { AGENT_SLOTS, DEATHS } from '../../pkg/runtime/dist/memory/layout.js'
import { isAlive } from '../../pkg/runtime/dist/sync/agent-algorithm.js'
import { failureOf, reaches, runProgram, sharedWords, start } from './support.ts'

beforeAll(() => configure({ maxThreads: 8, graceTime: 50 }))
afterAll(() => shutdown({ deadline: 0 }))

interface Doomed {
  readonly thread: Thread<unknown>
  readonly said: Int32Array
  readonly agent: number
}

/** Starts a closure of `modules/deaths.mjs`, and hears which agent runs it. */
async function doomed(name: string, captures: unknown[] = [], blocks = false): Promise<Doomed> {
  const said = sharedWords(3)
  const thread = start(name, [said, ...captures], { module: 'deaths', blocks })
  thread.catch(() => {})
  await reaches(said, 0, 1)
  return { thread, said, agent: said[0]! }
}

/** Looks once in each turn of the event loop, and gives what `look` gives when it is not undefined. */
function soon<T>(look: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const again = (): void => {
      const seen = look()
      if (seen === undefined) setImmediate(again)
      else resolve(seen)
    }
    again()
  })
}

const dead = (agent: number): Promise<true> => soon(() => (isAlive(arena().words, agent) ? undefined : true))

describe('a death is announced', () => {
  it('when a worker exits, crashes, or is ended while it awaits, counts or is blocked', async () => {
    const at = allocateWords(16)
    const before = arena().words[DEATHS]!
    const all = [
      await doomed('exits'),
      await doomed('throws'),
      await doomed('awaits'),
      await doomed('counts'),
      await doomed('blocks', [at], true),
    ]
    expect(new Set(all.map(({ agent }) => agent)).size).toBe(all.length)
    const names = all.slice(2).map(({ agent }) => agentName(arena().words, agent))
    expect(names).toEqual(['awaits', 'counts', 'blocks'])
    await shutdown({ deadline: 0 })
    await Promise.all(all.map(({ agent }) => dead(agent)))
    // Idle workers may have ended with them.
    expect(arena().words[DEATHS]! - before).toBeGreaterThanOrEqual(all.length)
  })

  it('of a thread that a thread spawned, too', async () => {
    const { thread, agent } = await doomed('nests', ['exits'])
    expect(await failureOf(() => thread)).toMatchObject({ code: 'R504' })
    await dead(agent)
  })

  it('never while a statement of it runs', async () => {
    for (let round = 0; round < 5; round++) {
      const { thread, said, agent } = await doomed('counts')
      thread.abort(new Error('enough'))
      const last = await soon(() => (isAlive(arena().words, agent) ? undefined : Atomics.load(said, 1)))
      await start('first')
      expect(last).toBeGreaterThan(0)
      expect(Atomics.load(said, 1)).toBe(last)
    }
  })

  it('to all who sleep, awaiting or blocked, on whatever word', async () => {
    const { thread, said, agent } = await doomed('counts')
    const [one, other] = [allocateWords(16), allocateWords(16)]
    const waiting = [
      start('outlives', [one, agent, said], { module: 'deaths' }),
      start('outlives', [other + 15, agent, said], { module: 'deaths' }),
      start('outlivesBlocked', [one, agent, said], { module: 'deaths', blocks: true }),
      start('outlivesBlocked', [other + 15, agent, said], { module: 'deaths', blocks: true }),
    ]
    await reaches(said, 2, waiting.length)
    thread.abort(new Error('enough'))
    const gone = dead(agent).then(() => performance.now())
    await Promise.all(waiting)
    console.log(
      `all waiters heard of a death ${Math.round(performance.now() - (await gone))} ms after it was announced`,
    )
  })

  it('where the host is a worker of the user, with a pool of its own', async () => {
    expect(await runProgram('deaths-in-worker')).toEqual({ code: 0, output: 'exits: true\ncounts: true\n' })
  })
})

it('a slot of an agent is used again, under another number', async () => {
  const used = new Map<number, number>()
  for (;;) {
    const { agent } = await doomed('exits')
    await dead(agent)
    const before = used.get(agent & (AGENT_SLOTS - 1))
    used.set(agent & (AGENT_SLOTS - 1), agent)
    if (before === undefined) continue
    expect(agent).not.toBe(before)
    expect(isAlive(arena().words, before)).toBe(false)
    break
  }
})
