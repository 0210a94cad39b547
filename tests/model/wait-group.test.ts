import type { Mutant } from './algorithms.ts'
import type { Scenario, View } from './explore.ts'
import type { More, Parts, Threads } from './primitives.ts'
import { agentOf, AT, recordOf, scenarioOf } from './primitives.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do. `flag` is a word by which one tells another that it may go on. */
const SCENARIO = `
function tells(words, flag) { Atomics.store(words, flag, 1); Atomics.notify(words, flag, 1) }
async function hears(words, flag) { while (Atomics.load(words, flag) === 0) { await wait(words, flag, 0) } }

function doesOne(words, at) { assert(done(words, at, 1)) }
function doesTwo(words, at) { doesOne(words, at); doesOne(words, at) }
function doesTooMuch(words, at) { assert(!done(words, at, 2)); doesOne(words, at) }
function addsAndDoes(words, at) { assert(add(words, at, 1)); doesOne(words, at) }
function comesAndGoes(words, at, record) { addMember(words, at, record); removeMember(words, at, record) }
function joinsAndGoes(words, at, record, agent) { comesAndGoes(words, at, join(words, at, record, agent)) }
function joins(words, at, record, agent) { join(words, at, record, agent) }
function goes(words, at, record) { removeMember(words, at, record) }

async function emptyAsync(words, at, begun) { while (!(await emptyOrWoken(words, at, begun))) {} }
async function waits(words, at) { await emptyAsync(words, at, begin(words, at)) }
async function givesUp(words, at) { await emptyOrWoken(words, at, begin(words, at)); endSleep(words, at) }
function waitsBlocking(words, at) { emptyBlocking(words, at, begin(words, at), 0) }

function comesAndTells(words, at, record, agent, flag) { addMember(words, at, record); tells(words, flag) }
async function goesWhenTold(words, at, record, agent, flag) { await hears(words, flag); removeMember(words, at, record) }
function addsAndTells(words, at, record, agent, flag) { assert(add(words, at, 1)); tells(words, flag) }
async function doesWhenTold(words, at, record, agent, flag) { await hears(words, flag); doesOne(words, at) }
async function mustWait(words, at) { await waits(words, at); assert(false) }
async function addsAndMustWait(words, at) { assert(add(words, at, 1)); await mustWait(words, at) }
async function comesAndMustWait(words, at, record) { addMember(words, at, record); await mustWait(words, at) }

async function tellsAndWaits(words, at, record, agent, flag) {
  const begun = begin(words, at)
  tells(words, flag)
  await emptyAsync(words, at, begun)
}
async function doesAndAdds(words, at, record, agent, flag) { await hears(words, flag); doesOne(words, at); assert(add(words, at, 1)) }
async function goesAndComes(words, at, record, agent, flag) {
  await hears(words, flag); removeMember(words, at, record); addMember(words, at, record)
}
`

const ROSTER = 2
const MEMBERS = 2
const COUNT = AT + 1

interface Case extends More {
  /** What was added before. */
  readonly count?: number
  /** How many members the agents of the threads have before. */
  readonly members?: readonly number[]
  /** Threads that must have ended, whatever is in the group. */
  readonly ends?: readonly number[]
}

const made =
  (names: readonly string[], { count = 0, members = [], ends = [], ...more }: Case = {}) =>
  (mutant?: Mutant): Scenario => {
    const flag = recordOf(names.length + (more.dead?.length ?? 0)) + 16
    const threads: Threads = names.map((name) => [name, flag])
    const parts: Parts = {
      algorithms: ['agent', 'roster', 'wait-group'],
      scenario: SCENARIO,
      roster: ROSTER,
      atRest: (view) => atRest(view, ends),
    }
    const words: [number, number][] = [
      [COUNT, count],
      [flag, 0],
      ...members.map((of, thread): [number, number] => [recordOf(thread) + MEMBERS, of]),
    ]
    return scenarioOf(parts, threads, { ...more, words, mutant })
  }

