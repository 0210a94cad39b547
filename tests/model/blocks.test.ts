import { describe, expect, test } from 'vitest'

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { explore } from './explore.ts'

// A small arena: three agents, lines of two words (a link, or a cell), two blocks.
const LAYOUT = `
const AGENTS = 8
const AGENT_SLOTS = 4
const AGENT_WORDS = 2
const AGENT_REFERENCES = 0
const AGENT_BLOCKS = 1
const BLOCK_SIZES = 1
const COUNT_BITS = 3
const BLOCK_GENERATION_BITS = 2
const LINE_BITS = 6
const FREE_BLOCKS = 0
const LINE_WORDS = 2
const REFERENCES = 40
`

/** Lines of two words each: the first two are blocks, then a line of cells for each of the agents 1 to 3. */
const BLOCK = 10
const OTHER = 11
const CELLS = (agent: number): number => 11 + agent
const CELL = (agent: number): number => CELLS(agent) * 2 + 1
const REFERENCE = (line: number): number => 40 + line
const FREE = 0
/** What a message holds, written by who sends it. */
const BOX = 1
/** Who uses a block now, and what somebody saw when he should have been alone. */
const USERS = 2

const MARK = BLOCK | (1 << 6)

const SCENARIO = `
function use(words, line) {
  Atomics.add(words, ${USERS} + line - ${BLOCK}, 1)
}
function leaveAlone(words, line) {
  Atomics.sub(words, ${USERS} + line - ${BLOCK}, 1)
}
function alone(words, line) {
  assert(Atomics.load(words, ${USERS} + line - ${BLOCK}) === 0)
}
function sender(words) {
  use(words, ${BLOCK})
  addReference(words, ${BLOCK}, 0)
  Atomics.store(words, ${CELL(1)}, ${MARK})
  Atomics.store(words, ${BOX}, 1)
  leaveAlone(words, ${BLOCK})
  dropReference(words, ${BLOCK})
}
function receiver(words) {
  if (Atomics.load(words, ${BOX}) === 1) {
    if (addReference(words, ${BLOCK}, 0)) {
      use(words, ${BLOCK})
      dropCell(words, ${CELL(1)}, ${MARK})
      leaveAlone(words, ${BLOCK})
      dropReference(words, ${BLOCK})
    }
  }
}
function heir(words) {
  inherit(words, 1)
}
function taker(words, agent) {
  const line = takeBlock(words, agent, 0)
  if (line !== 0) {
    alone(words, line)
    const generation = firstReference(words, line, 0)
    use(words, line)
    leaveAlone(words, line)
    assert(addReference(words, line, generation))
    dropReference(words, line)
    dropReference(words, line)
  }
}
function thief(words, agent) {
  const line = takeFromOthers(words, agent, 0)
  if (line !== 0) {
    alone(words, line)
    use(words, line)
    leaveAlone(words, line)
    firstReference(words, line, 0)
    dropReference(words, line)
  }
}
function holder(words, agent) {
  const line = takeBlock(words, agent, 0)
  if (line !== 0) {
    alone(words, line)
    use(words, line)
  }
}
function robber(words, agent) {
  const line = takeFromOthers(words, agent, 0)
  if (line !== 0) {
    alone(words, line)
    use(words, line)
  }
}
function late(words) {
  if (addReference(words, ${BLOCK}, 0)) {
    alone(words, ${BLOCK})
    dropReference(words, ${BLOCK})
  }
}
function again(words, agent) {
  if (dropReference(words, ${BLOCK})) {
    const line = takeBlock(words, agent, 0)
    if (line !== 0) {
      firstReference(words, line, 0)
      use(words, line)
    }
  }
}
`

type Threads = [name: string, ...args: number[]][]

interface Case {
  readonly threads: Threads
  readonly words: readonly [index: number, value: number][]
  readonly crash?: boolean
  atRest(view: View): string | undefined
}

