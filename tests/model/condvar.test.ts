import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Call } from './deaths.ts'
import { AT, agentOf, mortal } from './deaths.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

// Items that are protected by a mutex. Consumers wait until there is one; producers put one there and notify.
const SCENARIO = `
async function awaits(words, lock, at, items, me, lane, wanted) {
  await lockAsync(words, lock, me, lane)
  if (Atomics.load(words, items) === 0) {
    const calls = begin(words, at)
    unlock(words, lock, me)
    await sleepsWhileEmpty(words, lock, at, items, me, lane, wanted, calls)
    end(words, at)
  }
  consume(words, items)
  unlock(words, lock, me)
}
async function sleepsWhileEmpty(words, lock, at, items, me, lane, wanted, calls) {
  let seen = calls
  for (;;) {
    if (Atomics.load(words, wanted) === 1) { await sleep(words, at, seen) }
    seen = callsOf(words, at)
    await lockAsync(words, lock, me, lane)
    if (Atomics.load(words, items) > 0 || Atomics.load(words, wanted) === 0) return
    unlock(words, lock, me)
  }
}
function cancels(words, wanted, at) { Atomics.store(words, wanted, 0); endSleep(words, at) }
function blocks(words, lock, at, items, me) {
  lockBlocking(words, lock, me, 0)
  while (Atomics.load(words, items) === 0) {
    const calls = begin(words, at)
    unlock(words, lock, me)
    sleepBlocking(words, at, calls, Infinity)
    end(words, at)
    lockBlocking(words, lock, me, 0)
  }
  consume(words, items)
  unlock(words, lock, me)
}
async function awaitsOnce(words, lock, at, items, me, lane, wanted) {
  await lockAsync(words, lock, me, lane)
  if (Atomics.load(words, items) === 0) {
    const calls = begin(words, at)
    unlock(words, lock, me)
    if (Atomics.load(words, wanted) === 1) { await sleep(words, at, calls) }
    end(words, at)
    await lockAsync(words, lock, me, lane)
  }
  consume(words, items)
  unlock(words, lock, me)
}
function blocksOnce(words, lock, at, items, me) {
  locks(words, lock, me)
  if (Atomics.load(words, items) === 0) {
    const calls = begin(words, at)
    unlock(words, lock, me)
    sleepBlocking(words, at, calls, Infinity)
    end(words, at)
    locks(words, lock, me)
  }
  consume(words, items)
  unlock(words, lock, me)
}
function blocksAWhile(words, lock, at, items, me) {
  let inTime = true
  locks(words, lock, me)
  while (inTime && Atomics.load(words, items) === 0) {
    const calls = begin(words, at)
    unlock(words, lock, me)
    inTime = sleepBlocking(words, at, calls, 0)
    end(words, at)
    locks(words, lock, me)
  }
  consume(words, items)
  unlock(words, lock, me)
}
function locks(words, lock, me) { while (!lockBlocking(words, lock, me, 0)) {} }
function consume(words, items) { enter(1); if (Atomics.load(words, items) > 0) { Atomics.sub(words, items, 1) } leave(1) }
function produce(words, lock, items, me, count) {
  lockBlocking(words, lock, me, 0)
  Atomics.add(words, items, count)
  unlock(words, lock, me)
}
function givesOne(words, lock, at, items, me) { produce(words, lock, items, me, 1); notifyOne(words, at) }
function givesTwice(words, lock, at, items, me) { givesOne(words, lock, at, items, me); givesOne(words, lock, at, items, me) }
function givesTwo(words, lock, at, items, me) { produce(words, lock, items, me, 2); notifyAll(words, at) }
`

const LOCK = AT
const CONDVAR = AT + 8
const ITEMS = CONDVAR + 4
const WANTED = ITEMS + 1
const WORDS = 14
const WORKER = 3
const HOST = 5

interface More {
  mutant?: Mutant | undefined
  spurious?: number
  crash?: readonly number[]
  /** The threads whose time may be up. */
  clock?: readonly number[]
  abort?: number
  preemptions?: number
}

type Threads = readonly [name: string, lane?: number][]

function scenario(threads: Threads, more: More = {}): Scenario {
  const { mutant, spurious = 0, crash, clock = [], abort, preemptions } = more
  const { programs, memory, program, announce } = mortal({
    texts: [algorithm('mutex'), algorithm('condvar', mutant), SCENARIO],
    calls: threads.map(([name, lane], thread): Call => {
      const call: Call = [name, LOCK, CONDVAR, ITEMS, agentOf(thread) << 3]
      return lane === undefined ? call : [...call, lane, WANTED]
    }),
    words: WORDS,
    immortal: crash === undefined,
  })
  memory[WANTED] = 1
  return {
    programs,
    memory,
    capacity: 1,
    spurious,
    ...(crash === undefined ? {} : { crash: { times: 1, agents: crash.map((thread) => [thread]), announce } }),
    ...(clock.length === 0 ? {} : { clock: { times: 1, threads: clock } }),
    ...(abort === undefined
      ? {}
      : { interrupts: [{ thread: abort, program: program(abort, ['cancels', WANTED, CONDVAR]), name: 'abort' }] }),
    ...(preemptions === undefined ? {} : { preemptions }),
    atRest: (view) => atRest(view, threads),
  }
}

