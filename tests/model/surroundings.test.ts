// What the explorer does to threads from outside: crashes, clocks, interrupts, and the bounds. Each on an algorithm that is broken in the way that it must see.

import { describe, expect, test } from 'vitest'

import type { Program } from './compile.ts'
import { compile, readTexts } from './compile.ts'
import type { Result, Scenario, View } from './explore.ts'
import { explore } from './explore.ts'

/** A lock that holds its owner: 0, or the owner's number, with 8 when somebody waits. Word 5 + n is 1 once agent n is dead. */
const LOCK = `
const WAITED = 8
function locks(words, me) {
  for (;;) {
    const seen = Atomics.load(words, 0)
    if (seen === 0) { if (Atomics.compareExchange(words, 0, 0, me | WAITED) === 0) return }
    else {
      REPAIR
      if (Atomics.compareExchange(words, 0, seen, seen | WAITED) === seen) block(words, 0, seen | WAITED)
    }
  }
}
function uses(words, me) { locks(words, me); enter(1); leave(1); UNLOCK }
function announces(words, me) { Atomics.store(words, 5 + me, 1); ANNOUNCE }
`
const PARTS = {
  REPAIR: 'if (Atomics.load(words, 5 + (seen & 7)) === 1) { Atomics.compareExchange(words, 0, seen, 0); continue }',
  UNLOCK: 'Atomics.store(words, 0, 0); Atomics.notify(words, 0, 1)',
  ANNOUNCE:
    'const seen = Atomics.load(words, 0); if ((seen & 7) === me) { Atomics.compareExchange(words, 0, seen, 0) } notifyEvery(words)',
}

function crashing(parts: Partial<typeof PARTS>, threads: number, more: Partial<Scenario> = {}): Result {
  let text = LOCK
  for (const [name, part] of Object.entries({ ...PARTS, ...parts })) text = text.replace(name, part)
  const texts = readTexts([text])
  return explore({
    programs: Array.from({ length: threads }, (_, thread) => compile(texts, 'uses', [thread + 1])),
    memory: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    capacity: 1,
    spurious: 0,
    crash: { times: 1, announce: (thread) => compile(texts, 'announces', [thread + 1]) },
    atRest: sleepers,
    ...more,
  })
}

function sleepers({ threads }: View): string | undefined {
  return threads.some(({ asleep }) => asleep) ? 'a waiter sleeps for ever' : undefined
}

function run(text: string, memory: number[], more: Partial<Scenario> = {}): Result {
  const texts = readTexts([text])
  const names = [...texts.functions.keys()].filter((name) => name.startsWith('thread'))
  const programs = names.map((name) => compile(texts, name, []))
  return explore({ programs, memory, capacity: 1, spurious: 0, atRest: () => undefined, ...more })
}

const program = (text: string, name: string): Program => compile(readTexts([text]), name, [])

describe('a crash', () => {
  test('leaves the lock of its owner to the others, when host and waiters repair it', () => {
    const { fault, states } = crashing({}, 3)
    expect(fault).toBeUndefined()
    expect(states).toBeGreaterThan(1000)
  })

  test('blocks them for ever when nobody repairs', () => {
    expect(crashing({ REPAIR: '', ANNOUNCE: 'notifyEvery(words)' }, 2).fault).toBe('a waiter sleeps for ever')
  })

  test('takes a wake-up with it: a host that wakes only the waiters of the dead owner is caught', () => {
    const ANNOUNCE =
      'const seen = Atomics.load(words, 0); if ((seen & 7) === me) { Atomics.compareExchange(words, 0, seen, 0); notifyEvery(words) }'
    const { fault, path } = crashing({ ANNOUNCE }, 3)
    expect(fault).toBe('a waiter sleeps for ever')
    expect(path).toContainEqual(expect.stringMatching(/^\d crashes$/))
  })

  test('is caught when a waiter looks at the dead before it is marked and sleeps after the wake-ups', () => {
    expect(crashing({ ANNOUNCE: 'notifyEvery(words)' }, 2).fault).toBe('a waiter sleeps for ever')
  })

  test('ends what the dead one holds, so that others may hold it', () => {
    const text =
      'function thread1(words) { enter(1); Atomics.load(words, 0) } function announces(words) { enter(1); leave(1) }'
    const announce = (): Program => program(text, 'announces')
    expect(run(text, [0], { crash: { times: 1, announce } }).fault).toBeUndefined()
    // It holds while it has not crashed.
    expect(run(`${text} function thread2(words) { enter(1) }`, [0]).fault).toBe('2 held at the same time')
  })

  test('stops all threads of an agent', () => {
    const text = `function thread1(words) { Atomics.store(words, 0, 1) } function thread2(words) { Atomics.store(words, 1, 1) }
      function announces(words) { Atomics.store(words, 2, 1) }`
    const seen = new Set<string>()
    const announce = (): Program => program(text, 'announces')
    run(text, [0, 0, 0], {
      crash: { times: 1, agents: [[0, 1]], announce },
      atRest: ({ word, threads }) => void seen.add(`${word(0)}${word(1)} ${threads.map(({ crashed }) => crashed)}`),
    })
    expect([...seen].toSorted()).toEqual(
      ['00 true,true', '01 true,true', '10 true,true', '11 false,false', '11 true,true'].toSorted(),
    )
  })
})

