import { expect, test } from 'vitest'
import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { explore } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do, in the language of the algorithms. `lane` is one of theirs. */
const SCENARIO = `
async function awaits(words, at, me, lane) { await lockAsync(words, at, me, lane); enter(1); leave(1); unlock(words, at, me) }
function blocks(words, at, me) { lockBlocking(words, at, me); enter(1); leave(1); unlock(words, at, me) }
function tries(words, at, me) { if (tryLock(words, at, me)) { enter(1); leave(1); unlock(words, at, me) } }
async function triesThenAwaits(words, at, me, lane) {
  if (!tryLock(words, at, me)) { await lockAsync(words, at, me, lane) }
  enter(1); leave(1); unlock(words, at, me)
}
async function awaitsTwice(words, at, me, lane) { await awaits(words, at, me, lane); await triesThenAwaits(words, at, me, lane) }
function blocksTwice(words, at, me) {
  for (let round = 0; round < 2; round += 1) { lockBlocking(words, at, me); enter(1); leave(1); unlock(words, at, me) }
}
`

const AT = 0
const WORDS = 8
const BLOCKING = 1
const WORKER = 3
const HOST = 5

type Threads = [name: string, ...args: number[]][]

interface More {
  mutant?: Mutant | undefined
  /** Threads that may be busy for ever once they have been woken. */
  mayStall?: number[]
  /** The agent of each thread, where two belong to one. */
  agents?: number[]
}

function scenario(threads: Threads, spurious: number, { mutant, mayStall, agents }: More = {}): Scenario {
  const texts = readTexts([algorithm('mutex', mutant), SCENARIO])
  return {
    programs: threads.map(([name, ...args], index) =>
      compile(texts, name, [AT, (agents?.[index] ?? index + 1) << 3, ...args]),
    ),
    memory: Array.from({ length: WORDS }, () => 0),
    capacity: 1,
    spurious,
    ...(mayStall === undefined ? {} : { mayStall }),
    atRest,
  }
}

/** Nobody sleeps beside a free lock, and when all are done nothing is left behind. */
function atRest({ word, threads }: View): string | undefined {
  if (threads.some((thread) => thread.asleep)) return `a waiter sleeps for ever, the lock word is ${word(AT)}`
  if (threads.some((thread) => !thread.done)) return undefined
  if (word(AT) !== 0) return `the lock is left at ${word(AT)}`
  for (const lane of [BLOCKING, WORKER, HOST])
    if (word(lane + 1) !== 0) return `lane ${lane} still counts ${word(lane + 1)} waiters`
  return undefined
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'a worker and the host await, a worker blocks': (mutant) =>
    scenario([['awaits', WORKER], ['awaits', HOST], ['blocks']], 1, { mutant }),
  'two workers await in one lane, one blocks': (mutant) =>
    scenario([['awaits', WORKER], ['awaits', WORKER], ['blocks']], 1, { mutant }),
  'three workers await in one lane': (mutant) =>
    scenario(
      [
        ['awaits', WORKER],
        ['awaits', WORKER],
        ['awaits', WORKER],
      ],
      1,
      { mutant },
    ),
  'three block': (mutant) => scenario([['blocks'], ['blocks'], ['blocks']], 1, { mutant }),
  'one awaits twice, one blocks twice, one tries': (mutant) =>
    scenario([['awaitsTwice', WORKER], ['blocksTwice'], ['tries']], 0, { mutant }),
  'two await twice, one blocks twice': (mutant) =>
    scenario([['awaitsTwice', WORKER], ['awaitsTwice', HOST], ['blocksTwice']], 0, { mutant }),
  'a waiter of an agent sleeps while its retry takes the lock': (mutant) =>
    scenario([['awaits', WORKER], ['tries'], ['blocks']], 1, { mutant, agents: [1, 1, 2] }),
  'a host that is busy when it is woken stalls nobody': (mutant) =>
    scenario([['triesThenAwaits', HOST], ['blocksTwice'], ['triesThenAwaits', WORKER]], 0, { mutant, mayStall: [0] }),
}

const MUTANTS: Mutant[] = [
  { name: 'a waiter takes the lock without WAITED', find: 'FREE, me | WAITED)', replace: 'FREE, me)' },
  {
    name: 'a waiter sleeps without telling the owner',
    find: 'seen, seen | WAITED) === seen',
    replace: 'seen, seen) === seen',
  },
  {
    name: 'the ticket is read after the look at the owner',
    find: `    const ticket = Atomics.load(words, at + lane)
    if (takeOrMark(words, at, me)) break
`,
    replace: `    if (takeOrMark(words, at, me)) break
    const ticket = Atomics.load(words, at + lane)
`,
  },
  { name: 'an unlock wakes before it frees', find: '  Atomics.store(words, at, FREE)\n', replace: '' },
  {
    name: 'an unlock overlooks the last waiter of a lane',
    find: 'at + lane + 1) > 0',
    replace: 'at + lane + 1) > 1',
  },
  { name: 'an unlock forgets the host', find: 'lane <= HOST_LANE', replace: 'lane < HOST_LANE' },
  {
    name: 'an unlock does not change the ticket',
    find: 'Atomics.add(words, at + lane, 1)',
    replace: 'Atomics.add(words, at + lane, 0)',
  },
  {
    name: 'a waiter takes what it saw free without looking again',
    find: 'if (Atomics.compareExchange(words, at, FREE, me | WAITED) === FREE) return true',
    replace: 'Atomics.store(words, at, me | WAITED)\n      return true',
  },
]

verified('mutex', SCENARIOS)

test('with one lane for all, a busy host would stall the others', () => {
  const result = explore(scenario([['triesThenAwaits', BLOCKING], ['blocksTwice'], ['blocks']], 0, { mayStall: [0] }))
  expect(result.fault).toMatch(/sleeps for ever, the lock word is 0/)
})

mutants('mutex', MUTANTS, byScenarios(SCENARIOS))
