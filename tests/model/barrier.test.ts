import type { Mutant } from './algorithms.ts'
import type { Scenario, View } from './explore.ts'
import type { More, Parts, Threads } from './primitives.ts'
import { AT, recordOf, scenarioOf } from './primitives.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What became of a thread, in a word of its own: 0 while it is under way. */
const LED = 1
const MET = 2
const BROKE = 3
const GAVE_UP = 5

const SCENARIO = `
function comes(words, at, record, parties) {
  for (;;) {
    const fate = arrive(words, at, record, parties)
    if (fate !== AGAIN) { return fate }
    leave(words, record)
  }
}
async function meets(words, at, record, agent, parties, result) {
  let fate = comes(words, at, record, parties)
  if (fate === WAITING) { fate = await meetAsync(words, at, record) }
  leave(words, record)
  Atomics.store(words, result, fate)
}
function meetsBlocking(words, at, record, agent, parties, result) {
  let fate = comes(words, at, record, parties)
  if (fate === WAITING) { fate = meetBlocking(words, at, record, 0) }
  leave(words, record)
  Atomics.store(words, result, fate)
}
async function meetsUnlessAborted(words, at, record, agent, parties, result) {
  await meets(words, at, record, agent, parties, result)
}
function givesUp(words, at, record) { giveUp(words, at, record) }
async function meetsTwice(words, at, record, agent, parties, result) {
  await meets(words, at, record, agent, parties, result)
  await meets(words, at, record, agent, parties, result + 1)
}
function tries(words, at, record, agent, parties, result) { Atomics.store(words, result, tryArrive(words, at, parties)) }
function resets(words, at, record, agent) { reset(words, at) }
function resetsAndMeets(words, at, record, agent, parties, result) {
  reset(words, at)
  meetsBlocking(words, at, record, agent, parties, result)
}
function joinsAndMeets(words, at, record, agent, parties, result) {
  meetsBlocking(words, at, join(words, at, record, agent), agent, parties, result)
}
`

const ROSTER = 1
const STATE = AT
const PARTY = 2
const BROKEN = 4096
const GENERATION = 13

/** The word for the outcome of a thread; two words each. */
const resultOf = (threads: number, thread: number): number => recordOf(threads) + 16 + thread * 2

interface Case extends More {
  /** Whether somebody may find the barrier broken though nobody has died or given up. */
  readonly isReset?: true
  /** What is wrong with the outcomes; undefined when nothing is. */
  judge?(outcomes: readonly number[]): string | undefined
}

const made =
  (threads: readonly (readonly [name: string, parties: number])[], { judge, isReset, ...more }: Case = {}) =>
  (mutant?: Mutant): Scenario => {
    const records = threads.length + (more.dead?.length ?? 0)
    const results = threads.map((_, thread) => resultOf(records, thread))
    const words = results.flatMap((at) => [at, at + 1])
    const atRest = (view: View): string | undefined => {
      const outcomes = words.map(view.word)
      return whoSleeps(view) ?? fair(view, outcomes, threads[0]![1], isReset === true) ?? judge?.(outcomes)
    }
    const parts: Parts = { algorithms: ['agent', 'roster', 'barrier'], scenario: SCENARIO, roster: ROSTER, atRest }
    const list: Threads = threads.map(([name, parties], thread) => [name, parties, results[thread]!])
    const zeroes = words.map((at): [number, number] => [at, 0])
    return scenarioOf(parts, list, { ...more, words: [...zeroes, ...(more.words ?? [])], mutant })
  }

/** Only those sleep who have come in the open generation, while it is whole and others are missing. */
function whoSleeps({ word, threads }: View): string | undefined {
  const asleep = threads.flatMap((thread, index) => (thread.asleep ? [index] : []))
  if (asleep.length === 0) return undefined
  const state = word(STATE)
  const waits = ((state >>> GENERATION) << 2) | 1
  if ((state & BROKEN) !== 0) return `${asleep} sleep at a broken barrier`
  if ((state & (BROKEN - 1)) !== asleep.length) return `${asleep} sleep, and ${state & (BROKEN - 1)} have come`
  if (asleep.some((thread) => word(recordOf(thread) + PARTY) !== waits)) return `${asleep} sleep in another generation`
  const dead = threads.findIndex(({ crashed }, index) => crashed && word(recordOf(index) + PARTY) === waits)
  return dead < 0 ? undefined : `${asleep} wait for ${dead}, which is dead`
}

/** Who met, met as many as belong together, under one leader; and nothing breaks by itself. */
function fair({ threads }: View, outcomes: readonly number[], parties: number, isReset: boolean): string | undefined {
  const all = `the outcomes are ${outcomes.join(', ')}`
  const [led, met, broke, gone] = [LED, MET, BROKE, GAVE_UP].map((what) => count(outcomes, what)) as [
    number,
    number,
    number,
    number,
  ]
  const hasDied = threads.some(({ crashed }) => crashed)
  if (hasDied)
    return led * (parties - 1) > met + parties - 1 || met > led * (parties - 1) + parties - 1 ? all : undefined
  if (led * (parties - 1) !== met) return all
  return broke > 0 && gone === 0 && !isReset ? all : undefined
}

const count = (outcomes: readonly number[], what: number): number => outcomes.filter((one) => one === what).length

const all =
  (...wanted: readonly number[]) =>
  (outcomes: readonly number[]): string | undefined => {
    const found = outcomes.filter((one) => one !== 0).toSorted()
    return found.join() === wanted.join() ? undefined : `the outcomes are ${outcomes.join(', ')}`
  }

const two = (first: string, second: string = first): [string, number][] => [
  [first, 2],
  [second, 2],
]

