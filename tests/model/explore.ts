/**
 * Runs every interleaving of some programs over simulated shared memory: sequentially consistent words, and wait lists that are first-in first-out. Each state is
 * visited once. What the surroundings may do to a thread at any moment, as often as the scenario allows, is a step like any other:
 *
 *   wakes by itself     a sleeper wakes out of nothing (`spurious`)
 *   a nap ends          who naps goes on by itself. That happens sooner or later, so a state in which somebody naps is not at rest
 *   crashes             a thread stops, wherever it is, and all threads of its agent with it (`crash`). One that sleeps leaves the wait list. One that was woken takes the
 *                       wake-up with it, since nobody else gets it. From then on the program `announce` of this thread may run, which is what a host does when it
 *                       has seen that a worker ended: the shipped text that marks it dead, then `notifyEvery(words)`, which wakes every sleeper on any word, once
 *   time is up          `isOver` tells it, and a `block` with a deadline ends (`clock`). A thread that a `notify` has counted was woken by it, and not by the clock
 *   an interrupt runs   a program of its own, such as the shipped cancel code, while a thread of the same agent is suspended in `await wait(…)` (`interrupts`). As an
 *                       abort listener or a timer does, it keeps the agent busy: the awaiting thread goes on when it has ended, even if it was woken before
 *
 * Mind this about deaths: a thread that has looked at the table of agents before the mark, and falls asleep after `notifyEvery`, sleeps on. Nothing in the explorer helps it, so
 * an algorithm (or its host) must.
 *
 * What is wrong with a state: `held` above `capacity`, an `assert` that is false, a waiter that was overtaken more often than `overtakes`, and whatever `atRest` says of
 * a state in which nobody can go on. That state need not wait for a crash, a clock or an interrupt that may yet come.
 */

import type { Instruction, Program } from './compile.ts'
import { reaches } from './liveness.ts'
import type { Body } from './machine.ts'
import { ABSENT, ASLEEP, CRASHED, DONE, Machine, OVER, RUNNING, WOKEN } from './machine.ts'
import { Parents, Seen } from './seen.ts'

/** What a scenario looks at. */
export interface View {
  /** A word of shared memory. */
  word(index: number): number
  readonly threads: readonly ThreadView[]
}

export interface ThreadView {
  readonly done: boolean
  readonly asleep: boolean
  readonly crashed: boolean
}

export interface Scenario {
  readonly programs: readonly Program[]
  /** Words at the start: the first ones, or any by their index. No others exist. */
  readonly memory: readonly number[] | Readonly<Record<number, number>>
  /** At most this much may be held at the same time; `enter(n)` and `leave(n)` count. */
  readonly capacity: number
  /** How many wake-ups out of nothing a run may contain. */
  readonly spurious: number
  /** Threads that may be busy with other work for ever once they have been woken. */
  readonly mayStall?: readonly number[]
  readonly crash?: {
    /** How many agents may crash in a run. */
    readonly times: number
    /** The threads of each agent that may crash; any thread, as an agent of its own, unless told. */
    readonly agents?: readonly (readonly number[])[]
    /** What the host runs some time after a crash of the agent with this thread, its first. */
    announce(thread: number): Program
  }
  readonly clock?: Clock
  /** Each runs at most once. */
  readonly interrupts?: readonly { readonly thread: number; readonly program: Program; readonly name: string }[]
  /** How often a run may switch from a thread that could go on to another, what stands by included; as often as it likes unless told. */
  readonly preemptions?: number
  /** How many times others may `enter` while a thread waits: from the first time that it sleeps until it enters. */
  readonly overtakes?: number
  /** What is wrong with a state in which nobody can go on (but threads that stall); undefined if nothing. */
  atRest(view: View): string | undefined
}

export interface Clock {
  /** For how many threads time may be up in a run. */
  readonly times: number
  /** Whose; anybody's unless told. */
  readonly threads?: readonly number[]
}

