import { expect, test } from 'vitest'

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Call } from './deaths.ts'
import { AT, agentOf, mortal } from './deaths.ts'
import type { Scenario, View } from './explore.ts'
import { explore } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do, in the language of the algorithms. `lane` is one of theirs. */
const SCENARIO = `
async function awaits(words, at, me, lane) { await lockAsync(words, at, me, lane); enter(1); leave(1); unlock(words, at, me) }
function blocks(words, at, me) { lockBlocking(words, at, me, 0); enter(1); leave(1); unlock(words, at, me) }
function tries(words, at, me) { if (tryLock(words, at, me)) { enter(1); leave(1); unlock(words, at, me) } }
function triesHard(words, at, me) { if (takeOver(words, at, me)) { enter(1); leave(1); unlock(words, at, me) } }
async function triesThenAwaits(words, at, me, lane) {
  if (!tryLock(words, at, me)) { await lockAsync(words, at, me, lane) }
  enter(1); leave(1); unlock(words, at, me)
}
async function awaitsTwice(words, at, me, lane) { await awaits(words, at, me, lane); await triesThenAwaits(words, at, me, lane) }
function blocksTwice(words, at, me) {
  for (let round = 0; round < 2; round += 1) { lockBlocking(words, at, me, 0); enter(1); leave(1); unlock(words, at, me) }
}
function blocksAWhile(words, at, me) {
  if (lockBlocking(words, at, me, 0)) { enter(1); leave(1); unlock(words, at, me) }
}
function yieldsAndBlocks(words, at, me) { letOthersFirst(words, at, 0); blocksAWhile(words, at, me) }
async function yieldsAndAwaits(words, at, me, lane) {
  await letOthersFirstAsync(words, at, lane, 0)
  await lockAsync(words, at, me, lane)
  enter(1); leave(1); unlock(words, at, me)
}
function blocksAndYields(words, at, me) { blocks(words, at, me); yieldsAndBlocks(words, at, me) }
async function servesYielding(words, at, me, lane, wanted) {
  await letOthersFirstAsync(words, at, lane, 0)
  await serves(words, at, me, lane, wanted)
}
async function serves(words, at, me, lane, wanted) {
  await lockAsync(words, at, me, lane)
  if (Atomics.exchange(words, wanted, 0) === 1) { enter(1); leave(1) }
  unlock(words, at, me)
}
function cancels(words, wanted) { Atomics.store(words, wanted, 0) }
function dropsIt(words, at, me) { lockBlocking(words, at, me, 0); enter(1); leave(1); forfeit(words, at, me) }
function clears(words, at) { clearPoison(words, at) }
function dropsItAndTells(words, at, me, told) { dropsIt(words, at, me); Atomics.store(words, told, 0); Atomics.notify(words, told, 1) }
function mendsIt(words, at, me, told) {
  block(words, told, 1)
  lockBlocking(words, at, me, 0)
  enter(1)
  if (isPoisoned(words, at)) { clearPoison(words, at) }
  leave(1)
  unlock(words, at, me)
}
`

const WORDS = 8
const BLOCKING = 1
const WORKER = 3
const HOST = 5
const VICTIM = 7
const POISONED = 2
/** Behind the lock: whether those of an agent still want it. */
const WANTED = WORDS

interface More {
  mutant?: Mutant | undefined
  spurious?: number
  /** Threads that may be busy for ever once they have been woken. */
  mayStall?: number[]
  /** The agent of each thread, where two belong to one. */
  agents?: number[]
  /** One agent may die at any step; or one of those that are named. */
  crash?: boolean | number[]
  /** For how many threads time may be up. */
  clock?: number
  /** The thread that is aborted while it waits. */
  abort?: number
  preemptions?: number
  /** The lock is poisoned at first. */
  startsPoisoned?: boolean
  /** Whether the lock must be poisoned in the end. */
  poisoned?: boolean
}

type Threads = readonly [name: string, ...args: number[]][]

