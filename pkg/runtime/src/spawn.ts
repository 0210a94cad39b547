// The call: from values to a task that a pool can run, and from its outcome to a settled thread.

import { resolveAddress } from './address.ts'
import type { EncodeInput, Packet } from './codec.ts'
import { decode, encode, explainRefusal, transferablesIn, Unsendable } from './codec.ts'
import { addSpawnSite } from './error-codec.ts'
import { badOption, cannotSend, chunkNotLoaded, notLifted, wrongProtocol } from './errors.ts'
import type { Moved } from './move.ts'
import { Pool } from './pool.ts'
import type { Outcome, Site, TaskRequest } from './protocol.ts'
import { OUTCOME, PROTOCOL } from './protocol.ts'
import { takeRecipes } from './recipe.ts'
import type { Refusal } from './sendable.ts'
import { isStackOverflow } from './sendable.ts'
import type { Spawner, TaskHandle } from './state.ts'
import { runtimeState } from './state.ts'
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

/** What a thread gives for a closure that returns `T`: promises and `move()` are taken off. */
export type Returned<T> = Awaited<T> extends Moved<infer A> ? (A extends [infer One] ? One : A) : Awaited<T>

/**
 * Runs a closure on another thread.
 *
 * The build plugin lifts the closure into a module of its own. What it captures is copied as it is at the moment of the
 * call; what is transferable in `move(…)` is moved.
 *
 * ```ts
 * const rows = await spawn(() => parse(text))
 * const sum = await spawn(move(bytes), (moved) => checksum(moved))
 * ```
 *
 * Throws `SendError` at once when a value cannot be sent.
 */
export function spawn<T>(closure: () => T, options?: SpawnOptions): Thread<Returned<T>>
export function spawn<A extends unknown[], T>(
  args: Moved<A>,
  closure: (...args: A) => T,
  options?: SpawnOptions,
): Thread<Returned<T>>
export function spawn(): never {
  throw notLifted()
}

declare global {
  /** `await eval(spawn(…))`: the build takes the `eval` away. */
  // oxlint-disable-next-line no-shadow-restricted-names -- an overload of the global, which is what is wanted
  function eval<T>(thread: Thread<T>): Thread<T>
}

/** What a transformed `spawn` calls. */
export function $spawn(
  site: Site,
  args: Moved | null,
  options: SpawnOptions | undefined,
  captures: unknown[],
): Thread<unknown> {
  if (site.p !== PROTOCOL) throw wrongProtocol(site.p, PROTOCOL, site.at)
  const signal = checkedSignal(options?.signal)
  const control = new Control(site, options ?? {})
  const thread = new Thread<unknown>((resolve, reject) => control.attach(resolve, reject), control)
  if (signal?.aborted === true) control.drop(signal.reason)
  else control.start(args?.values ?? [], captures)
  return thread
}

/** Anything that behaves as an `AbortSignal`, also one of another realm or of a package. Throws R513. */
function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | null {
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

const PRIORITIES = ['high', 'normal', 'low'] as const

/** The pool of this agent, or the way to it. */
export function spawner(): Spawner {
  return (runtimeState().spawner ??= new Pool())
}

/** One thread, from its call to its end. */
class Control implements ThreadControl<unknown> {
  readonly name: string
  readonly #site: Site
  readonly #options: SpawnOptions
  #address = ''
  #handle: TaskHandle | null = null
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  #aborted = false
  #reason: unknown
  #result: JoinResult<unknown> | null = null
  #waiters: ((result: JoinResult<unknown>) => void)[] = []

  constructor(site: Site, options: SpawnOptions) {
    this.#site = site
    this.#options = options
    this.name = options.name ?? site.name
  }

  get over(): boolean {
    return this.#result !== null
  }

  attach(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve
    this.#reject = reject
  }

  start(args: unknown[], captures: unknown[]): void {
    const { priority = 'normal', dedicated = false, signal } = this.#options
    const rank = PRIORITIES.indexOf(priority)
    if (rank < 0) throw badOption('priority', priority, "'high', 'normal' or 'low'")
    const pool = spawner()
    this.#address = resolveAddress(this.#site.load, pool.base, this.#site.at)
    const { name } = this
    const { at, blocks } = this.#site
    let taken = takeRecipes(this.#site, captures, pool.base, false)
    let input = this.#input(args, taken.captures)
    try {
      let packet: Packet
      try {
        packet = encode(input)
      } catch (error) {
        if (!(error instanceof Unsendable) || this.#site.recipes === undefined) throw error
        taken = takeRecipes(this.#site, captures, pool.base, true)
        input = this.#input(args, taken.captures)
        packet = encode(input)
      }
      const task: TaskRequest = {
        address: this.#address,
        name,
        at,
        dedicated: dedicated || blocks,
        priority: rank,
        packet,
        ...(taken.uses.length > 0 ? { recipes: taken.uses } : {}),
      }
      this.#handle = pool.start(task, (outcome) => this.#settle(outcome))
    } catch (error) {
      if (error instanceof Unsendable) throw this.#cannotSend(error.refusal)
      if ((error as Error | null)?.name === 'DataCloneError' || isStackOverflow(error))
        throw this.#cannotSend(explainRefusal(input, error))
      throw error
    }
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
    this.#handle?.abort()
  }

  unref(): void {
    this.#handle?.unref()
  }

  join(): Promise<JoinResult<unknown>> {
    const result = this.#result
    return result !== null ? Promise.resolve(result) : new Promise((resolve) => this.#waiters.push(resolve))
  }

  readonly #onAbort = (): void => this.abort(this.#options.signal?.reason)

  #input(args: unknown[], captures: unknown[]): EncodeInput {
    const { transfer = [] } = this.#options
    // A typed array stands for its buffer, which is what can be moved.
    const given = transfer.map((item: unknown) => (ArrayBuffer.isView(item) ? item.buffer : item) as Transferable)
    const moved = args.length > 0 ? transferablesIn(args) : []
    return {
      values: [args, captures],
      roots: args.length > 0 ? [...args, ...captures] : captures,
      names: (index) =>
        index < args.length ? `arguments[${index}]` : (this.#site.captures[index - args.length] ?? '?'),
      transfer: given.length > 0 || moved.length > 0 ? [...new Set([...given, ...moved])] : moved,
    }
  }

  #cannotSend({ path, what }: Refusal): Error {
    return cannotSend(path, what, path.startsWith('arguments[') ? 'passed' : 'captured', this.#site.at)
  }

  #settle(outcome: Outcome): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#aborted) this.#end({ ok: false, error: this.#reason })
    else if (outcome.kind === OUTCOME.DONE) this.#done(outcome)
    else this.#fail(this.#errorOf(outcome))
  }

  #done(outcome: Outcome): void {
    let value: unknown
    try {
      value = outcome.packet === null ? undefined : decode(outcome.packet)[0]
    } catch (error) {
      return this.#fail(error)
    }
    this.#resolve(value)
    this.#end({ ok: true, value })
  }

  #errorOf(outcome: Outcome): unknown {
    let error: unknown
    try {
      error = outcome.packet === null ? undefined : decode(outcome.packet)[0]
    } catch (problem) {
      error = problem
    }
    if (outcome.kind === OUTCOME.NOT_LOADED) error = chunkNotLoaded(this.#address, this.#site.at, error)
    addSpawnSite(error, this.#site.at)
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
