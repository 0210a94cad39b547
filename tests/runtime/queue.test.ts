import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { TaskQueue } from '../../pkg/runtime/dist/pool/queue.js'

interface Job {
  name: string
  rank: number
  since: number
  waits: boolean
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['hrtime'] }))
afterEach(() => void vi.useRealTimers())

const job = (name: string, rank = 1): Job => ({ name, rank, since: 0, waits: false })

function drain(queue: TaskQueue<Job>): string {
  const names: string[] = []
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    names.push(next.name)
    queue.remove(next)
  }
  return names.join('')
}

describe('the queue', () => {
  it('gives the highest priority first, and the oldest of one priority', () => {
    const queue = new TaskQueue<Job>()
    for (const [name, priority] of [
      ['a', 2],
      ['b', 1],
      ['c', 0],
      ['d', 1],
      ['e', 0],
    ] as const)
      queue.add(job(name, priority))
    expect(queue.size).toBe(5)
    expect(drain(queue)).toBe('cebda')
    expect(queue.size).toBe(0)
  })

  it('lets who waits rise by one priority each second', () => {
    const queue = new TaskQueue<Job>()
    queue.add(job('low', 2))
    vi.advanceTimersByTime(900)
    queue.add(job('high', 0))
    expect(queue.peek()?.name).toBe('high')
    vi.advanceTimersByTime(1100)
    expect(queue.peek()?.name).toBe('low')
  })

  it('forgets who leaves before their turn', () => {
    const queue = new TaskQueue<Job>()
    const [a, b, c] = [job('a'), job('b'), job('c')]
    for (const each of [a, b, c]) queue.add(each)
    expect([queue.remove(a), queue.remove(b), queue.remove(b)]).toEqual([true, true, false])
    expect(queue.items()).toEqual([c])
    expect(drain(queue)).toBe('c')
  })

  it('stays quick with a hundred thousand waiting', () => {
    const queue = new TaskQueue<Job>()
    for (let index = 0; index < 100_000; index++) queue.add(job('x'))
    expect(drain(queue)).toHaveLength(100_000)
  })
})
