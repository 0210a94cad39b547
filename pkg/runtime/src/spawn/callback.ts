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
  /** Is kept when the other end is closed, behind the last calls. Keeps the program alive until then. */
  ended(): Promise<void>
}

/** How a callback travels: a port of its own. In a task, which is not on its way yet, it only has its place. */
type Way = { readonly port: MessagePort; readonly at: string } | { readonly kept: number }

/** `[number, arguments]`, or an empty list: the thread has ended. */
type Call = [number: number, packet: Packet] | []

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
  const made = (...args: unknown[]): Promise<unknown> => (over ? Promise.reject(callbackReleased(where)) : call(args))
  const dispose = (): void => {
    over = true
    release()
    for (const close of ways) close()
  }
  Object.defineProperty(made, CALLBACK, { value: (port: MessagePort, to: string) => serve(port, made, ways, to) })
  Object.defineProperty(made, DISPOSE, { value: dispose })
  return made as AnyCallback
}

/** Where the function is: answers the calls of one thread. */
function serve(
  port: MessagePort,
  call: (...args: unknown[]) => Promise<unknown>,
  ways: Set<() => void>,
  at: string,
): Service {
  let over = false
  let tell = (): void => {}
  const end = (): void => {
    over = true
    ways.delete(release)
    line.close()
    tell()
  }
  const line = listen(port, {
    message(message) {
      const [number, packet] = message as Call
      if (number === undefined) end()
      else void answer(port, number, at, async () => call(...(decode(packet!)[0] as unknown[])))
    },
    closed: end,
  })
  const release = (): void => {
    port.postMessage([] satisfies Answer)
    end()
  }
  ways.add(release)
  const ended = (): Promise<void> =>
    new Promise((resolve) => {
      if (over) return resolve()
      tell = resolve
      line.hold(true)
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

interface Pending {
  readonly promise: Promise<unknown>
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
      // Most callers of a callback do not wait for it; that it was taken away meanwhile is no failure of theirs.
      promise.catch(() => {})
      reject(callbackReleased(where))
    }
  }
  const line = listen(port, {
    message(message) {
      const [number, returned, packet] = message as Answer
      if (number === undefined) return end()
      const { resolve, reject } = pending.get(number)!
      pending.delete(number)
      line.hold(pending.size > 0)
      void valueIn(packet!).then(returned === true ? resolve : reject, reject)
    },
    closed: end,
  })
  const release = (): void => {
    if (!over) port.postMessage([] satisfies Call)
    end()
  }
  releases.push(release)
  const call = (args: unknown[]): Promise<unknown> => {
    if (over) return Promise.reject(callbackReleased(where))
    const { values, transfer } = valuesOf(args)
    const input = { values: [values], roots: values, names: (index: number) => `arguments[${index}]`, transfer }
    const number = ++last
    try {
      send(input, at, (packet) => port.postMessage([number, packet] satisfies Call, packet.transfer ?? []))
    } catch (error) {
      return Promise.reject(error)
    }
    let settle!: Omit<Pending, 'promise'>
    const promise = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }))
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
