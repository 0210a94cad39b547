import type { Mutant } from './algorithms.ts'
import type { Scenario, View } from './explore.ts'
import type { More, Parts, Threads } from './primitives.ts'
import { agentOf, AT, PRIMITIVE_WORDS, scenarioOf } from './primitives.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the one who does it writes in two steps; who finds it done must see both. */
const FIRST = AT + PRIMITIVE_WORDS - 2
const SECOND = AT + PRIMITIVE_WORDS - 1

const SCENARIO = `
function does(words, at) {
  enter(1)
  Atomics.store(words, ${FIRST}, 1)
  Atomics.add(words, ${SECOND}, 1)
  leave(1)
  end(words, at, true)
}
function fails(words, at) { enter(1); leave(1); end(words, at, false) }
function sees(words) { assert(Atomics.load(words, ${FIRST}) === 1); assert(Atomics.load(words, ${SECOND}) >= 1) }
async function calls(words, at, record, agent) {
  if (await beginAsync(words, at, agent << 2) === BEGUN) { does(words, at) } else { sees(words) }
}
async function callsAndFails(words, at, record, agent) {
  if (await beginAsync(words, at, agent << 2) === BEGUN) { fails(words, at) } else { sees(words) }
}
function callsBlocking(words, at, record, agent) {
  const step = beginBlocking(words, at, agent << 2, 0)
  if (step === BEGUN) { does(words, at) }
  if (step === IS_DONE) { sees(words) }
}
function tries(words, at, record, agent) {
  const step = tryBegin(words, at, agent << 2)
  if (step === BEGUN) { does(words, at) }
  if (step === IS_DONE) { sees(words) }
}
function triesAndFails(words, at, record, agent) { if (tryBegin(words, at, agent << 2) === BEGUN) { fails(words, at) } }
`

const DONE = 1

const made =
  (names: readonly string[], more: More = {}) =>
  (mutant?: Mutant): Scenario => {
    const parts: Parts = {
      algorithms: ['agent', 'once'],
      scenario: SCENARIO,
      capacity: 1,
      atRest: (view) => atRest(view, names),
    }
    const threads: Threads = names.map((name) => [name])
    return scenarioOf(parts, threads, { ...more, mutant })
  }

/** Nobody who lives sleeps or is said to be doing it; and it was done once, unless everybody who would have done it failed, gave up or died. */
function atRest({ word, threads }: View, names: readonly string[]): string | undefined {
  const asleep = threads.findIndex((thread) => thread.asleep)
  if (asleep >= 0) return `thread ${asleep} sleeps for ever`
  const dead = threads.findIndex(({ crashed }) => crashed)
  const doing = word(AT) >>> 2
  if (doing !== 0 && (dead < 0 || doing !== agentOf(dead))) return `somebody is said to be doing it: ${doing}`
  // One that died may have done it half, or all.
  if (dead < 0 && word(SECOND) > 1) return `it was done ${word(SECOND)} times`
  if ((word(AT) === DONE) !== word(SECOND) > 0 && dead < 0)
    return `the state is ${word(AT)}, and it was done ${word(SECOND)} times`
  const would = names.some((name, thread) => name === 'calls' && threads[thread]!.done)
  return would && word(AT) !== DONE ? 'it was not done' : undefined
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'three come': made(['calls', 'calls', 'callsBlocking'], { spurious: 1 }),
  'one comes, one tries, one blocks': made(['calls', 'tries', 'callsBlocking'], { spurious: 1 }),
  'one fails, two come': made(['callsAndFails', 'calls', 'calls'], { spurious: 1 }),
  'two fail, one comes': made(['callsAndFails', 'callsAndFails', 'calls']),
  'one tries and fails, two wait': made(['triesAndFails', 'calls', 'callsBlocking']),
  'the time of one is up': made(['calls', 'callsBlocking', 'callsAndFails'], { clock: [1] }),
  'one of three dies': made(['calls', 'calls', 'callsBlocking'], { crash: [0, 1, 2] }),
  'one dies, one fails': made(['calls', 'callsAndFails', 'calls'], { crash: [0, 2] }),
  'one dies, one fails, time is up for one': made(['calls', 'callsBlocking', 'callsAndFails'], {
    crash: [0, 2],
    clock: [1],
    preemptions: 3,
  }),
  'one fails and is dead, two come': made(['triesAndFails', 'calls', 'calls'], { crash: [0] }),
}

verified('once', SCENARIOS)

const MUTANTS: Mutant[] = [
  {
    name: 'two may begin',
    find: 'if (Atomics.compareExchange(words, at + STATE, seen, me) === seen) return BEGUN',
    replace: 'Atomics.store(words, at + STATE, me)\n    return BEGUN',
  },
  { name: 'who ends wakes nobody', find: '  Atomics.notify(words, at + BELL, EVERYBODY)\n', replace: '' },
  {
    name: 'who ends wakes one',
    find: 'Atomics.notify(words, at + BELL, EVERYBODY)',
    replace: 'Atomics.notify(words, at + BELL, 1)',
  },
  { name: 'who ends does not ring', find: '  Atomics.add(words, at + BELL, 1)\n', replace: '' },
  { name: 'who fails has done it', find: 'done ? DONE : 0', replace: 'DONE' },
  {
    name: 'who fails goes on doing it',
    find: 'const seen = Atomics.exchange(words, at + STATE, done ? DONE : 0)',
    replace: 'const seen = done ? Atomics.exchange(words, at + STATE, DONE) : Atomics.load(words, at + STATE)',
  },
  {
    name: 'the bell is read after the look',
    find: '    const bell = Atomics.load(words, at + BELL)\n    const step = beginOrMark(words, at, me)\n    if (step !== BUSY) {\n      taken(step)\n      return step\n    }\n    await',
    replace:
      '    const step = beginOrMark(words, at, me)\n    if (step !== BUSY) {\n      taken(step)\n      return step\n    }\n    const bell = Atomics.load(words, at + BELL)\n    await',
  },
  {
    name: 'who waits does not say so',
    find: 'Atomics.compareExchange(words, at + STATE, seen, seen | WAITED) === seen\n}',
    replace: 'Atomics.compareExchange(words, at + STATE, seen, seen) === seen\n}',
  },
  {
    name: 'what a dead thread was doing is being done',
    find: 'return seen >>> 2 !== 0 && isAlive(words, seen >>> 2)',
    replace: 'return seen >>> 2 !== 0',
  },
  {
    name: 'what a thread is doing is not being done',
    find: 'return seen >>> 2 !== 0 && isAlive(words, seen >>> 2)',
    replace: 'return false',
  },
  {
    name: 'who waits sleeps though it was done',
    find: '    if (isDoing(words, seen) && isMarked(words, at, seen)) return BUSY',
    replace: '    if (isMarked(words, at, seen)) return BUSY',
  },
]

mutants('once', MUTANTS, byScenarios(SCENARIOS))
