/**
 * The simulated machine: one state, in place, and the steps that change it. Each program becomes one JavaScript function that works on the bytes of the state.
 *
 *   memory | who sleeps, by word then arrival | the word of each sleeper | held | budgets | thread 0: status, place, … locals | thread 1: …
 *
 * A byte stands for a number: those from 0 to 159 for themselves, the rest for others, numbered as they come up. Memory holds only the words that the scenario names.
 */

import type { Instruction, Program } from './compile.ts'

export const ABSENT = 0
export const RUNNING = 1
export const ASLEEP = 2
/** Woken, and may do something else before it goes on. */
export const WOKEN = 3
export const DONE = 4
export const CRASHED = 5

/** What a body has in front of its locals. */
export const STATUS = 0
const PLACE = 1
export const OVER = 3
const MINE = 4
export const OVERTAKEN = 5
const LOCALS = 6

const NOBODY = 255
const PLAIN = 160

/** What runs: the programs of a scenario, and what stands by to run when something happens. */
export interface Body {
  readonly program: Program
  /** Whether it runs from the start. */
  readonly standsBy: boolean
  /** Whether a wake-up only makes it able to go on. */
  readonly lingers: boolean
}

type Run = (place: number, go: boolean) => void

export class Machine {
  /** The state, as bytes and as the 32-bit numbers that are kept and compared. */
  readonly state: Uint8Array
  readonly row: Int32Array
  readonly bases: number[] = []
  readonly budgets: number
  /** What a step that was just done violates. */
  broken: string | undefined
  private readonly bodies: readonly Body[]
  private readonly slots: Int16Array
  private readonly queue: number
  private readonly places: number
  private readonly held: number
  private readonly numbers = new Int32Array(256)
  private readonly codes = new Map<number, number>()
  private readonly runs: Run[]
  /** How often a waiter may be overtaken; -1 to count nothing. */
  private readonly overtakes: number

  constructor(
    memory: ReadonlyMap<number, number>,
    bodies: readonly Body[],
    budgets: readonly number[],
    overtakes: number,
  ) {
    this.bodies = bodies
    this.overtakes = overtakes
    this.slots = new Int16Array(Math.max(...memory.keys()) + 1).fill(-1)
    this.queue = memory.size
    this.places = this.queue + bodies.length
    this.held = this.places + bodies.length
    this.budgets = this.held + 1
    let size = this.budgets + budgets.length
    for (const { program } of bodies) {
      this.bases.push(size)
      size += LOCALS + program.locals
    }
    this.row = new Int32Array(Math.ceil(size / 4))
    this.state = new Uint8Array(this.row.buffer)
    for (let code = 0; code < PLAIN; code++) this.numbers[code] = code
    let slot = 0
    for (const [address, value] of memory) {
      this.slots[address] = slot
      this.state[slot++] = this.code(value)
    }
    this.state.fill(NOBODY, this.queue, this.places)
    this.state.set(budgets, this.budgets)
    this.runs = bodies.map(({ program }, index) => this.generate(program, index))
    for (const [index, { standsBy }] of bodies.entries()) if (!standsBy) this.begin(index)
  }

  word(address: number): number {
    const slot = this.slots[address] ?? -1
    if (slot === -1) throw new Error(`word ${address} does not exist`)
    return this.numbers[this.state[slot]!]!
  }

  status(body: number): number {
    return this.state[this.bases[body]! + STATUS]!
  }

  place(body: number): number {
    const base = this.bases[body]!
    return this.state[base + PLACE]! | (this.state[base + PLACE + 1]! << 8)
  }

  instruction(body: number): Instruction {
    return this.bodies[body]!.program.code[this.place(body)]!
  }

  /** How much is held by all threads. */
  get heldNow(): number {
    return this.state[this.held]!
  }

  /** Starts a body that stood by. */
  begin(body: number): void {
    this.state[this.bases[body]! + STATUS] = RUNNING
    this.runs[body]!(0, false)
  }

  /** The next step of a body that is running or woken. */
  step(body: number): void {
    const base = this.bases[body]!
    if (this.state[base] === WOKEN) {
      this.state[base] = RUNNING
      return this.runs[body]!(this.place(body), false)
    }
    this.runs[body]!(this.place(body), true)
  }

