// What the primitives are built on: rosters, the holders of a channel, and pages of shared memory, each alone.

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { agentIn, arenaOf, FIRST_WORD, LAYOUT } from './layout.ts'
import type { Scenarios } from './report.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** Words of the scenario: what each thread has got, then the list, its records or the pages. */
const GOT = FIRST_WORD
const LIST = GOT + 3
const WORDS = 32
/** An agent that had a slot before the one that has it now. */
const DEAD = 1

type Threads = readonly (readonly [name: string, ...args: number[]])[]

interface Parts {
  readonly algorithms: readonly string[]
  readonly scenario: string
  readonly threads: Threads
  readonly words?: Readonly<Record<number, number>>
  readonly mutant: Mutant | undefined
  atRest(view: View): string | undefined
}

function scenario({ algorithms, scenario: text, threads, words = {}, mutant, atRest }: Parts): Scenario {
  const texts = algorithms.map((name) =>
    algorithm(name, mutant !== undefined && algorithm(name).includes(mutant.find) ? mutant : undefined),
  )
  const memory = arenaOf([1, 2, 3], WORDS)
  for (const [index, value] of Object.entries(words)) memory[Number(index)] = value
  return {
    programs: threads.map(([name, ...args], thread) =>
      compile(readTexts([LAYOUT, ...texts, text]), name, [agentIn(thread + 1), GOT + thread, ...args]),
    ),
    memory,
    capacity: 255,
    spurious: 0,
    atRest,
  }
}

// Rosters

const recordAt = (index: number): number => LIST + 1 + index * 2

const ROSTER = `
function joins(words, agent, got, fresh) {
  let record = inherit(words, ${LIST}, agent)
  if (record === 0) { enlist(words, ${LIST}, fresh, agent); record = fresh }
  Atomics.store(words, got, record)
}
function enlists(words, agent, got, fresh) {
  enlist(words, ${LIST}, fresh, agent)
  Atomics.store(words, got, fresh)
}
function walks(words, agent, got, last) {
  let record = Atomics.load(words, ${LIST})
  while (record !== last) {
    assert(record !== 0)
    record = Atomics.load(words, record + 1)
  }
}
`

/** Everybody has a record of its own, each record is in the list once, and no more were made than had to be. */
function rosterAtRest(most: number) {
  return ({ word, threads }: View): string | undefined => {
    const list: number[] = []
    for (let record = word(LIST); record !== 0 && list.length < 9; record = word(record + 1)) list.push(record)
    if (new Set(list).size !== list.length) return `the list is ${list}`
    if (list.length > most) return `${list.length} records were made`
    for (const thread of threads.keys()) {
      const record = word(GOT + thread)
      if (record === 0) continue
      if (!list.includes(record)) return `the record of thread ${thread} is not in the list`
      if (word(record) !== agentIn(thread + 1)) return `the record of thread ${thread} is another's`
    }
    return undefined
  }
}

function roster(threads: Threads, dead: number, most: number, owner = DEAD) {
  return (mutant?: Mutant): Scenario => {
    const words: Record<number, number> = {}
    for (let index = 0; index < dead; index++) {
      words[recordAt(index)] = index === 0 ? owner : DEAD
      words[recordAt(index) + 1] = words[LIST] ?? 0
      words[LIST] = recordAt(index)
    }
    const algorithms = ['agent', 'roster']
    return scenario({ algorithms, scenario: ROSTER, threads, words, mutant, atRest: rosterAtRest(most) })
  }
}

const ROSTERS: Scenarios = {
  'three enlist': roster(
    [0, 1, 2].map((index) => ['enlists', recordAt(index)]),
    0,
    3,
  ),
  'two join beside one that walks': roster(
    [
      ['joins', recordAt(1)],
      ['joins', recordAt(2)],
      ['walks', recordAt(0)],
    ],
    1,
    3,
    agentIn(3),
  ),
  'three join where one has died': roster(
    [1, 2, 3].map((index) => ['joins', recordAt(index)]),
    1,
    3,
  ),
  'two join where two have died': roster(
    [2, 3].map((index) => ['joins', recordAt(index)]),
    2,
    2,
  ),
  'one enlists while another looks for a dead one': roster(
    [
      ['enlists', recordAt(0)],
      ['joins', recordAt(1)],
    ],
    0,
    2,
  ),
}

