/**
 * Compiles the shipped lock algorithms to explicit state machines, for the explorer.
 *
 * What is read is the source text that ships (`pkg/runtime/src/sync/*-algorithm.ts`) and a scenario written in the same language. What comes out, for each simulated
 * thread, is one flat list of instructions: calls are pasted in, locals are numbered, and each access to shared memory is an instruction of its own. So a state is
 * a few small numbers, which can be copied and hashed.
 *
 *   // in                                               // out
 *   if (Atomics.load(words, at) === FREE) return true     0  load   $5 = word[$0]
 *                                                         1  branch $5 === 0, else 3
 *                                                         2  …
 *
 * The language: `const` and `let` of numbers and booleans, assignments and `x++` as statements, `if`, `for`, `while`, `do`, `break`, `continue`, `return`, `? :`, calls of
 * functions of the texts given, `Atomics.*` on `words` or `ring`. Anything else is an error, so that an algorithm cannot use what the explorer does not see. Of what the
 * algorithms import, the compiler knows:
 *
 *   await wait(words, index, value)            sleeps; an interrupt (see explore.ts) of the same agent may run meanwhile
 *   block(words, index, value)                 sleeps; nothing else of the agent runs meanwhile
 *   block(words, index, value, deadline)       the same, but the scenario's clock may end it. True, or false when time was up; a wake-up is never lost to the clock
 *   nap(words, index, value, until)            the same as `block`, but ends by itself sooner or later: false
 *   await napAsync(words, index, value, until) the same as `wait`, but ends by itself
 *   isOver(deadline)                           whether the clock has ended this thread's time. What `deadline` is does not matter here
 *   taken(…)                                   a parameter, called at the end of an async function: nothing, for a scenario says what comes then behind its `await`
 *
 * And only for scenarios:
 *
 *   enter(n), leave(n)       holds n more, or less, of what the scenario's `capacity` bounds; of a thread that crashes, nothing is held any more
 *   assert(condition)        a fault where it is false
 *   notifyEvery(words)       wakes everybody who sleeps, on whatever word
 *
 * `await` belongs to calls of async functions, to `wait` and to `napAsync`, and to nothing else.
 */

import { liveness, readsOf } from './liveness.ts'
import type { Node, Texts } from './texts.ts'
import { assignedNames } from './texts.ts'

export { readTexts } from './texts.ts'

/** A pure expression of JavaScript over numbers and the locals of a thread, `$0`, `$1` … */
export type Value = string

export type Effect =
  | 'load'
  | 'store'
  | 'compareExchange'
  | 'exchange'
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'notify'
  | 'notifyEvery'
  | 'sleep'
  | 'isOver'
  | 'leave'

export type Instruction = { readonly line: string; reads: number[]; writes: number } & (
  | { readonly op: 'effect'; readonly effect: Effect; readonly args: readonly Value[]; readonly sleep?: Sleep }
  | { readonly op: 'enter'; readonly args: readonly Value[] }
  | { readonly op: 'assert'; readonly value: Value }
  | { readonly op: 'set'; readonly value: Value }
  | { readonly op: 'branch'; readonly value: Value; target: number }
  | { readonly op: 'jump'; target: number }
  | { readonly op: 'end' }
)

/** `await wait(…)`, `block(…)`, `block(…)` with a deadline, `nap(…)`, `await napAsync(…)`. */
export type Sleep = 'awaits' | 'blocks' | 'blocks until' | 'naps' | 'naps awaiting'

/** What a thread runs. */
export interface Program {
  readonly code: readonly Instruction[]
  /** How many locals exist at the same time at most. */
  readonly locals: number
  /** For each instruction, the locals that are read later. */
  readonly live: readonly (readonly number[])[]
}

const ARGUMENTS: Record<string, number> = {
  load: 2,
  store: 3,
  compareExchange: 4,
  exchange: 3,
  add: 3,
  sub: 3,
  and: 3,
  or: 3,
  xor: 3,
  notify: 3,
}

/** Names of shared memory. To the explorer it is one memory, so what lies in a ring needs other indexes than what lies in the arena. */
const MEMORY = new Set(['words', 'ring'])

