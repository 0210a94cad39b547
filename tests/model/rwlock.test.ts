import type { Mutant } from './algorithms.ts'
import type { Scenario, View } from './explore.ts'
import type { More, Parts, Threads } from './primitives.ts'
import { agentOf, AT, recordOf, scenarioOf } from './primitives.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** Readers hold 1 of the capacity, writers all of it. */
const ALL = 3
/** A word of the lock that it does not use: how many readers have come in. */
const COUNTED = 7
/** A word of a record that the lock does not use: 1 while its writer is changing the data. */
const CHANGES = 7

const SCENARIO = `
async function reads(words, at, record, agent) {
  if (await readAsync(words, at, record)) { enter(1); leave(1); unlockRead(words, at, record) }
}
async function writes(words, at, record, agent) {
  wantWrite(words, at, record)
  if (await writeAsync(words, at, record, agent << 4)) {
    enter(${ALL})
    Atomics.store(words, record + ${CHANGES}, 1)
    Atomics.store(words, record + ${CHANGES}, 0)
    leave(${ALL})
    assert(unlockWrite(words, at, agent << 4))
  }
}
function blockingReads(words, at, record, agent) {
  if (readBlocking(words, at, record, 0)) { enter(1); leave(1); unlockRead(words, at, record) }
}
function blockingWrites(words, at, record, agent) {
  wantWrite(words, at, record)
  if (writeBlocking(words, at, record, agent << 4, 0)) { enter(${ALL}); leave(${ALL}); assert(unlockWrite(words, at, agent << 4)) }
}
function triesToRead(words, at, record, agent) {
  if (tryRead(words, at, record)) { enter(1); leave(1); unlockRead(words, at, record) }
}
function triesToWrite(words, at, record, agent) {
  if (tryWrite(words, at, record, agent << 4)) { enter(${ALL}); leave(${ALL}); assert(unlockWrite(words, at, agent << 4)) }
}
function triesToReadTwice(words, at, record, agent) { triesToRead(words, at, record, agent); triesToRead(words, at, record, agent) }
async function readsTwice(words, at, record, agent) { await reads(words, at, record, agent); await reads(words, at, record, agent) }
async function readsOneCounted(words, at, record, agent) {
  if (await readAsync(words, at, record)) { Atomics.add(words, at + ${COUNTED}, 1); enter(1); leave(1); unlockRead(words, at, record) }
}
async function readsCounted(words, at, record, agent) {
  await readsOneCounted(words, at, record, agent)
  await readsOneCounted(words, at, record, agent)
}
async function writesBetween(words, at, record, agent) {
  wantWrite(words, at, record)
  if (writeOrWait(words, at, record, agent << 4) === WAIT) {
    const before = Atomics.load(words, at + ${COUNTED})
    assert(await writeAsync(words, at, record, agent << 4))
    assert(Atomics.load(words, at + ${COUNTED}) <= before + 2)
  }
  enter(${ALL}); leave(${ALL}); assert(unlockWrite(words, at, agent << 4))
}
async function writesTwice(words, at, record, agent) { await writes(words, at, record, agent); await writes(words, at, record, agent) }
function downgrades(words, at, record, agent) {
  if (tryWrite(words, at, record, agent << 4)) {
    enter(${ALL}); leave(${ALL - 1}); assert(downgrade(words, at, record, agent << 4))
    leave(1); unlockRead(words, at, record)
  }
}
function joins(words, at, record, agent) { join(words, at, record, agent) }
function joinsAndReads(words, at, record, agent) { triesToRead(words, at, join(words, at, record, agent), agent) }
function givesUpReading(words, at, record, agent) { cancelRead(words, at, record) }
function givesUpWriting(words, at, record, agent) { cancelWrite(words, at, record, agent << 4) }
`

const ROSTER = 1
const HOLD = 2
const WANT = 3
const POISONED = 4

const parts: Omit<Parts, 'atRest'> = {
  algorithms: ['agent', 'roster', 'rwlock'],
  scenario: SCENARIO,
  roster: ROSTER,
  capacity: ALL,
}

