import { describe, expect, test } from 'vitest'

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { explore } from './explore.ts'
import { agentIn, arenaOf, DEATHS, FIRST_WORD, LAYOUT, LIFE, SLEEPS, slotWord } from './layout.ts'

/** The agent that dies. */
const DYING = agentIn(1)

/** Words of the scenarios: what sleepers sleep on, and two for results. */
const BED = FIRST_WORD
const FIRST = FIRST_WORD + 1
const SECOND = FIRST_WORD + 2

// `sleeper` waits until an agent is dead, as waiters for a lock do: it looks, and sleeps on a word that nobody changes. `wait.ts` sleeps in this way.
const SCENARIO = `
function announcer(words) {
  if (announceDeath(words, ${DYING})) { freeSlot(words, ${DYING}) }
  while (someoneMissed(words)) { wakeEverybody(words) }
}
function announcesOnce(words) {
  announceDeath(words, ${DYING})
}
function wakesAtOnce(words) {
  Atomics.store(words, ${BED}, 1)
  Atomics.store(words, ${SECOND}, 1)
  announceDeath(words, ${DYING})
}
function dreamer(words, bed) {
  block(words, bed, 0)
}
function counter(words, at) {
  if (announceDeath(words, ${DYING})) { Atomics.add(words, at, 1) }
}
function sleeper(words, me, bed) {
  let seen = 0
  while (isAlive(words, ${DYING})) {
    if (fallAsleep(words, me, seen)) {
      block(words, bed, 0)
      wakeUp(words, me)
    } else { seen = Atomics.load(words, ${DEATHS}) }
  }
}
function newcomer(words, at) {
  const agent = claimAgent(words)
  Atomics.store(words, at, agent)
  if (agent !== 0) {
    if (isAlive(words, agent)) { if (someoneMissed(words)) { Atomics.store(words, at, 99) } }
    else { Atomics.store(words, at, 98) }
  }
}
function buries(words) {
  if (announceDeath(words, ${DYING})) { freeSlot(words, ${DYING}) }
  if (announceDeath(words, ${DYING})) { freeSlot(words, ${DYING}) }
}
`

type Threads = [name: string, ...args: number[]][]

interface Case {
  readonly threads: Threads
  readonly slots: readonly number[]
  /** Words that differ from an arena in which nothing has happened. */
  readonly words?: readonly [index: number, value: number][]
  atRest(view: View): string | undefined
}

const CASES: Record<string, Case> = {
  'everybody hears of a death, also who is about to fall asleep': {
    threads: [['announcer'], ['sleeper', agentIn(2), BED], ['sleeper', agentIn(3), BED]],
    slots: [1, 2, 3],
    atRest: ({ threads }) => (threads.every(({ done }) => done) ? undefined : 'somebody sleeps on'),
  },
  'who sleeps is woken at once, on whatever word': {
    // Who finds its bed made does not sleep: whoever sleeps did before the death.
    threads: [['wakesAtOnce'], ['dreamer', BED], ['dreamer', BED], ['dreamer', SECOND]],
    slots: [1, 2, 3],
    atRest: ({ threads }) => (threads.every(({ done }) => done) ? undefined : 'somebody sleeps on'),
  },
  'who waits for a dead agent is not misled by its successor': {
    threads: [['announcer'], ['sleeper', agentIn(2), BED], ['newcomer', FIRST]],
    slots: [1, 2, 3],
    atRest: ({ threads }) => (threads.every(({ done }) => done) ? undefined : 'somebody sleeps on'),
  },
  'who misses the wake-ups says so, and nobody else does': {
    threads: [['announcesOnce'], ['sleeper', agentIn(2), BED], ['sleeper', agentIn(3), FIRST]],
    slots: [1, 2, 3],
    atRest({ threads, word }) {
      for (const slot of [2, 3]) {
        const says = word(slotWord(slot, SLEEPS))
        const asleep = threads[slot - 1]!.asleep
        if (asleep ? says !== 1 : says !== 0) return `the sleeper in slot ${slot} says ${says}`
      }
      return undefined
    },
  },
  'a death is announced once, whoever hears of it': {
    threads: [
      ['counter', FIRST],
      ['counter', SECOND],
    ],
    slots: [1, 2, 3],
    atRest({ word }) {
      if (word(FIRST) + word(SECOND) !== 1) return `${word(FIRST) + word(SECOND)} have announced it`
      return word(DEATHS) === 1 ? undefined : `${word(DEATHS)} deaths were counted`
    },
  },
  'the slot of a dead agent goes to one newcomer, under a new number': {
    threads: [['buries'], ['newcomer', FIRST], ['newcomer', SECOND]],
    slots: [1, 2, 3],
    // It died asleep.
    words: [[slotWord(1, SLEEPS), 1]],
    atRest({ word }) {
      const numbers = [word(FIRST), word(SECOND)]
      if (numbers.some((number) => number >= 98)) return 'a new agent is dead, or sleeps'
      const got = numbers.filter((number) => number !== 0)
      if (got.length > 1) return `two got a slot: ${got.join(' and ')}`
      if (got.includes(DYING)) return 'the old number again'
      const life = word(slotWord(1, LIFE))
      if (got.length === 1 && (life & 3) !== 1) return 'the successor was buried'
      return got.length === 0 && (life & 3) !== 0 ? 'the dead one lives' : undefined
    },
  },
}

