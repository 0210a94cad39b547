import { configure, shutdown, stats } from 'experimental-threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { failureOf, start, thrownBy } from './support.ts'

const printed = vi.spyOn(console, 'info').mockImplementation(() => {})

beforeEach(() => configure({ maxThreads: 0 }))
afterEach(async () => {
  await shutdown({ deadline: 0 })
  configure({ maxThreads: 2 })
})

describe('threads without workers', () => {
  it('run on the thread of the program, and say so once', async () => {
    expect(await Promise.all([start('thread'), start('thread')])).toEqual([0, 0])
    expect(printed).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^R541: /))
    expect(stats()).toMatchObject({ maxThreads: 0, workers: 1, idle: 1 })
  })

  it('get copies, and give copies back', async () => {
    const list = [1]
    const thread = start('echo', [list])
    list.push(2)
    expect(await thread).toEqual([1])
  })

  it('refuse what a worker could not be sent', async () => {
    expect(thrownBy(() => start('echo', [() => {}]))).toMatchObject({ code: 'R502' })
    expect(await failureOf(start('returnFunction'))).toMatchObject({ code: 'R503' })
    expect(await failureOf(start('throwRange', [1]))).toMatchObject({ code: 'E_FAR' })
  })

  it('spawn threads, and are dedicated only by name', async () => {
    expect(await start('fib', [8])).toBe(21)
    expect(
      await Promise.all([start('add', [1, 2], { dedicated: true }), start('add', [3, 4], { dedicated: true })]),
    ).toEqual([3, 7])
  })

  it('give way to workers when the setting changes', async () => {
    expect(await start('thread')).toBe(0)
    configure({ maxThreads: 1 })
    expect(await start('thread')).not.toBe(0)
    configure({ maxThreads: 0 })
    expect(await start('thread')).toBe(0)
  })
})