/** Lines in the free list and in what agents have taken for themselves; each must be there once. */
function freeLines({ word }: View): number[] {
  const lines: number[] = []
  for (const head of [FREE, ...[1, 2, 3].map((agent) => 8 + agent * 2 + 1)]) {
    for (let line = word(head); line !== 0 && lines.length < 9; line = word(line * 2)) lines.push(line)
  }
  return lines.toSorted((a, b) => a - b)
}

const allFree = (view: View): string | undefined => {
  const lines = freeLines(view)
  const count = view.word(REFERENCE(BLOCK)) & 7
  if (count !== 0) return `${count} refer to it`
  return lines.join() === `${BLOCK},${OTHER}` ? undefined : `free are ${lines.join()}`
}

const CASES: Record<string, Case> = {
  'a block that was sent is not used again before it has arrived and been dropped': {
    threads: [['sender'], ['receiver'], ['taker', 3]],
    words: [
      [REFERENCE(BLOCK), 1],
      [FREE, OTHER],
    ],
    atRest(view) {
      const arrived = view.word(CELL(1)) === 0
      return arrived ? allFree(view) : freeLines(view).join() === `${OTHER}` ? undefined : 'it was lost on its way'
    },
  },
  'an heir takes back what a dead agent had sent, whether it arrives or not': {
    threads: [['heir'], ['receiver'], ['receiver']],
    words: [
      [REFERENCE(BLOCK), 1],
      [CELL(1), MARK],
      [8 + 2, CELLS(1)],
      [BOX, 1],
      [FREE, OTHER],
    ],
    atRest: allFree,
  },
  'an heir takes back what never arrives': {
    threads: [['heir'], ['taker', 3]],
    words: [
      [REFERENCE(BLOCK), 1],
      [CELL(1), MARK],
      [8 + 2, CELLS(1)],
      [FREE, OTHER],
    ],
    atRest: allFree,
  },
  'what an agent has taken for itself is taken by it or by a thief': {
    threads: [
      ['holder', 2],
      ['robber', 3],
    ],
    words: [
      [8 + 4 + 1, BLOCK],
      [BLOCK * 2, OTHER],
    ],
    atRest: ({ word }) => (word(USERS) > 1 || word(USERS + 1) > 1 ? 'a block is with two' : undefined),
  },
  'blocks go to one at a time': {
    threads: [
      ['taker', 1],
      ['taker', 2],
      ['thief', 3],
    ],
    words: [
      [FREE, BLOCK],
      [BLOCK * 2, OTHER],
    ],
    atRest: allFree,
  },
  'a block is never with two': {
    threads: [
      ['holder', 1],
      ['robber', 2],
      ['holder', 3],
    ],
    words: [
      [FREE, BLOCK],
      [BLOCK * 2, OTHER],
    ],
    atRest: ({ word }) => (word(USERS) > 1 || word(USERS + 1) > 1 ? 'a block is with two' : undefined),
  },
  'a message that comes too late is refused': {
    threads: [['again', 1], ['late']],
    words: [[REFERENCE(BLOCK), 1]],
    atRest: () => undefined,
  },
  'what a dead agent had taken for itself goes to the others': {
    threads: [['heir'], ['taker', 2], ['thief', 3]],
    words: [
      [8 + 2 + 1, BLOCK],
      [BLOCK * 2, OTHER],
    ],
    atRest: allFree,
  },
}

function scenario({ threads, words, atRest }: Case, mutant?: Mutant): Scenario {
  const texts = readTexts([LAYOUT, algorithm('block', mutant), SCENARIO])
  const memory = Array.from({ length: 40 + 16 }, () => 0)
  for (const [index, value] of words) memory[index] = value
  const programs = threads.map(([name, ...args]) => compile(texts, name, args))
  return { programs, memory, capacity: 1, spurious: 0, atRest }
}