export interface Result {
  readonly states: number
  /** What was found; undefined when every state is fine. */
  readonly fault: string | undefined
  /** False when there are more states than were allowed; `fault` says so, too. */
  readonly complete: boolean
  /** The steps that lead there. */
  readonly path: readonly string[]
}

/** No scenario has more states. */
export const MOST_STATES = 40_000_000

/** Visits all states, or stops at the first fault. */
export function explore(scenario: Scenario, maxStates: number = MOST_STATES): Result {
  return new Explorer(scenario).run(maxStates)
}

const SPURIOUS = 0
const CRASHES = 1
const CLOCK = 2
/** With a bound on preemptions, who has the processor: the number of a body + 1; 0 when it could not go on. */
const LAST = 3

/** A step that may be possible in a state. */
interface Choice {
  possible(): boolean
  /** Whether it takes the processor from somebody who could go on. */
  preempts?(): boolean
  take(): void
  tell(): string
}

function isNap(instruction: Instruction): boolean {
  return instruction.op === 'effect' && (instruction.sleep === 'naps' || instruction.sleep === 'naps awaiting')
}

/** What a run has found so far. */
interface Search {
  readonly seen: Seen
  readonly parents: Parents
  readonly maxStates: number
  fault: string | undefined
  complete: boolean
}

class Explorer {
  private readonly scenario: Scenario
  private readonly machine: Machine
  private readonly choices: readonly Choice[]
  /** For each thread, the bodies of its interrupts. */
  private readonly interrupts: number[][]
  private readonly agents: readonly (readonly number[])[]
  private readonly bodies: Body[]
  private readonly view: View

  constructor(scenario: Scenario) {
    const { programs, crash, interrupts = [], memory } = scenario
    this.scenario = scenario
    this.agents = crash === undefined ? [] : (crash.agents ?? programs.map((_, thread) => [thread]))
    const lingering = new Set([...(scenario.mayStall ?? []), ...interrupts.map(({ thread }) => thread)])
    this.bodies = [
      ...programs.map((program, index) => ({ program, standsBy: false, lingers: lingering.has(index) })),
      ...this.agents.map(([thread]) => ({ program: crash!.announce(thread!), standsBy: true, lingers: false })),
      ...interrupts.map(({ program }) => ({ program, standsBy: true, lingers: false })),
    ]
    const firstInterrupt = programs.length + this.agents.length
    this.interrupts = programs.map((_, thread) =>
      interrupts.flatMap((interrupt, index) => (interrupt.thread === thread ? [firstInterrupt + index] : [])),
    )
    const words = new Map(Object.entries(memory).map(([address, value]) => [Number(address), value]))
    const budgets = [scenario.spurious, crash?.times ?? 0, scenario.clock?.times ?? 0, 0]
    const machine = new Machine(words, this.bodies, budgets, scenario.overtakes ?? -1)
    this.machine = machine
    this.choices = [
      ...this.bodies.map((_, body) => this.stepOf(body)),
      ...programs.flatMap((_, thread) => (scenario.spurious === 0 ? [] : [this.wakeUpOf(thread)])),
      ...programs.flatMap(({ code }, thread) => (code.some(isNap) ? [this.endOfNap(thread)] : [])),
      ...this.agents.map((_, agent) => this.crashOf(agent)),
      ...programs.flatMap((_, thread) => (scenario.clock === undefined ? [] : [this.timeOf(thread, scenario.clock)])),
      ...interrupts.map(({ thread, name }, index) => this.interruptOf(thread, firstInterrupt + index, name)),
    ]
    const threads = programs.map((_, thread) => ({
      get done() {
        return machine.status(thread) === DONE
      },
      get asleep() {
        return machine.status(thread) === ASLEEP
      },
      get crashed() {
        return machine.status(thread) === CRASHED
      },
    }))
    this.view = { word: (index) => machine.word(index), threads }
  }

