// Generators in threads, seen from whoever spawned them.

import { ASYNC_DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import type { SpawnOptions, Start } from '../spawn/control.ts'
import { Control, missingFor } from '../spawn/control.ts'
import { macrotask, timer } from '#host'

import type { Packet } from '../codec/packet.ts'
import { encodeThrown, transferablesIn } from '../codec/codec.ts'
import { decode } from '../codec/packet.ts'
import { badOption } from '../spawn/call-errors.ts'
import { cannotThrow, messageUnreadable } from '../errors.ts'
import type { Job } from '../spawn/job.ts'
import { pack } from '../spawn/outgoing.ts'
import type { Line } from './port.ts'
import { listen } from './port.ts'
import type { Outcome, Site, StreamStart } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { addSpawnSite } from '../spawn/spawn-site.ts'
import { runtimeState } from '../state.ts'
import type { Asked, Batch, Produced } from './stream-messages.ts'
import type { JoinResult, Thread } from '../spawn/thread.ts'

export interface StreamOptions extends SpawnOptions {
  /** How many values the thread may be ahead of its consumer. Default 32; with 0 it computes a value when it is asked for. */
  ahead?: number | undefined
}

/** For what is packed without captures. */
const NOTHING = { captures: [] as unknown[], transfer: [], base: '' }

type Step<T, R> = IteratorResult<T, R>

interface Waiter {
  readonly epoch: number
  readonly resolve: (step: Step<unknown, unknown>) => void
  readonly reject: (error: unknown) => void
  readonly late: () => Step<unknown, unknown>
}

type End = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/**
 * A generator that runs in a thread: an async iterator of what it yields.
 *
 * The thread starts at once and computes a few values ahead, then waits until they are taken. Values come in order, and
 * an error comes after the values that were yielded before it. Leaving a loop, `return()` and `throw()` reach the
 * generator where it is, and its `finally`.
 *
 * ```ts
 * const rows = spawn(function* () {
 *   for (const line of lines) yield parse(line)
 *   return lines.length
 * })
 * for await (const row of rows) show(row)
 * console.log(await rows.result)   // what the generator returned
 * ```
 */
export class ThreadStream<T, R = unknown> implements AsyncGenerator<T, R, undefined> {
  readonly #control: Control
  readonly #thread: Thread<unknown>
  readonly #site: Site
  readonly #port: MessagePort
  readonly #line: Line
  readonly #ahead: number
  #epoch = 0
  /** Values of this epoch that were taken, and up to which the thread may go. */
  #taken = 0
  #upTo = 0
  #values: unknown[] = []
  #head = 0
  #waiters: Waiter[] = []
  /** How many wait for its end. */
  #joins = 0
  /** How it ended; delivered once, after the values. */
  #end: End | null = null
  #delivered = false
  /** Somebody has asked for something: a value, the result, the end. */
  #asked = false
  /** Somebody has asked for a value. */
  #iterated = false
  #free = false
  #ended!: (end: End) => void
  readonly #over: Promise<End> = new Promise((resolve) => (this.#ended = resolve))
  #result: Promise<R> | null = null
  /** Messages that wait for classes to be loaded, the last one of them. */
  #loading: Promise<void> | null = null

  static {
    nameDisposal(this.prototype, ASYNC_DISPOSE)
  }

  /** Streams are made by `spawn`. */
  constructor(job: Job, args: unknown[], options: StreamOptions = {}) {
    const { ahead = 32, ...others } = options
    if (!(Number.isInteger(ahead) && ahead >= 0)) throw badOption('ahead', ahead, 'a whole number')
    this.#ahead = ahead
    const { port1, port2 } = new MessageChannel()
    const given: Start = { job, args: [...args, port2], moves: [...transferablesIn(args), port2], driver: 'stream' }
    this.#port = port1
    this.#line = listen(port1, {
      message: (message) => this.#receive(message as Produced),
      unreadable: () => this.#fail(messageUnreadable('values', job.site.at)),
      // If the worker has ended, the pool says why.
      closed: () => {},
    })
    try {
      this.#control = new Control(job.site, others)
      this.#thread = this.#control.begin(given)
    } catch (error) {
      this.#line.close()
      throw error
    }
    this.#site = job.site
    this.#grant()
    this.#keepAlive()
    // Its end comes through the port, after the values. What comes here is that there will be none.
    // What the thread had yielded before its worker ended lies in the port, and goes first.
    this.#thread.then(undefined, (error: unknown) => {
      if (this.#control.aborted) this.#fail(error)
      else if (!this.#control.hasFailedCall) macrotask(() => this.#fail(error))
    })
    runtimeState().leaving.add(this.#leave)
  }

  get name(): string {
    return this.#thread.name
  }

  /**
   * What the generator returned. Whoever asks for nothing else lets the values go: when no value is asked for in the same
   * turn, they are taken and dropped. Rejects with what the generator threw.
   */
  get result(): Promise<R> {
    this.#letGo()
    return (this.#result ??= this.#over.then((end) => {
      if (!end.ok) throw end.error
      return end.value as R
    }))
  }

  next(): Promise<Step<T, R>> {
    this.#asked = true
    this.#iterated = true
    if (this.#head < this.#values.length) {
      const value = this.#shift() as T
      this.#grant()
      return Promise.resolve({ done: false, value })
    }
    return this.#end === null ? this.#wait(() => ({ done: true, value: undefined })) : this.#deliver()
  }

  /** Closes the generator where it is: its `finally` runs. What it had yielded ahead is dropped. */
  async return(value?: R | PromiseLike<R>): Promise<Step<T, R>> {
    const given = (isPromise(value) ? await value : value) as R
    const step = { done: true as const, value: given }
    if (this.#end !== null) return this.#finished(step)
    const packet = pack({ ...NOTHING, site: this.#site, args: [given] }, (sent) => sent)
    return this.#command('return', packet, () => step)
  }

  /** Throws into the generator where it is, up to `ahead` values after the last one taken; those are dropped. */
  async throw(error?: unknown): Promise<Step<T, R>> {
    if (this.#end !== null) {
      this.#finished(null)
      throw error
    }
    const packet = encodeThrown(error, (what) => cannotThrow(what, this.#site.at), this.#site.classes)
    return this.#command('throw', packet, () => {
      throw error
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Waits until the generator has really stopped and tells how it ended; never rejects. It takes no values. */
  join(): Promise<JoinResult<R>> {
    this.#asked = true
    return this.#awake(async () => {
      const outcome = await this.#thread.join()
      return (outcome.ok ? await this.#over : outcome) as JoinResult<R>
    })
  }

  /** Aborts the thread, as a `Thread` is aborted: who waits for a value hears the reason, and the generator is closed. */
  abort(reason?: unknown): void {
    if (this.#end === null) this.#thread.abort(reason)
  }

  /** Lets the program end while someone waits for a value. Returns the stream. */
  unref(): this {
    this.#free = true
    this.#keepAlive()
    return this
  }

  /** `await using`: aborts the thread if the generator has not ended, and waits until it has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end !== null) return
    this.abort()
    await this.#awake(() => this.#thread.join())
  }

  get [Symbol.toStringTag](): string {
    return 'ThreadStream'
  }

  /** The next value, when it comes. `late` is what it comes to when the generator ends before it hears of this. */
  #wait(late: () => Step<unknown, unknown>): Promise<Step<T, R>> {
    const waiting = new Promise<Step<unknown, unknown>>((resolve, reject) => {
      this.#waiters.push({ epoch: this.#epoch, resolve, reject, late })
    })
    this.#grant()
    this.#keepAlive()
    return waiting as Promise<Step<T, R>>
  }

  #command(call: 'return' | 'throw', packet: Packet, late: () => Step<unknown, unknown>): Promise<Step<T, R>> {
    this.#asked = true
    this.#iterated = true
    this.#epoch++
    this.#drop()
    this.#taken = 0
    this.#upTo = 1 + this.#ahead
    this.#port.postMessage({ epoch: this.#epoch, call, packet, upTo: this.#upTo } satisfies Asked)
    return this.#wait(late)
  }

  /** Lets the thread go on until it is `ahead` values ahead of who waits. */
  #grant(): void {
    if (this.#end !== null) return
    const wanted = this.#taken + this.#waiters.filter(({ epoch }) => epoch === this.#epoch).length
    const target = wanted + this.#ahead
    if (this.#upTo >= wanted && target - this.#upTo < Math.max(1, this.#ahead >> 1)) return
    this.#upTo = target
    this.#port.postMessage({ epoch: this.#epoch, upTo: target } satisfies Asked)
  }

  /** Keeps the program alive while somebody waits for the end. */
  async #awake<V>(wait: () => Promise<V>): Promise<V> {
    this.#joins++
    this.#keepAlive()
    const value = await wait()
    this.#joins--
    this.#keepAlive()
    return value
  }

  /** A stream that nobody waits for does not keep the program alive. */
  #keepAlive(): void {
    const yes = (this.#waiters.length > 0 || this.#joins > 0) && !this.#free
    this.#control.hold(yes)
    this.#line.hold(yes)
  }

  /** In order, each after the classes of its values have been loaded; most have been long since. */
  #receive(message: Produced): void {
    const missing = this.#missing(message)
    if (this.#loading === null && missing === undefined) return this.#take(message)
    const loading = (this.#loading ?? Promise.resolve())
      .then(() => missing)
      .then(
        () => this.#take(message),
        (error: unknown) => this.#fail(error),
      )
      .then(() => {
        if (this.#loading === loading) this.#loading = null
      })
    this.#loading = loading
  }

  #missing(message: Produced): Promise<unknown> | undefined {
    const packets = 'end' in message ? [message.end.packet] : message.packets.map(([, packet]) => packet)
    return missingFor(this.#site, packets)
  }

  #take(message: Produced): void {
    if (this.#end !== null) return
    // What the generator still did before it heard of the last command belongs to those who asked before.
    while (this.#waiters.length > 0 && this.#waiters[0]!.epoch < message.epoch) settle(this.#waiters.shift()!)
    if ('end' in message) this.#endAfterCalls(this.#endOf(message.end), message.epoch)
    else this.#accept(message)
  }

  /** The calls of callbacks that the generator did not wait for go first, since one that threw is how the stream ends. */
  #endAfterCalls(end: End, epoch: number): void {
    if (!end.ok || !this.#control.crosses) return this.#finish(end, epoch)
    void this.#thread.join().then((outcome) => {
      if (this.#end === null) this.#finish(outcome.ok ? end : outcome, epoch)
    })
  }

  #accept({ epoch, values, packets }: Batch): void {
    try {
      for (const [index, packet] of packets) [values[index]] = decode(packet, this.#site.classes)
    } catch (error) {
      return this.#fail(error)
    }
    let index = 0
    for (; index < values.length && this.#waiters[0]?.epoch === epoch; index++) {
      if (epoch === this.#epoch) this.#taken++
      this.#waiters.shift()!.resolve({ done: false, value: values[index] })
    }
    if (epoch === this.#epoch) {
      for (; index < values.length; index++) this.#values.push(values[index])
      this.#grant()
    }
    this.#keepAlive()
  }

  #endOf({ kind, packet }: Outcome): End {
    let value: unknown
    try {
      value = packet === null ? undefined : decode(packet, this.#site.classes)[0]
    } catch (error) {
      return { ok: false, error }
    }
    if (kind === OUTCOME.DONE) return { ok: true, value }
    addSpawnSite(value, this.#site.at)
    return { ok: false, error: value }
  }

  /** No more will come, for a reason that is not the generator's. */
  #fail(error: unknown): void {
    if (this.#end !== null) return
    // Who aborts wants no more values; after a crash those that came before still count.
    if (this.#control.aborted) {
      this.#asked = true
      this.#drop()
    } else this.#thread.abort(error)
    this.#finish({ ok: false, error }, this.#epoch)
  }

  #finish(end: End, epoch: number): void {
    this.#end = end
    this.#line.close()
    this.#ended(end)
    runtimeState().leaving.delete(this.#leave)
    // Commands that the generator has not heard of, and that began a newer epoch, left nobody to tell.
    if (epoch < this.#epoch) this.#delivered = true
    const waiters = this.#waiters.splice(0)
    for (const waiter of waiters) {
      if (waiter.epoch === epoch && !this.#delivered) void this.#deliver().then(waiter.resolve, waiter.reject)
      else settle(waiter)
    }
    this.#keepAlive()
    // As with a thread: what failed and nobody has asked for is an unhandled rejection.
    if (!end.ok && !this.#asked) void Promise.reject(end.error)
  }

  #deliver(): Promise<Step<T, R>> {
    const end = this.#end!
    const first = !this.#delivered
    this.#delivered = true
    if (first && !end.ok) return Promise.reject(end.error)
    return Promise.resolve({ done: true, value: (first && end.ok ? end.value : undefined) as R })
  }

  #finished<S>(step: S): S {
    this.#asked = true
    this.#delivered = true
    this.#drop()
    return step
  }

  #shift(): unknown {
    const value = this.#values[this.#head++]
    this.#taken++
    if (this.#head === this.#values.length) this.#drop()
    return value
  }

  #drop(): void {
    this.#values = []
    this.#head = 0
  }

  #letGo(): void {
    this.#asked = true
    macrotask(() => {
      if (!this.#iterated) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    try {
      while ((await this.next()).done !== true);
    } catch {
      // Whoever asked for the result hears of it.
    }
  }

  /** The pool is to be shut down: a stream that nobody takes values from would keep it waiting. */
  readonly #leave = (): void => {
    const close = (): void => void this.return().catch(() => {})
    if (!this.#asked) return close()
    const { graceTime } = runtimeState().settings
    if (graceTime === Infinity) return
    const before = [this.#epoch, this.#taken].join()
    timer(() => {
      if (this.#end !== null) return
      if (this.#waiters.length === 0 && before === [this.#epoch, this.#taken].join()) close()
      // Who takes values may stop at any later one.
      else this.#leave()
    }, graceTime)
  }
}

function settle({ resolve, reject, late }: Waiter): void {
  try {
    resolve(late())
  } catch (error) {
    reject(error)
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** What a generated module gives for `stream` in its site. */
export const startStream: StreamStart = (job, args, options) => new ThreadStream(job, args, options)
runtimeState().stream = startStream