const three = (parties: number, ...names: readonly string[]): [string, number][] => names.map((name) => [name, parties])

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'two meet twice': made(two('meetsTwice'), { spurious: 1, judge: all(LED, LED, MET, MET) }),
  'three meet': made(three(3, 'meets', 'meets', 'meetsBlocking'), { judge: all(LED, MET, MET) }),
  'three come where two meet': made(three(2, 'meetsTwice', 'meets', 'meetsBlocking')),
  'one tries, one waits': made(two('tries', 'meetsBlocking')),
  'the time of one of two is up': made(two('meetsBlocking'), { clock: [0, 1] }),
  'the time of one of three is up': made(three(3, 'meetsBlocking', 'meets', 'meets'), { clock: [0], preemptions: 3 }),
  'one gives up, and another comes to the broken barrier': made(
    three(3, 'meetsBlocking', 'meetsBlocking', 'meetsBlocking'),
    {
      clock: [0],
      preemptions: 3,
    },
  ),
  'one of two dies': made(two('meets'), { crash: [0, 1] }),
  'one of three dies where two meet': made(three(2, 'meets', 'meets', 'meets'), { crash: [0], preemptions: 3 }),
  'one dies, one gives up, time is up for one': made(three(3, 'meetsUnlessAborted', 'meetsBlocking', 'meets'), {
    crash: [2],
    clock: [1],
    interrupts: [[0, 'givesUp']],
    preemptions: 3,
    isReset: true,
  }),
  'a dead party is missing': made(three(3, 'meets', 'meets'), { crash: [0] }),
  'a newcomer takes over the record of a party that has died': made(three(3, 'joinsAndMeets', 'meetsBlocking'), {
    strangers: [0],
    dead: [[1]],
    words: [[STATE, 1]],
    isReset: true,
    judge: all(BROKE, BROKE),
  }),
  'a reset tells those who wait that they have not met': made(three(3, 'meets', 'meetsBlocking', 'resets'), {
    isReset: true,
  }),
  'who comes after a reset meets who comes after it, and nobody else': made(
    three(2, 'meetsBlocking', 'resetsAndMeets', 'meets'),
    {
      isReset: true,
    },
  ),
}

verified('barrier', SCENARIOS)

const MUTANTS: Mutant[] = [
  {
    name: 'the last one wakes nobody',
    find: 'seen, next) !== seen) return false\n  Atomics.notify(words, at + STATE, EVERYBODY)',
    replace: 'seen, next) !== seen) return false',
  },
  {
    name: 'the last one wakes one',
    find: 'seen, next) !== seen) return false\n  Atomics.notify(words, at + STATE, EVERYBODY)',
    replace: 'seen, next) !== seen) return false\n  Atomics.notify(words, at + STATE, 1)',
  },
  {
    name: 'the last one begins no generation',
    find: 'const next = ((seen >>> GENERATION) + 1) << GENERATION',
    replace: 'const next = (seen >>> GENERATION) << GENERATION',
  },
  {
    name: 'the next generation begins with those who have come',
    find: 'const next = ((seen >>> GENERATION) + 1) << GENERATION',
    replace: 'const next = seen + (1 << GENERATION)',
  },
  {
    name: 'a party counts without looking again',
    find: 'if (Atomics.compareExchange(words, at + STATE, seen, seen + 1) === seen) return WAITING',
    replace: 'Atomics.store(words, at + STATE, seen + 1)\n      return WAITING',
  },
  {
    name: 'a party counts before its record says so',
    find: `      Atomics.store(words, record + PARTY, (generation << 2) | WAITS)
      if (Atomics.compareExchange(words, at + STATE, seen, seen + 1) === seen) return WAITING`,
    replace: `      if (Atomics.compareExchange(words, at + STATE, seen, seen + 1) === seen) {
        Atomics.store(words, record + PARTY, (generation << 2) | WAITS)
        return WAITING
      }`,
  },
  {
    name: 'who gives up does not break the generation',
    find: '    if (breakAt(words, at, seen)) return GAVE_UP',
    replace: '    return GAVE_UP',
  },
  {
    name: 'who breaks wakes nobody',
    find: 'seen, seen | BROKEN) !== seen) return false\n  Atomics.notify(words, at + STATE, EVERYBODY)',
    replace: 'seen, seen | BROKEN) !== seen) return false',
  },
  {
    name: 'a death breaks nothing',
    find: 'if (hasDead(words, at, generation) && breakAt(words, at, seen)) return BROKE',
    replace: '',
  },
  {
    name: 'who comes does not see that the barrier is broken',
    find: '    if ((seen & BROKEN) !== 0) return BROKE\n    if (hasDead(words, at, generation)) {\n      breakAt(words, at, seen)\n    } else if',
    replace: '    if (hasDead(words, at, generation)) {\n      breakAt(words, at, seen)\n    } else if',
  },
  {
    name: 'who takes over a record forgets that its party has died',
    find: '  giveUp(words, at, left)\n',
    replace: '',
  },
  {
    name: 'a reset tells nobody',
    find: '(generation << 2) | WAITS, (generation << 2) | FAILED)',
    replace: '(generation << 2) | WAITS, (generation << 2) | WAITS)',
  },
  {
    name: 'a reset does not break the generation before',
    find: '      breakAt(words, at, seen)\n      continue\n',
    replace: '',
  },
  {
    name: 'a party looks at its record before the state',
    find: '  if ((party & FAILED) !== 0) return BROKE\n  const generation = party >>> 2\n',
    replace: '  const generation = party >>> 2\n',
  },
  {
    name: 'who tries comes also when others are missing',
    find: '      if ((seen & ARRIVED) + 1 !== parties) return WAITING\n',
    replace: '',
  },
]

mutants('barrier', MUTANTS, byScenarios(SCENARIOS))