  /**
   * Without a bound, depth first. With one, level by level: first what needs no preemption, then from each state of the level before what one more reaches. So a state is
   * visited once, with the fewest preemptions that lead to it.
   */
  run(maxStates: number): Result {
    const { machine, scenario } = this
    const seen = new Seen(machine.row.length)
    const search: Search = { seen, parents: new Parents(), maxStates, fault: undefined, complete: true }
    seen.add(machine.row)
    search.parents.add(0, 0)
    search.fault = machine.broken ?? this.fault()
    this.goOn(search, 0)
    let from = 0
    for (let level = 0; level < (scenario.preemptions ?? 0); level++) {
      const to = seen.size
      for (let state = from; state < to && search.fault === undefined; state++) this.preempt(search, state)
      from = to
    }
    const { fault, complete } = search
    return { states: seen.size, fault, complete, path: fault === undefined || !complete ? [] : this.tell(search) }
  }

  /** Visits what can be reached from a state without a preemption. */
  private goOn(search: Search, root: number): void {
    const { machine, choices } = this
    const stack = [root]
    const next = [0]
    while (stack.length > 0 && search.fault === undefined) {
      const top = stack.length - 1
      search.seen.read(stack[top]!, machine.row)
      let choice = next[top]!
      while (choice < choices.length && (!choices[choice]!.possible() || choices[choice]!.preempts?.() === true))
        choice++
      next[top] = choice + 1
      if (choice === choices.length) {
        stack.pop()
        next.pop()
        continue
      }
      const state = this.step(search, stack[top]!, choice)
      if (state === -1) continue
      stack.push(state)
      next.push(0)
    }
  }

  /** Visits what can be reached from a state with one preemption, the next step. */
  private preempt(search: Search, state: number): void {
    const { machine, choices } = this
    for (let choice = 0; choice < choices.length && search.fault === undefined; choice++) {
      search.seen.read(state, machine.row)
      if (!choices[choice]!.possible() || choices[choice]!.preempts?.() !== true) continue
      const reached = this.step(search, state, choice)
      if (reached !== -1) this.goOn(search, reached)
    }
  }

  /** Takes a step from the state that the machine is in. The number of the state that it leads to, or -1 when that is known. */
  private step(search: Search, from: number, choice: number): number {
    const { machine } = this
    search.fault = this.take(this.choices[choice]!)
    if (this.scenario.preemptions !== undefined) this.forgetWhoWaits()
    const state = search.seen.add(machine.row)
    if (state !== -1) search.parents.add(from, choice)
    // The last step of the way to a fault, also where it leads to a state that is known.
    if (search.fault !== undefined && state === -1) search.parents.end(from, choice)
    if (state === -1) return -1
    search.fault ??= this.fault()
    if (search.fault === undefined && search.seen.size > search.maxStates) {
      search.fault = `more than ${search.maxStates} states`
      search.complete = false
    }
    return state
  }

  /** Who cannot go on has given up the processor. */
  private forgetWhoWaits(): void {
    const last = this.budget(LAST)
    if (last !== 0 && !this.canStep(last - 1)) this.spend(LAST, -last)
  }

  /** Changes the state. What is wrong with the step itself: an assertion, or an access of a word that does not exist. */
  private take(choice: Choice): string | undefined {
    try {
      choice.take()
    } catch (error) {
      return (error as Error).message
    }
    return this.machine.broken
  }

  private tell({ seen, parents }: Search): string[] {
    const steps = parents.way().map(([state, choice]) => {
      seen.read(state, this.machine.row)
      return this.choices[choice]!.tell()
    })
    return ['start', ...steps]
  }

  /** What is wrong with this state. */
  private fault(): string | undefined {
    const { machine, scenario } = this
    if (machine.heldNow > scenario.capacity) return `${machine.heldNow} held at the same time`
    for (let body = 0; body < this.bodies.length; body++) {
      const status = machine.status(body)
      if (status === RUNNING || (status === WOKEN && !this.stalls(body)) || this.naps(body)) return undefined
    }
    return scenario.atRest(this.view)
  }

  private stalls(thread: number): boolean {
    return this.scenario.mayStall?.includes(thread) === true
  }

  private budget(which: number): number {
    return this.machine.state[this.machine.budgets + which]!
  }

