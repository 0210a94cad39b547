// One thread, from its call to its end: from values to a task that a pool can run, and from its outcome to a settled promise.

import { macrotask, timer } from '#host'

import { offAbort, onAbort } from './abort-listeners.ts'
import { resolveAddress } from '../loading/address.ts'
import { isGone } from '../codec/locate.ts'
import type { Packet } from '../codec/packet.ts'
import { isTypedArray } from '../codec/plain.ts'
import { encodeThrown, transferablesIn } from '../codec/codec.ts'
import { decode, missingForTravels, missingReader } from '../codec/packet.ts'
import { across, afterCalls, release } from '../loading/crossing.ts'
import { badOption, chunkNotLoaded, notLifted, unknownClosure, wrongProtocol } from './call-errors.ts'
import { cannotThrow, ThreadError } from '../errors.ts'
import { importModule } from '../host/import-module.ts'
import type { Job } from './job.ts'
import { isSmall, isSmallList } from '../loading/load.ts'
import type { Outgoing } from './outgoing.ts'
import { pack } from './outgoing.ts'
import { Pool } from '../pool/pool.ts'
import type { DriverName, Outcome, Site, TaskHead, TaskRequest } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { PROTOCOL } from '../protocol.ts'
import { isMoved } from './marks.ts'
import { nameOf } from './site-name.ts'
import { addSpawnSite } from './spawn-site.ts'
import type { CallFailure, Crossing, Spawner, TaskHandle, TaskOwner } from '../state.ts'
import { runtimeState } from '../state.ts'
import type { JoinResult, ThreadControl } from './thread.ts'
import { Thread } from './thread.ts'
import type { Loading } from '../codec/travellers.ts'
import type { Transferable } from '../platform-types.ts'

export interface SpawnOptions {
  /** Aborts the thread when it fires. */
  signal?: AbortSignal | undefined
  /** Objects in the captured values or arguments that are moved instead of copied. */
  transfer?: readonly Transferable[] | undefined
  /** Name of the thread, for error messages and for the developer tools. */
  name?: string | undefined
  /** Runs on a worker of its own, where it may block. */
  dedicated?: boolean | undefined
  /** Order in the queue: 'normal' unless given. */
  priority?: 'high' | 'normal' | 'low' | undefined
  /** The scope, made by `threads()`, at whose end the thread is waited for. */
  scope?: Scope | undefined
}

/** What `spawn` knows of a scope, so that programs without scopes do not carry them. */
export interface Scope {
  /** Throws when it is over. */
  check(): void
  add<T extends Pick<Thread<unknown>, 'join' | 'abort'>>(thread: T): T
}

const NO_OPTIONS: SpawnOptions = {}

const NONE: readonly Transferable[] = []

/** What a thread is started with. */
export interface Start {
  readonly job: Job
  readonly args: unknown[]
  /** Objects that are moved, besides those in the options. */
  readonly moves: readonly Transferable[]
  readonly driver?: DriverName
  readonly named?: Outgoing['named']
}

/** Starts a job on another thread, with arguments in which what can be moved is. Throws R502 and R513. */
export function startThread(job: Job, args: unknown[], options?: SpawnOptions): Thread<unknown> {
  return start({ job, args, moves: args.length > 0 ? transferablesIn(args) : NONE }, options)
}

/** Starts a job in any way. Throws R502 and R513. */
export function start(given: Start, options?: SpawnOptions): Thread<unknown> {
  return new Control(given.job.site, options).begin(given)
}

/** Anything that behaves as an `AbortSignal`, also one of another realm or of a package. Throws R513. */
export function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | null {
  if (signal === undefined || signal === null) return null
  const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>
  if (
    typeof aborted !== 'boolean' ||
    typeof addEventListener !== 'function' ||
    typeof removeEventListener !== 'function'
  )
    throw badOption('signal', signal, 'an `AbortSignal`')
  return signal
}

/** Whoever comes from other pools writes arguments there, which the closure would never get. */
export function areOptions(options: unknown): boolean {
  return (
    options === undefined ||
    (typeof options === 'object' && options !== null && !Array.isArray(options) && !isMoved(options))
  )
}

const PRIORITIES = ['high', 'normal', 'low'] as const