function scenario(threads: Threads, more: More = {}): Scenario {
  const {
    mutant,
    spurious = 0,
    mayStall,
    agents,
    crash = false,
    clock = 0,
    abort,
    preemptions,
    startsPoisoned = false,
    poisoned,
  } = more
  const calls = threads.map(([name, ...args], thread): Call => [
    name,
    AT,
    agentOf(agents?.[thread] ?? thread) << 3,
    ...args,
  ])
  const { programs, memory, program, announce } = mortal({
    texts: [algorithm('mutex', mutant), SCENARIO],
    calls,
    words: WORDS + 1,
    immortal: crash === false,
    ...(agents === undefined ? {} : { agents }),
  })
  memory[AT + WANTED] = 1
  if (startsPoisoned) memory[AT] = POISONED
  const dying = Array.isArray(crash) ? crash : threads.map((_, thread) => thread)
  return {
    programs,
    memory,
    capacity: 1,
    spurious,
    ...(mayStall === undefined ? {} : { mayStall }),
    ...(crash === false ? {} : { crash: { times: 1, agents: dying.map((thread) => [thread]), announce } }),
    ...(clock === 0 ? {} : { clock: { times: clock } }),
    ...(abort === undefined
      ? {}
      : { interrupts: [{ thread: abort, program: program(abort, ['cancels', AT + WANTED]), name: 'abort' }] }),
    ...(preemptions === undefined ? {} : { preemptions }),
    atRest: (view) =>
      atRest(view) ??
      (poisoned === undefined || (view.word(AT) === POISONED) === poisoned ? undefined : `poisoned: ${!poisoned}`),
  }
}

/** Nobody sleeps beside a free lock, and when all are done nothing is left behind but what says that somebody has died. */
function atRest({ word, threads }: View): string | undefined {
  if (threads.some(({ asleep }) => asleep)) return `a waiter sleeps for ever, the lock word is ${word(AT)}`
  if (threads.some(({ done, crashed }) => !done && !crashed)) return undefined
  const dead = threads.findIndex(({ crashed }) => crashed)
  if (word(AT) === POISONED) {
    const victim = word(AT + VICTIM)
    if (dead >= 0 && victim !== agentOf(dead))
      return `the lock was poisoned by ${victim}, and not by the dead ${agentOf(dead)}`
  } else if (word(AT) !== 0 && (dead < 0 || word(AT) >>> 3 !== agentOf(dead))) return `the lock is left at ${word(AT)}`
  let counted = 0
  for (const lane of [BLOCKING, WORKER, HOST]) counted += word(AT + lane + 1)
  // A waiter that died still counts.
  return counted > (dead < 0 ? 0 : 1) ? `the lanes still count ${counted} waiters` : undefined
}

type Make = (mutant?: Mutant) => Scenario

const make =
  (threads: Threads, more: More = {}): Make =>
  (mutant) =>
    scenario(threads, { ...more, mutant })

const MIXED: Threads = [['awaits', WORKER], ['awaits', HOST], ['blocks']]