/** A parameter that is no number, so scenarios leave it out. */
const TAKEN = 'taken'

/** What a text may call that is neither in the texts nor of `Atomics`. */
const INTRINSICS = new Set([
  'wait',
  'block',
  'nap',
  'napAsync',
  'isOver',
  TAKEN,
  'enter',
  'leave',
  'assert',
  'notifyEvery',
])
/** Of these, what is awaited. */
const AWAITED = new Set(['wait', 'napAsync'])

/** Compiles a call of `name`; `args` are the numbers it is called with, `words` not among them. */
export function compile(texts: Texts, name: string, args: readonly number[]): Program {
  const compiler = new Compiler(texts)
  compiler.call(name, ['0', ...args.map(String)], '')
  const { code, locals } = compiler.finish()
  return { code, locals, live: liveness(code) }
}

interface Loop {
  readonly breaks: Instruction[]
  readonly continues: Instruction[]
}

interface Frame {
  readonly scope: Map<string, string>[]
  readonly source: string
  readonly result: number
  readonly returns: Instruction[]
  readonly loops: Loop[]
  readonly name: string
}

class Compiler {
  private readonly texts: Texts
  private readonly code: Instruction[] = []
  private readonly frames: Frame[] = []
  /** Locals are given out like a stack: those of a block end with it. */
  private top = 0
  private locals = 0

  constructor(texts: Texts) {
    this.texts = texts
  }

  finish(): { code: Instruction[]; locals: number } {
    this.emit({ op: 'end' }, 'end', [])
    return { code: this.code, locals: this.locals }
  }

  /** Pastes a call in. The result, as an expression. */
  call(name: string, args: readonly string[], line: string): string {
    const found = this.texts.functions.get(name)
    if (found === undefined) throw new Error(`cannot compile the call of ${name}: ${line}`)
    if (this.frames.some((frame) => frame.name === name)) throw new Error(`cannot compile a recursive ${name}`)
    const result = this.local()
    const before = this.top
    const scope = new Map<string, string>()
    const assigned = assignedNames(found.node.body)
    found.node.params.forEach((param: Node, index: number) => {
      if (MEMORY.has(param.name) || param.name === TAKEN) return
      // A number, or a local that nobody writes meanwhile, needs no copy.
      if (/^\$?\d+$/.test(args[index]!) && !assigned.has(param.name)) return void scope.set(param.name, args[index]!)
      const slot = this.local()
      this.set(slot, args[index]!, line)
      scope.set(param.name, `$${slot}`)
    })
    const frame: Frame = { scope: [scope], source: found.source, result, returns: [], loops: [], name }
    this.frames.push(frame)
    this.statement(found.node.body)
    this.frames.pop()
    for (const jump of frame.returns) (jump as { target: number }).target = this.code.length
    this.top = before
    return `$${result}`
  }

  private get frame(): Frame {
    return this.frames[this.frames.length - 1]!
  }

  private text(node: Node): string {
    return this.frame.source.slice(node.start, node.end)
  }

  private local(): number {
    this.locals = Math.max(this.locals, this.top + 1)
    return this.top++
  }

  private statement(node: Node): void {
    switch (node.type) {
      case 'BlockStatement': {
        const before = this.top
        this.frame.scope.push(new Map())
        for (const inner of node.body) this.statement(inner)
        this.frame.scope.pop()
        this.top = before
        return
      }
      case 'VariableDeclaration':
        for (const { id, init } of node.declarations) {
          const slot = this.local()
          this.keeping(() => this.set(slot, this.expression(init), this.text(node)))
          this.frame.scope[this.frame.scope.length - 1]!.set(id.name, `$${slot}`)
        }
        return
      case 'ExpressionStatement':
        return this.keeping(() => this.effectOrAssignment(node.expression))
      case 'IfStatement': {
        const otherwise = this.branch(node.test)
        this.statement(node.consequent)
        if (node.alternate === null) return this.land(otherwise)
        const end = this.jump('else')
        this.land(otherwise)
        this.statement(node.alternate)
        return this.land(end)
      }
      case 'WhileStatement':
        return this.loop(node.test, null, node.body)
      case 'DoWhileStatement':
        return this.doLoop(node.test, node.body)
      case 'ForStatement': {
        const before = this.top
        this.frame.scope.push(new Map())
        if (node.init !== null) this.statement(node.init)
        this.loop(node.test, node.update, node.body)
        this.frame.scope.pop()
        this.top = before
        return
      }
      case 'BreakStatement':
        this.innermost().breaks.push(this.jump('break'))
        return
      case 'ContinueStatement':
        this.innermost().continues.push(this.jump('continue'))
        return
      case 'ReturnStatement':
        if (node.argument !== null)
          this.keeping(() => this.set(this.frame.result, this.expression(node.argument), this.text(node)))
        this.frame.returns.push(this.jump('return'))
        return
      default:
        throw new Error(`cannot compile ${node.type}: ${this.text(node)}`)
    }
  }

