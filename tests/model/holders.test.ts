// The holders of a channel's ends alone: who joins, moves an end, drops one or dies, and what one sees who asks whether anybody holds any.

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { agentIn, arenaOf, FIRST_WORD, LAYOUT, slotWord } from './layout.ts'
import type { Scenarios } from './report.ts'
import { byScenarios, mutants, verified } from './report.ts'

const AT = FIRST_WORD
const HELD = AT + 4
const SENDERS = 2
const RECEIVERS = 3
const GOT = AT + 12
const recordAt = (index: number): number => GOT + 4 + index * 4
const WORDS = recordAt(5) - FIRST_WORD
/** An agent that had a slot before the one that has it now. */
const DEAD = 1
/** The number of an end on its way. */
const NUMBER = 3

const SCENARIO = `
function joins(words, agent, got, fresh) {
  const record = joinHolders(words, ${AT}, agent, fresh)
  Atomics.store(words, got, record)
}
function joinsAndHolds(words, agent, got, fresh, kind) {
  const record = joinHolders(words, ${AT}, agent, fresh)
  hold(words, record, kind)
  Atomics.store(words, got, record)
}
function sees(words, agent, got, kind, wanted) {
  let seen = 0
  if (anyHolds(words, ${AT}, kind)) { seen = 1 }
  assert(seen === wanted)
}
function looks(words, agent, got, kind) { anyHolds(words, ${AT}, kind) }
function sends(words, agent, got, mine, way) {
  putOnWay(words, ${AT}, way, ${SENDERS}, ${NUMBER})
  unhold(words, mine, ${SENDERS})
  Atomics.store(words, got, 1)
  Atomics.notify(words, got, 9)
}
function gets(words, agent, got, mine, way, sender) {
  while (Atomics.load(words, sender) === 0) { block(words, sender, 0) }
  takeFromWay(words, ${AT}, mine, ${SENDERS}, way, ${NUMBER})
}
function recalls(words, agent, got, way, sender) {
  while (Atomics.load(words, sender) === 0) { block(words, sender, 0) }
  if (takeOffWay(words, way, ${SENDERS}, ${NUMBER})) { Atomics.store(words, got, 1) }
}
function drops(words, agent, got, mine) {
  if (unhold(words, mine, ${SENDERS})) {
    if (anyHolds(words, ${AT}, ${SENDERS})) { Atomics.store(words, got, 1) } else { Atomics.store(words, got, 2) }
  } else { Atomics.store(words, got, 3) }
}
function dies(words, agent, got) { Atomics.store(words, ${slotWord(3, 0)}, ${(1 << 2) | 2}) }
`

type Threads = readonly (readonly [name: string, ...args: number[]])[]
type Record = readonly [owner: number, senders: number, receivers: number]

interface More {
  /** The records in the list, the last one first; each is that of a living agent, a dead one, or 0 for the program's. */
  readonly records?: readonly Record[]
  atRest?(view: View): string | undefined
}

function scenario(threads: Threads, { records = [], atRest = () => undefined }: More = {}) {
  return (mutant?: Mutant): Scenario => {
    const memory = arenaOf([1, 2, 3], WORDS)
    for (const [index, [owner, senders, receivers]] of records.entries()) {
      const record = recordAt(index)
      memory[record] = memory[HELD]!
      memory[HELD] = record
      memory[record + 1] = owner << 1
      memory[record + SENDERS] = senders
      memory[record + RECEIVERS] = receivers
    }
    return {
      programs: threads.map(([name, ...args], thread) =>
        compile(readTexts([LAYOUT, algorithm('agent'), algorithm('holders', mutant), SCENARIO]), name, [
          agentIn(thread + 1),
          GOT + thread,
          ...args,
        ]),
      ),
      memory,
      capacity: 255,
      spurious: 0,
      atRest: (view) => (view.threads.some(({ asleep }) => asleep) ? 'somebody sleeps' : (chain(view) ?? atRest(view))),
    }
  }
}

/** Each record is in the list once. */
function chain({ word }: View): string | undefined {
  const list: number[] = []
  for (let record = word(HELD); record !== 0 && list.length < 9; record = word(record)) list.push(record)
  return new Set(list).size === list.length ? undefined : `the list is ${list}`
}

