import { DISPOSE, nameDisposal } from '../dispose-symbols.ts'
import { channelClosed, endDisposed, noMessage, noRoom } from './channel-errors.ts'
import { registerTravel } from '../codec/packet.ts'
import { badCount } from './lock-errors.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, registerKind } from '../memory/shared-kind.ts'
import { HANDED_OVER } from '../spawn/marks.ts'
import { runtimeState } from '../state.ts'
import { whileBlocked } from './agent-notes.ts'
import { assertMayBlock } from './blocking.ts'
import type { EndKind, EndOnWay } from './channel-core.ts'
import { ArrivedPacket, ChannelCore, NOTHING, RECEIVERS, SENDERS } from './channel-core.ts'
import type { Parcel } from './message.ts'
import { keep, pack } from './message.ts'
import { inspectable } from './inspect.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'
import { deadlineOf } from './wait-options.ts'

/** What an operation of a channel gives. `error` tells why it did nothing. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly error?: undefined }
  | { readonly ok: false; readonly error: Error; readonly value?: undefined }

/** How many messages a channel holds unless told. */
const CAPACITY = 32
const MAX_CAPACITY = 1 << 20

const SENT: Result<void> = Object.freeze({ ok: true, value: undefined })
const SENT_SOON = Promise.resolve(SENT)

const failed = (error: Error): { ok: false; error: Error } => ({ ok: false, error })

/** An end of a channel that this thread holds until it is disposed of. */
interface Claim {
  readonly core: ChannelCore
  readonly kind: EndKind
  /** The end belongs to the whole program, and not to this thread. */
  readonly isProgram: boolean
  held: boolean
}

/** Ends that nobody can reach any more are given back, some time later. */
const lost = new FinalizationRegistry<Claim>(release)

function release(claim: Claim): void {
  if (!claim.held) return
  claim.held = false
  if (claim.isProgram) claim.core.releaseForProgram(claim.kind)
  else claim.core.release(claim.kind)
}

/** Given back: here, or for a program's end in any thread. */
function isGone({ held, isProgram, core, kind }: Claim): boolean {
  return !held || (isProgram && core.at !== UNPLACED && !core.programHolds(kind))
}

abstract class ChannelEnd<E extends ChannelEnd<E>> {
  protected readonly claim: Claim

  constructor(claim: Claim) {
    this.claim = claim
    if (!claim.isProgram) lost.register(this, claim, this)
  }

  /** Another end of the same kind. The channel is open as long as there is one of each. */
  clone(): E {
    if (this.isDisposed()) throw endDisposed(this.what)
    return this.make(taken(this.claim.core, this.claim.kind))
  }

  /**
   * Closes the channel for everybody: nothing more can be sent, and receivers end when they have received what was sent.
   *
   * @throws E314 where there is no shared memory.
   */
  close(): void {
    if (!this.isDisposed()) this.claim.core.close()
  }

  /** Gives this end back. When it was the last of its kind, the channel is closed. Does nothing when that was done before. */
  dispose(): void {
    lost.unregister(this)
    release(this.claim)
  }

  static {
    nameDisposal(this.prototype, DISPOSE)
    inspectable(this.prototype as ChannelEnd<never>, ({ claim }) => {
      if (isGone(claim)) return 'disposed'
      return claim.core.at !== UNPLACED && claim.core.closed ? 'closed' : 'open'
    })
  }

  /** Gives this end back; called by `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  static {
    // An end that has gone to another thread by `move(…)`.
    Object.defineProperty(this.prototype, HANDED_OVER, {
      value(this: ChannelEnd<never>) {
        this.dispose()
      },
    })
  }

  /** @internal */
  static claimOf(end: ChannelEnd<never>): Claim {
    return end.claim
  }

  protected isDisposed(): boolean {
    return isGone(this.claim)
  }

  protected abstract readonly what: 'sender' | 'receiver'
  protected abstract make(claim: Claim): E
}

/** The end of a channel that messages go in at. */
export class Sender<T> extends ChannelEnd<Sender<T>> {
  protected readonly what = 'sender'

  /** @internal */
  // oxlint-disable-next-line no-useless-constructor -- hides it
  constructor(claim: Claim) {
    super(claim)
  }

