import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { byScenarios, mutants, verified } from './report.ts'

// Words of the surroundings, in front of the ring: messages in either direction, the last task that ran, and whether the host knows that the worker has ended.
const TO_WORKER = 0
const TO_HOST = 1
const RAN = 2
const ENDED = 3
/** The tasks in the messages to the worker, in their order. */
const BOXES = 4
/** A task that is taken back when the worker is dead, or not: the host's last word. */
const SETTLED = 6
const AT = 8
/** Where the task of a call lies, and that of a knock. */
const CALL = AT + 33
const KNOCK = AT + 34
/** In place of a task in a message: it is no more than a knock. */
const KNOCKED = 9

const TASKS = 2

// A host that gives two tasks, by a call where the worker listens and else by message, with a knock if it may, and waits for their answers: for each before it gives the next, or for both. A
// worker that runs what it is given, once and in the order in which it was given, and listens once when it has nothing to do.
const SCENARIO = `
async function host(words, waits, looks, knocks) {
  let sent = 0
  let seen = 0
  for (let task = 1; task <= ${TASKS}; task++) {
    if (seen === task - 1) { if (looks) { stayAwake(words, ${AT}) } else { fallAsleep(words, ${AT}, seen) } }
    sent = give(words, task, sent, knocks)
    if (waits) { seen = await answers(words, seen, task, looks) }
  }
  seen = await answers(words, seen, ${TASKS}, looks)
  Atomics.store(words, ${SETTLED}, seen)
}
function give(words, task, sent, knocks) {
  if (canCall(words, ${AT}, sent)) {
    Atomics.store(words, ${CALL}, task)
    if (call(words, ${AT}, sent)) { return sent }
  }
  if (knocks && canKnock(words, ${AT})) {
    Atomics.store(words, ${KNOCK}, task)
    knock(words, ${AT})
    Atomics.store(words, ${BOXES} + sent, ${KNOCKED})
  } else {
    Atomics.store(words, ${BOXES} + sent, task)
  }
  Atomics.add(words, ${TO_WORKER}, 1)
  Atomics.notify(words, ${TO_WORKER}, 1)
  dismiss(words, ${AT}, sent)
  return sent + 1
}
async function answers(words, before, wanted, looks) {
  let seen = before
  let messages = Atomics.load(words, ${TO_HOST})
  if (looks) { awaitAnswer(words, ${AT}, seen, 1) }
  while (seen !== wanted) {
    seen = Atomics.load(words, ${AT} + ANSWERS)
    if (seen === wanted) { return seen }
    if (Atomics.load(words, ${ENDED}) === 1) { return Atomics.load(words, ${AT} + ANSWERS) }
    if (fallAsleep(words, ${AT}, seen)) {
      await wait(words, ${TO_HOST}, messages)
      messages = Atomics.load(words, ${TO_HOST})
    }
  }
  return seen
}
async function worker(words) {
  let received = 0
  let done = 0
  while (done !== ${TASKS}) {
    if (received !== Atomics.load(words, ${TO_WORKER})) {
      done++
      run(words, read(words, received), done)
      received++
    } else {
      if (listen(words, ${AT}, received, 1)) {
        done++
        run(words, Atomics.load(words, ${CALL}), done)
      } else {
        await wait(words, ${TO_WORKER}, received)
      }
    }
  }
}
function read(words, received) {
  const task = Atomics.load(words, ${BOXES} + received)
  if (task !== ${KNOCKED}) { return task }
  assert(isKnocked(words, ${AT}))
  const knocked = Atomics.load(words, ${KNOCK})
  hear(words, ${AT})
  return knocked
}
function run(words, task, done) {
  assert(Atomics.load(words, ${RAN}) === task - 1)
  Atomics.store(words, ${RAN}, task)
  if (publish(words, ${AT}, done)) {
    Atomics.add(words, ${TO_HOST}, 1)
    Atomics.notify(words, ${TO_HOST}, 1)
  }
}
function ends(words) {
  Atomics.store(words, ${ENDED}, 1)
  Atomics.add(words, ${TO_HOST}, 1)
  Atomics.notify(words, ${TO_HOST}, 1)
}
`

interface Kind {
  /** The host waits for an answer before it gives the next task. */
  readonly waits: boolean
  /** It looks for answers before it falls asleep. */
  readonly looks: boolean
  /** Messages with tasks are knocks where that is possible. */
  readonly knocks?: boolean
  readonly crash?: boolean
}

function scenario({ waits, looks, knocks = false, crash = false }: Kind, mutant?: Mutant): Scenario {
  const texts = readTexts([algorithm('ring', mutant), SCENARIO])
  const program = (name: string, ...args: number[]): ReturnType<typeof compile> => compile(texts, name, args)
  const memory = Object.fromEntries(
    [TO_WORKER, TO_HOST, RAN, ENDED, BOXES, BOXES + 1, SETTLED, CALL, KNOCK, AT, AT + 1, AT + 2, AT + 18, AT + 32].map(
      (word) => [word, 0],
    ),
  )
  return {
    programs: [program('host', Number(waits), Number(looks), Number(knocks)), program('worker')],
    memory,
    capacity: 1,
    spurious: 0,
    ...(crash && { crash: { times: 1, agents: [[1]], announce: () => program('ends') } }),
    atRest,
  }
}

