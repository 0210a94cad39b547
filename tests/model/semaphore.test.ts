import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do, in the language of the algorithms. Each has one node for its waits. */
const SCENARIO = `
async function awaits(words, at, node, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need) }
  enter(need); leave(need); release(words, at, need)
}
function blocks(words, at, node, need) {
  if (!tryAcquire(words, at, need)) { acquireBlocking(words, at, node, need) }
  enter(need); leave(need); release(words, at, need)
}
function tries(words, at, node, need) {
  if (tryAcquire(words, at, need)) { enter(need); leave(need); release(words, at, need) }
}
async function awaitsTwice(words, at, node, first, second) {
  await awaits(words, at, node, first)
  await awaits(words, at, node, second)
}
async function takes(words, at, node, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need) }
}
function gives(words, at, node, count) { release(words, at, count) }
function givesTwice(words, at, node, count) { release(words, at, count); release(words, at, count) }
function triesToTake(words, at, node, need) { tryAcquire(words, at, need) }
`

const AT = 0
const BUSY = 1
const INBOX = 2
const FIRST = 3
const SEMAPHORE_WORDS = 8
const NODE_WORDS = 4

type Threads = [name: string, ...args: number[]][]

const nodeOf = (thread: number): number => SEMAPHORE_WORDS + thread * NODE_WORDS

/** `total`: permits that must be free when all are done; undefined when threads keep what they take. */
function scenario(threads: Threads, permits: number, spurious: number, mutant?: Mutant): Scenario {
  const texts = readTexts([algorithm('semaphore', mutant), SCENARIO])
  const memory = Array.from({ length: nodeOf(threads.length) }, () => 0)
  memory[AT] = permits << 1
  return {
    programs: threads.map(([name, ...args], index) => compile(texts, name, [AT, nodeOf(index), ...args])),
    memory,
    capacity: permits,
    spurious,
    atRest: (view) => atRest(view, balance(threads, permits)),
  }
}

/** Permits in all, given ones included, less those that are kept by threads which are done. */
function balance(threads: Threads, permits: number): (view: View) => number {
  return ({ threads: views }) =>
    threads.reduce((sum, [name, count = 0], index) => {
      if (name === 'gives') return sum + count
      if (name === 'givesTwice') return sum + 2 * count
      return name === 'takes' && views[index]!.done ? sum - count : sum
    }, permits)
}

/** Nobody who fits sleeps, everybody who sleeps is in the queue, and no permit is lost or invented. */
function atRest(view: View, expected: (view: View) => number): string | undefined {
  const { word, threads } = view
  const free = word(AT) >> 1
  if (free !== expected(view)) return `${free} permits are free, and it should be ${expected(view)}`
  if (word(BUSY) !== 0 || word(INBOX) !== 0) return 'nobody serves, and arrivals wait'
  const queue: number[] = []
  for (let node = word(FIRST); node !== 0; node = word(node + 2)) queue.push((node - SEMAPHORE_WORDS) / NODE_WORDS)
  const asleep = threads.flatMap((thread, index) => (thread.asleep ? [index] : []))
  if (asleep.toString() !== queue.toSorted().toString()) return `threads ${asleep} sleep, and ${queue} are in the queue`
  if (((word(AT) & 1) === 1) !== queue.length > 0) return 'the mark does not say whether somebody waits'
  if (queue.length > 0 && word(nodeOf(queue[0]!) + 1) <= free)
    return `thread ${queue[0]} sleeps, and its permits are free`
  return undefined
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'take 2, take 1, give 1: the small one must not sleep beside its permit': (mutant) =>
    scenario(
      [
        ['takes', 2],
        ['takes', 1],
        ['gives', 1],
      ],
      0,
      1,
      mutant,
    ),
  'take 2, take 1, give 1 twice': (mutant) =>
    scenario(
      [
        ['takes', 2],
        ['takes', 1],
        ['givesTwice', 1],
      ],
      0,
      1,
      mutant,
    ),
  'two permits, needs of 2, 1 and 1': (mutant) =>
    scenario(
      [
        ['awaits', 2],
        ['blocks', 1],
        ['awaits', 1],
      ],
      2,
      1,
      mutant,
    ),
  'two permits, needs of 2, 2 and 1': (mutant) =>
    scenario(
      [
        ['awaits', 2],
        ['blocks', 2],
        ['tries', 1],
      ],
      2,
      1,
      mutant,
    ),
  'three permits, needs of 3, 2 and 1': (mutant) =>
    scenario(
      [
        ['blocks', 3],
        ['awaits', 2],
        ['awaits', 1],
      ],
      3,
      0,
      mutant,
    ),
  'two permits, one thread comes twice': (mutant) =>
    scenario(
      [
        ['awaitsTwice', 2, 1],
        ['blocks', 2],
        ['tries', 1],
      ],
      2,
      0,
      mutant,
    ),
}

const MUTANTS: Mutant[] = [
  {
    name: 'who serves does not look whether it was asked again',
    find: 'const now = Atomics.compareExchange(words, at + BUSY, asked, 0)',
    replace: 'const now = asked\n    Atomics.store(words, at + BUSY, 0)',
  },
  {
    name: 'a grant takes no permits',
    find: 'if (Atomics.compareExchange(words, at + STATE, seen, seen - (need << 1)) === seen) pop',
    replace: 'if (Atomics.compareExchange(words, at + STATE, seen, seen) === seen) pop',
  },
  { name: 'a release does not serve', find: 'if ((seen & QUEUED) !== 0) serve(words, at)', replace: '' },
  {
    name: 'who serves leaves without marking that somebody waits',
    find: 'Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)',
    replace: 'return',
  },
  {
    name: 'the mark is set without looking again',
    find: 'Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)',
    replace: 'Atomics.compareExchange(words, at + STATE, seen, seen | QUEUED)\n        return',
  },
  {
    name: 'a grant wakes nobody',
    find: 'Atomics.notify(words, first + NODE_STATE, 1)',
    replace: 'Atomics.load(words, first)',
  },
  {
    name: 'a waiter overwrites its grant',
    find: `  while (Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP) !== GRANTED) {
    await`,
    replace: `  while (Atomics.load(words, node + NODE_STATE) !== GRANTED) {
    Atomics.store(words, node + NODE_STATE, ASLEEP)
    await`,
  },
  {
    name: 'an emptied queue keeps its last node',
    find: 'if (next === 0) Atomics.store(words, at + LAST, 0)',
    replace: '',
  },
  {
    name: 'permits are given back without looking again',
    find: 'if (Atomics.compareExchange(words, at + STATE, seen, seen + (count << 1)) === seen) {',
    replace: 'Atomics.store(words, at + STATE, seen + (count << 1))\n    {',
  },
]

verified('semaphore', SCENARIOS)
mutants('semaphore', MUTANTS, byScenarios(SCENARIOS))
