// The channel for the explorer: its words, what the simulated threads do with it, and what has to hold when nobody can go on.

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Program } from './compile.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { agentIn, arenaOf, FIRST_WORD, LAYOUT } from './layout.ts'

/** The words of the channel lie closer together than in the arena. */
const NEAR: readonly [string, string][] = [
  ['SLOT_SHIFT = 6', 'SLOT_SHIFT = 0'],
  ['SEND_SIDE = 16', 'SEND_SIDE = 8'],
  ['RECEIVE_SIDE = 32', 'RECEIVE_SIDE = 16'],
]

const AT = FIRST_WORD
const SLOTS = AT + 24
const PAYLOADS = SLOTS + 2
const RECORDS = PAYLOADS + 2
const SENT = RECORDS + 16
const GOT = SENT + 4
const SEEN = GOT + 4
const MAIL = SEEN + 3
const END = MAIL + 1
const HELD = AT + 4

export const WORKER = 4
export const HOST = 6

export const SENDERS = 2
export const RECEIVERS = 3

/** What the simulated threads do. `RING` stands for what says where the ring lies. */
const SCENARIO = `
function fill(words, claimed, value) {
  Atomics.store(words, ${PAYLOADS} + ((claimed - 1) & MASK), value)
  publish(words, ${AT}, words, ${SLOTS}, BITS, claimed - 1)
  Atomics.add(words, ${SENT} + value, 1)
}
function empty(words, claimed) {
  const value = Atomics.load(words, ${PAYLOADS} + ((claimed - 1) & MASK))
  finish(words, ${AT}, words, ${SLOTS}, BITS, claimed - 1)
  Atomics.add(words, ${GOT} + value, 1)
}
function trySend(words, me, value) {
  const claimed = claimToSend(words, RING, me)
  if (claimed !== 0) { fill(words, claimed, value) }
}
function sendBlocking(words, me, value) {
  let claimed = claimToSend(words, RING, me)
  if (claimed === 0) { claimed = claimToSendBlocking(words, RING, me, 0) }
  if (claimed !== 0) { fill(words, claimed, value) }
}
async function sendAsync(words, me, value, lane) {
  let claimed = claimToSend(words, RING, me)
  let waited = false
  while (claimed === 0) {
    if (lookToSend(words, RING) === ENDED) break
    await awaitToSend(words, RING, lane)
    waited = true
    claimed = claimToSend(words, RING, me)
  }
  if (claimed !== 0) { fill(words, claimed, value) }
  if (waited) { passSend(words, RING) }
}
function tryReceive(words, me) {
  const claimed = claimToReceive(words, RING, me)
  if (claimed !== 0) { empty(words, claimed) }
}
function receiveBlocking(words, me) {
  let claimed = claimToReceive(words, RING, me)
  if (claimed === 0) { claimed = claimToReceiveBlocking(words, RING, me, 0) }
  if (claimed !== 0) { empty(words, claimed) }
  return claimed
}
async function receiveAsync(words, me, lane) {
  let claimed = claimToReceive(words, RING, me)
  let waited = false
  while (claimed === 0) {
    if (lookToReceive(words, RING) === ENDED) break
    await awaitToReceive(words, RING, lane)
    waited = true
    claimed = claimToReceive(words, RING, me)
  }
  if (claimed !== 0) { empty(words, claimed) }
  if (waited) { passReceive(words, RING) }
  return claimed
}
function drop(words, record, kind) {
  if (unhold(words, record, kind)) { if (!anyHolds(words, ${AT}, kind)) { close(words, ${AT}) } }
}
function sends(words, me, record, value) { sendBlocking(words, me, value) }
function sendsTwice(words, me, record, first, second) { sendBlocking(words, me, first); sendBlocking(words, me, second) }
async function sendsAwaiting(words, me, record, value, lane) { await sendAsync(words, me, value, lane) }
async function sendsTwiceAwaiting(words, me, record, first, second, lane) { await sendAsync(words, me, first, lane); await sendAsync(words, me, second, lane) }
function triesTwice(words, me, record, first, second) { trySend(words, me, first); trySend(words, me, second) }
function sendsAndDrops(words, me, record, value) { sendBlocking(words, me, value); drop(words, record, ${SENDERS}) }
function sendsTwiceAndDrops(words, me, record, first, second) { sendsTwice(words, me, record, first, second); drop(words, record, ${SENDERS}) }
async function sendsAwaitingAndDrops(words, me, record, value, lane) { await sendAsync(words, me, value, lane); drop(words, record, ${SENDERS}) }
function sendsTurned(words, me, record) {
  const first = claimToSend(words, RING, me)
  const second = claimToSend(words, RING, me)
  fill(words, second, 2)
  fill(words, first, 1)
}
function receivesTurned(words, me, record) {
  const first = claimToReceive(words, RING, me)
  const second = claimToReceive(words, RING, me)
  empty(words, second)
  empty(words, first)
}
function isAborted(words, record) { return Atomics.load(words, ${MAIL}) === 1 }
function aborts(words, me, record) { Atomics.store(words, ${MAIL}, 1) }
async function receivesUnlessAborted(words, me, record, lane) {
  let claimed = 0
  let waited = false
  while (claimed === 0) {
    if (!isAborted(words, record)) { claimed = claimToReceive(words, RING, me) }
    if (claimed !== 0) break
    if (isAborted(words, record)) break
    if (lookToReceive(words, RING) === ENDED) break
    await awaitToReceive(words, RING, lane)
    waited = true
  }
  if (claimed !== 0) { empty(words, claimed) }
  if (waited) { passReceive(words, RING) }
}
function receives(words, me, record) { receiveBlocking(words, me) }
function receivesTwice(words, me, record) { receiveBlocking(words, me); receiveBlocking(words, me) }
function receivesThrice(words, me, record) { receivesTwice(words, me, record); receiveBlocking(words, me) }
async function receivesAwaiting(words, me, record, lane) { await receiveAsync(words, me, lane) }
async function receivesTwiceAwaiting(words, me, record, lane) { await receiveAsync(words, me, lane); await receiveAsync(words, me, lane) }
function triesToReceive(words, me, record) { tryReceive(words, me) }
function drains(words, me, record) { while (receiveBlocking(words, me) !== 0) { Atomics.load(words, ${AT}) } }
async function drainsAwaiting(words, me, record, lane) { while (await receiveAsync(words, me, lane) !== 0) { Atomics.load(words, ${AT}) } }
function receivesAndDrops(words, me, record) { receiveBlocking(words, me); drop(words, record, ${RECEIVERS}) }
function closes(words, me, record) { close(words, ${AT}) }
function closesAndDrains(words, me, record) { close(words, ${AT}); drains(words, me, record) }
function givesAway(words, me, record, way) {
  putOnWay(words, ${AT}, way, ${SENDERS}, 3)
  Atomics.store(words, ${MAIL}, 1)
  Atomics.notify(words, ${MAIL}, 1)
  drop(words, record, ${SENDERS})
}
function getsAndSends(words, me, record, way, value) {
  while (Atomics.load(words, ${MAIL}) === 0) { block(words, ${MAIL}, 0) }
  takeFromWay(words, ${AT}, record, ${SENDERS}, way, 3)
  const state = Atomics.load(words, ${AT})
  assert(state === 0)
  sendBlocking(words, me, value)
  drop(words, record, ${SENDERS})
}
`

