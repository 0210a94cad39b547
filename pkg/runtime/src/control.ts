// One thread, from its call to its end: from values to a task that a pool can run, and from its outcome to a settled promise.

import { resolveAddress } from './address.ts'
import type { Packet } from './codec.ts'
import { decode, encodeThrown, transferablesIn } from './codec.ts'
import { across, release } from './crossing.ts'
import { addSpawnSite } from './error-codec.ts'
import { badOption, cannotThrow, chunkNotLoaded } from './errors.ts'
import type { Job } from './job.ts'
import type { Outgoing } from './outgoing.ts'
import { pack } from './outgoing.ts'
import { Pool } from './pool.ts'
import type { DriverName, Outcome, Site, TaskHead, TaskRequest } from './protocol.ts'
import { OUTCOME } from './protocol.ts'
import type { Crossing, Spawner, TaskHandle, TaskOwner } from './state.ts'
import { runtimeState } from './state.ts'
import { classKeys } from './table.ts'
import type { JoinResult, ThreadControl } from './thread.ts'
import { Thread } from './thread.ts'

export interface SpawnOptions {
  /** Aborts the thread when it fires. */
  signal?: AbortSignal
  /** Objects in the captured values or arguments that are moved instead of copied. */
  transfer?: readonly Transferable[]
  /** Name of the thread, for error messages and for the developer tools. */
  name?: string
  /** Runs on a worker of its own, where it may block. */
  dedicated?: boolean
  /** Order in the queue: 'normal' unless given. */
  priority?: 'high' | 'normal' | 'low'
}

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
  return start({ job, args, moves: args.length > 0 ? transferablesIn(args) : [] }, options)
}