/** The pool of this agent, or the way to it. */
export function spawner(): Spawner {
  return (runtimeState().spawner ??= new Pool())
}

const heads = new WeakMap<Site, TaskHead>()

/** What is known of the site of the last call: that of the next one, nearly always. */
let last: { readonly site: Site; readonly name: string; head: TaskHead | undefined } | null = null

/** The same object for all calls of a site that give the same options, so that a worker needs to be told only once. */
function headOf(site: Site, options: SpawnOptions, driver: DriverName | undefined, base: string): TaskHead {
  if (last?.site !== site) last = { site, name: nameOf(site), head: heads.get(site) }
  const { priority = 'normal' } = options
  const name = options.name ?? last.name
  const dedicated = options.dedicated === true || site.blocks
  const known = last.head
  if (
    known !== undefined &&
    known.name === name &&
    PRIORITIES[known.priority] === priority &&
    known.dedicated === dedicated &&
    known.driver === driver
  ) {
    return known
  }
  const rank = PRIORITIES.indexOf(priority)
  if (rank < 0) throw badOption('priority', priority, "'high', 'normal' or 'low'")
  const address = resolveAddress(site.load, base, site.at)
  const head: TaskHead = { address, name, at: site.at, dedicated, priority: rank, driver }
  heads.set(site, (last.head = head))
  return head
}

/** Loads what packets need to be decoded and this agent has not. Undefined when that is nothing. Rejects with R519 and R545. */
export function missingFor(site: Site, packets: readonly (Packet | null)[]): Promise<unknown> | undefined {
  const tables = packets.filter((packet) => packet?.table !== undefined) as Packet[]
  if (tables.length === 0) return undefined
  const missing = tables.flatMap((packet) => [missingReader(packet), missingForTravels(packet)])
  missing.push(site.classes?.missingFor(tables, loadingOf(site)))
  return missing.some((each) => each !== undefined) ? Promise.all(missing) : undefined
}

/** How this agent loads what a site needs. */
export function loadingOf({ load: closure, at }: Site): Loading {
  const { base, load = runtimeState().load ?? importModule } = spawner()
  return { load, base, at, closure: resolveAddress(closure, base, at) }
}

/** How far a thread has come. */
const STATE = { RUNS: 0, DONE: 1, FAILED: 2 } as const

type Settle = (result: unknown) => void

/** That of the promise that was made last: a function for each thread would be made and thrown away. */
const newest: { resolve: Settle } = { resolve() {} }

function keepResolve(resolve: Settle): void {
  newest.resolve = resolve
}

/** What cancels the timers of threads that are aborted and have not stopped: each timer would keep all that its thread holds. */
const stopping = new WeakMap<Control, () => void>()

// A hundred thousand may wait at once: what few threads need is made when they do.
export class Control implements ThreadControl<unknown>, TaskOwner {
  readonly #site: Site
  readonly #options: SpawnOptions
  /** The callbacks that went with it; null when there are none. */
  #crossing: Crossing | null = null
  /** What lies in its values and is collected after its end at the earliest. */
  pins: object[] | null = null
  #handle: TaskHandle | null = null
  #resolve!: Settle
  #state: (typeof STATE)[keyof typeof STATE] = STATE.RUNS
  /** What it gave, or why it failed; the reason once it is aborted. */
  #result: unknown
  #aborted = false
  #waiters: ((result: JoinResult<unknown>) => void)[] | null = null
  #onAbort: (() => void) | null = null

  constructor(site: Site, options: SpawnOptions = NO_OPTIONS) {
    this.#site = site
    this.#options = options
  }

  get name(): string {
    return this.#options.name ?? nameOf(this.#site)
  }

