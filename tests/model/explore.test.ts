// The tools themselves: what the explorer must see, and what the compiler must refuse.

import { describe, expect, test } from 'vitest'

import { compile, readTexts } from './compile.ts'
import type { Result, View } from './explore.ts'
import { explore } from './explore.ts'

const fine = (): undefined => undefined

function run(text: string, memory: number[], atRest: (view: View) => string | undefined = fine, spurious = 0): Result {
  const texts = readTexts([text])
  const names = [...texts.functions.keys()].filter((name) => name.startsWith('thread'))
  return explore({ programs: names.map((name) => compile(texts, name, [])), memory, capacity: 1, spurious, atRest })
}

describe('the explorer', () => {
  test('visits each state of two independent steps once', () => {
    const text =
      'function thread1(words) { Atomics.add(words, 0, 1) } function thread2(words) { Atomics.add(words, 1, 1) }'
    expect(run(text, [0, 0]).states).toBe(4)
  })

  test('finds a lost update, and how it comes about', () => {
    const body = '{ const seen = Atomics.load(words, 0); Atomics.store(words, 0, seen + 1) }'
    const lost = ({ word, threads }: View): string | undefined =>
      threads.every((thread) => thread.done) && word(0) !== 2 ? 'lost' : undefined
    const result = run(`function thread1(words) ${body} function thread2(words) ${body}`, [0], lost)
    expect(result.fault).toBe('lost')
    expect(result.path).toHaveLength(5)
  })

  test('keeps to sequential consistency: two threads that store before they load never both see nothing', () => {
    const text = `
      function thread1(words) { Atomics.store(words, 0, 1); Atomics.store(words, 2, Atomics.load(words, 1)) }
      function thread2(words) { Atomics.store(words, 1, 1); Atomics.store(words, 3, Atomics.load(words, 0)) }`
    const seen = new Set<string>()
    const note = ({ word }: View): undefined => void seen.add(`${word(2)}${word(3)}`)
    expect(run(text, [0, 0, 0, 0], note).fault).toBeUndefined()
    expect([...seen].toSorted()).toEqual(['01', '10', '11'])
  })

  test('wakes the first that fell asleep first', () => {
    const text = `
      async function thread1(words) { await wait(words, 0, 0); Atomics.store(words, 1, 1) }
      async function thread2(words) { await wait(words, 0, 0); Atomics.store(words, 1, 2) }
      function thread3(words) { Atomics.notify(words, 0, 1) }`
    for (const [woken, asleep] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const { path } = run(text, [0, 0], ({ word, threads }) =>
        word(1) === woken && threads[asleep - 1]!.asleep ? 'one was woken' : undefined,
      )
      const sleeps = (thread: number): number => path.indexOf(`${thread - 1} thread${thread}: wait(words, 0, 0)`)
      const notifies = path.indexOf('2 thread3: Atomics.notify(words, 0, 1)')
      expect(sleeps(woken)).toBeLessThan(notifies)
      // Whoever sleeps on came second, or after the wake-up.
      expect(sleeps(asleep)).toBeGreaterThan(sleeps(woken))
    }
  })

  test('wakes sleepers out of nothing as often as the scenario allows', () => {
    const text = 'function thread1(words) { block(words, 0, 0) }'
    const asleep = ({ threads }: View): string | undefined => (threads[0]!.asleep ? 'asleep' : undefined)
    expect(run(text, [0], asleep, 1).fault).toBe('asleep')
    expect(run(text, [0], fine, 1).states).toBe(3)
  })

  test('finds two that hold what one may hold', () => {
    const text = 'function thread1(words) { enter(1); leave(1) } function thread2(words) { enter(1); leave(1) }'
    expect(run(text, [0]).fault).toBe('2 held at the same time')
  })
})

describe('the compiler', () => {
  const refused: Record<string, string> = {
    'a callback': 'function thread(words) { list.forEach((item) => item) }',
    'a name that it does not know': 'function thread(words) { Atomics.store(words, 0, unknown) }',
    'a wait that is not awaited': 'async function thread(words) { wait(words, 0, 0) }',
    'an awaited block': 'async function thread(words) { await block(words, 0, 0) }',
    'an awaited value': 'async function thread(words, at) { await at }',
    'an async call that is not awaited': 'async function other(words) {} async function thread(words) { other(words) }',
    recursion: 'function thread(words) { thread(words) }',
    'an access that does not go through Atomics': 'function thread(words) { const seen = words[0] }',
    'other shared memory': 'function thread(words, others) { Atomics.load(others, 0) }',
    'a try statement': 'function thread(words) { try { Atomics.load(words, 0) } finally {} }',
  }
  for (const [name, text] of Object.entries(refused)) {
    test(`refuses ${name}`, () => {
      expect(() => compile(readTexts([text]), 'thread', [0])).toThrow(/cannot compile/)
    })
  }

  test('keeps the order of accesses, and skips what && and || skip', () => {
    const text = `function thread1(words) {
      if (Atomics.load(words, 0) === 0 && Atomics.add(words, 1, 1) === 5) Atomics.store(words, 2, 1)
      else if (Atomics.load(words, 0) === 0 || Atomics.add(words, 1, 1) === 5) Atomics.store(words, 2, 2)
      for (let round = 0; round < 3; round += 1) {
        if (round === 1) continue
        Atomics.add(words, 3, round)
      }
    }`
    let end: number[] = []
    run(text, [0, 0, 0, 0], ({ word }) => void (end = [0, 1, 2, 3].map(word)))
    expect(end).toEqual([0, 1, 2, 2])
  })
})