describe('the clock', () => {
  const waits = (then: string): string => `
    function thread1(words) { if (!block(words, 0, 0, 5)) { ${then} } Atomics.store(words, 2, 1) }
    function thread2(words) { Atomics.store(words, 0, 1); if (Atomics.notify(words, 0, 1) === 1) { Atomics.store(words, 1, 1) } }`

  test('ends a wait with a deadline, and no other', () => {
    const alone = (text: string): string | undefined =>
      run(text, [0], {
        clock: { times: 1 },
        atRest: ({ threads }) => (threads[0]!.done ? 'ended' : undefined),
      }).fault
    expect(alone('function thread1(words) { block(words, 0, 0, 5) }')).toBe('ended')
    expect(alone('function thread1(words) { block(words, 0, 0); isOver(5) }')).toBeUndefined()
  })

  test('never ends a wait that a notify has counted', () => {
    const clock = { times: 1 }
    expect(run(waits('assert(Atomics.load(words, 1) === 0)'), [0, 0, 0], { clock }).fault).toBeUndefined()
    expect(run(waits('assert(Atomics.load(words, 0) === 1)'), [0, 0, 0], { clock }).fault).toMatch(
      /^false: thread1: assert/,
    )
  })

  test('once over, stays over, and is nobody else’s', () => {
    const text = `function thread1(words) { const first = isOver(5); const second = isOver(5); assert(!first || second) }
      function thread2(words) { assert(!isOver(5)) }`
    expect(run(text, [0], { clock: { times: 1, threads: [0] } }).fault).toBeUndefined()
    expect(run(text, [0], { clock: { times: 1 } }).fault).toMatch(/^false: thread2/)
  })

  test('finds a waiter that leaves and takes the wake-up with it', () => {
    // Two wait for one wake-up each of a counter; who gives up does not hand on what it was given.
    const text = `
      function waits(words) { for (;;) { const seen = Atomics.load(words, 0); if (seen > 0) { if (Atomics.compareExchange(words, 0, seen, seen - 1) === seen) return } else if (!block(words, 1, 0, 5) || isOver(5)) return } }
      function thread1(words) { waits(words) } function thread2(words) { waits(words) }
      function thread3(words) { Atomics.add(words, 0, 1); Atomics.notify(words, 1, 1) }`
    const atRest = ({ word, threads }: View): string | undefined =>
      word(0) > 0 && threads.some(({ asleep }) => asleep) ? 'asleep beside a permit' : undefined
    expect(run(text, [0, 0], { clock: { times: 1 }, atRest }).fault).toBe('asleep beside a permit')
    expect(run(text.replaceAll(' || isOver(5)', ''), [0, 0], { clock: { times: 0 }, atRest }).fault).toBe(
      'asleep beside a permit',
    )
  })
})

describe('an interrupt', () => {
  const text = `
    async function thread1(words) { Atomics.store(words, 1, 1); await wait(words, 0, 0); Atomics.store(words, 1, 2) }
    function thread2(words) { Atomics.store(words, 0, 1); Atomics.notify(words, 0, 1) }
    function cancels(words) { const seen = Atomics.load(words, 1); Atomics.store(words, 2, 1); assert(seen === 1 && Atomics.load(words, 1) === 1) }`
  const interrupts = [{ thread: 0, name: 'abort', program: program(text, 'cancels') }]

  test('runs while its thread awaits, also when it was woken already, and keeps it back', () => {
    const ends = new Set<number>()
    const { fault } = run(text, [0, 0, 0], { interrupts, atRest: ({ word }) => void ends.add(word(2)) })
    expect(fault).toBeUndefined()
    expect([...ends].toSorted()).toEqual([0, 1])
  })

  test('cannot run while its thread blocks', () => {
    const blocking = text.replace('await wait', 'block').replace('async ', '')
    run(blocking, [0, 0, 0], { interrupts, atRest: ({ word }) => void expect(word(2)).toBe(0) })
  })

  test('lets other agents go on', () => {
    const other = text.replace(
      'assert(seen === 1 && Atomics.load(words, 1) === 1)',
      'assert(Atomics.load(words, 0) === 0)',
    )
    expect(
      run(other, [0, 0, 0], { interrupts: [{ ...interrupts[0]!, program: program(other, 'cancels') }] }).fault,
    ).toMatch(/^false/)
  })
})

