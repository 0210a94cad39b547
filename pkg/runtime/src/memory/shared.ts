import { arena, canShare } from './arena.ts'
import { RESETS } from './layout.ts'
import { declaredTwice, globalNotLifted, notForThreads, notMadeYet, notShareable } from '../sync/lock-errors.ts'
import { noSharedMemory } from './shared-errors.ts'
import type { Descriptor } from './registry.ts'
import { fillEntry, findEntry, keyOf, readEntry } from './registry.ts'
import { describeData, isSharedData, ontoBank } from './shared-data.ts'
import type { SharedKind } from './shared-kind.ts'
import { UNPLACED, kindNumbered, kindOf, nameShared, registerKind } from './shared-kind.ts'
import { keepWords } from '../sync/dynamic-words.ts'
import { runtimeState } from '../state.ts'
import { registerSharedTravel } from '../sync/travel.ts'

/** Number of this type in the registry. */
const GLOBAL = 3

/**
 * A module-level value that is the same memory in every thread: a `SharedArrayBuffer`, a typed array or `DataView` over one, or a lock.
 *
 * Whichever thread evaluates the declaration first makes the value; the others find it. The buffer is moved into memory
 * that all threads were given when they started: use `value`, not the buffer that was passed in. It is as large as it was
 * made, also one that was made growable. That memory counts as resizable, which WebGL refuses: give it `value.slice()`.
 *
 * ```ts
 * const pixels = new Global(new SharedArrayBuffer(1920 * 1080 * 4))
 *
 * await spawn(() => {
 *   new Uint8Array(pixels.value).fill(255)
 * })
 * ```
 */
export class Global<T> {
  private held: T | undefined
  private entry: number = UNPLACED

  /**
   * Shares a buffer, a view or a lock with all threads, at the top level of a module; `value` is what they share. The plugin turns this call into one that all threads
   * agree on.
   *
   * @param value What threads share.
   * @throws R535 when the plugin has not seen this call.
   */
  // oxlint-disable-next-line no-unused-vars -- the parameter gives `T`
  constructor(value: T) {
    throw globalNotLifted()
  }

  /**
   * The shared value.
   *
   * @throws E314 where there is no shared memory.
   */
  get value(): T {
    if (this.entry === UNPLACED) throw noSharedMemory()
    return this.held as T
  }

  get [Symbol.toStringTag](): string {
    return 'Global'
  }

