import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Call } from './deaths.ts'
import { AT, mortal } from './deaths.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do. A waiter that is let through counts itself. */
const SCENARIO = `
async function awaitChange(words, at, expected, lane) {
  beginWait(words, at, lane)
  while (!(await changedOrWoken(words, at, expected, lane))) {}
  endWait(words, at, lane)
}
async function givesUp(words, at, lane) {
  beginWait(words, at, lane)
  await changedOrWoken(words, at, 0, lane)
  endSleep(words, at, lane)
  endWait(words, at, lane)
}
async function awaits(words, at, expected, lane) {
  await awaitChange(words, at, expected, lane)
  const now = Atomics.load(words, at)
  assert(now !== expected)
  Atomics.add(words, at + 8, 1)
}
function blocks(words, at, expected) { if (blockUntilChange(words, at, expected, 0)) { Atomics.add(words, at + 8, 1) } }
async function awaitsTwo(words, at, lane) { await awaitChange(words, at, 0, lane); await awaitChange(words, at, 1, lane); Atomics.add(words, at + 8, 1) }
function changes(words, at, value) { Atomics.store(words, at, value); notifyAtomic(words, at, 255) }
function changesTwice(words, at) { changes(words, at, 1); changes(words, at, 2) }
function letsOneGo(words, at) { Atomics.store(words, at, 1); notifyAtomic(words, at, 1); notifyAtomic(words, at, 1) }
function letsOnlyOneGo(words, at) { Atomics.store(words, at, 1); notifyAtomic(words, at, 1) }
`

const WORKER = 4
const HOST = 6

interface More {
  mutant?: Mutant | undefined
  spurious?: number
  crash?: number[]
  clock?: number[]
  mayStall?: number[]
  through?: number
  /** Threads that may sleep on, since another was woken in their stead. */
  mayRest?: number[]
}

function scenario(calls: readonly [string, ...number[]][], more: More = {}): Scenario {
  const { mutant, spurious = 0, crash, clock, mayStall, mayRest = [], through } = more
  const machinery = mortal({
    texts: [algorithm('atomic', mutant), SCENARIO],
    calls: calls.map(([name, ...args]): Call => [name, AT, ...args]),
    words: 9,
    immortal: crash === undefined,
  })
  return {
    programs: machinery.programs,
    memory: machinery.memory,
    capacity: 1,
    spurious,
    ...(crash === undefined
      ? {}
      : { crash: { times: 1, agents: crash.map((thread) => [thread]), announce: machinery.announce } }),
    ...(clock === undefined ? {} : { clock: { times: 1, threads: clock } }),
    ...(mayStall === undefined ? {} : { mayStall }),
    atRest: (view) => atRest(view, mayRest, crash === undefined && clock === undefined ? through : undefined),
  }
}

function atRest({ word, threads }: View, mayRest: readonly number[], through: number | undefined): string | undefined {
  const asleep = threads.findIndex((thread, index) => thread.asleep && !mayRest.includes(index))
  if (asleep >= 0) return `thread ${asleep} sleeps for ever beside ${word(AT)}`
  if (threads.some((thread) => !thread.done)) return undefined
  if (through !== undefined && word(AT + 8) !== through) return `${word(AT + 8)} came through, not ${through}`
  for (const count of [1, 3, 5, 7]) if (word(AT + count) !== 0) return `word ${count} still counts ${word(AT + count)}`
  return undefined
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'a worker awaits, a worker blocks, one changes': (mutant) =>
    scenario(
      [
        ['awaits', 0, WORKER],
        ['blocks', 0],
        ['changes', 1],
      ],
      { mutant, spurious: 1, through: 2 },
    ),
  'two await in one lane': (mutant) =>
    scenario(
      [
        ['awaits', 0, WORKER],
        ['awaits', 0, WORKER],
        ['changes', 1],
      ],
      { mutant, spurious: 1, through: 2 },
    ),
  'the host awaits two changes': (mutant) =>
    scenario([['awaitsTwo', HOST], ['blocks', 0], ['changesTwice']], { mutant, through: 2 }),
  'two are let go one after the other': (mutant) =>
    scenario([['awaits', 0, WORKER], ['awaits', 0, WORKER], ['letsOneGo']], { mutant, through: 2 }),
  'one gives up when it is notified in the stead of another': (mutant) =>
    scenario([['givesUp', WORKER], ['awaits', 0, WORKER], ['letsOnlyOneGo']], {
      mutant,
      spurious: 1,
      mayRest: [0],
      through: 1,
    }),
  'time is up for one': (mutant) =>
    scenario(
      [
        ['blocks', 0],
        ['blocks', 0],
        ['changes', 1],
      ],
      { mutant, clock: [0] },
    ),
  'a waiter crashes': (mutant) =>
    scenario(
      [
        ['awaits', 0, WORKER],
        ['blocks', 0],
        ['changes', 1],
      ],
      { mutant, crash: [0] },
    ),
  'a busy host is woken and stalls nobody': (mutant) =>
    scenario(
      [
        ['awaits', 0, HOST],
        ['blocks', 0],
        ['changes', 1],
      ],
      { mutant, mayStall: [0] },
    ),
}