/** Nobody who lives sleeps, no writer has the turn, and what the living keep in their records is empty. */
function atRest({ word, threads }: View, givesUp: boolean): string | undefined {
  // Who has given up may sleep on: whoever waits next in its agent uses that sleep.
  const wants = (thread: number): boolean =>
    word(recordOf(thread) + WANT) !== 0 || (word(recordOf(thread) + HOLD) & 2) !== 0
  const asleep = threads.findIndex((thread, index) => thread.asleep && (!givesUp || wants(index)))
  if (asleep >= 0) return `thread ${asleep} sleeps for ever, the state is ${word(AT)}`
  const dead = new Set(threads.flatMap(({ crashed }, thread) => (crashed ? [agentOf(thread)] : [])))
  const writer = word(AT) >>> 4
  if (writer !== 0 && !dead.has(writer)) return `a writer is left: ${word(AT)}`
  if ((word(AT) & POISONED) !== 0 && dead.size === 0) return 'the lock is poisoned'
  const half = threads.findIndex(({ crashed }, thread) => crashed && word(recordOf(thread) + CHANGES) === 1)
  if (half >= 0 && writer !== agentOf(half) && (word(AT) & POISONED) === 0)
    return `thread ${half} has died inside, and nobody is told`
  for (let record = word(AT + ROSTER); record !== 0; record = word(record + 1)) {
    if (dead.has(word(record)) || word(record) < 4) continue
    if (word(record + HOLD) !== 0 || word(record + WANT) !== 0)
      return `record ${record} is left at ${word(record + HOLD)}, ${word(record + WANT)}`
  }
  return undefined
}

const made =
  (threads: Threads, more: More = {}) =>
  (mutant?: Mutant): Scenario =>
    scenarioOf({ ...parts, atRest: (view) => atRest(view, more.interrupts !== undefined) }, threads, {
      ...more,
      mutant,
    })

const SCENARIOS = {
  'a reader comes twice, a writer once': made([['readsTwice'], ['writes']], { spurious: 1 }),
  'a writer comes twice, a reader twice': made([['writesTwice'], ['readsTwice']], { spurious: 1 }),
  'a writer and two readers block': made([['blockingWrites'], ['blockingReads'], ['blockingReads']]),
  'one tries to write, one tries to read twice, one writes': made([['triesToWrite'], ['triesToReadTwice'], ['writes']]),
  'two readers come twice, and come in at most once each while a writer has the turn': made([
    ['readsCounted'],
    ['readsCounted'],
    ['writesBetween'],
  ]),
  'a newcomer takes over the record of a dead reader': made([['joinsAndReads'], ['writes'], ['triesToRead']], {
    strangers: [0],
    dead: [[4, 7]],
  }),
  'a newcomer takes over a record, and does nothing more': made([['joins'], ['writes']], {
    strangers: [0],
    dead: [[4, 7]],
  }),
  'one of two writers that wait dies': made([['writes'], ['writes'], ['triesToWrite']], { crash: [0], preemptions: 3 }),
  'a writer and two readers': made([['writes'], ['reads'], ['reads']], { spurious: 1 }),
  'a writer and a reader give up while they await': made([['writes'], ['reads'], ['triesToReadTwice']], {
    interrupts: [
      [0, 'givesUpWriting'],
      [1, 'givesUpReading'],
    ],
  }),
  'a writer gives up, another waits behind it': made([['writes'], ['writes'], ['triesToWrite']], {
    interrupts: [[0, 'givesUpWriting']],
    preemptions: 3,
  }),
  'a writer becomes a reader, while another writes': made([['downgrades'], ['writes']], { spurious: 1 }),
  'two writers come twice, and overtake a reader at most once': made([['writesTwice'], ['writesTwice'], ['reads']], {
    overtakes: 2,
    preemptions: 3,
  }),
  'one of a writer and two readers dies': made([['writes'], ['reads'], ['triesToRead']], { crash: [0, 1, 2] }),
  'two writers and a reader': made([['writes'], ['writes'], ['reads']]),
  'a time-out, two writers and a reader': made([['blockingWrites'], ['blockingWrites'], ['blockingReads']], {
    clock: [0, 1, 2],
    preemptions: 3,
  }),
  'one of two writers and a reader dies': made([['writes'], ['writes'], ['triesToRead']], {
    crash: [0, 1, 2],
    preemptions: 3,
  }),
  'one dies, one gives up, time is up for one': made([['writes'], ['blockingWrites'], ['reads']], {
    crash: [2],
    clock: [1],
    interrupts: [[0, 'givesUpWriting']],
    preemptions: 3,
  }),
  'a writer dies, a reader gives up, time is up for one': made([['reads'], ['blockingReads'], ['writes']], {
    crash: [2],
    clock: [1],
    interrupts: [[0, 'givesUpReading']],
    preemptions: 3,
  }),
}

verified('readers-writer lock', SCENARIOS)