  /** Ends the sleep of a body; its `wait` or `block` gives `result`. */
  wake(body: number, result: 0 | 1, at = this.state.indexOf(body, this.queue)): void {
    const { state } = this
    state.copyWithin(at, at + 1, this.places)
    state[this.places - 1] = NOBODY
    const place = at + this.bodies.length
    state.copyWithin(place, place + 1, this.held)
    state[this.held - 1] = 0
    const base = this.bases[body]!
    const { program, lingers } = this.bodies[body]!
    const next = this.place(body) + 1
    const { writes } = program.code[next - 1]!
    if (program.live[next]!.includes(writes)) state[base + LOCALS + writes] = result
    if (!lingers) {
      state[base] = RUNNING
      return this.runs[body]!(next, false)
    }
    state[base] = WOKEN
    state[base + PLACE] = next & 255
    state[base + PLACE + 1] = next >> 8
    for (let local = 0; local < program.locals; local++)
      if (!program.live[next]!.includes(local)) state[base + LOCALS + local] = 0
  }

  /** Stops a body for good, wherever it is. */
  crash(body: number): void {
    const { state } = this
    const base = this.bases[body]!
    const at = state.indexOf(body, this.queue)
    if (state[base] === ASLEEP) {
      state.copyWithin(at, at + 1, this.places)
      state[this.places - 1] = NOBODY
      const place = at + this.bodies.length
      state.copyWithin(place, place + 1, this.held)
      state[this.held - 1] = 0
    }
    state[this.held] = this.code(this.numbers[state[this.held]!]! - this.numbers[state[base + MINE]!]!)
    state.fill(0, base, base + LOCALS + this.bodies[body]!.program.locals)
    state[base] = CRASHED
  }

  private code(value: number): number {
    if (value >= 0 && value < PLAIN) return value
    const known = this.codes.get(value)
    if (known !== undefined) return known
    const code = PLAIN + this.codes.size
    if (!Number.isInteger(value) || code > 255) throw new Error(`the state has no room for the number ${value}`)
    this.codes.set(value, code)
    this.numbers[code] = value
    return code
  }

  /** Called by generated code, as the next four are. */
  slot(address: number): number {
    const slot = this.slots[address] ?? -1
    if (slot === -1) throw new Error(`word ${address} does not exist`)
    return slot
  }

  /** Behind those that sleep on the same word. Different words are kept sorted, since their order means nothing. */
  sleep(body: number, slot: number): void {
    const { state } = this
    state[this.bases[body]!] = ASLEEP
    if (this.overtakes >= 0 && state[this.bases[body]! + OVERTAKEN] === 0) state[this.bases[body]! + OVERTAKEN] = 1
    let at = 0
    while (state[this.queue + at] !== NOBODY && state[this.places + at]! <= slot) at++
    state.copyWithin(this.queue + at + 1, this.queue + at, this.places - 1)
    state.copyWithin(this.places + at + 1, this.places + at, this.held - 1)
    state[this.queue + at] = body
    state[this.places + at] = slot
  }

  notify(slot: number, count: number): number {
    const { state } = this
    let woken = 0
    for (let at = 0; at < this.bodies.length && woken < count;) {
      const body = state[this.queue + at]!
      if (body === NOBODY) break
      if (state[this.places + at] === slot) {
        this.wake(body, 1, this.queue + at)
        woken++
      } else at++
    }
    return woken
  }

  notifyEvery(): number {
    let woken = 0
    for (; this.state[this.queue] !== NOBODY; woken++) this.wake(this.state[this.queue]!, 1, this.queue)
    return woken
  }

  hold(body: number, count: number): void {
    const { state } = this
    const base = this.bases[body]!
    state[this.held] = this.code(this.numbers[state[this.held]!]! + count)
    state[base + MINE] = this.code(this.numbers[state[base + MINE]!]! + count)
    if (count < 0 || this.overtakes < 0) return
    state[base + OVERTAKEN] = 0
    for (const [other, waiting] of this.bases.entries()) {
      const times = state[waiting + OVERTAKEN]!
      if (times === 0 || other === body) continue
      if (times > this.overtakes) this.broken = `thread ${other} was overtaken ${times} times`
      else state[waiting + OVERTAKEN] = times + 1
    }
  }