const MUTANTS: Mutant[] = [
  {
    name: 'a notification changes no ticket',
    find: 'Atomics.add(words, at + lane, 1)\n      Atomics.notify',
    replace: 'Atomics.notify',
  },
  { name: 'a notification wakes nobody', find: '      Atomics.notify(words, at + lane, count)\n', replace: '' },
  {
    name: 'a notification wakes one of all',
    find: 'Atomics.notify(words, at + lane, count)',
    replace: 'Atomics.notify(words, at + lane, 1)',
  },
  { name: 'the host is forgotten', find: 'lane <= ATOMIC_HOST_LANE', replace: 'lane < ATOMIC_HOST_LANE' },
  {
    name: 'who blocks is forgotten',
    find: 'let lane = ATOMIC_BLOCKING_LANE',
    replace: 'let lane = ATOMIC_WORKER_LANE',
  },
  {
    name: 'one waiter is taken for none',
    find: 'Atomics.load(words, at + WAITERS) === 0',
    replace: 'Atomics.load(words, at + WAITERS) <= 1',
  },
  { name: 'the last of a lane is overlooked', find: 'at + lane + 1) > 0', replace: 'at + lane + 1) > 1' },
  {
    name: 'the ticket is read after the look',
    find: `  const ticket = Atomics.load(words, at + lane)
  if (Atomics.load(words, at + VALUE) !== expected) return true
`,
    replace: `  if (Atomics.load(words, at + VALUE) !== expected) return true
  const ticket = Atomics.load(words, at + lane)
`,
  },
  {
    name: 'who blocks reads the ticket after the look',
    find: `    const ticket = Atomics.load(words, at + ATOMIC_BLOCKING_LANE)
    if (Atomics.load(words, at + VALUE) !== expected) break
`,
    replace: `    if (Atomics.load(words, at + VALUE) !== expected) break
    const ticket = Atomics.load(words, at + ATOMIC_BLOCKING_LANE)
`,
  },
  {
    name: 'who waits looks once',
    find: '  await wait(words, at + lane, ticket)\n  return false\n',
    replace: '  await wait(words, at + lane, ticket)\n  return true\n',
  },
  {
    name: 'a waiter counts itself only when it ends',
    find: `  Atomics.add(words, at + lane + 1, 1)
  Atomics.add(words, at + WAITERS, 1)
}`,
    replace: '}',
  },
  {
    name: 'who gives up wakes nobody',
    find: '  Atomics.notify(words, at + lane, EVERYBODY)\n',
    replace: '',
  },
  {
    name: 'who has waited stays counted',
    find: '  Atomics.sub(words, at + lane + 1, 1)\n}\n\n/**\n * Ends',
    replace: '}\n\n/**\n * Ends',
  },
]

verified('atomic', SCENARIOS)
mutants('atomic', MUTANTS, byScenarios(SCENARIOS))