  /** Starts it, and gives what the user holds. Throws R502 and R513. */
  begin(given: Start): Thread<unknown> {
    const signal = checkedSignal(this.#options.signal)
    const thread = new Thread<unknown>(keepResolve, this)
    this.#resolve = newest.resolve
    if (signal?.aborted === true) this.drop(signal.reason)
    else this.start(given)
    return thread
  }

  get aborted(): boolean {
    return this.#aborted
  }

  /** Callbacks went with it. */
  get crosses(): boolean {
    return this.#crossing !== null
  }

  /** It had ended well, but for a call of a callback that threw. */
  get hasFailedCall(): boolean {
    return this.#crossing?.failure !== undefined
  }

  get over(): boolean {
    return this.#state !== STATE.RUNS
  }

  start({ job, args, moves, driver, named }: Start): void {
    const { signal, transfer: listed } = this.#options
    const pool = spawner()
    const { base } = pool
    const { site, captures, recipes: made } = job
    const head = headOf(site, this.#options, driver, base)
    const transfer = listed !== undefined && listed.length > 0 ? [...new Set([...listed, ...moves])] : moves
    if (args.length === 0 && transfer.length === 0 && made.length === 0 && isSmallList(captures)) {
      // Most calls send a few numbers and strings, about which nothing is to be found out.
      this.#handle = pool.start({ head, load: captures }, this)
    } else if (!this.#startMoved(head, job, args, transfer, pool)) {
      const crossing = { at: site.at, ports: [], releases: [], ends: [], pins: [] }
      this.#crossing = crossing
      across(crossing, () =>
        pack({ site, args, captures, transfer, base, named }, (packet, recipes) => {
          const uses = made.length > 0 ? made : recipes
          const task: TaskRequest = { head, load: packet, recipes: uses.length > 0 ? uses : undefined }
          this.#handle = pool.start(task, this)
        }),
      )
      if (crossing.ports.length === 0 && crossing.releases.length === 0) this.#crossing = null
      if (crossing.pins.length > 0) this.pins = crossing.pins
    }
    if (signal === undefined || signal === null || this.over) return
    this.#onAbort = () => this.abort(signal.reason)
    onAbort(signal, this.#onAbort)
  }

  /** Starts it where nothing is sent but small values and what is moved whole, about which nothing is to be found out either. */
  #startMoved(head: TaskHead, job: Job, args: unknown[], transfer: readonly Transferable[], pool: Spawner): boolean {
    const { site, captures, recipes } = job
    if (recipes.length > 0 || site.recipes !== undefined || !isSmallList(captures)) return false
    const moved = new Set<unknown>(transfer)
    // A view of what is moved crosses as it is, if it is none of a class of its own, as Node's buffers are.
    const isWhole = (arg: unknown): boolean => moved.has(arg) || (isTypedArray(arg) && moved.has(arg.buffer))
    if (!args.every((arg) => isSmall(arg) || isWhole(arg)) || transfer.some(isGone)) return false
    try {
      const values = [args, captures]
      const packet = transfer.length > 0 ? { values, transfer: [...transfer] } : { values }
      this.#handle = pool.start({ head, load: packet }, this)
      return true
    } catch {
      // Whoever packs it finds out what is wrong.
      return false
    }
  }

  /** Ends a thread that never started. */
  drop(reason: unknown): void {
    this.#aborted = true
    this.#reject(reason)
    this.#end(STATE.FAILED, reason)
  }

  abort(reason: unknown): void {
    if (this.#aborted || this.over) return
    this.#aborted = true
    this.#result = reason
    this.#reject(reason)
    this.#handle?.abort(() => encodeThrown(reason, (what) => cannotThrow(what, this.#site.at)))
    const { graceTime } = runtimeState().settings
    if (this.over || graceTime === Infinity) return
    // Nobody may be waiting any more for a closure that waits for what never comes: then it is no reason not to end.
    const leave = (): void => void (this.#waiters === null && this.unref())
    stopping.set(this, timer(leave, graceTime))
  }

  unref(): void {
    this.#handle?.unref()
  }

  /** Whether the thread keeps the program alive. In a thread it is the host's that counts. */
  hold(yes: boolean): void {
    if (yes) this.#handle?.ref?.()
    else if (this.#handle?.ref !== undefined) this.#handle.unref()
  }

  join(): Promise<JoinResult<unknown>> {
    if (this.over) return Promise.resolve(this.#outcome())
    if (this.#aborted) this.hold(true)
    return new Promise((resolve) => (this.#waiters ??= []).push(resolve))
  }

  #outcome(): JoinResult<unknown> {
    return this.#state === STATE.DONE ? { ok: true, value: this.#result } : { ok: false, error: this.#result }
  }

  /** Few threads fail, and of a hundred thousand that wait the functions to reject them would be an eighth of the memory. */
  #reject(reason: unknown): void {
    // oxlint-disable-next-line unicorn/no-thenable -- a promise takes it at once, and nobody else sees it
    this.#resolve({ then: (_: Settle, reject: Settle) => reject(reason) })
  }

  settled(outcome: Outcome, head: TaskHead): void {
    if (this.#onAbort !== null) offAbort(this.#options.signal!, this.#onAbort)
    // A thread that has ended closes its side itself, behind the last calls that it made.
    if (this.#crossing === null) return this.#settle(outcome, head)
    const crossing = this.#crossing
    const settle = (failure?: CallFailure): void => {
      crossing.failure = failure
      this.#settle(failure === undefined ? outcome : { kind: OUTCOME.FAILED, packet: null, ...failure }, head)
    }
    // Calls that the thread did not wait for lie in their ports, and go first.
    if (outcome.kind === OUTCOME.DONE) return afterCalls(this.#crossing, runtimeState().settings.graceTime, settle)
    // One that has failed may never have got its ports.
    if (outcome.kind === OUTCOME.FAILED) return macrotask(() => settle())
    release(this.#crossing)
    settle()
  }

  #settle(outcome: Outcome, head: TaskHead): void {
    const { packet } = outcome
    const missing = this.#aborted || packet === null ? undefined : missingFor(this.#site, [packet])
    if (missing === undefined) return this.#finish(outcome, head)
    missing.then(
      () => this.#finish(outcome, head),
      (error: unknown) => this.#finish(unread(outcome, error), head),
    )
  }

  #finish(outcome: Outcome, head: TaskHead): void {
    if (this.#aborted) this.#end(STATE.FAILED, this.#result)
    else if (outcome.kind === OUTCOME.DONE) this.#done(outcome)
    else this.#fail(errorOf(outcome, head, this.#site))
  }

  #done({ packet, value: small }: Outcome): void {
    let value = small
    try {
      if (packet !== null) [value] = decode(packet, this.#site.classes)
    } catch (error) {
      return this.#fail(error)
    }
    this.#resolve(value)
    this.#end(STATE.DONE, value)
  }

  #fail(error: unknown): void {
    this.#reject(error)
    this.#end(STATE.FAILED, error)
  }

  #end(state: typeof STATE.DONE | typeof STATE.FAILED, result: unknown): void {
    this.#state = state
    this.#result = result
    this.#handle = null
    this.pins = null
    if (this.#aborted) stopping.get(this)?.()
    const waiters = this.#waiters
    if (waiters === null) return
    this.#waiters = null
    for (const waiter of waiters) waiter(this.#outcome())
  }
}

/** How a thread has ended is known, but not with what. */
function unread({ kind }: Outcome, error: unknown): Outcome {
  return { kind: kind === OUTCOME.DONE ? OUTCOME.FAILED : kind, packet: null, error }
}

/** The error of a thread that has failed, with the place of its call. */
function errorOf({ kind, packet, error: own }: Outcome, { address }: TaskHead, { at, classes }: Site): unknown {
  let error: unknown
  try {
    error = packet === null ? own : decode(packet, classes)[0]
  } catch (problem) {
    error = problem
  }
  if (kind === OUTCOME.NOT_LOADED) error = chunkNotLoaded(address, at, error)
  addSpawnSite(error, at)
  return error
}

/** Why a call that the build left as it is cannot work. */
export function notKnown(call: string, given: unknown): Error {
  return runtimeState().boot === null ? notLifted(call) : unknownClosure(call, given)
}

/** A function that programs call. */
export type PublicFunction = (...args: never[]) => unknown

/**
 * The error of a call, with a stack that begins at the call in the program: what is called in here would alone fill the ten frames that V8
 * keeps. What is not ours, such as an error of a getter, keeps its own.
 */
export function fromCall(error: unknown, call: PublicFunction): unknown {
  const { captureStackTrace } = Error as { captureStackTrace?: (error: object, below: PublicFunction) => void }
  if (error instanceof ThreadError) captureStackTrace?.(error, call)
  return error
}

/** Throws R507. */
export function checkProtocol({ p, at }: Site): void {
  if (p !== PROTOCOL) throw wrongProtocol(p, PROTOCOL, at)
}
