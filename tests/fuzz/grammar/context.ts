/** What the generator knows while it writes: which names mean what, what may be read here, how much work has been written. */

import type { Random } from '../random.ts'
import type { Node } from '../tree.ts'

/** Kinds of values that are computed with. */
export type Shape = 'number' | 'string' | 'list' | 'record'

export const SHAPES: readonly Shape[] = ['number', 'string', 'list', 'record']

/** What a name stands for. */
export type Meaning =
  | Shape
  | 'function'
  | 'async function'
  | 'generator'
  | 'class'
  | 'enum'
  | 'namespace'
  | 'other'
  | 'pending'

/** A declared name. */
export interface Binding {
  name: string
  meaning: Meaning
  scope: Scope
  /** Its declaration has been evaluated wherever the text now being written runs. */
  ready: boolean
  writable: boolean
  /** It was declared with `var`, and may be again. */
  isVar: boolean
  /** A number that never changes and that every thread computes alike. */
  fixed: boolean
  /** Of a function: the file does not show its text, so `spawn` cannot take it by name. */
  opaque: boolean
  /** It cannot be sent to a thread. */
  stays: boolean
  /** Of a function: how many numbers it takes. */
  arity: number
  /** Of a class, an enum, a namespace or an object: what follows the dot where one of its numbers is read. */
  members: string[]
  /** Likewise, of static methods that give promises. */
  tasks: string[]
  /** Of what runs code: everything outside that it reads or calls, and what it writes. */
  needs: Set<Binding>
  writes: Set<Binding>
  /** Steps that one call takes, about. */
  cost: number
}

/**
 * Names declared in one place. A name that is still to be declared hides outer ones already, so a block chooses its names when it
 * begins: they are `pending` until their declaration is written.
 */
export interface Scope {
  parent: Scope | null
  frame: Frame
  names: Map<string, Binding>
  /** Names are declared before anything is written that could mean outer ones: parameters, heads of loops. */
  open: boolean
  /** The block of a function, where `var` declares. */
  isBody: boolean
}

/** A function body, the closure of a spawn, or the module. */
export interface Frame {
  parent: Frame | null
  kind: 'module' | 'function' | 'spawn'
  /** It runs where it stands, as the callback of `map` does. */
  atOnce: boolean
  needs: Set<Binding>
  writes: Set<Binding>
  cost: number
  /** Declared in the middle of loops, a function costs more. */
  times: number
}

/** Where the generator is. Inner contexts share all but scope and depth. */
export interface Context {
  grammar: Grammar
  random: Random
  scope: Scope
  /** How deep statements and expressions nest here. */
  depth: number
  language: Language
  /** Numbers for names that must be different. */
  counter: { last: number }
  /** Names of types that can be written here. */
  types: string[]
  /** Labels that can be left from here. */
  labels: string[]
  inLoop: boolean
  /** `await` can be written here. */
  awaits: boolean
}

/** The grammar is recursive. So that its files are not, the parts that all need are found through the context. */
export interface Grammar {
  value(context: Context, shape: Shape): Node
  body(context: Context, shape: Shape): Node[]
  someStatements(context: Context, count: number): Node[]
  /** `spawn(…)`, a promise of a value of `shape`; undefined when there have been enough. */
  spawnCall(context: Context, shape: Shape): Node | undefined
}

/** About what it costs to start a thread: in the reference each is a run of the whole program. */
export const SPAWN_COST = 150

/** An expression whose value is of `shape`. */
export function value(context: Context, shape: Shape): Node {
  return context.grammar.value(context, shape)
}

/** The statements of a function that returns a value of `shape`. */
export function body(context: Context, shape: Shape): Node[] {
  return context.grammar.body(context, shape)
}

/** Statements of a block, and functions that are declared anywhere in it. */
export function someStatements(context: Context, count: number): Node[] {
  return context.grammar.someStatements(context, count)
}

export function spawnCall(context: Context, shape: Shape): Node | undefined {
  return context.grammar.spawnCall(context, shape)
}

export interface Language {
  typed: boolean
  jsx: boolean
  /** It has syntax that Node must be given in an older form: `using`, decorators, `accessor`. */
  recent: boolean
}

/** Few names, so that they hide one another all the time. */
export const NAMES: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']

export function newFrame(kind: Frame['kind'], parent: Frame | null): Frame {
  return { kind, parent, atOnce: false, needs: new Set(), writes: new Set(), cost: 0, times: 1 }
}

export function newScope(parent: Scope | null, frame: Frame): Scope {
  return { parent, frame, names: new Map(), open: true, isBody: false }
}

/** Inside the head of a loop, a `catch` or the like: its names are declared first. */
export function inHead(context: Context): Context {
  return { ...context, scope: newScope(context.scope, context.scope.frame), depth: context.depth + 1 }
}

/** Inside a block, with the names that it will declare. `taken` cannot be among them. */
export function inBlock(context: Context, most: number, taken: Iterable<string> = []): Context {
  const inner = inHead(context)
  const not = new Set(taken)
  const names = context.random.shuffled(NAMES.filter((name) => !not.has(name)))
  for (const name of names.slice(0, context.random.between(0, most))) declare(inner.scope, name, 'pending')
  inner.scope.open = false
  return inner
}

/** Inside a function or closure, where its parameters are. */
export function inFrame(context: Context, kind: Frame['kind'], isAsync: boolean, atOnce = false): Context {
  const frame = { ...newFrame(kind, context.scope.frame), atOnce }
  return {
    ...context,
    scope: newScope(context.scope, frame),
    depth: context.depth + 1,
    labels: [],
    inLoop: false,
    awaits: isAsync,
  }
}