/** `wait.ts` in this language, and what a host does about a death. */
const SLEEPS = `
async function waitCounting(words, index, value) {
  if (fallAsleep(words, SELF, Atomics.load(words, KNOWN))) { await wait(words, index, value); wakeUp(words, SELF) }
  else { Atomics.store(words, KNOWN, Atomics.load(words, DEATHS)) }
}
function blockCounting(words, index, value, deadline) {
  let woken = true
  if (fallAsleep(words, SELF, Atomics.load(words, KNOWN))) { woken = block(words, index, value, deadline); wakeUp(words, SELF) }
  else { Atomics.store(words, KNOWN, Atomics.load(words, DEATHS)) }
  return woken
}
function wakeEverybody(words) { notifyEvery(words) }
function announces(words, agent) { announceDeath(words, agent); while (someoneMissed(words)) { notifyEvery(words) } }
`

type Threads = [name: string, ...args: number[]][]

interface More {
  mutant?: Mutant | undefined
  capacity?: 1 | 2
  spurious?: number
  /** Threads that may crash, one in a run. */
  crash?: number[]
  /** Threads whose time may be up. */
  clock?: number[]
  /** The thread that may be aborted while it waits. */
  abort?: number
  preemptions?: number
  /** Ends that agents hold, by thread. Where nobody does, the program holds both. */
  ends?: Partial<Record<number, number>>
  mayStall?: number[]
  /** Somebody receives until nothing will come any more. */
  drained?: boolean
  /** Both slots hold a message at first. */
  full?: boolean
}

export const recordOf = (thread: number): number => RECORDS + thread * 4