  private innermost(): Loop {
    return this.frame.loops[this.frame.loops.length - 1]!
  }

  private loop(test: Node, update: Node, body: Node): void {
    const start = this.code.length
    const end = test === null ? undefined : this.branch(test)
    const loop: Loop = { breaks: [], continues: [] }
    this.frame.loops.push(loop)
    this.statement(body)
    this.frame.loops.pop()
    for (const jump of loop.continues) this.land(jump)
    if (update !== null) this.keeping(() => this.effectOrAssignment(update))
    ;(this.jump('loop') as { target: number }).target = start
    if (end !== undefined) this.land(end)
    for (const jump of loop.breaks) this.land(jump)
  }

  private doLoop(test: Node, body: Node): void {
    const start = this.code.length
    const loop: Loop = { breaks: [], continues: [] }
    this.frame.loops.push(loop)
    this.statement(body)
    this.frame.loops.pop()
    for (const jump of loop.continues) this.land(jump)
    const end = this.branch(test)
    ;(this.jump('loop') as { target: number }).target = start
    this.land(end)
    for (const jump of loop.breaks) this.land(jump)
  }

  /** Temporaries made in `work` end with it. */
  private keeping<T>(work: () => T): T {
    const before = this.top
    const result = work()
    this.top = before
    return result
  }

  private effectOrAssignment(node: Node): void {
    if (node.type === 'UpdateExpression') {
      const counter = Number(this.lookUp(node.argument).slice(1))
      return this.set(counter, `$${counter} ${node.operator[0]} 1`, this.text(node))
    }
    if (node.type !== 'AssignmentExpression') {
      this.expression(node)
      return
    }
    const slot = Number(this.lookUp(node.left).slice(1))
    const operator = node.operator.slice(0, -1)
    const right = this.expression(node.right)
    this.set(slot, operator === '' ? right : `$${slot} ${operator} (${right})`, this.text(node))
  }

  /** A branch that is taken when `test` is false; where to, `land` says. */
  private branch(test: Node): Instruction {
    return this.keeping(() => {
      const value = this.expression(test)
      return this.emit({ op: 'branch', value, target: -1 }, this.text(test), readsOf(value))
    })
  }

  private jump(line: string): Instruction {
    return this.emit({ op: 'jump', target: -1 }, line, [])
  }

  private land(instruction: Instruction): void {
    ;(instruction as { target: number }).target = this.code.length
  }

  private set(slot: number, value: string, line: string): void {
    this.emit({ op: 'set', value }, line, readsOf(value), slot)
  }

  private emit(what: object, line: string, reads: number[], writes = -1): Instruction {
    const name = this.frames.length > 0 ? this.frame.name : 'scenario'
    const instruction = { ...what, line: `${name}: ${line.replace(/\s+/g, ' ')}`, reads, writes } as Instruction
    this.code.push(instruction)
    return instruction
  }

  private lookUp(node: Node): string {
    for (let index = this.frame.scope.length - 1; index >= 0; index--) {
      const slot = this.frame.scope[index]!.get(node.name)
      if (slot !== undefined) return slot
    }
    const constant = this.texts.constants.get(node.name)
    if (constant === undefined || Number.isNaN(constant)) throw new Error(`cannot compile the name ${node.name}`)
    return String(constant)
  }

