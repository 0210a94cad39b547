import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Call } from './deaths.ts'
import { AT, agentOf, mortal } from './deaths.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

/** What the simulated threads do, in the language of the algorithms. Each has one node for its waits. */
const SCENARIO = `
async function awaits(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
  enter(need); leave(need); release(words, at, need, me)
}
function blocks(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { acquireBlocking(words, at, node, need, me, 0) }
  enter(need); leave(need); release(words, at, need, me)
}
function blocksAWhile(words, at, node, me, need) {
  if (tryAcquire(words, at, need)) { enter(need); leave(need); release(words, at, need, me) }
  else if (acquireBlocking(words, at, node, need, me, 0)) { enter(need); leave(need); release(words, at, need, me) }
}
function tries(words, at, node, me, need) {
  if (tryAcquire(words, at, need)) { enter(need); leave(need); release(words, at, need, me) }
}
async function awaitsTwice(words, at, node, me, first, second) {
  await awaits(words, at, node, me, first)
  if (isFree(words, node)) { await awaits(words, at, node, me, second) }
}
function triesThrice(words, at, node, me, need) {
  for (let time = 0; time < 3; time += 1) { tries(words, at, node, me, need) }
}
function blocksThrice(words, at, node, me, need) {
  for (let time = 0; time < 3; time += 1) { if (isFree(words, node)) { blocks(words, at, node, me, need) } }
}
async function takes(words, at, node, me, need) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
}
async function takesOrIsAborted(words, at, node, me, need, gone) {
  if (!tryAcquire(words, at, need)) { await acquireAsync(words, at, node, need, me) }
  if (Atomics.load(words, gone) === 1) { Atomics.store(words, gone, 2) } else { Atomics.store(words, gone, 3) }
}
function aborts(words, at, node, me, gone) { if (cancel(words, at, node, me)) { Atomics.store(words, gone, 1) } }
function gives(words, at, node, me, count) { release(words, at, count, me) }
function givesTwice(words, at, node, me, count) { release(words, at, count, me); release(words, at, count, me) }
`

const SERVER = 1
const NEWEST = 2
const FIRST = 3
const LAST = 4
const SEMAPHORE_WORDS = 8
const NODE_WORDS = 5
const OLDER = 3
/** Behind the nodes: how the thread that may be aborted has ended. */
const WORDS = SEMAPHORE_WORDS + 3 * NODE_WORDS + 1
const GONE = AT + WORDS - 1

type Threads = readonly [name: string, ...args: number[]][]

interface More {
  mutant?: Mutant | undefined
  spurious?: number
  /** The threads that may die, one of them in a run. */
  crash?: readonly number[]
  clock?: number
  /** The thread that may be aborted while it waits. */
  abort?: number
  preemptions?: number
  /** How often a waiter may be overtaken once it has slept. */
  overtakes?: number
}

const nodeOf = (thread: number): number => AT + SEMAPHORE_WORDS + thread * NODE_WORDS

function scenario(threads: Threads, permits: number, more: More = {}): Scenario {
  const { mutant, spurious = 0, crash, clock = 0, abort, preemptions, overtakes } = more
  const { programs, memory, program, announce } = mortal({
    texts: [algorithm('semaphore', mutant), SCENARIO],
    calls: threads.map(([name, ...args], thread): Call => [name, AT, nodeOf(thread), agentOf(thread), ...args]),
    words: WORDS,
    immortal: crash === undefined,
  })
  memory[AT] = permits << 2
  return {
    programs,
    memory,
    capacity: threads.reduce((sum, [name, count = 0]) => sum + (name === 'gives' ? count : 0), permits),
    spurious,
    ...(crash === undefined ? {} : { crash: { times: 1, agents: crash.map((thread) => [thread]), announce } }),
    ...(clock === 0 ? {} : { clock: { times: clock } }),
    ...(abort === undefined
      ? {}
      : {
          interrupts: [
            {
              thread: abort,
              program: program(abort, ['aborts', AT, nodeOf(abort), agentOf(abort), GONE]),
              name: 'abort',
            },
          ],
        }),
    ...(preemptions === undefined ? {} : { preemptions }),
    ...(overtakes === undefined ? {} : { overtakes }),
    atRest: (view) => atRest(view, threads, permits),
  }
}

/** The least and the most permits that may be free. A thread that died may have kept what it asked for, and given what it was to give, or not. */
function mayBeFree(threads: Threads, permits: number, { word, threads: views }: View): [number, number] {
  let least = permits
  let most = permits
  for (const [index, [name, count = 0, second = 0]] of threads.entries()) {
    const { done, crashed } = views[index]!
    const gives = name === 'gives' ? count : name === 'givesTwice' ? 2 * count : 0
    const keeps = name === 'takes' ? done : name === 'takesOrIsAborted' && word(GONE) === 3
    most += gives - (keeps && !crashed ? count : 0)
    least += crashed ? -Math.max(count, second) * (gives > 0 ? 0 : 1) : gives - (keeps ? count : 0)
  }
  return [least, most]
}