/** Nobody sleeps while there is an item, or beside a free lock; who sleeps is counted, and nobody else. */
function atRest({ word, threads: views }: View, threads: Threads): string | undefined {
  const asleep = views.filter((thread) => thread.asleep).length
  const dead = views.filter(({ crashed }) => crashed).length
  const owner = word(LOCK) >> 3
  if (owner !== 0 && asleep > 0) return `${asleep} sleep, and the lock is left with ${owner}`
  if (word(ITEMS) > 0 && asleep > 0) return `${asleep} sleep, and there are ${word(ITEMS)} items`
  if (word(WANTED) === 0 && views[0]!.asleep) return 'who was aborted sleeps on'
  const producers = threads.filter(([name], index) => name.startsWith('gives') && !views[index]!.done).length
  if (producers > dead) return 'a producer sleeps'
  const counted = word(CONDVAR + 1)
  if (counted < asleep || counted > asleep + dead) return `${asleep} sleep, and ${counted} are counted`
  return undefined
}

type Make = (mutant?: Mutant) => Scenario

const make =
  (threads: Threads, more: More = {}): Make =>
  (mutant) =>
    scenario(threads, { ...more, mutant })

const SCENARIOS: Record<string, Make> = {
  'one awaits, one blocks, one item each': make([['awaits', WORKER], ['blocks'], ['givesTwice']]),
  'two block, and both are notified at once': make([['blocks'], ['blocks'], ['givesTwo']]),
  'two await, and both are notified at once': make([['awaits', WORKER], ['awaits', HOST], ['givesTwo']]),
  'one awaits, two give': make([['awaits', WORKER], ['givesOne'], ['givesOne']], { spurious: 1 }),
  'time is up for one of two that block': make([['blocksAWhile'], ['blocks'], ['givesOne']], { clock: [0] }),
  'one is aborted while it waits': make([['awaits', WORKER], ['blocks'], ['givesOne']], { abort: 0 }),
  'one of two consumers dies, or who gives': make([['blocksOnce'], ['blocksOnce'], ['givesOne']], { crash: [0, 2] }),
  'one dies, one is aborted, time is up for one': make([['awaitsOnce', WORKER], ['blocksOnce'], ['givesOne']], {
    crash: [1],
    clock: [1],
    abort: 0,
    preemptions: 3,
  }),
}

const MUTANTS: Mutant[] = [
  {
    name: 'a wait reads the calls before it counts itself',
    find: '  Atomics.add(words, at + WAITERS, 1)\n  return Atomics.load(words, at + CALLS)',
    replace: '  return Atomics.load(words, at + CALLS)',
  },
  { name: 'a wait is counted for ever', find: 'Atomics.sub(words, at + WAITERS, 1)', replace: 'return' },
  {
    name: 'a notification does not change the calls',
    find: 'Atomics.add(words, at + CALLS, 1)\n  Atomics.notify(words, at + CALLS, 1)',
    replace: 'Atomics.notify(words, at + CALLS, 1)',
  },
  {
    name: 'a notification wakes nobody',
    find: '  Atomics.notify(words, at + CALLS, 1)\n',
    replace: '',
  },
  {
    name: 'a notification wakes before it changes the calls',
    find: 'Atomics.add(words, at + CALLS, 1)\n  Atomics.notify(words, at + CALLS, 1)',
    replace: 'Atomics.notify(words, at + CALLS, 1)\n  Atomics.add(words, at + CALLS, 1)',
  },
  { name: 'a notification of all wakes one', find: '0x7fffffff', replace: '1' },
  {
    name: 'a notification of all does not change the calls',
    find: '  Atomics.add(words, at + CALLS, 1)\n  Atomics.notify(words, at + CALLS, EVERYBODY)',
    replace: '  Atomics.notify(words, at + CALLS, EVERYBODY)',
  },
  {
    name: 'one waiter is taken for none',
    find: `export function notifyOne(words: Int32Array, at: number): void {
  if (Atomics.load(words, at + WAITERS) === 0) return`,
    replace: `export function notifyOne(words: Int32Array, at: number): void {
  if (Atomics.load(words, at + WAITERS) <= 1) return`,
  },
  {
    name: 'who blocks reads the calls when it goes to sleep',
    find: 'return block(words, at + CALLS, calls, deadline)',
    replace: 'return block(words, at + CALLS, Atomics.load(words, at + CALLS), deadline)',
  },
  {
    name: 'who awaits reads the calls when it goes to sleep',
    find: 'await wait(words, at + CALLS, calls)',
    replace: 'await wait(words, at + CALLS, Atomics.load(words, at + CALLS))',
  },
  {
    name: 'who is aborted sleeps on',
    find: 'export function endSleep(words: Int32Array, at: number): void {',
    replace: 'export function endSleep(words: Int32Array, at: number): void {\n  return',
  },
]

verified('condvar', SCENARIOS)
mutants('condvar', MUTANTS, byScenarios(SCENARIOS))