const ROSTER_DEFECTS: Mutant[] = [
  {
    name: 'a record is added without looking again',
    find: 'if (Atomics.compareExchange(words, head, first, record) === first) return\n',
    replace: 'Atomics.store(words, head, record)\n    return\n',
  },
  {
    name: 'a record leads on after it was added',
    find: '    Atomics.store(words, record + NEXT, first)\n    if (Atomics.compareExchange(words, head, first, record) === first) return',
    replace:
      '    if (Atomics.compareExchange(words, head, first, record) === first) {\n      Atomics.store(words, record + NEXT, first)\n      return\n    }',
  },
  {
    name: 'a record leads nowhere',
    find: '    Atomics.store(words, record + NEXT, first)\n',
    replace: '',
  },
  {
    name: 'a record is added before it is known whose it is',
    find: '  Atomics.store(words, record + OWNER, agent)\n  for (;;) {\n    const first = Atomics.load(words, head)\n    Atomics.store(words, record + NEXT, first)\n    if (Atomics.compareExchange(words, head, first, record) === first) return',
    replace:
      '  for (;;) {\n    const first = Atomics.load(words, head)\n    Atomics.store(words, record + NEXT, first)\n    if (Atomics.compareExchange(words, head, first, record) === first) {\n      Atomics.store(words, record + OWNER, agent)\n      return\n    }',
  },
  {
    name: 'a record is added that nobody owns',
    find: '  Atomics.store(words, record + OWNER, agent)\n',
    replace: '',
  },
  { name: 'the record of one who lives is taken over', find: '!isAlive(words, owner) && ', replace: '' },
  {
    name: 'only who lives is inherited from',
    find: '!isAlive(words, owner) && ',
    replace: 'isAlive(words, owner) && ',
  },
  {
    name: 'a record is taken over without looking again',
    find: 'Atomics.compareExchange(words, record + OWNER, owner, agent) === owner) return record',
    replace: 'Atomics.exchange(words, record + OWNER, agent) >= 0) return record',
  },
  {
    name: 'a record is taken over though another was faster',
    find: 'Atomics.compareExchange(words, record + OWNER, owner, agent) === owner) return record',
    replace: 'Atomics.compareExchange(words, record + OWNER, owner, agent) >= 0) return record',
  },
  {
    name: 'only the first record is looked at',
    find: '    record = Atomics.load(words, record + NEXT)\n',
    replace: '    record = 0\n',
  },
]

verified('roster', ROSTERS)
mutants('roster', ROSTER_DEFECTS, byScenarios(ROSTERS))

// Pages

const PAGES = `
function takes(words, agent, got, count, first) { Atomics.store(words, got, takePage(words, ${LIST}, count, first, agent)) }
function takesTwo(words, agent, got, count) { Atomics.store(words, got, takeRun(words, ${LIST}, count, 2, agent)) }
function takesAndFrees(words, agent, got, count, first) {
  const page = takePage(words, ${LIST}, count, first, agent)
  if (page !== 0) {
    const owner = Atomics.load(words, ${LIST} + page - 1)
    assert(owner === agent)
    freePage(words, ${LIST}, page - 1)
  }
}
function frees(words, agent, got, count, owner, pages) {
  const freed = freeOwned(words, ${LIST}, count, owner)
  assert(freed === pages)
}
`

/** What a thread says that it took belongs to it, and nothing else does. `sure`: threads that must have got something. */
function pagesAtRest(count: number, lengths: readonly number[], sure: readonly number[], others: readonly number[]) {
  return ({ word }: View): string | undefined => {
    const wanted = Array.from({ length: count }, (_, page) => others[page] ?? 0)
    for (const [thread, length] of lengths.entries()) {
      const got = word(GOT + thread)
      if (got === 0 && sure.includes(thread)) return `thread ${thread} found no page`
      if (got === 0) continue
      for (let page = got - 1; page < got - 1 + length; page++) {
        if (wanted[page] !== 0) return `page ${page} has two owners, or does not exist`
        wanted[page] = agentIn(thread + 1)
      }
    }
    const found = wanted.map((_, page) => word(LIST + page))
    return found.join() === wanted.join() ? undefined : `the pages belong to ${found} and not to ${wanted}`
  }
}

interface PageRun {
  count: number
  lengths: number[]
  sure?: number[]
  before?: number[]
  after?: number[]
}