/** Everybody who joined has a record in the list, which says so and holds `held` of each kind. `most`: records that there may be. */
function joined(most: number, held: readonly [senders: number, receivers: number] = [0, 0]) {
  return ({ word, threads }: View): string | undefined => {
    const list: number[] = []
    for (let record = word(HELD); record !== 0; record = word(record)) list.push(record)
    if (list.length > most) return `${list.length} records were made`
    for (const thread of threads.keys()) {
      const record = word(GOT + thread)
      if (record < recordAt(0)) continue
      if (!list.includes(record)) return `the record of thread ${thread} is not in the list`
      if (word(record + 1) !== agentIn(thread + 1) << 1) return `the record of thread ${thread} is another's`
      if (word(record + SENDERS) !== held[0] || word(record + RECEIVERS) !== held[1])
        return `thread ${thread} holds ${word(record + SENDERS)} and ${word(record + RECEIVERS)}`
    }
    return undefined
  }
}

const SCENARIOS: Scenarios = {
  'three join': scenario(
    [0, 1, 2].map((index) => ['joinsAndHolds', recordAt(index), SENDERS]),
    {
      atRest: joined(3, [1, 0]),
    },
  ),
  'two join where one has died that held both': scenario(
    [1, 2].map((index) => ['joins', recordAt(index)]),
    {
      records: [[DEAD, 1, 1]],
      atRest: joined(2),
    },
  ),
  'two join where two have died': scenario(
    [2, 3].map((index) => ['joins', recordAt(index)]),
    {
      records: [
        [DEAD, 1, 1],
        [2, 1, 1],
      ],
      atRest: joined(2),
    },
  ),
  'what a dead one held is nobody’s, also while its record is taken over': scenario(
    [
      ['joins', recordAt(1)],
      ['sees', SENDERS, 0],
      ['sees', RECEIVERS, 0],
    ],
    { records: [[DEAD, 1, 1]] },
  ),
  'what the others hold is seen while one joins': scenario(
    [
      ['joins', recordAt(2)],
      ['sees', SENDERS, 1],
      ['sees', RECEIVERS, 1],
    ],
    {
      records: [
        [DEAD, 1, 1],
        [agentIn(2), 1, 1],
      ],
    },
  ),
  'the program holds an end': scenario(
    [
      ['sees', SENDERS, 1],
      ['sees', RECEIVERS, 0],
    ],
    { records: [[0, 1, 0]] },
  ),
  'an end moves, and is held all the time': scenario(
    [
      ['sends', recordAt(0), recordAt(3)],
      ['gets', recordAt(1), recordAt(3), GOT],
      ['sees', SENDERS, 1],
    ],
    {
      records: [
        [agentIn(1), 1, 0],
        [agentIn(2), 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      atRest: ({ word }) =>
        word(recordAt(1) + SENDERS) === 1 && word(recordAt(3) + SENDERS) === 0 ? undefined : 'the end has not moved',
    },
  ),
  'an end moves to a record that was passed already': scenario(
    [
      ['sends', recordAt(0), recordAt(1)],
      ['gets', recordAt(3), recordAt(1), GOT],
      ['sees', SENDERS, 1],
    ],
    {
      records: [
        [agentIn(1), 1, 0],
        [0, 0, 0],
        [0, 0, 0],
        [agentIn(2), 0, 0],
      ],
    },
  ),
  'an end that is called back is held by one or none': scenario(
    [
      ['sends', recordAt(0), recordAt(2)],
      ['recalls', recordAt(2), GOT],
      ['recalls', recordAt(2), GOT],
    ],
    {
      records: [
        [agentIn(1), 1, 0],
        [agentIn(2), 0, 0],
        [0, 0, 0],
      ],
      atRest: ({ word }) =>
        word(GOT + 1) + word(GOT + 2) === 1 && word(recordAt(2) + SENDERS) === 0 ? undefined : 'called back twice',
    },
  ),
  'who drops the last one knows it': scenario(
    [
      ['drops', recordAt(0)],
      ['drops', recordAt(1)],
    ],
    {
      records: [
        [agentIn(1), 1, 0],
        [agentIn(2), 1, 0],
      ],
      atRest: ({ word }) =>
        word(GOT) === 2 || word(GOT + 1) === 2 ? undefined : 'nobody has seen that it was the last',
    },
  ),
  'who drops one of two has another': scenario([['drops', recordAt(0)]], {
    records: [[agentIn(1), 2, 0]],
    atRest: ({ word }) => (word(GOT) === 3 ? undefined : 'it was taken for the last'),
  }),
  'a holder dies while others look and join': scenario([['looks', SENDERS], ['joins', recordAt(1)], ['dies']], {
    records: [[agentIn(3), 1, 1]],
    atRest: joined(2),
  }),
}

const DEFECTS: Mutant[] = [
  {
    name: 'the record of one who lives is taken over',
    find: 'if (!isAlive(words, owner >>> 1)) {\n      if',
    replace: '{\n      if',
  },
  {
    name: 'a record is taken over without looking again',
    find: 'if (Atomics.compareExchange(words, holder + HOLDER_AGENT, owner, (agent << 1) | JOINING) === owner) {',
    replace: 'Atomics.store(words, holder + HOLDER_AGENT, (agent << 1) | JOINING)\n      {',
  },
  {
    name: 'a record counts while it is taken over',
    find: '(agent << 1) | JOINING) === owner) {',
    replace: 'agent << 1) === owner) {',
  },
  {
    name: 'senders of the dead are inherited',
    find: '        Atomics.store(words, holder + SENDERS, 0)\n',
    replace: '',
  },
  {
    name: 'receivers of the dead are inherited',
    find: '        Atomics.store(words, holder + RECEIVERS, 0)\n',
    replace: '',
  },
  {
    name: 'a record is never taken over to its end',
    find: '        Atomics.store(words, holder + HOLDER_AGENT, agent << 1)\n',
    replace: '',
  },
  {
    name: 'only the first record can be taken over',
    find: '    holder = Atomics.load(words, holder + HOLDER_NEXT)\n  }\n  Atomics.store(words, fresh',
    replace: '    holder = 0\n  }\n  Atomics.store(words, fresh',
  },
  {
    name: 'a record is added without looking again',
    find: 'if (Atomics.compareExchange(words, at + HOLDERS + HOLDER_NEXT, first, fresh) === first) return fresh',
    replace: 'Atomics.store(words, at + HOLDERS + HOLDER_NEXT, fresh)\n    return fresh',
  },
  {
    name: 'a record is added that nobody owns',
    find: '  Atomics.store(words, fresh + HOLDER_AGENT, agent << 1)\n',
    replace: '',
  },
  { name: 'a record leads nowhere', find: '    Atomics.store(words, fresh + HOLDER_NEXT, first)\n', replace: '' },
  { name: 'the last end is taken for one of two', find: 'kind, 1) === 1', replace: 'kind, 1) === 2' },
  {
    name: 'an end leaves its way when it has arrived, whatever lies there',
    find: 'return Atomics.compareExchange(words, record + kind, number, 0) === number',
    replace: 'Atomics.store(words, record + kind, 0)\n  return true',
  },
  {
    name: 'an end is on its way and has arrived',
    find: '  Atomics.compareExchange(words, record + kind, number, 0)\n}',
    replace: '}',
  },
  {
    name: 'an end that arrives changes no version',
    find: '  Atomics.add(words, at + VERSION, 1)\n  Atomics.compareExchange',
    replace: '  Atomics.compareExchange',
  },
  {
    name: 'a record that is being taken over counts',
    find: '(owner & JOINING) === 0 && Atomics',
    replace: 'Atomics',
  },
  { name: 'what the program holds does not count', find: 'if (owner === 0 || isAlive', replace: 'if (isAlive' },
  {
    name: 'it is not seen that an end has moved',
    find: 'if (!changed && Atomics.load(words, at + VERSION) === version) return false',
    replace: 'if (!changed) return false',
  },
  {
    name: 'only the first record is looked at',
    find: '      holder = Atomics.load(words, holder + HOLDER_NEXT)\n    }\n    if',
    replace: '      holder = 0\n    }\n    if',
  },
]

verified('holders', SCENARIOS)
mutants('holders', DEFECTS, byScenarios(SCENARIOS))