/** Starts a job in any way. Throws R502 and R513. */
export function start(given: Start, options?: SpawnOptions): Thread<unknown> {
  return Control.begin(given, options)[0]
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

const loadModule = (address: string): Promise<unknown> => import(/* @vite-ignore */ /* webpackIgnore: true */ address)

const PRIORITIES = ['high', 'normal', 'low'] as const

/** The pool of this agent, or the way to it. */
export function spawner(): Spawner {
  return (runtimeState().spawner ??= new Pool())
}

const heads = new WeakMap<Site, TaskHead>()

/** The same object for all calls of a site that give the same options, so that a worker needs to be told only once. */
function headOf(site: Site, given: Omit<TaskHead, 'address' | 'at'>, base: string): TaskHead {
  const known = heads.get(site)
  if (
    known !== undefined &&
    known.name === given.name &&
    known.priority === given.priority &&
    known.dedicated === given.dedicated &&
    known.driver === given.driver
  ) {
    return known
  }
  const head = { ...given, address: resolveAddress(site.load, base, site.at), at: site.at }
  heads.set(site, head)
  return head
}

/** Loads classes of packets that the spawning module does not name. Undefined when there are none. Rejects with R519. */
export function missingClasses(site: Site, packets: readonly (Packet | null)[]): Promise<unknown> | undefined {
  const { classes, at } = site
  if (classes === undefined) return undefined
  const keys = packets.flatMap((packet) => (packet === null ? [] : classKeys(packet)))
  if (keys.length === 0) return undefined
  const { base, load = loadModule } = spawner()
  return classes.missing(keys, { load, base, at, closure: resolveAddress(site.load, base, at) })
}

export class Control implements ThreadControl<unknown>, TaskOwner {
  readonly name: string
  readonly #given: Start
  readonly #options: SpawnOptions
  #address = ''
  #crossing: Crossing | null = null
  #handle: TaskHandle | null = null
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  #aborted = false
  #reason: unknown
  #result: JoinResult<unknown> | null = null
  #waiters: ((result: JoinResult<unknown>) => void)[] = []

  constructor(given: Start, options: SpawnOptions) {
    this.#given = given
    this.#options = options
    this.name = options.name ?? given.job.site.name
  }

  /** The thread, and what is behind it. Throws R502 and R513. */
  static begin(given: Start, options: SpawnOptions = {}): [Thread<unknown>, Control] {
    const signal = checkedSignal(options.signal)
    const control = new Control(given, options)
    const thread = new Thread<unknown>((resolve, reject) => control.attach(resolve, reject), control)
    if (signal?.aborted === true) control.drop(signal.reason)
    else control.start()
    return [thread, control]
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get over(): boolean {
    return this.#result !== null
  }

  attach(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { priority = 'normal', dedicated = false, signal, transfer: listed = [] } = this.#options
    const rank = PRIORITIES.indexOf(priority)
    if (rank < 0) throw badOption('priority', priority, "'high', 'normal' or 'low'")
    const pool = spawner()
    const { base } = pool
    const { job, args, moves, driver, named } = this.#given
    const { site, captures, recipes: made } = job
    const head = headOf(site, { name: this.name, dedicated: dedicated || site.blocks, priority: rank, driver }, base)
    this.#address = head.address
    const transfer = listed.length > 0 || moves.length > 0 ? [...new Set([...listed, ...moves])] : moves
    this.#crossing = { at: site.at, ports: [], releases: [] }
    across(this.#crossing, () =>
      pack({ site, args, captures, transfer, base, ...(named && { named }) }, ({ packet, recipes }) => {
        const uses = made.length > 0 ? made : recipes
        const task: TaskRequest = { head, packet, recipes: uses.length > 0 ? uses : undefined }
        this.#handle = pool.start(task, this)
      }),
    )
    if (this.#result === null) signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Ends a thread that never started. */
  drop(reason: unknown): void {
    this.#aborted = true
    this.#reason = reason
    this.#reject(reason)
    this.#end({ ok: false, error: reason })
  }

  abort(reason: unknown): void {
    if (this.#aborted || this.#result !== null) return
    this.#aborted = true
    this.#reason = reason
    this.#reject(reason)
    this.#handle?.abort(() => encodeThrown(reason, (what) => cannotThrow(what, this.#given.job.site.at)))
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
    const result = this.#result
    return result !== null ? Promise.resolve(result) : new Promise((resolve) => this.#waiters.push(resolve))
  }

  readonly #onAbort = (): void => this.abort(this.#options.signal?.reason)

  settled(outcome: Outcome): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    // A thread that has ended closes its side itself, behind the last calls that it made.
    if (outcome.kind !== OUTCOME.DONE && outcome.kind !== OUTCOME.FAILED) release(this.#crossing!)
    const missing = this.#missingClasses(outcome)
    if (missing === undefined) return this.#finish(outcome)
    missing.then(
      () => this.#finish(outcome),
      (error: unknown) => (this.#aborted ? this.#finish(outcome) : this.#fail(error)),
    )
  }

  /** Classes of the outcome that only the closure's module names. Undefined when there are none. */
  #missingClasses({ packet }: Outcome): Promise<unknown> | undefined {
    return this.#aborted ? undefined : missingClasses(this.#given.job.site, [packet])
  }

  #finish(outcome: Outcome): void {
    if (this.#aborted) this.#end({ ok: false, error: this.#reason })
    else if (outcome.kind === OUTCOME.DONE) this.#done(outcome)
    else this.#fail(this.#errorOf(outcome))
  }

  #done(outcome: Outcome): void {
    let value: unknown
    try {
      value = outcome.packet === null ? undefined : decode(outcome.packet, this.#given.job.site.classes)[0]
    } catch (error) {
      return this.#fail(error)
    }
    this.#resolve(value)
    this.#end({ ok: true, value })
  }

  #errorOf(outcome: Outcome): unknown {
    const { at, classes } = this.#given.job.site
    let error: unknown
    try {
      error = outcome.packet === null ? undefined : decode(outcome.packet, classes)[0]
    } catch (problem) {
      error = problem
    }
    if (outcome.kind === OUTCOME.NOT_LOADED) error = chunkNotLoaded(this.#address, at, error)
    addSpawnSite(error, at)
    return error
  }

  #fail(error: unknown): void {
    this.#reject(error)
    this.#end({ ok: false, error })
  }

  #end(result: JoinResult<unknown>): void {
    this.#result = result
    for (const waiter of this.#waiters.splice(0)) waiter(result)
  }
}
