/**
 * Runs every interleaving of some programs over simulated shared memory: sequentially consistent words, first-in first-out wait lists, wake-ups out of nothing.
 * Each state is visited once.
 */

import type { Instruction, Program } from './compile.ts'

/** What a scenario looks at. */
export interface View {
  /** A word of shared memory. */
  word(index: number): number
  readonly threads: readonly ThreadView[]
}

export interface ThreadView {
  readonly done: boolean
  readonly asleep: boolean
}

export interface Scenario {
  readonly programs: readonly Program[]
  /** Words at the start; as many as there are. */
  readonly memory: readonly number[]
  /** At most this much may be held at the same time; `enter(n)` and `leave(n)` count. */
  readonly capacity: number
  /** How many wake-ups out of nothing a run may contain. */
  readonly spurious: number
  /** Threads that may be busy with other work for ever once they have been woken. */
  readonly mayStall?: readonly number[]
  /** What is wrong with a state in which nobody can go on (but threads that stall); undefined if nothing. */
  atRest(view: View): string | undefined
}

export interface Result {
  readonly states: number
  /** What was found; undefined when every state is fine. */
  readonly fault: string | undefined
  /** The steps that lead there. */
  readonly path: readonly string[]
}

const RUNNING = 0
const ASLEEP = 1
const WOKEN = 2
const DONE = 3

const NOBODY = 255

/** In a thread's part of the state, its locals follow its status and two bytes of instruction counter. */
const LOCALS = 3

interface Step {
  readonly state: Uint8Array
  readonly what: string
  /** The next thread to move from here. */
  thread: number
}

/** Visits all states, or stops at the first fault. */
export function explore(scenario: Scenario, maxStates = 8_000_000): Result {
  const explorer = new Explorer(scenario)
  const seen = new Set<string>()
  const first = explorer.start()
  seen.add(explorer.key(first))
  const path: Step[] = [{ state: first, what: 'start', thread: 0 }]
  const fail = (fault: string): Result => ({ states: seen.size, fault, path: path.map((step) => step.what) })
  while (path.length > 0) {
    const step = path[path.length - 1]!
    if (step.thread === 0) {
      const fault = explorer.fault(step.state)
      if (fault !== undefined) return fail(fault)
    }
    if (step.thread >= explorer.count) {
      path.pop()
      continue
    }
    const next = explorer.move(step.state, step.thread++)
    if (next === undefined) continue
    const key = explorer.key(next.state)
    if (seen.has(key)) continue
    seen.add(key)
    if (seen.size > maxStates) return fail(`more than ${maxStates} states`)
    path.push({ ...next, thread: 0 })
  }
  return { states: seen.size, fault: undefined, path: [] }
}

/**
 * A state is one array of bytes:
 *
 *   memory | who sleeps, by address then arrival | address of each sleeper | held | wake-ups left | thread 0: status, instruction counter, locals | thread 1: …
 */