  /** A pure expression over locals (`$3`); accesses of shared memory in it are emitted first, in the order of evaluation. */
  private expression(node: Node): string {
    switch (node.type) {
      case 'Literal':
        return String(typeof node.value === 'boolean' ? Number(node.value) : node.value)
      case 'Identifier':
        return this.lookUp(node)
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSNonNullExpression':
        return this.expression(node.expression)
      case 'UnaryExpression':
        return `(${node.operator}${this.expression(node.argument)})`
      case 'BinaryExpression': {
        const left = this.expression(node.left)
        return `(${left} ${node.operator} ${this.expression(node.right)})`
      }
      case 'LogicalExpression':
        return this.logical(node)
      case 'ConditionalExpression':
        return this.conditional(node)
      case 'AwaitExpression':
        if (node.argument.type !== 'CallExpression') break
        return this.callExpression(node.argument, true)
      case 'CallExpression':
        return this.callExpression(node, false)
    }
    throw new Error(`cannot compile ${node.type}: ${this.text(node)}`)
  }

  private logical(node: Node): string {
    const slot = this.local()
    const left = this.expression(node.left)
    this.set(slot, left, this.text(node.left))
    const skipOn = node.operator === '&&' ? `$${slot}` : `!$${slot}`
    const skip = this.emit({ op: 'branch', value: skipOn, target: -1 }, this.text(node), [slot])
    this.set(slot, this.expression(node.right), this.text(node.right))
    this.land(skip)
    return `$${slot}`
  }

  private conditional(node: Node): string {
    const slot = this.local()
    const otherwise = this.branch(node.test)
    this.keeping(() => this.set(slot, this.expression(node.consequent), this.text(node.consequent)))
    const end = this.jump('else')
    this.land(otherwise)
    this.keeping(() => this.set(slot, this.expression(node.alternate), this.text(node.alternate)))
    this.land(end)
    return `$${slot}`
  }

  private callExpression(node: Node, awaited: boolean): string {
    const line = this.text(node)
    const { callee } = node
    const member = callee.type === 'MemberExpression' && callee.object.name === 'Atomics'
    const name: string = member ? callee.property.name : callee.name
    const args: string[] = node.arguments.map((arg: Node) => (MEMORY.has(arg.name) ? '0' : this.expression(arg)))
    if (member) {
      if (ARGUMENTS[name] !== args.length || !MEMORY.has(node.arguments[0].name))
        throw new Error(`cannot compile ${line}`)
      return this.effect(name as Effect, args.slice(1), line)
    }
    if (INTRINSICS.has(name) && !this.texts.functions.has(name)) {
      if (awaited !== AWAITED.has(name))
        throw new Error(`cannot compile ${line}: only \`wait\` and \`napAsync\` are awaited`)
      return this.intrinsic(name, args, line)
    }
    const callsAsync = this.texts.functions.get(name)?.node.async === true
    if (callsAsync !== awaited) throw new Error(`cannot compile ${line}: await what is async, and nothing else`)
    return this.call(name, args, line)
  }

  private intrinsic(name: string, args: readonly string[], line: string): string {
    switch (name) {
      case 'wait':
        return this.effect('sleep', args.slice(1, 3), line, 'awaits')
      case 'block':
        return this.effect('sleep', args.slice(1, 3), line, args.length > 3 ? 'blocks until' : 'blocks')
      case 'nap':
        return this.effect('sleep', args.slice(1, 3), line, 'naps')
      case 'napAsync':
        return this.effect('sleep', args.slice(1, 3), line, 'naps awaiting')
      case 'isOver':
      case 'notifyEvery':
        return this.effect(name, [], line)
      case 'leave':
        return this.effect(name, args, line)
      case TAKEN:
        return '0'
      case 'enter':
        this.emit({ op: 'enter', args }, line, args.flatMap(readsOf))
        return '0'
      default:
        this.emit({ op: 'assert', value: args[0]! }, line, readsOf(args[0]!))
        return '0'
    }
  }

  private effect(effect: Effect, args: readonly string[], line: string, sleep?: Sleep): string {
    const slot = this.local()
    this.emit({ op: 'effect', effect, args, sleep }, line, args.flatMap(readsOf), slot)
    return `$${slot}`
  }
}
