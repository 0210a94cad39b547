/**
 * Scenarios of primitives that keep a roster, and of agents that die.
 *
 * What a thread does when a death comes between its look and its sleep is proved in `agent.test.ts`. Here the sleeps of shipped texts go through the same steps where
 * somebody may crash: a sleeper that has missed a death is woken again.
 */

import type { Mutant } from './algorithms.ts'
import { algorithm } from './algorithms.ts'
import type { Program } from './compile.ts'
import { compile, readTexts } from './compile.ts'
import type { Scenario, View } from './explore.ts'
import { agentIn, arenaOf, FIRST_WORD, LAYOUT, SLOTS, slotWord } from './layout.ts'

/** Where the words of the primitive lie. */
export const AT = FIRST_WORD
export const PRIMITIVE_WORDS = 8
export const RECORD_WORDS = 8

/** The record of a thread. */
export const recordOf = (thread: number): number => AT + PRIMITIVE_WORDS + thread * RECORD_WORDS

/** The agent of a thread; each has its own. */
export const agentOf = (thread: number): number => agentIn(thread + 1)

export type Threads = readonly (readonly [name: string, ...args: number[]])[]

export interface Parts {
  /** The algorithm, and those it is built on. */
  readonly algorithms: readonly string[]
  /** What the threads do; called with `words, at, record, agent` and the arguments of each. */
  readonly scenario: string
  /** The word of the primitive that begins the roster, if it has one. */
  readonly roster?: number
  readonly capacity?: number
  atRest(view: View): string | undefined
}

export interface More {
  readonly mutant?: Mutant | undefined
  readonly spurious?: number
  /** Threads that may crash, one of them in a run. */
  readonly crash?: readonly number[]
  /** Threads whose time may be up, one of them in a run. */
  readonly clock?: readonly number[]
  /** What may interrupt a thread while it awaits: a function of the scenario, called as the threads are. */
  readonly interrupts?: readonly (readonly [thread: number, name: string])[]
  readonly preemptions?: number
  readonly overtakes?: number
  /** Words of the primitive, its records and beyond that differ from 0. */
  readonly words?: readonly (readonly [index: number, value: number])[]
  /** Threads that have no record at first; their `record` is one that nobody uses. */
  readonly strangers?: readonly number[]
  /** Agents whose records are there, and who are dead, with this in their words from the third on. */
  readonly dead?: readonly (readonly number[])[]
}

/** `wait.ts` in the language of the models, and what a host does about a death. */
const SLEEPS = `
async function awaitsKnowing(words, index, value) {
  if (fallAsleep(words, THIS, Atomics.load(words, KNOWN))) { await wait(words, index, value); wakeUp(words, THIS) }
  else { Atomics.store(words, KNOWN, Atomics.load(words, DEATHS)) }
}
function blocksKnowing(words, index, value, deadline) {
  if (fallAsleep(words, THIS, Atomics.load(words, KNOWN))) { block(words, index, value, deadline); wakeUp(words, THIS) }
  else { Atomics.store(words, KNOWN, Atomics.load(words, DEATHS)) }
}
function dies(words, life, mark) {
  Atomics.store(words, life, mark)
  Atomics.add(words, DEATHS, 1)
  notifyEvery(words)
  while (someoneMissed(words)) { notifyEvery(words) }
}
`

/** A scenario in which each thread is an agent of its own. */
export function scenarioOf(parts: Parts, threads: Threads, more: More = {}): Scenario {
  const { mutant, crash, clock, interrupts = [], words = [], strangers = [], dead = [] } = more
  if (mutant !== undefined && !parts.algorithms.some((name) => algorithm(name).includes(mutant.find)))
    throw new Error(`the mutant "${mutant.name}" fits no place`)
  const records = threads.length + dead.length
  const known = recordOf(records)
  const mayDie = crash !== undefined
  const texts = parts.algorithms.map((name) => textOf(name, mutant)).map((text) => (mayDie ? knowing(text) : text))
  const program = (thread: number, name: string, args: readonly number[]): Program => {
    const constants = { THIS: agentOf(thread), KNOWN: known + thread }
    return compile(readTexts([LAYOUT, ...texts, SLEEPS, parts.scenario], constants), name, args)
  }
  const argsOf = (thread: number): number[] => [AT, recordOf(thread), agentOf(thread)]
  const memory = arenaOf(
    threads.map((_, thread) => thread + 1),
    known + threads.length - FIRST_WORD,
  )
  if (parts.roster !== undefined) enlistAll(memory, AT + parts.roster, threads, strangers, dead)
  for (const [index, value] of words) memory[index] = value
  return {
    programs: threads.map(([name, ...args], thread) => program(thread, name, [...argsOf(thread), ...args])),
    memory,
    capacity: parts.capacity ?? 255,
    spurious: more.spurious ?? 0,
    ...(mayDie ? { crash: { times: 1, agents: crash.map((thread) => [thread]), announce: announcer(program) } } : {}),
    ...(clock === undefined ? {} : { clock: { times: 1, threads: clock } }),
    interrupts: interrupts.map(([thread, name]) => ({ thread, name, program: program(thread, name, argsOf(thread)) })),
    ...(more.preemptions === undefined ? {} : { preemptions: more.preemptions }),
    ...(more.overtakes === undefined ? {} : { overtakes: more.overtakes }),
    atRest: parts.atRest,
  }
}

function announcer(program: (thread: number, name: string, args: readonly number[]) => Program) {
  return (thread: number): Program => program(thread, 'dies', [slotWord(thread + 1, 0), DEAD_LIFE])
}

/** Generation 1, dead. */
const DEAD_LIFE = (1 << 2) | 2

function enlistAll(
  memory: number[],
  head: number,
  threads: Threads,
  strangers: readonly number[],
  dead: More['dead'] & object,
): void {
  const put = (index: number, agent: number): void => {
    memory[recordOf(index)] = agent
    memory[recordOf(index) + 1] = memory[head]!
    memory[head] = recordOf(index)
  }
  threads.forEach((_, thread) => {
    if (!strangers.includes(thread)) put(thread, agentOf(thread))
  })
  dead.forEach((left, index) => {
    // A slot that a thread has now, in the generation before.
    put(threads.length + index, (index % (SLOTS - 1)) + 1)
    left.forEach((value, word) => (memory[recordOf(threads.length + index) + 2 + word] = value))
  })
}

/** The text of an algorithm, with the defect if it is in this one. */
function textOf(name: string, mutant?: Mutant): string {
  const isHere = mutant !== undefined && algorithm(name).includes(mutant.find)
  return algorithm(name, isHere ? mutant : undefined)
}

function knowing(text: string): string {
  return text.replaceAll('await wait(', 'await awaitsKnowing(').replaceAll(' block(', ' blocksKnowing(')
}

/** The first fault that is found at rest: somebody who lives sleeps, or a word is not as it should be. */
export function sleepsOrLeaves(
  { threads, word }: View,
  expected: Readonly<Record<number, number>>,
): string | undefined {
  const asleep = threads.findIndex((thread) => thread.asleep)
  if (asleep >= 0) return `thread ${asleep} sleeps for ever`
  for (const [index, value] of Object.entries(expected))
    if (word(Number(index)) !== value)
      return `word ${Number(index) - AT} is left at ${word(Number(index))}, not ${value}`
  return undefined
}