export function declare(scope: Scope, name: string, meaning: Meaning, more: Partial<Binding> = {}): Binding {
  const binding: Binding = {
    name,
    meaning,
    scope,
    ready: false,
    writable: false,
    isVar: false,
    fixed: false,
    opaque: false,
    stays: false,
    arity: 0,
    members: [],
    tasks: [],
    needs: new Set(),
    writes: new Set(),
    cost: 1,
    ...more,
  }
  scope.names.set(name, binding)
  return binding
}

/** A name that this scope can declare now. */
export function freshName(context: Context, scope: Scope = context.scope): string {
  const free = NAMES.filter((name) => (scope.open ? !scope.names.has(name) : isPending(scope, name)))
  return free.length === 0 ? fresh(context, '_') : context.random.pick(free)
}

export function isPending(scope: Scope, name: string): boolean {
  return scope.names.get(name)?.meaning === 'pending'
}

export function resolve(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.names.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

function isInside(frame: Frame, outer: Frame): boolean {
  for (let at: Frame | null = frame; at !== null; at = at.parent) if (at === outer) return true
  return false
}

/** The frames around a place that lie inside the frame of a binding, innermost first. */
function framesBetween(frame: Frame, outer: Frame): Frame[] {
  const frames: Frame[] = []
  for (let at: Frame | null = frame; at !== null && at !== outer; at = at.parent) frames.push(at)
  return frames
}

/** Every binding that can be used here, through the name it is known by here. */
export function usable(context: Context, accept: (binding: Binding) => boolean): Binding[] {
  const found: Binding[] = []
  const seen = new Set<string>()
  for (let scope: Scope | null = context.scope; scope !== null; scope = scope.parent) {
    for (const [name, binding] of scope.names) {
      if (seen.has(name)) continue
      seen.add(name)
      if (accept(binding) && isReady(context, binding) && isAllowed(context, binding)) found.push(binding)
    }
  }
  return found
}

/** What a function needs must have a value too when it is called. */
function isReady(context: Context, binding: Binding): boolean {
  return [binding, ...binding.needs].every((needed) => {
    if (needed.ready) return true
    // A function is called later, when what is declared around it has a value; a closure given to `spawn` reads it now.
    return framesBetween(context.scope.frame, needed.scope.frame).findLast(({ atOnce }) => !atOnce)?.kind === 'function'
  })
}

/** In the closure of a spawn, a local function that writes outer variables is refused. Of most programs that is kept away. */
function isAllowed(context: Context, binding: Binding): boolean {
  for (const needed of [binding, ...binding.needs]) {
    if (!needed.stays) continue
    if (framesBetween(context.scope.frame, needed.scope.frame).some(({ kind }) => kind === 'spawn')) return false
  }
  if (context.scope.frame.cost + binding.cost * context.scope.frame.times > MAX_COST) return false
  for (const frame of framesBetween(context.scope.frame, binding.scope.frame)) {
    if (frame.kind !== 'spawn') continue
    const outer = [...binding.writes].filter((written) => !isInside(written.scope.frame, frame))
    if (outer.length > 0 && binding.scope.frame.kind !== 'module') return context.random.chance(0.01)
  }
  return true
}

const MAX_COST = 1500

/** Notes that a binding is read or called here. Returns its name. */
export function use(context: Context, binding: Binding): string {
  const own = context.scope.frame
  own.cost += binding.cost * own.times
  for (const frame of framesBetween(own, binding.scope.frame)) frame.needs.add(binding)
  for (const needed of binding.needs) {
    for (const frame of framesBetween(own, needed.scope.frame))
      if (isInside(frame, needed.scope.frame)) frame.needs.add(needed)
  }
  for (const written of binding.writes) {
    for (const frame of framesBetween(own, written.scope.frame))
      if (isInside(frame, written.scope.frame)) frame.writes.add(written)
  }
  return binding.name
}

/** Variables that can be written here. A closure given to `spawn` writes its own, but for one in a hundred. */
export function writable(context: Context, shape: Shape): Binding[] {
  return usable(context, (binding) => {
    if (!binding.writable || binding.meaning !== shape) return false
    const crossed = framesBetween(context.scope.frame, binding.scope.frame).some(({ kind }) => kind === 'spawn')
    return !crossed || context.random.chance(0.004)
  })
}

export function write(context: Context, binding: Binding): string {
  for (const frame of framesBetween(context.scope.frame, binding.scope.frame)) frame.writes.add(binding)
  return use(context, binding)
}

/** Whether this text stands in a closure that is given to `spawn`. */
export function isInThread(context: Context): boolean {
  for (let at: Frame | null = context.scope.frame; at !== null; at = at.parent) if (at.kind === 'spawn') return true
  return false
}

/** Counts steps that are written here. */
export function spend(context: Context, steps: number): void {
  const { frame } = context.scope
  frame.cost += steps * frame.times
}

export function canSpend(context: Context, steps: number): boolean {
  const { frame } = context.scope
  return frame.cost + steps * frame.times <= MAX_COST
}

/** What a finished function tells whoever calls it. */
export function asCallee(frame: Frame): Pick<Binding, 'needs' | 'writes' | 'cost'> {
  const outside = (bindings: Set<Binding>): Set<Binding> =>
    new Set([...bindings].filter((binding) => !isInside(binding.scope.frame, frame)))
  return { needs: outside(frame.needs), writes: outside(frame.writes), cost: frame.cost + 1 }
}

export function fresh(context: Context, prefix: string): string {
  return `${prefix}${++context.counter.last}`
}