  /**
   * Sends a value, and waits for room without blocking the thread. What is sent is what the value is now. Gives `{ ok: false, error }` when the channel is closed, or
   * this sender was disposed of.
   *
   * @throws (rejects) R592 for a value that cannot be sent, the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is no number from
   * 0 on, R594 when there can be no memory for it, E314 where there is no shared memory.
   */
  send(value: T, options?: WaitOptions): Promise<Result<void>> {
    try {
      options?.signal?.throwIfAborted()
      const parcel = pack(value)
      const { sending } = this.claim.core
      // Who comes while others of this thread wait goes behind them.
      const result = sending.empty ? this.attempt(parcel) : undefined
      if (result === SENT) return SENT_SOON
      if (result !== undefined) return Promise.resolve(result)
      if (options?.timeout === 0) throw sending.late(0)
      const kept = keep(parcel)
      return sending.wait(options, () => this.attempt(kept)) as Promise<Result<void>>
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Sends a value if there is room. Gives `{ ok: false, error }` when there is none (R593), or the channel is closed (R590).
   *
   * @throws R592 for a value that cannot be sent, R594 when there can be no memory for it, E314 where there is no shared memory.
   */
  trySend(value: T): Result<void> {
    return this.attempt(pack(value)) ?? failed(noRoom())
  }

  /**
   * As `send`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, and what `send` rejects with.
   */
  blockingSend(value: T, options?: BlockingOptions): Result<void> {
    assertMayBlock('blockingSend', 'await send()')
    const parcel = pack(value)
    const result = this.attempt(parcel)
    if (result !== undefined) return result
    const { core } = this.claim
    const since = performance.now()
    const deadline = deadlineOf(options)
    const sent = whileBlocked(core.at, deadline, () => core.sendBlocking(parcel, deadline))
    if (sent) return SENT
    if (core.cannotSend()) return failed(channelClosed())
    throw core.sending.late(Math.round(performance.now() - since))
  }

  get [Symbol.toStringTag](): string {
    return 'Sender'
  }

  protected make(claim: Claim): Sender<T> {
    return new Sender(claim)
  }

  /** Undefined when there is no room. */
  private attempt(parcel: Parcel): Result<void> | undefined {
    if (this.isDisposed()) return failed(endDisposed('sender'))
    const { core } = this.claim
    core.ready()
    if (core.trySend(parcel)) return SENT
    return core.cannotSend() ? failed(channelClosed()) : undefined
  }
}

/** The end of a channel that messages come out of, each at one receiver. `for await` takes them until the channel is closed. */
export class Receiver<T> extends ChannelEnd<Receiver<T>> {
  protected readonly what = 'receiver'
  /** @internal */
  // oxlint-disable-next-line no-useless-constructor -- hides it
  constructor(claim: Claim) {
    super(claim)
  }

  /**
   * Receives the oldest message, and waits for one without blocking the thread. Gives `{ ok: true, value }`, or `{ ok: false, error }` when the channel is closed and all was
   * received, or this receiver was disposed of.
   *
   * The message belongs to this call, also when nobody looks at its promise any more. So race again with the one that has lost:
   *
   * ```ts
   * const next = new Map([rx, control].map((from) => [from, from.recv()]))
   * while (next.size > 0) {
   *   const [from, { ok, value }] = await Promise.race([...next].map(async ([from, message]) => [from, await message] as const))
   *   if (ok) handle(from, value)
   *   if (ok) next.set(from, from.recv())
   *   else next.delete(from)
   * }
   * ```
   *
   * @throws (rejects) the reason of `signal`, R537 (`TimeoutError`) when the timeout is up, R539 for a timeout that is no number from 0 on, R521 for an instance of a class
   * that this thread does not know, E314 where there is no shared memory.
   */
  recv(options?: WaitOptions): Promise<Result<T>> {
    try {
      options?.signal?.throwIfAborted()
      const { receiving } = this.claim.core
      const result = receiving.empty ? this.attempt() : undefined
      if (result !== undefined) return Promise.resolve(result as Result<T>)
      if (options?.timeout === 0) throw receiving.late(0)
      return receiving.wait(options, () => this.attempt()) as Promise<Result<T>>
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Receives the oldest message if there is one. Gives `{ ok: false, error }` when there is none, or it is still being written (R593), or the channel is closed (R590).
   *
   * @throws R521 for an instance of a class that this thread does not know, E314 where there is no shared memory.
   */
  tryRecv(): Result<T> {
    return this.opened(this.take()) ?? failed(noMessage())
  }

  /**
   * As `recv`, and blocks the thread meanwhile. Only in a dedicated thread, which a closure that names this method gets by itself.
   *
   * @throws R532 where the thread may not block, and what `recv` rejects with.
   */
  blockingRecv(options?: BlockingOptions): Result<T> {
    assertMayBlock('blockingRecv', 'await recv()')
    const result = this.opened(this.take())
    if (result !== undefined) return result
    const { core } = this.claim
    const since = performance.now()
    const deadline = deadlineOf(options)
    const taken = whileBlocked(core.at, deadline, () => core.receiveBlocking(deadline))
    if (taken !== NOTHING) return this.opened(taken)!
    if (core.hasEnded()) return failed(channelClosed())
    throw core.receiving.late(Math.round(performance.now() - since))
  }

  /** The messages, until the channel is closed. Leaving the loop gives nothing back: the receiver can be used again. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const result = await this.recv()
      if (!result.ok) return
      yield result.value
    }
  }

  get [Symbol.toStringTag](): string {
    return 'Receiver'
  }

  protected make(claim: Claim): Receiver<T> {
    return new Receiver(claim)
  }

  private attempt(): Result<T> | Promise<Result<T>> | undefined {
    const taken = this.take()
    const missing = taken instanceof ArrivedPacket ? taken.missing() : undefined
    return missing === undefined ? this.opened(taken) : missing.then(() => this.opened(taken)!)
  }

  /** A value, a packet, a failure, or NOTHING. */
  private take(): unknown {
    if (this.isDisposed()) return new Failure(endDisposed('receiver'))
    const { core } = this.claim
    core.ready()
    const taken = core.tryReceive()
    if (taken !== NOTHING || !core.hasEnded()) return taken
    return new Failure(channelClosed())
  }

  private opened(taken: unknown): Result<T> | undefined {
    if (taken === NOTHING) return undefined
    if (taken instanceof Failure) return failed(taken.error)
    return { ok: true, value: (taken instanceof ArrivedPacket ? taken.value() : taken) as T }
  }
}

class Failure {
  readonly error: Error

  constructor(error: Error) {
    this.error = error
  }
}

/** Notes that this thread holds one more end. */
function taken(core: ChannelCore, kind: EndKind): Claim {
  core.hold(kind)
  return { core, kind, isProgram: false, held: true }
}

function end(claim: Claim): Sender<unknown> | Receiver<unknown> {
  return claim.kind === SENDERS ? new Sender(claim) : new Receiver(claim)
}

/** What `channel()` gives: an array of two. A class of its own, so that it can be declared at the top level of a module. */
class ChannelPair extends Array<unknown> {
  /** `map` and its like give ordinary arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** @internal */
  static readonly sharedKind: SharedKind<ChannelPair> = registerKind<ChannelPair>({
    number: 9,
    revive(at) {
      const core = at === UNPLACED ? new ChannelCore(CAPACITY) : ChannelCore.at(at)
      return programPair(core)
    },
    placeOf: (pair) => coreOf(pair).at,
    dataOf: () => undefined,
    place(pair) {
      const core = coreOf(pair)
      const at = core.placeForProgram()
      // The ends that the constructor made are nobody's now.
      for (const made of pair) ChannelEnd.claimOf(made as never).held = false
      const [sender, receiver] = programPair(core)
      pair[0] = sender
      pair[1] = receiver
      return at
    },
  })
}

function programPair(core: ChannelCore): ChannelPair {
  const claim = (kind: EndKind): Claim => ({ core, kind, isProgram: true, held: true })
  return new ChannelPair(new Sender(claim(SENDERS)), new Receiver(claim(RECEIVERS)))
}

function coreOf(pair: ChannelPair): ChannelCore {
  return ChannelEnd.claimOf(pair[0] as never).core
}

function channelOf<T>(capacity = CAPACITY): [Sender<T>, Receiver<T>] {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY)
    throw badCount('the capacity of a channel', capacity, 1, MAX_CAPACITY)
  const core = new ChannelCore(capacity)
  const pair = new ChannelPair(new Sender<T>(taken(core, SENDERS)), new Receiver<T>(taken(core, RECEIVERS)))
  return pair as unknown as [Sender<T>, Receiver<T>]
}

interface ChannelFunction {
  /**
   * Makes a channel: what is sent in one thread is received in another, in order, each message once. Who sends to a full one waits.
   *
   * ```ts
   * const [tx, rx] = channel<Job>(64)
   * ```
   *
   * It is closed when nobody has a sender any more, or nobody a receiver: give the only one away with `move(tx)`. One that closures name at the top level of a module
   * stays open until `close()`.
   *
   * @param capacity How many messages it holds, from 1 to 1,048,576; 32 unless told.
   * @throws R533 for another number.
   */
  <T>(capacity?: number): [Sender<T>, Receiver<T>]
  /** @internal */
  readonly sharedKind: SharedKind<ChannelPair>
}

/**
 * A channel between threads: what goes in at a sender comes out at a receiver, in order, each message once, however many senders and receivers there are. It holds a
 * bounded number of messages: who sends to a full one waits.
 *
 * ```ts
 * const [tx, rx] = channel<Job>(64)
 *
 * spawn(move(tx), async (tx) => {
 *   for (const job of await load()) await tx.send(job)
 * }) // the thread ends, and with it the only sender
 * for await (const job of rx) run(job)
 * ```
 *
 * A thread that is given an end by capture or argument has one of its own until it ends, or longer by `clone()`; `move(tx)` leaves none behind. When there is no sender
 * any more the receivers get what was sent, and end. When there is no receiver any more, nothing can be sent.
 *
 * At the top level of a module the two ends belong to the whole program: closures that name `tx` all use that one, and no thread's end gives it back. So the channel
 * stays open until somebody calls `close()`. `move(tx)` gives it to one thread, as above; after that it is gone for all others that name it.
 *
 * Messages are copied, as arguments of threads are: any data, errors, instances of classes that threads know, shared memory and locks, ends of channels.
 */
export const channel: ChannelFunction = Object.assign(channelOf, { sharedKind: ChannelPair.sharedKind })

type Way = EndOnWay | { readonly kept: number }

for (const kind of [SENDERS, RECEIVERS] as const) {
  const type = kind === SENDERS ? Sender : Receiver
  registerTravel<ChannelEnd<never>, Way>({
    tag: kind === SENDERS ? 'sender' : 'receiver',
    test: (value) => value instanceof type,
    encode: (value) => depart(value as unknown as Sender<unknown>),
    decode: (way) => arrive(way) as ChannelEnd<never>,
  })
}

registerTravel<ChannelPair, unknown[]>({
  tag: 'channel',
  test: (value) => value instanceof ChannelPair,
  encode: (pair) => [...pair],
  decode: (ends) => new ChannelPair(ends[0] as Sender<unknown>, ends[1] as Receiver<unknown>),
})

function depart(value: Sender<unknown> | Receiver<unknown>): Way {
  const claim = ChannelEnd.claimOf(value as never)
  const { core, kind } = claim
  if (isGone(claim)) throw endDisposed(kind === SENDERS ? 'sender' : 'receiver')
  const { crossing } = runtimeState()
  // In a task that is only made yet: it has an end of its own.
  if (crossing?.keep !== undefined) return { kept: crossing.keep.push(value.clone()) - 1 }
  // Of a program's end, too, whoever gets it has one of its own: a thread's ends with the thread, and `move` gives up the program's.
  const way = core.depart(kind)
  crossing?.releases.push(() => core.recall(way))
  return way
}

function arrive(way: Way): unknown {
  const { crossing } = runtimeState()
  if ('kept' in way) return crossing!.keep![way.kept]
  const core = ChannelCore.at(way.at, way.ticket)
  core.arrive(way)
  const made = end({ core, kind: way.kind, isProgram: false, held: true })
  crossing?.releases.push(() => made.dispose())
  return made
}