/** A run of the shipped text, or of one with a defect, by up to three threads over a channel of two slots. */
export function scenario(threads: Threads, more: More = {}): Scenario {
  const {
    mutant,
    capacity = 1,
    spurious = 0,
    crash,
    clock,
    abort,
    preemptions,
    ends,
    mayStall,
    full = false,
    drained = false,
  } = more
  const bound = mutant === undefined ? preemptions : Math.min(preemptions ?? 2, 2)
  const constants = { BITS: 1, MASK: 1, LIMIT: capacity - 1 }
  const geometry = `${AT}, words, ${SLOTS}, LIMIT, BITS`
  let texts = ['channel', 'holders'].map((name) => textOf(name, mutant))
  for (const [far, near] of NEAR) texts = texts.map((text) => text.replace(far, near))
  if (crash !== undefined) {
    texts = texts.map((text) =>
      text.replaceAll('await wait(', 'await waitCounting(').replaceAll('!block(', '!blockCounting('),
    )
  }
  const program = (thread: number, name: string, args: readonly number[]): Program =>
    compile(
      readTexts(
        [
          LAYOUT,
          algorithm('agent').replace(/export function wakeEverybody[^}]*}/, ''),
          SLEEPS,
          ...texts,
          SCENARIO.replaceAll('RING', geometry),
        ],
        {
          ...constants,
          SELF: agentIn(thread + 1),
          KNOWN: SEEN + thread,
        },
      ),
      name,
      args,
    )
  const memory = arenaOf([1, 2, 3], END - FIRST_WORD)
  putHolders(memory, threads.length, ends)
  if (full) putMessages(memory)
  return {
    programs: threads.map(([name, ...args], thread) =>
      program(thread, name, [agentIn(thread + 1) << 4, recordOf(thread), ...args]),
    ),
    memory,
    capacity: 1,
    spurious,
    ...(crash === undefined
      ? {}
      : {
          crash: {
            times: 1,
            agents: crash.map((thread) => [thread]),
            announce: (thread) => program(thread, 'announces', [agentIn(thread + 1)]),
          },
        }),
    ...(clock === undefined ? {} : { clock: { times: 1, threads: clock } }),
    ...(abort === undefined
      ? {}
      : {
          interrupts: [
            {
              thread: abort,
              program: program(abort, 'aborts', [agentIn(abort + 1) << 4, recordOf(abort)]),
              name: 'abort',
            },
          ],
        }),
    // A planted defect that needs more than that is not among them.
    ...(bound === undefined ? {} : { preemptions: bound }),
    ...(mayStall === undefined ? {} : { mayStall }),
    atRest: (view) => atRest(view, clock ?? [], drained, abort),
  }
}

function putHolders(memory: number[], count: number, ends: More['ends']): void {
  if (ends === undefined) {
    memory[HELD + SENDERS] = memory[HELD + RECEIVERS] = 1
    return
  }
  for (let thread = 0; thread < count; thread++) {
    const record = recordOf(thread)
    memory[record] = memory[HELD]!
    memory[HELD] = record
    memory[record + 1] = agentIn(thread + 1) << 1
    const held = ends[thread]
    if (held !== undefined) memory[record + held] = 1
  }
  // The last record is one of the first thread's, for an end on its way.
  const way = recordOf(3)
  memory[way] = memory[HELD]!
  memory[HELD] = way
  memory[way + 1] = agentIn(1) << 1
}

/** The messages 0 and 3, each in its slot: the next one to be sent is the first of the next lap. */
function putMessages(memory: number[]): void {
  memory[SLOTS] = memory[SLOTS + 1] = 2
  memory[AT + 8] = 1 << 1
  memory[PAYLOADS + 1] = 3
  memory[SENT] = memory[SENT + 3] = 1
}

/** The text of an algorithm, with the defect if it is in this one. */
function textOf(name: string, mutant?: Mutant): string {
  return algorithm(name, mutant !== undefined && algorithm(name).includes(mutant.find) ? mutant : undefined)
}

/** Nobody sleeps, every message that was sent is received once or still there, and nobody is counted who waits no more. */
function atRest({ word, threads }: View, late: number[], drained: boolean, abort?: number): string | undefined {
  // Who was aborted may sleep on, for whoever waits next in its agent.
  const asleep = threads.findIndex((thread, index) => thread.asleep && (index !== abort || word(MAIL) !== 1))
  if (asleep >= 0) return `thread ${asleep} sleeps for ever`
  const died = threads.some((thread) => thread.crashed)
  let missing = 0
  for (let value = 0; value < 4; value++) {
    const [sent, got] = [word(SENT + value), word(GOT + value)]
    if (got > 1) return `message ${value} was received ${got} times`
    if (got > sent && !died) return `message ${value} was received and not sent`
    missing += Math.max(0, sent - got)
  }
  const left = [0, 1].filter((slot) => (word(SLOTS + slot) & 3) === 2).length
  if (drained && left > 0) return `${left} messages were sent after who receives had found that none would come`
  // A crash may have taken one message with it: one that was being read, or one whose reader could not say so any more.
  if (missing > left + (died ? 1 : 0)) return `${missing} messages were sent and not received, and ${left} are left`
  if (died || late.length > 0 || threads.some((thread) => !thread.done)) return undefined
  for (const count of [9, 11, 13, 15, 17, 19, 21, 23])
    if (word(AT + count) !== 0) return `${word(AT + count)} waiters are counted in word ${count}`
  return undefined
}