  /** The program as one function over the state: with `go`, it does the effect at `place`, then goes on to the next one and stays in front of it. */
  private generate(program: Program, body: number): Run {
    const base = this.bases[body]!
    const cases = program.code.map((instruction, place) => {
      return `case ${place}: ${generateStep(instruction, { base, body, place, live: program.live[place + 1] ?? [] })}`
    })
    const stops = program.live.map((live, place) => {
      if (program.code[place]!.op !== 'effect') return ''
      const dead = Array.from({ length: program.locals }, (_, local) => local).filter((local) => !live.includes(local))
      return `case ${place}: ${dead.map((local) => `s[${base + LOCALS + local}] = `).join('')}0; break;`
    })
    const text = `
      const s = machine.state, n = machine.numbers
      const stop = (place) => {
        s[${base + PLACE}] = place & 255; s[${base + PLACE + 1}] = place >> 8
        switch (place) { ${stops.join('\n')} }
      }
      return (place, go) => { for (;;) switch (place) { ${cases.join('\n')} } }`
    const end = (): void => {
      const mine = this.state[base + MINE]!
      this.state.fill(0, base, base + LOCALS + program.locals)
      this.state[base] = DONE
      this.state[base + MINE] = mine
    }
    return new Function('machine', 'end', text)(this, end) as Run
  }
}

interface Site {
  readonly base: number
  readonly body: number
  readonly place: number
  /** Which locals are read behind the instruction. */
  readonly live: readonly number[]
}

function generateStep(instruction: Instruction, site: Site): string {
  const read = (text: string): string =>
    text.replace(/\$(\d+)/g, (_, local) => `n[s[${site.base + LOCALS + Number(local)}]]`)
  const write = (value: string): string =>
    site.live.includes(instruction.writes) ? `s[${site.base + LOCALS + instruction.writes}] = ${value};` : ''
  switch (instruction.op) {
    case 'end':
      return 'end(); return'
    case 'jump':
      return `place = ${instruction.target}; continue`
    case 'branch':
      return `if (!(${read(instruction.value)})) { place = ${instruction.target}; continue }`
    case 'set':
      return write(`machine.code(+(${read(instruction.value)}))`)
    case 'enter':
      return `machine.hold(${site.body}, ${read(instruction.args[0]!)})`
    case 'assert':
      return `if (!(${read(instruction.value)})) machine.broken = ${JSON.stringify(`false: ${instruction.line}`)}`
  }
  const [first = '0', second = '0', third = '0'] = instruction.args.map(read)
  const to = (value: string): string => `s[w] = machine.code((${value}) | 0);`
  const effects: Record<typeof instruction.effect, () => string> = {
    load: () => write('s[w]'),
    store: () => to(second) + write('s[w]'),
    compareExchange: () => `const x = s[w]; if (n[x] === ((${second}) | 0)) ${to(third)} ${write('x')}`,
    exchange: () => `const x = s[w]; ${to(second)} ${write('x')}`,
    add: () => `const x = s[w]; ${to(`n[x] + (${second})`)} ${write('x')}`,
    sub: () => `const x = s[w]; ${to(`n[x] - (${second})`)} ${write('x')}`,
    and: () => `const x = s[w]; ${to(`n[x] & (${second})`)} ${write('x')}`,
    or: () => `const x = s[w]; ${to(`n[x] | (${second})`)} ${write('x')}`,
    xor: () => `const x = s[w]; ${to(`n[x] ^ (${second})`)} ${write('x')}`,
    notify: () => `const x = machine.notify(w, ${second}); ${write('x')}`,
    notifyEvery: () => `const x = machine.notifyEvery(); ${write('x')}`,
    isOver: () => write(`s[${site.base + OVER}]`),
    leave: () => `machine.hold(${site.body}, -(${first}));`,
    sleep: () =>
      `if (${instruction.sleep === 'blocks until' ? `s[${site.base + OVER}] === 0 && ` : ''}n[s[w]] === ((${second}) | 0)) {
        machine.sleep(${site.body}, w); return
      } ${write(instruction.sleep === 'blocks until' ? `n[s[w]] === ((${second}) | 0) ? 0 : 1` : '1')}`,
  }
  const touches = !['notifyEvery', 'isOver', 'leave'].includes(instruction.effect)
  return `if (!go) return stop(${site.place}); go = false; ${touches ? `{ const w = machine.slot(${first});` : '{'} ${effects[instruction.effect]()} }`
}