/** Nobody sleeps beside an empty group, nor though the group was empty meanwhile. */
function atRest({ word, threads }: View, ends: readonly number[]): string | undefined {
  const dead = new Set(threads.flatMap(({ crashed }, thread) => (crashed ? [agentOf(thread)] : [])))
  let left = word(COUNT)
  for (let record = word(AT + ROSTER); record !== 0; record = word(record + 1))
    if (!dead.has(word(record)) && word(record) >= 4) left += word(record + MEMBERS)
  const asleep = threads.findIndex((thread) => thread.asleep)
  if (asleep >= 0 && left === 0) return `thread ${asleep} sleeps, and the group is empty`
  const late = ends.find((thread) => threads[thread]!.asleep)
  return late === undefined ? undefined : `thread ${late} sleeps, and the group was empty meanwhile`
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'one waits for two others': made(['waits', 'doesOne', 'doesOne'], { count: 2, spurious: 1, ends: [0] }),
  'two wait for one that does two': made(['waits', 'waitsBlocking', 'doesTwo'], { count: 2, ends: [0, 1] }),
  'two do what they have added, one waits': made(['waits', 'addsAndDoes', 'addsAndDoes']),
  'members come and go, one waits': made(['waits', 'comesAndGoes', 'comesAndGoes']),
  'members and others go, one waits': made(['waits', 'goes', 'doesOne'], {
    members: [0, 1],
    count: 1,
    spurious: 1,
    ends: [0],
  }),
  'one goes when the next has come: nobody goes on': made(['mustWait', 'comesAndTells', 'goesWhenTold'], {
    members: [0, 0, 1],
  }),
  'one is done when the next was added: nobody goes on': made(['mustWait', 'addsAndTells', 'doesWhenTold'], {
    count: 1,
  }),
  'a member takes the place of what was added: nobody goes on': made(['mustWait', 'comesAndTells', 'doesWhenTold'], {
    count: 1,
  }),
  'who adds and waits is not let go by what was done before': made(['addsAndMustWait', 'doesOne'], { count: 1 }),
  'who comes and waits is not let go by what was done before': made(['comesAndMustWait', 'doesOne', 'goes'], {
    count: 1,
    members: [0, 0, 1],
  }),
  'the group is empty for a moment': made(['tellsAndWaits', 'doesAndAdds'], { count: 1, spurious: 1, ends: [0] }),
  'the group is without members for a moment': made(['tellsAndWaits', 'goesAndComes'], { members: [0, 1], ends: [0] }),
  'one gives up its wait, whenever it is woken': made(['waits', 'givesUp', 'doesOne'], {
    count: 1,
    spurious: 1,
    ends: [0, 1],
  }),
  'one does too much': made(['doesTooMuch', 'waits'], { count: 1, ends: [1] }),
  'the time of one is up': made(['waitsBlocking', 'waits', 'goes'], { members: [0, 0, 1], clock: [0], ends: [1] }),
  'a member dies': made(['waits', 'comesAndGoes', 'doesOne'], { members: [0, 1], count: 1, crash: [1] }),
  'one of two members dies, one of two who wait': made(['waits', 'waits', 'goes'], {
    members: [0, 0, 1],
    crash: [0, 2],
    ends: [1],
  }),
  'a member dies, time is up for one of two who wait': made(['waits', 'waitsBlocking', 'goes'], {
    members: [0, 0, 1],
    crash: [2],
    clock: [1],
    ends: [0],
    preemptions: 3,
  }),
  'a newcomer takes over a record, and does nothing more': made(['joins', 'waits'], {
    strangers: [0],
    dead: [[2]],
    ends: [1],
  }),
  'a newcomer takes over the record of a dead member': made(['joinsAndGoes', 'waits', 'waitsBlocking'], {
    strangers: [0],
    dead: [[2]],
    ends: [1, 2],
  }),
}

verified('wait group', SCENARIOS)

const MUTANTS: Mutant[] = [
  { name: 'an addition is not noted', find: '  noteAddition(words, at)\n  return true', replace: '  return true' },
  {
    name: 'a new member is not noted',
    find: '  Atomics.add(words, record + MEMBERS, 1)\n  noteAddition(words, at)',
    replace: '  Atomics.add(words, record + MEMBERS, 1)',
  },
  {
    name: 'a new member is noted before it counts',
    find: '  Atomics.add(words, record + MEMBERS, 1)\n  noteAddition(words, at)',
    replace: '  noteAddition(words, at)\n  Atomics.add(words, record + MEMBERS, 1)',
  },
  {
    name: 'that the group is empty is said without looking again',
    find: 'if (Atomics.compareExchange(words, at + EPOCH, seen, (seen + EMPTIED) | 0) === seen) {',
    replace: 'Atomics.add(words, at + EPOCH, EMPTIED)\n    {',
  },
  {
    name: 'the epoch is read after the look',
    find: '    const seen = Atomics.load(words, at + EPOCH)\n    if (size(words, at) !== 0) return false\n',
    replace: '    if (size(words, at) !== 0) return false\n    const seen = Atomics.load(words, at + EPOCH)\n',
  },
  { name: 'the last one wakes nobody', find: '      Atomics.notify(words, at + EPOCH, EVERYBODY)\n', replace: '' },
  {
    name: 'the last one wakes one',
    find: '      Atomics.notify(words, at + EPOCH, EVERYBODY)',
    replace: '      Atomics.notify(words, at + EPOCH, 1)',
  },
  {
    name: 'who is done with the last does not look',
    find: '      if (seen === count) settle(words, at)\n',
    replace: '',
  },
  {
    name: 'the last member does not look',
    find: 'if (Atomics.sub(words, record + MEMBERS, 1) === 1) settle(words, at)',
    replace: 'Atomics.sub(words, record + MEMBERS, 1)',
  },
  { name: 'members do not count', find: 'sum += members', replace: 'sum += 0' },
  {
    name: 'dead members count',
    find: 'if (members !== 0 && isAlive(words, Atomics.load(words, record + OWNER))) sum += members',
    replace: 'sum += members',
  },
  { name: 'an emptied group does not say so', find: '(seen + EMPTIED) | 0) === seen', replace: 'seen + 0) === seen' },
  { name: 'too much can be done', find: '    if (seen < count) return false\n', replace: '' },
  {
    name: 'what is done is taken away without looking again',
    find: 'if (Atomics.compareExchange(words, at + COUNT, seen, seen - count) === seen) {',
    replace: 'Atomics.store(words, at + COUNT, seen - count)\n    {',
  },
  {
    name: 'who waits looks only for a change',
    find: '  // Also when a member has died and nobody else looks.\n  return settle(words, at)',
    replace: '  return false',
  },
  {
    name: 'who takes over a record keeps its members',
    find: '  Atomics.store(words, left + MEMBERS, 0)\n',
    replace: '',
  },
  {
    name: 'who takes over a record does not look',
    find: '  Atomics.store(words, left + MEMBERS, 0)\n  settle(words, at)',
    replace: '  Atomics.store(words, left + MEMBERS, 0)',
  },
]

mutants('wait group', MUTANTS, byScenarios(SCENARIOS))
