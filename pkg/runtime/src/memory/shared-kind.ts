/**
 * How `$shared` and messages handle the types that live in the arena. Each type says it about itself, so that no file lists them all and a program ships only those
 * that it names.
 */

/** Data that a lock protects or a `Global` holds: nothing, a buffer, or a view. */
export type SharedData = undefined | SharedArrayBuffer | ArrayBufferView

/** One shared type, as the registry sees it; the static property `sharedKind` of its class. */
export interface SharedKind<T extends object = object> {
  /** Part of the protocol: stored in the registry. Never 0. */
  readonly number: number
  /** The object for words that exist already. `at` is UNPLACED when there is no shared memory: then its first operation throws. */
  revive(at: number, data: SharedData): T
  /** `at` is no address of words. */
  readonly unplaced?: boolean
  /** There is one for each thread, and nothing is shared. */
  readonly perThread?: boolean
  /** Called in a thread that has found a declared value, with the arguments of its declaration: what of them cannot be shared, such as functions. */
  complete?(value: T, args: readonly unknown[]): void
  /** Numbers of the types of what it holds, which whoever gets it must have loaded. */
  holds?(value: T): number[]
  /** Where its words lie, UNPLACED if it has none yet. */
  placeOf(value: T): number
  /** The data it protects. */
  dataOf(value: T): unknown
  /** Gives an object of this thread what cannot be shared: functions among the arguments of its constructor. `thunk` gives them. */
  attach?(value: T, thunk: () => unknown[]): void
  /** Gives a new object its words, and its data in the place where every thread sees it. Initialises the words. */
  place(value: T, data: SharedData): number
}

/** Not in the arena yet. */
export const UNPLACED = -1

const kinds = new Map<number, SharedKind>()

/** Makes a type known to this thread; called by the type itself when its class is evaluated. */
export function registerKind<T extends object>(kind: SharedKind<T>): SharedKind<T> {
  kinds.set(kind.number, kind as unknown as SharedKind)
  return kind
}

/** The type with this number. Its module is loaded: the declaration that a registry entry comes from names the type. */
export function kindNumbered(number: number): SharedKind {
  const kind = kinds.get(number)
  if (kind === undefined) throw new Error(`shared type ${number} is not loaded in this thread`)
  return kind
}

/** The kind of a value of ours; undefined for anything else. */
export function kindOf(value: unknown): SharedKind | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return (value.constructor as { sharedKind?: SharedKind } | undefined)?.sharedKind
}

/** Names of values that were declared at the top level of a module. */
const names = new WeakMap<object, string>()

/** Notes what a value is called in the program. */
export function nameShared(value: object, name: string): void {
  names.set(value, name)
}

/** A value, for messages: "the `Mutex` `hits`", or "a `Mutex`" when it was made at run time. */
export function describeShared(value: object): string {
  // Bundlers rename classes.
  const type = `\`${(value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? value.constructor.name}\``
  const name = names.get(value)
  return name === undefined ? `a ${type}` : `the ${type} \`${name}\``
}
