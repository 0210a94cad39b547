// Functions that stay where they are and are called from threads.

import { DISPOSE } from '../dispose-symbols.ts'
import { keepContext } from '#host'

import type { EncodeInput } from '../codec/codec.ts'
import type { Packet } from '../codec/packet.ts'
import { encode, encodeThrown, explainRefusal, transferablesIn, Unsendable } from '../codec/codec.ts'
import { decode, registerTravel, useReader } from '../codec/packet.ts'
import { callbackReleased, cannotCross } from '../loading/part-errors.ts'
import { cannotThrow } from '../errors.ts'
import type { Moved } from './move.ts'
import { isMoved } from './marks.ts'
import { listen } from '../stream/port.ts'
import { CALLBACK } from './marks.ts'
import type { CallFailure } from '../state.ts'
import { runtimeState } from '../state.ts'
import { readTable } from '../codec/table-reader.ts'

/** A function that threads can call. Where it was made it can be called too, in the same way. */
export interface Callback<A extends unknown[], R> extends Disposable {
  (...args: A): Promise<Awaited<R>>
  /** Moves what is transferable in the arguments. */
  (args: Moved<A>): Promise<Awaited<R>>
}

interface AnyCallback {
  (...args: unknown[]): Promise<unknown>
  /** Answers the calls that come through a port. */
  [CALLBACK](port: MessagePort, at: string): Service
}

/** A port whose calls are answered. */
interface Service {
  /** Answers no more: the thread never got the other end, or has gone. */
  stop(): void
  /** Is kept when the other end is closed, behind the last calls: with the first one that threw and that nobody looked at. Keeps the program alive until then. */
  ended(): Promise<CallFailure | undefined>
}

/** How a callback travels: a port of its own. In a task, which is not on its way yet, it only has its place. */
type Way = { readonly port: MessagePort; readonly at: string } | { readonly kept: number }

/** `[number, arguments]`, or with `unsent` why these cannot be sent; a number alone: somebody has looked at that call, which had failed; an empty list: the thread has ended. */
type Call = [number: number, packet: Packet, unsent?: true] | [number: number] | []

/** `[number, returned, value or error]`, or an empty list: the callback was released. */
type Answer = [number: number, returned: boolean, packet: Packet] | []

/**
 * Makes a function that threads can call: it runs here, and the thread gets a promise of what it gives.
 *
 * A thread has it for as long as it runs. `[Symbol.dispose]()` (or `using`) takes it from all threads; calls after that, and
 * calls under way, reject with R562. In Node the function runs in the `AsyncLocalStorage` context in which the callback was
 * made. A callback keeps no program alive.
 *
 * ```ts
 * const onProgress = callback((done: number) => bar.update(done))
 * await spawn(async () => {
 *   for (const [index, file] of files.entries()) {
 *     await convert(file)
 *     onProgress(index + 1)   // need not be awaited
 *   }
 * })
 * ```
 *
 * When the function throws in a call that nobody awaits, the thread goes on and rejects with that error when it has ended. What
 * becomes of a call that is still under way then, nobody is told: await those that matter.
 * Arguments and results are cloned, or moved with `move(…)`; errors arrive on the other side as they do from a thread.
 */
export function callback<A extends unknown[], R>(closure: (...args: A) => R): Callback<A, R> {
  const run = keepContext(closure)
  return make(async (args) => run(...(valuesOf(args).values as A)), 'where it was made') as unknown as Callback<A, R>
}

// Calls and answers come past the pool, and in order.
useReader(readTable)

registerTravel<AnyCallback, Way>({
  tag: 'callback',
  test: (value) => typeof value === 'function' && CALLBACK in value,
  encode(value) {
    const { keep, ports, releases, ends, at } = runtimeState().crossing!
    if (keep !== undefined) return { kept: keep.push(value) - 1 }
    const { port1, port2 } = new MessageChannel()
    ports.push(port2)
    const { stop, ended } = value[CALLBACK](port1, at)
    releases.push(stop)
    ends?.push(ended)
    return { port: port2, at }
  },
  decode(way) {
    const { keep, releases } = runtimeState().crossing!
    if ('kept' in way) return keep![way.kept] as AnyCallback
    return connect(way.port, way.at, releases)
  },
})

/** The function that users hold. `release` is called when it is taken back. */
function make(call: (args: unknown[]) => Promise<unknown>, where: string, release = (): void => {}): AnyCallback {
  let over = false
  const ways = new Set<() => void>()
  const made = (...args: unknown[]): Promise<unknown> => (over ? gone(where) : call(args))
  const dispose = (): void => {
    over = true
    release()
    for (const close of ways) close()
  }
  Object.defineProperty(made, CALLBACK, { value: (port: MessagePort, to: string) => serve(port, made, ways, to) })
  Object.defineProperty(made, DISPOSE, { value: dispose })
  return made as AnyCallback
}

/** Of a call that comes too late. Most callers of a callback do not wait for it, and that it was taken away meanwhile is no failure of theirs. */
function gone(where: string): Promise<never> {
  const rejected = Promise.reject(callbackReleased(where))
  rejected.catch(() => {})
  return rejected
}

/** So many failed calls are remembered until somebody has looked at them: of those that nobody looks at, the first is told. */
const MOST_FAILURES = 100

