// What threads see of a channel is what a queue shows them, one after the other.

import { AtomicCounter, channel, configure, shutdown } from 'experimental-threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Operation } from './linearizable.ts'
import { violation } from './linearizable.ts'
import { start } from './support.ts'

beforeAll(() => configure({ maxThreads: 4 }))
afterAll(() => shutdown({ deadline: 0 }))

const HISTORIES = Number(process.env['HISTORIES'] ?? 40)
const SEQUENCES = Number(process.env['SEQUENCES'] ?? 3_000)
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** Numbers from 0 to below `below`, the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('the checker of histories', () => {
  const sent = (value: number | undefined, from: number, to: number): Operation => ({
    kind: 'send',
    value,
    start: from,
    end: to,
  })
  const got = (value: number | undefined, from: number, to: number): Operation => ({
    kind: 'receive',
    value,
    start: from,
    end: to,
  })

  it('finds what a queue cannot do', () => {
    expect(violation([sent(1, 0, 1), got(1, 2, 3)], 1)).toBeUndefined()
    expect(violation([sent(1, 0, 1), sent(2, 2, 3), got(2, 4, 5), got(1, 6, 7)], 2)).toBeDefined()
    expect(violation([sent(1, 0, 3), sent(2, 1, 2), got(2, 4, 5), got(1, 6, 7)], 2)).toBeUndefined()
    expect(violation([sent(1, 0, 1), got(1, 2, 3), got(1, 4, 5)], 2)).toBeDefined()
    expect(violation([got(1, 0, 1), sent(1, 2, 3)], 2)).toBeDefined()
    expect(violation([sent(1, 0, 1), sent(2, 2, 3)], 1)).toBeDefined()
    expect(violation([sent(1, 0, 1), got(undefined, 2, 3)], 1)).toBeDefined()
    expect(violation([sent(undefined, 0, 1)], 1)).toBeDefined()
    expect(violation([sent(1, 0, 1), sent(undefined, 2, 3)], 1)).toBeUndefined()
  })
})

describe('a channel', () => {
  it(`shows ${HISTORIES} random histories of four threads that a queue can show`, async () => {
    console.log(`channel histories: seed ${SEED}`)
    const random = randomOf(SEED)
    let operations = 0
    for (let round = 0; round < HISTORIES; round++) {
      const capacity = 1 + random(3)
      const [tx, rx] = channel<number>(capacity)
      const clock = new AtomicCounter()
      const threads = Array.from({ length: 4 }, (_, thread) =>
        start('act', [tx, rx, clock, thread, random(2 ** 31), 7], { module: 'histories' }),
      )
      const history = ((await Promise.all(threads)) as Operation[][]).flat()
      operations += history.length
      expect(violation(history, capacity), `seed ${SEED}, history ${round}`).toBeUndefined()
      tx.close()
    }
    console.log(`channel histories: ${operations} operations`)
  })

  it(`does in ${SEQUENCES} random sequences what a list does`, () => {
    console.log(`channel sequences: seed ${SEED}`)
    const random = randomOf(SEED + 1)
    for (let round = 0; round < SEQUENCES; round++) {
      const capacity = 1 + random(4)
      const [tx, rx] = channel<unknown>(capacity)
      const list: unknown[] = []
      let closed = false
      const steps: string[] = []
      for (let step = 0; step < 12; step++) {
        const chance = random(16)
        if (chance < 8) {
          const value = [step, 'text', null, undefined, { step }, 'x'.repeat(random(200))][random(6)]
          const { ok } = tx.trySend(value)
          steps.push(`send ${ok}`)
          expect(ok, `seed ${SEED}: ${steps.join()}`).toBe(!closed && list.length < capacity)
          if (ok) list.push(value)
        } else if (chance < 15) {
          const result = rx.tryRecv()
          steps.push(`receive ${result.ok}`)
          expect(result.ok, `seed ${SEED}: ${steps.join()}`).toBe(list.length > 0)
          if (result.ok) expect(result.value).toEqual(list.shift())
          else expect(result.error).toMatchObject({ code: closed ? 'R590' : 'R593' })
        } else {
          steps.push('close')
          rx.close()
          closed = true
        }
      }
      tx.dispose()
      rx.dispose()
    }
  })
})