const SCENARIOS: Record<string, Make> = {
  'a worker and the host await, a worker blocks': make(MIXED, { spurious: 1 }),
  'two workers await in one lane, one blocks': make([['awaits', WORKER], ['awaits', WORKER], ['blocks']], {
    spurious: 1,
  }),
  'three block': make([['blocks'], ['blocks'], ['blocks']], { spurious: 1 }),
  'one awaits twice, one blocks twice, one tries': make([['awaitsTwice', WORKER], ['blocksTwice'], ['tries']]),
  'a waiter of an agent sleeps while its retry takes the lock': make([['awaits', WORKER], ['triesHard'], ['blocks']], {
    spurious: 1,
    agents: [0, 0, 1],
  }),
  'a host that is busy when it is woken stalls nobody': make(
    [['triesThenAwaits', HOST], ['blocksTwice'], ['triesThenAwaits', WORKER]],
    { mayStall: [0] },
  ),
  'one of three dies': make(MIXED, { crash: true }),
  'one of three dies, two await in one lane': make([['awaits', WORKER], ['awaits', WORKER], ['blocks']], {
    crash: true,
  }),
  'one that comes twice dies': make([['blocksTwice'], ['triesThenAwaits', WORKER], ['triesHard']], { crash: [0] }),
  'time is up for two of three': make([['blocksAWhile'], ['blocksAWhile'], ['blocksAWhile']], {
    clock: 2,
    spurious: 1,
  }),
  'time is up for one that blocks beside one that awaits': make(
    [['blocksAWhile'], ['blocksAWhile'], ['awaits', WORKER]],
    {
      clock: 2,
    },
  ),
  'one is aborted while it waits': make([['serves', WORKER, AT + WANTED], ['awaits', WORKER], ['blocks']], {
    abort: 0,
    spurious: 1,
  }),
  'a worker ends and still holds the lock': make([['dropsIt'], ['awaits', HOST], ['blocks']], { poisoned: true }),
  'a worker ends and still holds the lock, and somebody mends it': make(
    [
      ['dropsItAndTells', AT + WANTED],
      ['awaits', HOST],
      ['mendsIt', AT + WANTED],
    ],
    { poisoned: false },
  ),
  'the poison is cleared while others come and go': make([['blocks'], ['clears'], ['awaits', WORKER]], {
    startsPoisoned: true,
    poisoned: false,
  }),
  'the poison of a dead owner is cleared before anybody has noticed': make(
    [['dropsIt'], ['clears'], ['awaits', WORKER]],
    {
      crash: [0],
    },
  ),
  'one lets two others go first': make([['blocksAndYields'], ['blocks'], ['blocks']], { spurious: 1 }),
  'two let one another go first': make([['blocksAndYields'], ['blocksAndYields']], { spurious: 1 }),
  'a worker and a host let one another go first, a worker blocks': make(
    [['yieldsAndAwaits', WORKER], ['yieldsAndAwaits', HOST], ['blocks']],
    { spurious: 1 },
  ),
  'two in one lane let one another go first': make(
    [['yieldsAndAwaits', WORKER], ['yieldsAndAwaits', WORKER], ['yieldsAndBlocks']],
    {},
  ),
  'one of three that let one another go first dies': make(
    [['yieldsAndBlocks'], ['yieldsAndAwaits', WORKER], ['blocks']],
    { crash: true },
  ),
  'time is up for one beside one that lets it go first': make(
    [['yieldsAndBlocks'], ['blocksAWhile'], ['yieldsAndAwaits', WORKER]],
    { clock: 1 },
  ),
  'one that lets others go first is aborted': make(
    [['servesYielding', WORKER, AT + WANTED], ['awaits', WORKER], ['blocks']],
    { abort: 0 },
  ),
  'one dies, one is aborted, time is up for one': make(
    [['serves', WORKER, AT + WANTED], ['blocksAWhile'], ['awaits', WORKER]],
    { crash: [1, 2], clock: 1, abort: 0, preemptions: 3 },
  ),
}

/** Of `wakeNext`: another loop begins in the same way. */
const LOOP = `  for (let lane = BLOCKING_LANE; lane <= HOST_LANE; lane += 2) {`
const NAP = `  const woken = nap(words, at + BLOCKING_LANE, ticket, until)
`
const ASYNC_NAP = `  const woken = await napAsync(words, at + lane, ticket, until)
`