/** Nobody who fits sleeps, everybody who sleeps is in the queue, and no permit is lost or invented. */
function atRest(view: View, threads: Threads, permits: number): string | undefined {
  const { word, threads: views } = view
  const asleep = views.flatMap((thread, index) => (thread.asleep ? [index] : []))
  const dead = views.findIndex(({ crashed }) => crashed)
  const serving = word(AT + SERVER)
  // A dead server is found by whoever comes next. Who sleeps has been woken by the death, so nobody does.
  if (serving !== 0 && dead >= 0 && serving >> 1 === agentOf(dead) && asleep.length === 0) return undefined
  if (serving !== 0) return `agent ${serving >> 1} serves`
  const free = word(AT) >> 2
  const [least, most] = mayBeFree(threads, permits, view)
  if (free < least || free > most) return `${free} permits are free, and it should be ${least} to ${most}`
  const queue: number[] = []
  for (let node = word(AT + NEWEST); node !== 0; node = word(node + OLDER))
    queue.unshift((node - nodeOf(0)) / NODE_WORDS)
  const inQueue = queue.filter((thread) => thread !== dead)
  if (asleep.toString() !== inQueue.toSorted().toString())
    return `threads ${asleep} sleep, and ${queue} are in the queue`
  if (queue.length === 0 && (word(AT) & 3) !== 0) return 'the marks say that somebody waits'
  if (asleep.length === 0) return undefined
  if (word(AT + FIRST) !== nodeOf(queue[0]!) || word(AT + LAST) !== nodeOf(queue.at(-1)!))
    return 'the queue has other ends'
  if ((word(AT) & 3) !== 1) return 'the mark does not say that somebody waits'
  if (word(nodeOf(inQueue[0]!) + 1) <= free) return `thread ${inQueue[0]} sleeps, and its permits are free`
  return undefined
}

type Make = (mutant?: Mutant) => Scenario

const make =
  (threads: Threads, permits: number, more: More = {}): Make =>
  (mutant) =>
    // Few switches show a defect; it takes all of them to show that there is none.
    scenario(
      threads,
      permits,
      mutant === undefined ? more : { ...more, preemptions: Math.min(3, more.preemptions ?? 3), mutant },
    )

const ANYBODY = [0, 1, 2]

const SCENARIOS: Record<string, Make> = {
  'take 2, take 1, give 1: the small one must not sleep beside its permit': make(
    [
      ['takes', 2],
      ['takes', 1],
      ['gives', 1],
    ],
    0,
    { spurious: 1 },
  ),
  'take 2, take 1, give 1 twice': make(
    [
      ['takes', 2],
      ['takes', 1],
      ['givesTwice', 1],
    ],
    0,
  ),
  'two permits, needs of 2, 1 and 1': make(
    [
      ['awaits', 2],
      ['blocks', 1],
      ['awaits', 1],
    ],
    2,
  ),
  'two permits, needs of 2, 2 and 1': make(
    [
      ['awaits', 2],
      ['blocks', 2],
      ['tries', 1],
    ],
    2,
  ),
  'two permits, one thread comes twice': make(
    [
      ['awaitsTwice', 2, 1],
      ['blocks', 2],
      ['tries', 1],
    ],
    2,
  ),
  'time is up for one of three': make(
    [
      ['blocksAWhile', 2],
      ['takes', 1],
      ['gives', 1],
    ],
    0,
    { clock: 1 },
  ),
  'one is aborted while it waits': make(
    [
      ['takesOrIsAborted', 2, GONE],
      ['takes', 1],
      ['gives', 1],
    ],
    0,
    { abort: 0 },
  ),
  'one of three dies: take 2, take 1, give 1': make(
    [
      ['takes', 2],
      ['takes', 1],
      ['gives', 1],
    ],
    0,
    { crash: ANYBODY },
  ),
  'time is up for two, who wait one behind the other': make(
    [
      ['blocksAWhile', 1],
      ['blocksAWhile', 1],
      ['gives', 1],
    ],
    0,
    { clock: 2 },
  ),
  'one of two dies, each with the only permit': make(
    [
      ['awaits', 1],
      ['blocks', 1],
      ['gives', 1],
    ],
    0,
    { crash: [0, 1] },
  ),
  'who comes again and again never passes one that has slept': make(
    [
      ['awaits', 2],
      ['triesThrice', 1],
      ['triesThrice', 1],
    ],
    2,
    { overtakes: 0 },
  ),
  'two who come three times overtake one that has slept at most four times': make(
    [
      ['awaits', 1],
      ['blocksThrice', 1],
      ['blocksThrice', 1],
    ],
    1,
    { overtakes: 4, preemptions: 3 },
  ),
  'one dies, one is aborted, time is up for one': make(
    [
      ['takesOrIsAborted', 1, GONE],
      ['blocksAWhile', 1],
      ['gives', 1],
    ],
    0,
    { crash: [2], clock: 1, abort: 0, preemptions: 3 },
  ),
}

