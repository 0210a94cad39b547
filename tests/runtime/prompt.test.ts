// What has ended is told at once, whatever its worker does next.

import { configure, shutdown } from 'experimental-threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { failureOf, open, sharedWords, start } from './support.ts'

beforeEach(() => configure({ maxThreads: 1, graceTime: 2000 }))
afterEach(() => shutdown({ deadline: 0 }))

describe('a thread that has ended', () => {
  it('keeps its result when the next one on its worker ends that', async () => {
    await start('exitIf', [false])
    const ended = Array.from({ length: 50 }, () => start('exitIf', [false]))
    const crash = failureOf(start('exitIf', [true, 1]))
    expect(await Promise.all(ended)).toHaveLength(50)
    expect(await crash).toMatchObject({ code: 'R504' })
  })

  it('is told while the next one of the same closure takes long', async () => {
    const words = sharedWords()
    await start('spinIf', [false])
    const ended = Array.from({ length: 50 }, () => start('spinIf', [false]))
    const long = start('spinIf', [true, words])
    expect(await Promise.all(ended)).toHaveLength(50)
    open(words)
    await long
  })
})

describe('a host that was busy', () => {
  it('hears what a worker has said before it ends it for having said nothing', async () => {
    configure({ graceTime: 50 })
    await start('add', [1, 2])
    const other = start('threadAfter', [400])
    const aborted = start('never')
    await new Promise((resolve) => setTimeout(resolve, 20))
    aborted.abort(new Error('not needed'))
    await new Promise<void>((resolve) => {
      // Timers come first in the loop's next turn, and messages after them.
      setImmediate(() => {
        const end = performance.now() + 200
        while (performance.now() < end);
        resolve()
      })
    })
    expect(await other).toBeTypeOf('number')
  })
})