function pages(threads: Threads, { count, lengths, sure = [], before = [], after = before }: PageRun) {
  return (mutant?: Mutant): Scenario =>
    scenario({
      algorithms: ['page'],
      scenario: PAGES,
      threads: threads.map(([name, ...args]) => [name, count, ...args]),
      // Behind the last page lies what belongs to others.
      words: { ...Object.fromEntries(before.map((owner, page) => [LIST + page, owner])), [LIST + count]: 0 },
      mutant,
      atRest: pagesAtRest(count, lengths, sure, after),
    })
}

const PAGE_RUNS: Scenarios = {
  'three take one of three each': pages(
    [
      ['takes', 0],
      ['takes', 0],
      ['takes', 2],
    ],
    {
      count: 3,
      lengths: [1, 1, 1],
      sure: [0, 1, 2],
    },
  ),
  'the last free page is found behind the end': pages([['takes', 2]], {
    count: 3,
    lengths: [1],
    sure: [0],
    before: [7, 0, 7],
  }),
  'nothing is taken where nothing is free': pages([['takes', 1], ['takesTwo']], {
    count: 2,
    lengths: [1, 2],
    before: [7, 7],
  }),
  'two want the only pages beside each other': pages([['takesTwo'], ['takesTwo'], ['takes', 1]], {
    count: 3,
    lengths: [2, 2, 1],
  }),
  'a run behind a page that is not free': pages([['takesTwo']], {
    count: 4,
    lengths: [2],
    sure: [0],
    before: [0, 7, 0, 0],
  }),
  'a run at the end would need one page more': pages([['takesTwo']], { count: 2, lengths: [2], before: [7, 0] }),
  'one takes and frees, others take': pages(
    [
      ['takesAndFrees', 0],
      ['takes', 0],
      ['takes', 0],
    ],
    {
      count: 3,
      lengths: [0, 1, 1],
      sure: [1, 2],
    },
  ),
  'all pages of one owner are freed, and no others': pages(
    [
      ['frees', 7, 2],
      ['takes', 0],
    ],
    {
      count: 4,
      lengths: [0, 1],
      sure: [1],
      before: [7, 8, 7, 0],
      after: [0, 8, 0, 0],
    },
  ),
}

const PAGE_DEFECTS: Mutant[] = [
  {
    name: 'a page is taken without looking again',
    find: 'if (Atomics.compareExchange(words, base + page, 0, owner) === 0) return page + 1',
    replace: 'Atomics.store(words, base + page, owner)\n      return page + 1',
  },
  {
    name: 'a page is said to be taken though another was faster',
    find: 'if (Atomics.compareExchange(words, base + page, 0, owner) === 0) return page + 1',
    replace: 'Atomics.compareExchange(words, base + page, 0, owner)\n      return page + 1',
  },
  {
    name: 'the search ends at the last page',
    find: 'if (page >= count) page = 0',
    replace: 'if (page >= count) return 0',
  },
  { name: 'the search does not come to the last page', find: 'tried < count', replace: 'tried < count - 1' },
  { name: 'the number of another page is given', find: '=== 0) return page + 1', replace: '=== 0) return page' },
  {
    name: 'a run is taken without looking again',
    find: 'taken < length && Atomics.compareExchange(words, base + start + taken, 0, owner) === 0',
    replace: 'taken < length && Atomics.exchange(words, base + start + taken, owner) === 0',
  },
  {
    name: 'a run that is not free keeps what it has taken',
    find: 'while (taken > 0) {',
    replace: 'while (taken < 0) {',
  },
  {
    name: 'a run that is not free frees the page in its way',
    find: '    while (taken > 0) {\n      taken -= 1\n',
    replace:
      '    while (taken > -1) {\n      Atomics.store(words, base + start + taken, 0)\n      taken -= 1\n      if (taken < 0) break\n',
  },
  { name: 'a run goes beyond the last page', find: 'start + length <= count', replace: 'start < count' },
  {
    name: 'the search for a run ends at the first page in its way',
    find: 'start = blocked + 1',
    replace: 'start = count',
  },
  { name: 'a page is not freed', find: '  Atomics.store(words, base + page, 0)\n}', replace: '}' },
  {
    name: 'pages of others are freed',
    find: 'if (Atomics.load(words, base + page) === owner) {',
    replace: 'if (Atomics.load(words, base + page) !== 0) {',
  },
  { name: 'only the first page of an owner is freed', find: 'freed += 1', replace: 'return 1' },
]

verified('pages', PAGE_RUNS)
mutants('pages', PAGE_DEFECTS, byScenarios(PAGE_RUNS))