const MUTANTS: Mutant[] = [
  { name: 'a waiter takes the lock without WAITED', find: 'me | WAITED | seen)', replace: 'me | seen)' },
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
  {
    name: 'who blocks reads the ticket after the look at the owner',
    find: `    const ticket = Atomics.load(words, at + BLOCKING_LANE)
    taken = takeOrMark(words, at, me)
`,
    replace: `    taken = takeOrMark(words, at, me)
    const ticket = Atomics.load(words, at + BLOCKING_LANE)
`,
  },
  {
    name: 'an unlock wakes before it frees',
    find: `    const now = Atomics.compareExchange(words, at, seen, seen & POISONED)
`,
    replace: `    wakeNext(words, at)
    const now = Atomics.compareExchange(words, at, seen, seen & POISONED)
    if (now === seen) return true
`,
  },
  {
    name: 'an unlock of a lock that is waited for does not look again',
    find: `    const now = Atomics.compareExchange(words, at, seen, seen & POISONED)
`,
    replace: `    const now = seen
    Atomics.store(words, at, seen & POISONED)
`,
  },
  { name: 'an unlock overlooks the last waiter of a lane', find: 'at + lane + 1) > 0', replace: 'at + lane + 1) > 1' },
  { name: 'an unlock forgets the host', find: LOOP, replace: LOOP.replace('<=', '<') },
  {
    name: 'an unlock does not change the ticket',
    find: 'Atomics.add(words, at + lane, 1)',
    replace: 'Atomics.add(words, at + lane, 0)',
  },
  { name: 'an unlock takes the poison away', find: 'seen, seen & POISONED)', replace: 'seen, FREE)' },
  {
    name: 'a waiter takes what it saw free without looking again',
    find: 'if (Atomics.compareExchange(words, at, seen, me | WAITED | seen) === seen) return true',
    replace: 'Atomics.store(words, at, me | WAITED | seen)\n      return true',
  },
  {
    name: 'a waiter does not notice that the owner is dead',
    find: '} else if (isAlive(words, seen >>> 3)) {\n      if ((seen & WAITED)',
    replace: '} else if (true) {\n      if ((seen & WAITED)',
  },
  {
    name: 'two take the lock of a dead owner',
    find: 'if (Atomics.compareExchange(words, at, seen, me | WAITED | POISONED) !== seen) return false',
    replace: 'Atomics.store(words, at, me | WAITED | POISONED)',
  },
  {
    name: 'the name of the dead owner is not kept',
    find: 'if ((seen & POISONED) === 0) Atomics.store(words, at + VICTIM, seen >>> 3)',
    replace: '',
  },
  {
    name: 'a try takes the lock of one that lives',
    find: '      if (isAlive(words, seen >>> 3)) return false\n',
    replace: '',
  },
  {
    name: 'who has no more time leaves before it has told the owner',
    find: `    taken = takeOrMark(words, at, me)
`,
    replace: `    if (isOver(deadline)) break
    taken = takeOrMark(words, at, me)
`,
  },
  {
    name: 'who has no more time still counts',
    find: '    if (taken || isOver(deadline)) break\n    block',
    replace: '    if (taken) break\n    if (isOver(deadline)) return false\n    block',
  },
  {
    name: 'who clears the poison frees the lock of another',
    find: 'Atomics.compareExchange(words, at, seen, seen - POISONED) === seen',
    replace: 'Atomics.exchange(words, at, FREE) === seen',
  },
  {
    name: 'who frees the lock of a dead owner wakes nobody, nor does a worker that ends',
    find: '  if ((seen & WAITED) !== 0) return wakeNext(words, at) > 0 ? WOKE : FREED\n',
    replace: '',
  },
  {
    name: 'who has let others go first still counts',
    find: `${NAP}  Atomics.sub(words, at + BLOCKING_LANE + 1, 1)\n`,
    replace: NAP,
  },
  {
    name: 'who has awaited that others go first still counts',
    find: `${ASYNC_NAP}  Atomics.sub(words, at + lane + 1, 1)\n`,
    replace: ASYNC_NAP,
  },
  {
    name: 'who lets others go first is not counted',
    find: `  Atomics.add(words, at + BLOCKING_LANE + 1, 1)\n${NAP}`,
    replace: NAP,
  },
]

verified('mutex', SCENARIOS)

test('with one lane for all, a busy host would stall the others', () => {
  const result = explore(scenario([['triesThenAwaits', BLOCKING], ['blocksTwice'], ['blocks']], { mayStall: [0] }))
  expect(result.fault).toMatch(/sleeps for ever, the lock word is 0/)
})

mutants('mutex', MUTANTS, byScenarios(SCENARIOS))
