// What crosses the border between a host and its workers, and between generated code and the runtime.

import type { Packet } from './codec/packet.ts'
import type * as MESSAGE from './message-kinds.ts'
import type * as OUTCOME from './outcome-kinds.ts'
import type { Job } from './spawn/job.ts'
import type { Travellers } from './codec/travellers.ts'

/** Number of the contract between generated code, runtime and plugins. Another number is refused. */
export const PROTOCOL = 1

/**
 * Where a module of the build is: a URL string, or an import thunk plus the importing module's `import.meta.url`.
 * A bundler writes the final file name into the import; the runtime reads it out of the function's text and never
 * calls the function.
 */
export type Address = string | readonly [load: () => Promise<unknown>, base: string]

/** Starts a generator in a thread. Generated code hands it over, so that programs without generators do not carry it. */
export type StreamStart = (job: Job, args: unknown[], options?: object) => unknown

/** A spawn site, as generated code describes it. */
export interface Site {
  /** Protocol that the code was generated for. */
  p: number
  /** Where the worker module is. */
  load: Address
  /** Readable name, used for the thread and the worker unless the call gives another. */
  name: string
  /** Position of the call in the user's source, 1-based: `src/a.ts:12:8`. */
  at: string
  /** Names of the captured variables, in the order of their values. */
  captures: readonly string[]
  /** The closure blocks its thread, so it runs as a dedicated task. */
  blocks: boolean
  /** For each capture, where its initialiser is, if a worker may evaluate that when the value cannot be cloned. */
  recipes?: readonly (Address | null)[]
  /** In development: says of a capture that a worker evaluates its initialiser, where that may have an effect. */
  remade?: (index: number) => void
  /** The closure is a generator function: what starts it, or only that it is one where the site has travelled. */
  stream?: StreamStart | true
  /** The classes whose instances may be captured, passed or returned. */
  classes?: Travellers
}

/** A captured value that the worker makes itself: the initialiser's module and the name that it exports. */
export type RecipeUse = readonly [index: number, address: string, name: string]

export type OutcomeKind = (typeof OUTCOME)[keyof typeof OUTCOME]

export interface Outcome {
  readonly kind: OutcomeKind
  readonly packet: Packet | null
  /** In place of a packet: a small value. */
  readonly value?: unknown
  /** In place of a packet: an error that this agent has made itself, which has not crossed yet. */
  readonly error?: unknown
}

/** What runs a closure in its own way: yields its values one by one, or calls it for each item of a list. */
export type DriverName = 'stream' | 'map'

/** What all tasks of one call in the source have in common. A worker is told it once, and its number afterwards. */
export interface TaskHead {
  /** Absolute URL of the worker chunk. */
  readonly address: string
  readonly name: string
  readonly at: string
  readonly dedicated: boolean
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number
  /** The part of the runtime that runs the closure, when that is more than one call. Loaded where it is needed. */
  readonly driver?: DriverName | undefined
}

/** One task, ready to be posted or queued: everything a worker needs to run it. */
export interface TaskRequest {
  readonly head: TaskHead
  readonly load: Load
  /** Captures that the worker makes itself; left out when there are none. */
  readonly recipes?: readonly RecipeUse[] | undefined
}

/** Values on their way: `[arguments, captures]`, or only the list of captures when they are few primitives and there are no arguments. */
export type Load = Packet | readonly unknown[]

/** Where a task's claim lies and what it holds until somebody takes it; no word, when there is nothing to claim. */
export interface Claim {
  readonly slot: number
  readonly word: number
}

/** One thing that is told. A message is a list of them, after the number of messages received. */
export type Entry =
  | [kind: typeof MESSAGE.BOOT, base: string, arena: unknown, claims: ClaimRange | null, maxHeap: number]
  | [
      kind: typeof MESSAGE.RUN,
      id: number,
      head: number,
      slot: number,
      word: number,
      load: Load,
      recipes?: readonly RecipeUse[] | undefined,
    ]
  /** So many arguments, and then the captures. Flat, since each list or object around them costs as much as a buffer that is moved. */
  | [
      kind: typeof MESSAGE.RUN_FLAT,
      id: number,
      head: number,
      slot: number,
      word: number,
      args: number,
      ...values: unknown[],
    ]
  /** For each task its number, the two of its claim, and `width` values. Flat, since nested lists cost more to clone than all the rest. */
  | [kind: typeof MESSAGE.RUNS, head: number, width: number, ...flat: unknown[]]
  | [kind: typeof MESSAGE.ABORT, id: number, reason: Packet]
  | [kind: typeof MESSAGE.SETTLED, id: number, outcome: OutcomeKind, packet: Packet | null]
  | [kind: typeof MESSAGE.UNREADABLE, number: number]
  | [kind: typeof MESSAGE.READY]
  | [kind: typeof MESSAGE.PULL]
  | [kind: typeof MESSAGE.TURNED, id: number]
  | [
      kind: typeof MESSAGE.SPAWN,
      id: number,
      head: number,
      slot: number,
      word: number,
      load: Load,
      recipes?: readonly RecipeUse[] | undefined,
    ]
  | [kind: typeof MESSAGE.UNREF, id: number]
  | [kind: typeof MESSAGE.CLOSING]
  | [kind: typeof MESSAGE.UNCAUGHT, packet: Packet]
  | [kind: typeof MESSAGE.HEAD, number: number, head: TaskHead]
  | [kind: typeof MESSAGE.RESULT, id: number, value: unknown]
  | [kind: typeof MESSAGE.TAKEN, id: number, head: number]
  | [kind: typeof MESSAGE.CHILD_ENDED, id: number, how: OutcomeKind]
  | [kind: typeof MESSAGE.HEAVY]
  | [kind: typeof MESSAGE.LOST]
  | [kind: typeof MESSAGE.LEAVE]
  | [kind: typeof MESSAGE.RING, at: number]

/** Words of the arena that are one agent's to hand out as claims. */
export interface ClaimRange {
  readonly first: number
  readonly count: number
}