const MUTANTS: Mutant[] = [
  {
    name: 'the generation is not looked at',
    find: '    if (((seen >>> COUNT_BITS) & ((1 << BLOCK_GENERATION_BITS) - 1)) !== generation) return false\n',
    replace: '',
  },
  {
    name: 'a reference is added in two steps',
    find: 'if (Atomics.compareExchange(words, REFERENCES + line, seen, seen + 1) === seen) return true',
    replace: 'Atomics.store(words, REFERENCES + line, seen + 1)\n    return true',
  },
  {
    name: 'a reference is dropped in two steps',
    find: 'if (Atomics.compareExchange(words, REFERENCES + line, seen, seen - 1) === seen) return false\n      continue',
    replace: 'Atomics.store(words, REFERENCES + line, seen - 1)\n      return false',
  },
  {
    name: 'the last reference is dropped in two steps',
    find: 'if (Atomics.compareExchange(words, REFERENCES + line, seen, next) !== seen) continue',
    replace: 'Atomics.store(words, REFERENCES + line, next)',
  },
  {
    name: 'a block becomes free one reference too early',
    find: 'if ((seen & ((1 << COUNT_BITS) - 1)) !== 1) {',
    replace: 'if ((seen & ((1 << COUNT_BITS) - 1)) > 2) {',
  },
  {
    name: 'a block keeps its generation',
    find: ' - 1)) + 1) % (1 <<',
    replace: ' - 1)) + 0) % (1 <<',
  },
  {
    name: 'the last reference frees nothing',
    find: '    giveBlock(words, line, size)\n    return true',
    replace: '    return true',
  },
  {
    name: 'a cell is emptied whoever did it before',
    find: '  if (Atomics.compareExchange(words, cell, mark, 0) !== mark) return false\n',
    replace: '  Atomics.store(words, cell, 0)\n',
  },
  {
    name: 'a cell is emptied, and its reference stays',
    find: '  dropReference(words, mark & ((1 << LINE_BITS) - 1))\n',
    replace: '',
  },
  {
    name: 'a block is given back in two steps',
    find: 'if (Atomics.compareExchange(words, FREE_BLOCKS + size, first, line) === first) return',
    replace: 'Atomics.store(words, FREE_BLOCKS + size, line)\n    return',
  },
  {
    name: 'a list is looked at and then taken',
    find: 'if (line === 0) line = Atomics.exchange(words, FREE_BLOCKS + size, 0)',
    replace:
      'if (line === 0) { line = Atomics.load(words, FREE_BLOCKS + size)\n Atomics.store(words, FREE_BLOCKS + size, 0) }',
  },
  {
    name: 'the rest of a list is left behind',
    find: '  if (line !== 0) Atomics.store(words, own, Atomics.load(words, line * LINE_WORDS))\n  return line',
    replace: '  return line',
  },
  {
    name: 'an agent looks at its own list and then takes it',
    find: 'let line = Atomics.exchange(words, own, 0)',
    replace: 'let line = Atomics.load(words, own)',
  },
  {
    name: 'an heir leaves the cells',
    find: '      if (mark !== 0) dropCell(words, cell, mark)\n',
    replace: '',
  },
  {
    name: 'an heir leaves the blocks',
    find: '      giveBlock(words, free, size)\n',
    replace: '',
  },
  {
    name: 'an heir looks at the blocks and then takes them',
    find: 'let free = Atomics.exchange(words, slot + AGENT_BLOCKS + size, 0)',
    replace: 'let free = Atomics.load(words, slot + AGENT_BLOCKS + size)',
  },
]

describe('blocks, as shipped', () => {
  for (const [name, each] of Object.entries(CASES)) {
    test(name, () => {
      const { states, fault, path } = explore(scenario(each))
      console.log(`${name}: ${states} states`)
      expect(fault, path.join('\n')).toBeUndefined()
    })
  }
})

describe('blocks with a planted defect', () => {
  for (const mutant of MUTANTS) {
    test(`${mutant.name}: found`, () => {
      const catcher = Object.entries(CASES).find(([, each]) => explore(scenario(each, mutant)).fault !== undefined)
      console.log(`${mutant.name}: ${catcher?.[0] ?? 'missed'}`)
      expect(catcher).toBeDefined()
    })
  }
})