/** The host has heard of all that has run: of everything, unless the worker is dead. */
function atRest({ word, threads: [host, worker] }: View): string | undefined {
  // The host has not yet heard of the end.
  if (worker!.crashed && word(ENDED) === 0) return undefined
  if (!host!.done) return 'the host waits for ever'
  if (worker!.crashed) return word(SETTLED) === word(AT) ? undefined : 'the host has missed an answer'
  return word(SETTLED) === TASKS && worker!.done ? undefined : 'a task has not run'
}

const SCENARIOS: Record<string, (mutant?: Mutant) => Scenario> = {
  'one task after the other, answers by message': (mutant) => scenario({ waits: true, looks: false }, mutant),
  'one task after the other, answers that the host looks for': (mutant) =>
    scenario({ waits: true, looks: true }, mutant),
  'two tasks at once, answers by message': (mutant) => scenario({ waits: false, looks: false }, mutant),
  'two tasks at once, answers that the host looks for': (mutant) => scenario({ waits: false, looks: true }, mutant),
  'one task after the other, with knocks': (mutant) => scenario({ waits: true, looks: true, knocks: true }, mutant),
  'two tasks at once, with knocks': (mutant) => scenario({ waits: false, looks: false, knocks: true }, mutant),
  'one task after the other, the worker dies': (mutant) => scenario({ waits: true, looks: true, crash: true }, mutant),
  'two tasks at once, the worker dies': (mutant) => scenario({ waits: false, looks: false, crash: true }, mutant),
}

const MUTANTS: Mutant[] = [
  {
    name: 'a worker looks at the host before it publishes',
    find: `  Atomics.store(words, at + ANSWERS, position)
  if (Atomics.load(words, at + HOST) !== SLEEPS) return false
`,
    replace: `  const host = Atomics.load(words, at + HOST)
  Atomics.store(words, at + ANSWERS, position)
  if (host !== SLEEPS) return false
`,
  },
  { name: 'no message is posted', find: 'SLEEPS, LOOKS) === SLEEPS', replace: 'SLEEPS, LOOKS) === LOOKS' },
  {
    name: 'a message is posted only to a host that looks',
    find: 'if (Atomics.load(words, at + HOST) !== SLEEPS) return false',
    replace: 'if (Atomics.load(words, at + HOST) === SLEEPS) return false',
  },
  { name: 'an answer is not published', find: 'at + ANSWERS, position)', replace: 'at + ANSWERS, position - 1)' },
  {
    name: 'a host falls asleep without a last look',
    find: 'return Atomics.load(words, at + ANSWERS) === seen',
    replace: 'return true',
  },
  {
    name: 'a host takes its last look before it falls asleep',
    find: `  Atomics.store(words, at + HOST, SLEEPS)
  return Atomics.load(words, at + ANSWERS) === seen`,
    replace: `  const same = Atomics.load(words, at + ANSWERS) === seen
  Atomics.store(words, at + HOST, SLEEPS)
  return same`,
  },
  {
    name: 'a host that falls asleep does not say so',
    find: `  Atomics.store(words, at + HOST, SLEEPS)
  return`,
    replace: '  return',
  },
  {
    name: 'a worker that leaves looks and then writes',
    find: '  return Atomics.exchange(words, at + WORKER, AWAY) === CALLED',
    replace: `  const called = Atomics.load(words, at + WORKER) === CALLED
  Atomics.store(words, at + WORKER, AWAY)
  return called`,
  },
  {
    name: 'a worker leaves without saying so',
    find: 'Atomics.exchange(words, at + WORKER, AWAY) === CALLED',
    replace: 'Atomics.load(words, at + WORKER) === CALLED',
  },
  {
    name: 'a worker that was dismissed takes it for a call',
    find: 'at + WORKER, AWAY) === CALLED',
    replace: 'at + WORKER, AWAY) !== listens',
  },
  {
    name: 'a worker that is called does not take the task',
    find: 'at + WORKER, AWAY) === CALLED',
    replace: 'at + WORKER, AWAY) === AWAY',
  },
  {
    name: 'a call overtakes messages',
    find: 'return (messages << STATE_BITS) | LISTENS',
    replace: 'return LISTENS',
  },
  {
    name: 'a task is written when the worker may be reading one',
    find: 'return Atomics.load(words, at + WORKER) === listening(sent)',
    replace: 'return true',
  },
  {
    name: 'a host calls a worker that has left',
    find: '  return Atomics.compareExchange(words, at + WORKER, listens, CALLED) === listens',
    replace: '  Atomics.store(words, at + WORKER, CALLED)\n  return listens > 0',
  },
  {
    name: 'a call is taken for a failed one',
    find: 'listens, CALLED) === listens',
    replace: 'listens, CALLED) !== listens',
  },
  {
    name: 'a worker that was called is dismissed',
    find: '  Atomics.compareExchange(words, at + WORKER, listening(sent), AWAY)',
    replace: '  Atomics.store(words, at + WORKER, AWAY)',
  },
  {
    name: 'a task is written when the worker may not have heard of the last',
    find: 'return Atomics.load(words, at + HEARD) === Atomics.load(words, at + KNOCKS)',
    replace: 'return true',
  },
  {
    name: 'a knock is not counted',
    find: 'Atomics.add(words, at + KNOCKS, 1)',
    replace: 'Atomics.add(words, at + KNOCKS, 0)',
  },
]

verified('the ring', SCENARIOS)
mutants('the ring', MUTANTS, byScenarios(SCENARIOS))