function scenario({ threads, slots, words = [], atRest }: Case, mutant?: Mutant): Scenario {
  const texts = readTexts([LAYOUT, algorithm('agent', mutant), SCENARIO])
  const memory = arenaOf(slots, 3)
  for (const [index, value] of words) memory[index] = value
  const programs = threads.map(([name, ...args]) => compile(texts, name, args))
  return { programs, memory, capacity: 1, spurious: 1, atRest }
}

const MARK =
  'if (Atomics.compareExchange(words, at + AGENT_LIFE, alive, alive - ALIVE + DYING) !== alive) return false\n'

const MUTANTS: Mutant[] = [
  { name: 'nobody is woken', find: '  wakeEverybody(words)\n  return true', replace: '  return true' },
  { name: 'one sleeper of each word is woken', find: '0x7fffffff', replace: '1' },
  { name: 'the first word is left out', find: 'let at = FIRST_WORD', replace: 'let at = FIRST_WORD + 1' },
  { name: 'the last word is left out', find: 'at < end &&', replace: 'at < end - 1 &&' },
  {
    name: 'the death is counted before the mark',
    find: `  ${MARK}  Atomics.add(words, DEATHS, 1)`,
    replace: `  Atomics.add(words, DEATHS, 1)\n  ${MARK}`,
  },
  { name: 'deaths are not counted', find: '  Atomics.add(words, DEATHS, 1)\n', replace: '' },
  {
    name: 'the death is announced whoever did it before',
    find: MARK,
    replace: 'Atomics.store(words, at + AGENT_LIFE, alive - ALIVE + DYING)\n',
  },
  {
    name: 'whoever has the slot is marked',
    find: MARK,
    replace: 'Atomics.add(words, at + AGENT_LIFE, 1)\n',
  },
  {
    name: 'who falls asleep does not count again',
    find: 'if (Atomics.load(words, DEATHS) === seen) return true',
    replace: 'return true',
  },
  {
    name: 'who falls asleep counts first and tells then',
    find: '  Atomics.store(words, at + AGENT_SLEEPS, (seen << 1) | 1)\n  if (Atomics.load(words, DEATHS) === seen) return true\n  Atomics.store(words, at + AGENT_SLEEPS, 0)\n  return false',
    replace:
      '  if (Atomics.load(words, DEATHS) !== seen) return false\n  Atomics.store(words, at + AGENT_SLEEPS, (seen << 1) | 1)\n  return true',
  },
  {
    name: 'who does not fall asleep says that it sleeps',
    find: '  Atomics.store(words, at + AGENT_SLEEPS, 0)\n  return false',
    replace: '  return false',
  },
  {
    name: 'who wakes says that it sleeps',
    find: 'Atomics.store(words, AGENTS + (agent & (AGENT_SLOTS - 1)) * AGENT_WORDS + AGENT_SLEEPS, 0)',
    replace: 'return',
  },
  {
    name: 'who sleeps with the old number is taken for informed',
    find: 'sleeps === 0 || sleeps >>> 1 ===',
    replace: 'sleeps === 0 || sleeps >>> 1 <=',
  },
  {
    name: 'a successor begins asleep',
    find: '      Atomics.store(words, at + AGENT_SLEEPS, 0)\n',
    replace: '',
  },
  { name: 'a slot is given out again under the same number', find: '(seen >>> 2) + 1', replace: '(seen >>> 2) + 0' },
  {
    name: 'a newcomer looks and then takes the slot',
    find: '    if (Atomics.compareExchange(words, at + AGENT_LIFE, seen, (generation << 2) | ALIVE) === seen) {\n',
    replace: '    Atomics.store(words, at + AGENT_LIFE, (generation << 2) | ALIVE)\n    if (seen === seen) {\n',
  },
  {
    name: 'a newcomer takes the slot of one that lives',
    find: '    if ((seen & LIFE_MASK) !== FREE) continue\n',
    replace: '',
  },
  {
    name: 'a newcomer takes a slot before it was freed',
    find: '!== FREE) continue',
    replace: '=== ALIVE) continue',
  },
  {
    name: 'an agent is alive when its slot is',
    find: '=== (((agent >>> SLOT_BITS) << 2) | ALIVE)',
    replace: '% 4 === ALIVE',
  },
]

describe('the life of agents, as shipped', () => {
  for (const [name, each] of Object.entries(CASES)) {
    test(name, () => {
      const { states, fault, path } = explore(scenario(each))
      console.log(`${name}: ${states} states`)
      expect(fault, path.join('\n')).toBeUndefined()
    })
  }
})

describe('the life of agents with a planted defect', () => {
  for (const mutant of MUTANTS) {
    test(`${mutant.name}: found`, () => {
      const catcher = Object.entries(CASES).find(([, each]) => explore(scenario(each, mutant)).fault !== undefined)
      console.log(`${mutant.name}: ${catcher?.[0] ?? 'missed'}`)
      expect(catcher).toBeDefined()
    })
  }
})
