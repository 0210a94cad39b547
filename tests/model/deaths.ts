/**
 * Deaths of agents in scenarios: the shipped `agent-algorithm.ts` in a small arena, with sleeps as `wait.ts` does them.
 *
 * In `wait.ts`, who is about to sleep counts the deaths once more, so that it does not miss one that was announced since it looked. The explorer's `wait` and `block` only
 * sleep. So in the text of an algorithm they are replaced by
 * the functions below.
 */

import { algorithm } from './algorithms.ts'
import type { Program } from './compile.ts'
import { compile, readTexts } from './compile.ts'
import { agentIn, arenaOf, FIRST_WORD, LAYOUT } from './layout.ts'

const SLEEPS = `
async function waitCounting(words, index, value) {
  if (fallAsleep(words, SELF, Atomics.load(words, SEEN))) {
    await wait(words, index, value)
    wakeUp(words, SELF)
  } else { Atomics.store(words, SEEN, Atomics.load(words, DEATHS)) }
}
function blockCounting(words, index, value, deadline) {
  let woken = true
  if (fallAsleep(words, SELF, Atomics.load(words, SEEN))) {
    woken = block(words, index, value, deadline)
    wakeUp(words, SELF)
  } else { Atomics.store(words, SEEN, Atomics.load(words, DEATHS)) }
  return woken
}
function wakeEverybody(words) { notifyEvery(words) }
function announces(words, agent) {
  announceDeath(words, agent)
  while (someoneMissed(words)) { wakeEverybody(words) }
}
`

/** Where the words of a scenario begin. */
export const AT: number = FIRST_WORD

/** The number of the agent of a thread. */
export const agentOf = (thread: number): number => agentIn(thread + 1)

/** A thread of a scenario: what it calls, and with what behind `words`. */
export type Call = readonly [name: string, ...args: number[]]

export interface Mortal {
  /** The texts of the algorithms and of the scenario. */
  readonly texts: readonly string[]
  readonly calls: readonly Call[]
  /** How many words the scenario has, from `AT` on. */
  readonly words: number
  /** The agent of each thread, as a number from 0 on, where two threads belong to one; else each has its own. */
  readonly agents?: readonly number[]
  /** Nobody dies, so sleeps need not count deaths. */
  readonly immortal?: boolean
}

export interface Machinery {
  readonly programs: Program[]
  readonly memory: number[]
  /** A program of the agent of `thread`. */
  program(thread: number, call: Call): Program
  /** What a host runs when the agent of `thread` has ended. */
  announce(thread: number): Program
}

/** The programs and the memory of a scenario whose agents live in the table of agents, and may die. */
export function mortal({ texts, calls, words, agents, immortal = false }: Mortal): Machinery {
  const agentNumber = (thread: number): number => agents?.[thread] ?? thread
  const sources = immortal ? texts : texts.map(counting)
  const seen = (thread: number): number => AT + words + agentNumber(thread)
  const textsOf = (thread: number): ReturnType<typeof readTexts> =>
    readTexts([LAYOUT, algorithm('agent'), SLEEPS, ...sources], {
      SELF: agentOf(agentNumber(thread)),
      SEEN: seen(thread),
    })
  const program = (thread: number, [name, ...args]: Call): Program => compile(textsOf(thread), name, args)
  const numbers = calls.map((_, thread) => agentNumber(thread))
  return {
    programs: calls.map((call, thread) => program(thread, call)),
    memory: arenaOf(
      [...new Set(numbers)].map((number) => number + 1),
      words + (immortal ? 0 : Math.max(...numbers) + 1),
    ),
    program,
    announce: (thread) => program(thread, ['announces', agentOf(agentNumber(thread))]),
  }
}

function counting(text: string): string {
  return text.replaceAll('await wait(', 'await waitCounting(').replaceAll(/\bblock\(/g, 'blockCounting(')
}