/** Where the function is: answers the calls of one thread. */
function serve(
  port: MessagePort,
  call: (...args: unknown[]) => Promise<unknown>,
  ways: Set<() => void>,
  at: string,
): Service {
  let over = false
  let tell = (): void => {}
  const failures = new Map<number, CallFailure>()
  const first = (): CallFailure | undefined => failures.values().next().value
  const end = (): void => {
    over = true
    ways.delete(release)
    line.close()
    tell()
  }
  const take = async (number: number, packet: Packet, unsent?: true): Promise<unknown> => {
    try {
      const [given] = decode(packet)
      if (unsent) throw given
      return await call(...(given as unknown[]))
    } catch (error) {
      const released = (error as { code?: unknown } | null)?.code === 'R562'
      if (!released && failures.size < MOST_FAILURES) failures.set(number, { error })
      throw error
    }
  }
  const line = listen(port, {
    message(message) {
      const [number, packet, unsent] = message as Call
      if (number === undefined) end()
      else if (packet === undefined) failures.delete(number)
      else void answer(port, number, at, () => take(number, packet, unsent))
    },
    closed: end,
  })
  const release = (): void => {
    port.postMessage([] satisfies Answer)
    end()
  }
  ways.add(release)
  const ended = (): Promise<CallFailure | undefined> =>
    new Promise((resolve) => {
      tell = () => resolve(first())
      if (over) tell()
      else line.hold(true)
    })
  return { stop: end, ended }
}

async function answer(port: MessagePort, number: number, at: string, call: () => Promise<unknown>): Promise<void> {
  try {
    const { values, transfer } = valuesOf([await call()])
    const input = { values, roots: values, names: () => 'result', transfer }
    send(input, at, (packet) => port.postMessage([number, true, packet] satisfies Answer, packet.transfer ?? []))
  } catch (error) {
    port.postMessage([number, false, encodeThrown(error, (what) => cannotThrow(what, at))] satisfies Answer)
  }
}

/** What a call gives in the thread. It knows whether somebody has looked at it. */
class CallPromise extends Promise<unknown> {
  #looked = false
  #tell: (() => void) | null = null

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<T, U>(
    fulfilled?: ((value: unknown) => T | PromiseLike<T>) | null,
    rejected?: ((error: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    this.#looked = true
    this.#tell?.()
    this.#tell = null
    return super.then(fulfilled, rejected)
  }

  /** It will be rejected. If nobody looks, that is for the thread to tell: left alone, it would end the worker with all its threads. */
  fails(looked?: () => void): void {
    super.then(undefined, () => {})
    if (this.#looked) looked?.()
    else this.#tell = looked ?? null
  }
}

interface Pending {
  readonly promise: CallPromise
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** In the thread: a function that calls the other one. It works until the thread ends or it is taken back. */
function connect(port: MessagePort, at: string, releases: (() => void)[]): AnyCallback {
  const pending = new Map<number, Pending>()
  const where = `in the thread spawned at ${at}`
  let last = 0
  let over = false
  const end = (): void => {
    if (over) return
    over = true
    line.close()
    for (const { promise, reject } of pending.values()) {
      promise.fails()
      reject(callbackReleased(where))
    }
  }
  const line = listen(port, {
    message(message) {
      const [number, returned, packet] = message as Answer
      if (number === undefined) return end()
      const { promise, resolve, reject } = pending.get(number)!
      pending.delete(number)
      line.hold(pending.size > 0)
      const fail = (error: unknown): void => {
        promise.fails(() => {
          if (!over) port.postMessage([number] satisfies Call)
        })
        reject(error)
      }
      void valueIn(packet!).then(returned === true ? resolve : fail, fail)
    },
    closed: end,
  })
  const release = (): void => {
    if (!over) port.postMessage([] satisfies Call)
    end()
  }
  releases.push(release)
  const call = (args: unknown[]): Promise<unknown> => {
    if (over) return gone(where)
    const { values, transfer } = valuesOf(args)
    const input = { values: [values], roots: values, names: (index: number) => `arguments[${index}]`, transfer }
    const number = ++last
    try {
      send(input, at, (packet) => port.postMessage([number, packet] satisfies Call, packet.transfer ?? []))
    } catch (error) {
      // Comes back as if the function had thrown it, so that it is not lost where nobody awaits the call.
      const why = encodeThrown(error, (what) => cannotThrow(what, at))
      port.postMessage([number, why, true] satisfies Call)
    }
    let settle!: Omit<Pending, 'promise'>
    const promise = new CallPromise((resolve, reject) => (settle = { resolve, reject }))
    pending.set(number, { promise, ...settle })
    // Without workers nothing else would keep the program alive until the answer comes.
    line.hold(true)
    return promise
  }
  return make(call, where, release)
}

async function valueIn(packet: Packet): Promise<unknown> {
  // Callbacks are called in workers, which know how to load what they miss.
  const { missingParts } = runtimeState()
  for (let missing = missingParts?.(packet); missing !== undefined; missing = missingParts?.(packet)) await missing
  return decode(packet)[0]
}

function send(input: EncodeInput, at: string, post: (packet: Packet) => void): void {
  try {
    post(encode(input))
  } catch (error) {
    const { path, what } = error instanceof Unsendable ? error.refusal : explainRefusal(input, error)
    throw cannotCross(path, what, at)
  }
}

/** Arguments, or a result, of which what is moved is in a `move(…)`. */
function valuesOf(given: unknown[]): { values: unknown[]; transfer: Transferable[] } {
  const [first] = given
  if (given.length !== 1 || !isMoved(first)) return { values: given, transfer: [] }
  return { values: first.values, transfer: transferablesIn(first.values) }
}
