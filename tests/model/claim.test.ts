import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

const SLOT = 0
/** How often the task of each box has run. */
const RUNS = 3

/** A message is the word under which a task was given, in a box of its own; boxes start at 255, which no word is. */
const EMPTY = 255

// A host that gives a task to one worker, takes it back and gives another task to another worker under the same slot; workers that may hear of it at any time. A
// thread that lies with the worker that spawned it and that the host may win. A task that a worker is to run in any case.
const SCENARIO = `
function hostMoves(words, first, second) {
  const word = offer(words, ${SLOT})
  Atomics.store(words, first, word)
  Atomics.notify(words, first, 1)
  if (claim(words, ${SLOT}, word)) {
    const again = offer(words, ${SLOT})
    Atomics.store(words, second, again)
    Atomics.notify(words, second, 1)
  }
}
function hostRuns(words, box) {
  const word = Atomics.load(words, box)
  if (word !== ${EMPTY}) { if (claim(words, ${SLOT}, word)) { Atomics.add(words, ${RUNS}, 1) } }
}
function parent(words, box) {
  const word = offer(words, ${SLOT})
  Atomics.store(words, box, word)
  if (claim(words, ${SLOT}, word)) { Atomics.add(words, ${RUNS}, 1) }
}
function parentAgain(words, box) {
  assert(claim(words, ${SLOT}, offer(words, ${SLOT})))
  parent(words, box)
}
function hostCommits(words, box) {
  const word = commit(words, ${SLOT}, offer(words, ${SLOT}))
  Atomics.store(words, box, word)
  Atomics.notify(words, box, 1)
  markAborted(words, ${SLOT}, word)
}
async function worker(words, box) {
  while (Atomics.load(words, box) === ${EMPTY}) { await wait(words, box, ${EMPTY}) }
  const word = Atomics.load(words, box)
  if (claim(words, ${SLOT}, word)) { Atomics.add(words, ${RUNS - 1} + box, 1) }
}
`

type Threads = [name: string, ...args: number[]][]

function scenario(threads: Threads, mutant?: Mutant): Scenario {
  const texts = readTexts([algorithm('claim', mutant), SCENARIO])
  return {
    programs: threads.map(([name, ...args]) => compile(texts, name, args)),
    memory: [0, EMPTY, EMPTY, 0, 0],
    capacity: 1,
    spurious: 1,
    atRest,
  }
}

/** One task has run, once: the second when it was given out, since the first one was taken back then. */
function atRest({ word }: View): string | undefined {
  const [first, second] = word(2) === EMPTY ? [1, 0] : [0, 1]
  if (word(RUNS) === first && word(RUNS + 1) === second) return undefined
  return `the first task ran ${word(RUNS)} times, the second one ${word(RUNS + 1)} times`
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'a task is taken back and given to another worker': (mutant) =>
    scenario(
      [
        ['hostMoves', 1, 2],
        ['worker', 1],
        ['worker', 2],
      ],
      mutant,
    ),
  'a thread is won by its parent or by the host': (mutant) =>
    scenario(
      [
        ['parent', 1],
        ['hostRuns', 1],
      ],
      mutant,
    ),
  'a slot is used again, and its next task is won by the parent or by the host': (mutant) =>
    scenario(
      [
        ['parentAgain', 1],
        ['hostRuns', 1],
      ],
      mutant,
    ),
  'a task that was committed runs, also when it is aborted': (mutant) =>
    scenario(
      [
        ['hostCommits', 1],
        ['worker', 1],
      ],
      mutant,
    ),
}

const MUTANTS: Mutant[] = [
  {
    name: 'a claim looks and then writes',
    find: 'return Atomics.compareExchange(words, slot, word, word | CLAIMED) === word',
    replace:
      'if (Atomics.load(words, slot) !== word) return false\n  Atomics.store(words, slot, word | CLAIMED)\n  return true',
  },
  { name: 'a slot is used again without a new generation', find: ') + GENERATION', replace: ')' },
  {
    name: 'a claim takes whatever lies there',
    find: 'return Atomics.compareExchange(words, slot, word, word | CLAIMED) === word',
    replace:
      'const seen = Atomics.load(words, slot)\n  return Atomics.compareExchange(words, slot, seen, word | CLAIMED) === seen',
  },
  {
    name: 'a claim does not say that it is taken',
    find: 'word, word | CLAIMED) === word',
    replace: 'word, word) === word',
  },
  {
    name: 'a claim is taken for won when it was lost',
    find: 'word, word | CLAIMED) === word',
    replace: 'word, word | CLAIMED) !== word',
  },
  {
    name: 'a claim that is lost is given to its owner',
    find: 'return Atomics.compareExchange(words, slot, word, word | CLAIMED) === word',
    replace: 'Atomics.compareExchange(words, slot, word, word | CLAIMED)\n  return true',
  },
  {
    name: 'an offer lies there as one that was taken',
    find: 'Atomics.store(words, slot, word | 0)',
    replace: 'Atomics.store(words, slot, word | CLAIMED)',
  },
  {
    name: 'an offer names another generation than lies there',
    find: 'return word | 0',
    replace: 'return (word + GENERATION) | 0',
  },
  {
    name: 'an offer keeps the mark of the one before',
    find: '(Atomics.load(words, slot) & ~(CLAIMED | ABORTED))',
    replace: 'Atomics.load(words, slot)',
  },
  { name: 'a committed task has to be won', find: '  if ((word & CLAIMED) !== 0) return true\n', replace: '' },
]

verified('claims', SCENARIOS)
mutants('claims', MUTANTS, byScenarios(SCENARIOS))