const MUTANTS: Mutant[] = [
  {
    name: 'a reader is not seen before it looks for a writer',
    find: '  Atomics.add(words, record + HOLD, ONE_READER)\n  if (Atomics.load(words, at + STATE) >>> 4 === 0) return true',
    replace:
      '  if (Atomics.load(words, at + STATE) >>> 4 === 0) {\n    Atomics.add(words, record + HOLD, ONE_READER)\n    return true\n  }\n  Atomics.add(words, record + HOLD, ONE_READER)',
  },
  {
    name: 'a writer does not look at readers',
    find: '    if (isInside && isAlive(words, Atomics.load(words, record + OWNER))) return false',
    replace: '',
  },
  {
    name: 'a reader that leaves does not wake the writer',
    find: '< ONE_READER + ONE_READER) wakeDrain(words, at)',
    replace: '< ONE_READER) wakeDrain(words, at)',
  },
  {
    name: 'a reader that steps back does not wake the writer',
    find: 'if (others === 0) wakeDrain(words, at)',
    replace: '',
  },
  {
    name: 'a writer does not wait for readers that its predecessor let in',
    find: '(hold & WAITING) !== 0 && (hold & PHASE) !== phase',
    replace: '(hold & WAITING) !== 0 && (hold & PHASE) === 9',
  },
  {
    name: 'a writer that leaves does not end the phase',
    find: 'endTurn(words, at, PHASE)\n  return true',
    replace: 'endTurn(words, at, 0)\n  return true',
  },
  {
    name: 'the gate is read after the look',
    find: '    const gate = Atomics.load(words, at + GATE)\n    if (readOrWait(words, at, record)) {\n      taken()',
    replace:
      '    const inside = readOrWait(words, at, record)\n    const gate = Atomics.load(words, at + GATE)\n    if (inside) {\n      taken()',
  },
  {
    name: 'the wake-up word is read after the look',
    find: '    const wake = Atomics.load(words, record + WAKE)\n    const step = writeOrWait(words, at, record, me)',
    replace: '    const step = writeOrWait(words, at, record, me)\n    const wake = Atomics.load(words, record + WAKE)',
  },
  { name: 'the end of a turn does not open the gate', find: '  Atomics.add(words, at + GATE, 1)\n', replace: '' },
  {
    name: 'the end of a turn does not wake the next writer',
    find: 'if (first !== 0) return wakeWriter(words, first)',
    replace: 'if (first !== 0) return',
  },
  {
    name: 'a writer takes the turn before older ones',
    find: 'seen >>> 4 === 0 && firstWriter(words, at) === record',
    replace: 'seen >>> 4 === 0',
  },
  {
    name: 'a waiter does not say that it waits',
    find: 'Atomics.compareExchange(words, at + STATE, seen, seen | WAITED) === seen\n}',
    replace: 'Atomics.compareExchange(words, at + STATE, seen, seen) === seen\n}',
  },
  { name: 'a writer that gives up before its turn wakes nobody', find: '  else wakeIfFree(words, at)', replace: '' },
  {
    name: 'a dead reader counts',
    find: 'if (isInside && isAlive(words, Atomics.load(words, record + OWNER))) return false',
    replace: 'if (isInside) return false',
  },
  {
    name: 'a dead writer that waits counts',
    find: '((want - ticket) | 0) < 0) &&\n      isAlive(words, Atomics.load(words, record + OWNER))',
    replace: '((want - ticket) | 0) < 0)',
  },
  {
    name: 'a dead writer keeps the turn',
    find: 'if (seen >>> 4 === 0 || isAlive(words, seen >>> 4)) return seen',
    replace: 'return seen',
  },
  {
    name: 'a dead writer poisons nothing',
    find: 'seen, (seen & LASTING) | POISONED)',
    replace: 'seen, seen & LASTING)',
  },
  {
    name: 'who takes over a record wakes nobody who has begun to wait for it',
    find: '  wakeDrain(words, at)\n  wakeIfFree(words, at)',
    replace: '',
  },
  {
    name: 'who takes over a record keeps what the dead one held',
    find: '  Atomics.store(words, left + HOLD, 0)\n',
    replace: '',
  },
  {
    name: 'a writer that becomes a reader lets another writer in between',
    find: '  Atomics.add(words, record + HOLD, ONE_READER)\n  if (unlockWrite(words, at, me)) return true\n',
    replace:
      '  if (unlockWrite(words, at, me)) {\n    Atomics.add(words, record + HOLD, ONE_READER)\n    return true\n  }\n  Atomics.add(words, record + HOLD, ONE_READER)\n',
  },
]

/** The largest ones find nothing that the others do not. */
const QUICK = Object.fromEntries(
  Object.entries(SCENARIOS).filter(
    ([name]) =>
      ![
        'a time-out, two writers and a reader',
        'one of two writers and a reader dies',
        'two writers and a reader',
      ].includes(name),
  ),
)

mutants('readers-writer lock', MUTANTS, byScenarios(QUICK))