  /** @internal */
  static at(entry: number, value: unknown): Global<unknown> {
    const made = Object.create(Global.prototype) as Global<unknown>
    made.held = value
    made.entry = entry
    return made
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Global<unknown>> = registerKind<Global<unknown>>({
    number: GLOBAL,
    unplaced: true,
    holds: (value) => [...(value.entry === UNPLACED ? [] : numbersIn(value.held))],
    revive: (at) => (at === UNPLACED ? Global.at(UNPLACED, undefined) : globalOf(at)),
    placeOf: (value) => value.entry,
    dataOf: () => undefined,
    place: (value) => value.entry,
  })

  static {
    registerSharedTravel('global', Global.sharedKind)
  }
}

/** The types of a value and of what it holds. */
function numbersIn(value: unknown): number[] {
  const kind = kindOf(value)
  if (kind === undefined) return []
  return [kind.number, ...numbersIn(kind.dataOf(value as object))]
}

interface Known {
  readonly hash: string
  readonly value: object
  /** How often all had been reset when it was made. */
  readonly resets?: number
}

// On `globalThis`, as the arena is: after a reset of the module graph (HMR, tests) a declaration finds its object again.
const KNOWN = Symbol.for('experimental-threads/1/shared')

function knownValues(): Map<string, Known> {
  const holder = globalThis as { [KNOWN]?: Map<string, Known> }
  return (holder[KNOWN] ??= new Map())
}

/**
 * A module-level construction of a shared type, as generated code writes it. `thunk` gives the constructor's arguments. It runs when this thread finds no value yet;
 * if another thread makes one in that very moment, what the thunk gave is dropped. Without a thunk the value can only be found: its initialiser reads what only the
 * declaring module has.
 *
 * The same id and hash again gives the same object. Another hash under the same id is an edited declaration: new memory and a notice while one develops.
 *
 * @throws E411 for another hash where nothing is edited, E320 when it can only be found and is not there, E310 when the value cannot be shared, E311, E312, E313, E315 or E319 when there is no room for it.
 */
export function $shared<T>(
  type: (new (...args: never[]) => T) | ((...args: never[]) => T),
  id: string,
  hash: string,
  thunk: (() => unknown[]) | null,
): T {
  const kind = (type as unknown as { sharedKind: SharedKind }).sharedKind
  if (kind.perThread === true) return ownValue(type as unknown as Maker, id, hash, thunk) as T
  // Constructing must not fail on a page without isolation; the first operation does, and tells what to do.
  if (!canShare()) return kind.revive(UNPLACED, undefined) as T
  const known = knownValues()
  const before = known.get(id)
  const resets = Atomics.load(arena().words, RESETS)
  if (before?.hash === hash && before.resets === resets) return before.value as T
  if (before !== undefined && before.hash !== hash) {
    if (!runtimeState().edits) throw declaredTwice(nameOf(type), bindingOf(id))
    console.warn(
      `experimental-threads: the declaration of the ${nameOf(type)} ${bindingOf(id)} has changed, so it starts with new memory`,
    )
  }
  const value = obtain(type as unknown as Maker, id, keyOf(id, resets === 0 ? hash : `${hash} ${resets}`), thunk)
  if (thunk !== null) kind.attach?.(value, thunk)
  known.set(id, { hash, value, resets })
  nameShared(value, bindingOf(id))
  const inner = kind.number === GLOBAL ? (value as Global<unknown>).value : undefined
  if (kindOf(inner) !== undefined) nameShared(inner as object, bindingOf(id))
  return value as T
}

/**
 * For tests: module-level shared values start anew, with new memory, in every module that is evaluated from now on, here and in threads. Objects that modules hold
 * already stay as they are, and so does the memory under them.
 *
 * ```ts
 * afterEach(() => {
 *   vi.resetModules()
 *   resetShared()
 * })
 * ```
 *
 * @throws E314 where there is no shared memory.
 */
export function resetShared(): void {
  Atomics.add(arena().words, RESETS, 1)
  // Their modules have been evaluated.
  runtimeState().spawner?.recycle()
}

/** A class, or a function that gives an object. */
type Maker = new (...args: unknown[]) => object

/** A value of which each thread has one, also after a reset of the module graph. */
function ownValue(type: Maker, id: string, hash: string, thunk: (() => unknown[]) | null): object {
  const known = knownValues()
  const before = known.get(id)
  if (before?.hash === hash) return before.value
  if (thunk === null) throw notForThreads(bindingOf(id))
  const value = new type(...thunk())
  known.set(id, { hash, value })
  return value
}

// Minifiers rename classes.
const nameOf = ({ prototype, name }: { readonly prototype?: unknown; readonly name: string }): string =>
  (prototype as { [Symbol.toStringTag]?: string } | undefined)?.[Symbol.toStringTag] ?? name

function obtain(type: Maker, id: string, key: number[], thunk: (() => unknown[]) | null): object {
  // By number: `type` may be of another copy of the runtime in this thread.
  const isGlobal = (type as unknown as { sharedKind: SharedKind }).sharedKind.number === GLOBAL
  let { entry, ready } = findEntry(key)
  if (!ready) {
    if (thunk === null) throw notMadeYet(`the \`${nameOf(type)}\` \`${bindingOf(id)}\``)
    const args = thunk()
    const made = isGlobal ? args[0] : new type(...args)
    const make = describing(made, `the \`${nameOf(type)}\` \`${bindingOf(id)}\``)
    while (!ready && !fillEntry(entry, key, make)) {
      // Another thread filled this entry, with this value or with one that has its place in the table.
      ;({ entry, ready } = findEntry(key))
    }
    if (!ready && kindOf(made) !== undefined) return isGlobal ? remember(entry, made) : (made as object)
  }
  if (isGlobal) return globalOf(entry)
  const found = build(readEntry(entry))
  const { complete } = (type as unknown as { sharedKind: SharedKind }).sharedKind
  if (complete !== undefined && thunk !== null) complete(found, thunk())
  return found
}

/** What puts a value into shared memory, once the value is known to belong there. */
function describing(made: unknown, name: string): () => Descriptor {
  const kind = kindOf(made)
  const data = kind === undefined ? made : kind.dataOf(made as object)
  if (!isSharedData(data) || (kind === undefined && data === undefined) || kind?.number === GLOBAL) {
    throw notShareable(name, describeData(data ?? made))
  }
  return () => {
    const shared = ontoBank(data)
    const at = kind?.place(made as object, shared) ?? 0
    // It is found by its id from now on.
    if (kind !== undefined && kind.unplaced !== true) keepWords(at)
    return { type: kind?.number ?? 0, at, data: shared }
  }
}

/** Globals of this thread, by entry: one object each, however it was reached. */
const globals = new Map<number, Global<unknown>>()

function globalOf(entry: number): Global<unknown> {
  return globals.get(entry) ?? remember(entry, build(readEntry(entry)))
}

function remember(entry: number, value: unknown): Global<unknown> {
  const made = Global.at(entry, value)
  globals.set(entry, made)
  return made
}

function build({ type, at, data }: Descriptor): object {
  return type === 0 ? (data as object) : kindNumbered(type).revive(at, data)
}

/** `hits_3wwysi6mh28t7haz` is the id of a binding that the user calls `hits`. */
function bindingOf(id: string): string {
  return id.replace(/_[0-9a-z]{16}$/, '')
}