verified('semaphore', SCENARIOS)

const MUTANTS: Mutant[] = [
  {
    name: 'who serves does not look whether it was asked again',
    find: `    if (Atomics.compareExchange(words, at + SERVER, me << 1, 0) === me << 1) return
`,
    replace: `    Atomics.store(words, at + SERVER, 0)
    return
`,
  },
  {
    name: 'a grant takes no permits',
    find: 'seen, seen - (need << 2) + GRANTING)',
    replace: 'seen, seen + GRANTING)',
  },
  { name: 'a release does not serve', find: 'if ((seen & QUEUED) !== 0) serve(words, at, me)', replace: '' },
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
    name: 'who comes passes those who wait',
    find: '(seen & FLAGS) !== 0 || seen >>> 2 < need',
    replace: 'seen >>> 2 < need',
  },
  {
    name: 'the mark stays when nobody waits any more',
    find: 'Atomics.compareExchange(words, at + STATE, seen, seen - QUEUED)',
    replace: 'return',
  },
  {
    name: 'a grant wakes nobody',
    find: '        Atomics.notify(words, first + NODE_STATE, 1)',
    replace: '        Atomics.load(words, first)',
  },
  {
    name: 'a waiter overwrites its grant',
    find: '  const state = Atomics.compareExchange(words, node + NODE_STATE, PENDING, ASLEEP)\n  return',
    replace:
      '  const state = Atomics.load(words, node + NODE_STATE)\n  Atomics.store(words, node + NODE_STATE, ASLEEP)\n  return',
  },
  {
    name: 'permits are given back without looking again',
    find: 'if (Atomics.compareExchange(words, at + STATE, seen, seen + (count << 2)) === seen) {',
    replace: 'Atomics.store(words, at + STATE, seen + (count << 2))\n    {',
  },
  {
    name: 'who is removed as the last one overlooks who has come behind',
    find: 'if (Atomics.compareExchange(words, at + NEWEST, node, older) === node) Atomics.store(words, at + LAST, older)',
    replace: 'if (Atomics.exchange(words, at + NEWEST, older) === node || true) Atomics.store(words, at + LAST, older)',
  },
  {
    name: 'a node in the middle is removed in one direction only',
    find: '    Atomics.store(words, newer + NODE_OLDER, older)\n',
    replace: '',
  },
  {
    name: 'nobody takes over from a dead server',
    find: '} else if (isAlive(words, seen >>> 1)) {',
    replace: '} else if (true) {',
  },
  {
    name: 'who takes over does not read the whole chain',
    find: '        Atomics.store(words, at + LAST, 0)\n',
    replace: '',
  },
  {
    name: 'who takes over does not know that permits have been taken out',
    find: '    } else if ((seen & GRANTING) !== 0) {\n      deliver(words, at, first)\n',
    replace: '    } else if (false) {\n      deliver(words, at, first)\n',
  },
  {
    name: 'a dead waiter is granted',
    find: '  return isAlive(words, Atomics.load(words, node + NODE_OWNER))\n',
    replace: '  return true\n',
  },
  {
    name: 'who finds a dead thread in the way does not serve',
    find: '    // Woken and not granted: a thread has died, which may have stood in the way.\n    if (Atomics.load(words, node + NODE_STATE) === ASLEEP) serve(words, at, me)\n',
    replace: '',
  },
  {
    name: 'who goes away takes its grant with it',
    find: 'if (state !== PENDING && state !== ASLEEP) return false\n    if (Atomics.compareExchange(words, node + NODE_STATE, state, GONE) === state) break',
    replace: 'Atomics.store(words, node + NODE_STATE, GONE)\n    break',
  },
  {
    name: 'who goes away does not let those behind it pass',
    find: '  Atomics.store(words, at + LEFT, 1)\n  serve(words, at, me)\n  return true',
    replace: '  return true',
  },
  {
    name: 'the permits of one that goes away while it is granted are lost',
    find: 'else Atomics.add(words, at + STATE, (Atomics.load(words, first + NODE_NEED) << 2) - GRANTING)',
    replace: 'else Atomics.sub(words, at + STATE, GRANTING)',
  },
]

mutants('semaphore', MUTANTS, byScenarios(SCENARIOS))