describe('bounds', () => {
  const steps = (names: string[], body: string): string =>
    names.map((name) => `function ${name}(words) { ${body} }`).join('\n')

  test('as many preemptions as a defect needs find it, and fewer do not', () => {
    // Seen only when each of the two loads of a thread comes between the two adds of the other, one after the other.
    const text = `function thread1(words) { Atomics.add(words, 0, 1); Atomics.add(words, 0, 1) }
      function thread2(words) { const first = Atomics.load(words, 0); const second = Atomics.load(words, 0); assert(first !== 0 || second !== 1) }`
    expect(run(text, [0], { preemptions: 1 }).fault).toBeUndefined()
    expect(run(text, [0], { preemptions: 2 }).fault).toMatch(/^false/)
  })

  test('few preemptions leave few states', () => {
    const text = steps(
      ['thread1', 'thread2', 'thread3'],
      'Atomics.add(words, 0, 1); Atomics.add(words, 1, 1); Atomics.add(words, 2, 1)',
    )
    const all = run(text, [0, 0, 0]).states
    const none = run(text, [0, 0, 0], { preemptions: 0 }).states
    expect(none).toBeLessThan(all)
    expect(run(text, [0, 0, 0], { preemptions: 3 }).states).toBeGreaterThan(none)
  })

  test('a waiter that others overtake for ever is found, at any bound', () => {
    const barging = `
      function takes(words) { for (;;) { if (Atomics.compareExchange(words, 0, 0, 1) === 0) return; block(words, 0, 1) } }
      function thread1(words) { while (true) { takes(words); enter(1); leave(1); Atomics.store(words, 0, 0); Atomics.notify(words, 0, 1) } }
      function thread2(words) { takes(words); enter(1); leave(1); Atomics.store(words, 0, 0); Atomics.notify(words, 0, 1) }`
    for (const overtakes of [1, 5])
      expect(run(barging, [0], { overtakes }).fault).toBe(`thread 1 was overtaken ${overtakes + 1} times`)
  })

  test('a lock that hands itself over keeps the bound', () => {
    // Word 1 says whose turn it is.
    const text = (name: string, mine: number): string => `
      function ${name}(words) { while (true) { while (Atomics.load(words, 1) !== ${mine}) { block(words, 1, ${1 - mine}) } enter(1); leave(1); Atomics.store(words, 1, ${1 - mine}); Atomics.notify(words, 1, 1) } }`
    expect(run(text('thread1', 0) + text('thread2', 1), [0, 0], { overtakes: 1 }).fault).toBeUndefined()
  })

  test('more states than allowed are a fault, and not a proof', () => {
    const texts = readTexts(['function thread1(words) { Atomics.add(words, 0, 1); Atomics.add(words, 0, 1) }'])
    const scenario = {
      programs: [compile(texts, 'thread1', [])],
      memory: [0],
      capacity: 1,
      spurious: 0,
      atRest: () => undefined,
    }
    expect(explore(scenario, 1)).toMatchObject({ fault: 'more than 1 states', complete: false })
  })
})

describe('memory', () => {
  test('holds any whole numbers, at any addresses that the scenario names', () => {
    const text = `const FAR = 1 << 12
      function thread1(words) { Atomics.sub(words, FAR + 4, 1); Atomics.or(words, FAR, 1 << 31); Atomics.xor(words, FAR, 3); Atomics.and(words, FAR, ~1) }`
    const texts = readTexts([text])
    const ends: number[] = []
    const { fault } = explore({
      programs: [compile(texts, 'thread1', [])],
      memory: { 4096: 0, 4100: 0 },
      capacity: 1,
      spurious: 0,
      atRest: ({ word }) => void ends.push(word(4096), word(4100)),
    })
    expect(fault).toBeUndefined()
    expect(ends).toEqual([-2147483646, -1])
  })

  test('an access of any other word is a fault', () => {
    expect(run('function thread1(words) { Atomics.load(words, 7) }', [0]).fault).toBe('word 7 does not exist')
  })
})