  private spend(which: number, change: number): void {
    this.machine.state[this.machine.budgets + which]! += change
  }

  /** Whether a thread can go on and nothing else keeps its agent busy. */
  private canStep(body: number): boolean {
    const status = this.machine.status(body)
    if (status !== RUNNING && status !== WOKEN) return false
    return !this.interrupts[body]?.some((interrupt) => this.machine.status(interrupt) === RUNNING)
  }

  private stepOf(body: number): Choice {
    const { machine } = this
    const isBound = this.scenario.preemptions !== undefined
    const { code } = this.bodies[body]!.program
    return {
      possible: () => this.canStep(body),
      preempts: () => isBound && this.budget(LAST) !== 0 && this.budget(LAST) !== body + 1,
      take: () => {
        if (isBound) this.spend(LAST, body + 1 - this.budget(LAST))
        machine.step(body)
      },
      tell: () =>
        `${body} ${machine.status(body) === WOKEN ? 'runs after its wake-up' : code[machine.place(body)]!.line}`,
    }
  }

  private wakeUpOf(thread: number): Choice {
    return {
      possible: () => this.budget(SPURIOUS) > 0 && this.machine.status(thread) === ASLEEP,
      take: () => {
        this.spend(SPURIOUS, -1)
        this.machine.wake(thread, 1)
      },
      tell: () => `${thread} wakes by itself`,
    }
  }

  private endOfNap(thread: number): Choice {
    return {
      possible: () => this.naps(thread),
      take: () => this.machine.wake(thread, 0),
      tell: () => `the nap of ${thread} ends`,
    }
  }

  private naps(body: number): boolean {
    return this.machine.status(body) === ASLEEP && isNap(this.machine.instruction(body))
  }

  private crashOf(agent: number): Choice {
    const { machine } = this
    const threads = this.agents[agent]!
    const announcer = this.scenario.programs.length + agent
    return {
      possible: () => this.budget(CRASHES) > 0 && machine.status(announcer) === ABSENT,
      take: () => {
        this.spend(CRASHES, -1)
        for (const thread of threads) for (const body of [thread, ...this.interrupts[thread]!]) machine.crash(body)
        machine.begin(announcer)
      },
      tell: () => `${threads.join(', ')} crashes`,
    }
  }

  private timeOf(thread: number, clock: Clock): Choice {
    const { machine } = this
    const { code } = this.bodies[thread]!.program
    const asks = reaches(
      code,
      (step) => step.op === 'effect' && (step.effect === 'isOver' || step.sleep === 'blocks until'),
    )
    const may = clock.threads?.includes(thread) ?? true
    const over = machine.bases[thread]! + OVER
    return {
      possible: () => {
        if (!may || this.budget(CLOCK) === 0 || machine.state[over] !== 0 || !asks[machine.place(thread)]) return false
        const status = machine.status(thread)
        return status !== DONE && status !== CRASHED
      },
      take: () => {
        this.spend(CLOCK, -1)
        machine.state[over] = 1
        if (machine.status(thread) !== ASLEEP) return
        const instruction = machine.instruction(thread)
        if (instruction.op === 'effect' && instruction.sleep === 'blocks until') machine.wake(thread, 0)
      },
      tell: () => `time is up for ${thread}`,
    }
  }

  private interruptOf(thread: number, body: number, name: string): Choice {
    const { machine } = this
    const { code } = this.bodies[thread]!.program
    return {
      possible: () => {
        if (machine.status(body) !== ABSENT) return false
        const status = machine.status(thread)
        if (status !== ASLEEP && status !== WOKEN) return false
        // One that was woken has its sleep just behind it.
        const instruction = code[machine.place(thread) - (status === WOKEN ? 1 : 0)]!
        return instruction.op === 'effect' && (instruction.sleep === 'awaits' || instruction.sleep === 'naps awaiting')
      },
      take: () => machine.begin(body),
      tell: () => `${name} interrupts ${thread}`,
    }
  }
}