class Explorer {
  readonly count: number
  private readonly scenario: Scenario
  private readonly queue: number
  private readonly addresses: number
  private readonly held: number
  private readonly left: number
  private readonly bases: number[] = []
  private readonly size: number
  private readonly buffer: Buffer

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.count = scenario.programs.length
    this.queue = scenario.memory.length
    this.addresses = this.queue + this.count
    this.held = this.addresses + this.count
    this.left = this.held + 1
    let size = this.left + 1
    for (const program of scenario.programs) {
      this.bases.push(size)
      size += LOCALS + program.locals
    }
    this.size = size
    this.buffer = Buffer.alloc(size)
  }

  start(): Uint8Array {
    const state = new Uint8Array(this.size)
    state.set(this.scenario.memory)
    state.fill(NOBODY, this.queue, this.addresses)
    state[this.left] = this.scenario.spurious
    for (let thread = 0; thread < this.count; thread++) this.runOn(state, thread)
    return state
  }

  /** Memory, sleepers and, of each thread, where it is and the locals that it will read. */
  key(state: Uint8Array): string {
    const { buffer } = this
    let length = this.bases[0]!
    for (let index = 0; index < length; index++) buffer[index] = state[index]!
    for (let thread = 0; thread < this.count; thread++) {
      const base = this.bases[thread]!
      for (let index = 0; index < LOCALS; index++) buffer[length++] = state[base + index]!
      for (const slot of this.scenario.programs[thread]!.live[pcOf(state, base)]!) {
        buffer[length++] = state[base + LOCALS + slot]!
      }
    }
    return buffer.toString('latin1', 0, length)
  }

  /** The state after one step of a thread; undefined when it cannot move. */
  move(before: Uint8Array, thread: number): { state: Uint8Array; what: string } | undefined {
    const base = this.bases[thread]!
    const status = before[base]!
    if (status === DONE) return undefined
    const state = before.slice()
    if (status === ASLEEP) {
      if (before[this.left] === 0) return undefined
      state[this.left]!--
      this.unqueue(state, thread)
      state[base] = RUNNING
      this.runOn(state, thread)
      return { state, what: `${thread} wakes by itself` }
    }
    const pc = pcOf(state, base)
    const instruction = this.scenario.programs[thread]!.code[pc]!
    if (status === WOKEN) {
      state[base] = RUNNING
      this.runOn(state, thread)
      return { state, what: `${thread} runs after its wake-up` }
    }
    this.perform(state, thread, instruction)
    return { state, what: `${thread} ${instruction.line}` }
  }

  /** What is wrong with this state. */
  fault(state: Uint8Array): string | undefined {
    if (state[this.held]! > this.scenario.capacity) return `${state[this.held]} held at the same time`
    for (let thread = 0; thread < this.count; thread++) {
      const status = state[this.bases[thread]!]!
      if (status === RUNNING) return undefined
    }
    return this.scenario.atRest({
      word: (index) => state[index]!,
      threads: this.bases.map((base) => ({ done: state[base] === DONE, asleep: state[base] === ASLEEP })),
    })
  }

  private perform(state: Uint8Array, thread: number, instruction: Instruction): void {
    if (instruction.op !== 'effect') throw new Error(`a thread stopped before ${instruction.line}`)
    const base = this.bases[thread]!
    const locals = base + LOCALS
    const [first = 0, second = 0, third = 0] = instruction.args.map((value) => value(state, locals))
    const word = first < this.queue ? state[first]! : fail(`word ${first} does not exist`)
    let result = word
    switch (instruction.effect) {
      case 'load':
        break
      case 'store':
        state[first] = byte(second)
        break
      case 'compareExchange':
        if (word === second) state[first] = byte(third)
        break
      case 'exchange':
        state[first] = byte(second)
        break
      case 'add':
        state[first] = byte(word + second)
        break
      case 'sub':
        state[first] = byte(word - second)
        break
      case 'notify':
        result = this.notify(state, first, second)
        break
      case 'leave':
        state[this.held] = byte(state[this.held]! - first)
        break
      case 'sleep':
        if (word === second) {
          state[base] = ASLEEP
          return this.enqueue(state, thread, first)
        }
    }
    state[locals + instruction.writes] = result
    this.runOn(state, thread, 1)
  }

  /** Goes on to the next access of shared memory: what lies between concerns nobody else. */
  private runOn(state: Uint8Array, thread: number, skip = 0): void {
    const base = this.bases[thread]!
    const locals = base + LOCALS
    const { code } = this.scenario.programs[thread]!
    let pc = pcOf(state, base) + skip
    for (;;) {
      const instruction = code[pc]!
      if (instruction.op === 'effect') break
      if (instruction.op === 'end') {
        state[base] = DONE
        break
      }
      if (instruction.op === 'set') state[locals + instruction.writes] = byte(Number(instruction.value(state, locals)))
      else if (instruction.op === 'enter')
        state[this.held] = byte(state[this.held]! + instruction.args[0]!(state, locals))
      if (instruction.op === 'jump') pc = instruction.target
      else if (instruction.op === 'branch' && !instruction.value(state, locals)) pc = instruction.target
      else pc++
    }
    setPc(state, base, pc)
  }

  /** Behind those that sleep at the same address. Different addresses are kept sorted, since their order means nothing. */
  private enqueue(state: Uint8Array, thread: number, address: number): void {
    let place = 0
    while (state[this.queue + place] !== NOBODY && state[this.addresses + place]! <= address) place++
    state.copyWithin(this.queue + place + 1, this.queue + place, this.addresses - 1)
    state.copyWithin(this.addresses + place + 1, this.addresses + place, this.held - 1)
    state[this.queue + place] = thread
    state[this.addresses + place] = address
  }

  private unqueue(state: Uint8Array, thread: number): void {
    const place = state.subarray(this.queue, this.addresses).indexOf(thread)
    state.copyWithin(this.queue + place, this.queue + place + 1, this.addresses)
    state.copyWithin(this.addresses + place, this.addresses + place + 1, this.held)
    state[this.addresses - 1] = NOBODY
    state[this.held - 1] = 0
    // The sleep is over: the thread goes on behind it.
    const base = this.bases[thread]!
    setPc(state, base, pcOf(state, base) + 1)
  }

  private notify(state: Uint8Array, address: number, count: number): number {
    let woken = 0
    for (let place = 0; place < this.count && woken < count;) {
      const thread = state[this.queue + place]!
      if (thread === NOBODY) break
      if (state[this.addresses + place] !== address) {
        place++
        continue
      }
      this.unqueue(state, thread)
      const base = this.bases[thread]!
      state[base] = this.scenario.mayStall?.includes(thread) ? WOKEN : RUNNING
      if (state[base] === RUNNING) this.runOn(state, thread)
      woken++
    }
    return woken
  }
}

function pcOf(state: Uint8Array, base: number): number {
  return state[base + 1]! | (state[base + 2]! << 8)
}

function setPc(state: Uint8Array, base: number, pc: number): void {
  state[base + 1] = pc & 255
  state[base + 2] = pc >> 8
}

/** States are bytes, so that they hash fast. Scenarios are small enough; one that is not must fail and not go round. */
function byte(value: number): number {
  if (value >= 0 && value <= 255) return value
  throw new Error(`${value} does not fit in a byte of the state`)
}

function fail(message: string): never {
  throw new Error(message)
}
