// The call.

import type { PublicFunction, SpawnOptions } from './control.ts'
import { badOptions, notMoved } from './call-errors.ts'
import { areOptions, checkProtocol, fromCall, notKnown, startThread } from './control.ts'
import type { Job } from './job.ts'
import { NO_VALUES } from '../loading/load.ts'
import { handOver, isMoved, isTask, JOB } from './marks.ts'
import type { Moved } from './move.ts'
import type { Site } from '../protocol.ts'
import { runtimeState } from '../state.ts'
import type { StreamOptions, ThreadStream } from '../stream/stream.ts'
import type { Task } from './task.ts'
import type { Thread } from './thread.ts'

/** What a thread gives for a closure that returns `T`: promises and `move()` are taken off. */
export type Returned<T> = Awaited<T> extends Moved<infer A> ? (A extends [infer One] ? One : A) : Awaited<T>

type AnyGenerator = Generator<unknown, unknown, never> | AsyncGenerator<unknown, unknown, never>

/**
 * What a thread does not give as it is: `move(…)`, generators. Whatever else a closure gives, a wrapper that is generic in it
 * gets a `Thread` of.
 */
export type Special = AnyGenerator | Moved

/** A `ThreadStream` for a generator, a `Thread` for anything else. */
export type Spawned<T> = [T] extends [never]
  ? Thread<never>
  : 0 extends 1 & T
    ? Thread<T>
    : [T] extends [Generator<infer Y, infer R, never> | AsyncGenerator<infer Y, infer R, never>]
      ? ThreadStream<Returned<Y>, Returned<R>>
      : Thread<Returned<T>>

/** What a `Task` of a closure that returns `T` gives: a generator, or what its thread gives. */
export type Given<T> = [T] extends [never] ? never : 0 extends 1 & T ? T : [T] extends [AnyGenerator] ? T : Returned<T>

/**
 * Runs a closure, or a `Task`, on another thread.
 *
 * The build plugin lifts the closure into a module of its own. What it captures is copied as it is at the moment of the
 * call; what is transferable in `move(…)` is moved. A function that is not written in the call must be a `Task`.
 *
 * ```ts
 * const rows = await spawn(() => parse(text))
 * const sum = await spawn(move(bytes), (moved) => checksum(moved))
 * const job = task((n: number) => fib(n))
 * const thread = spawn(move(40), job, { name: 'fib' })
 * ```
 *
 * A generator function gives a `ThreadStream`: what it yields, one after the other.
 *
 * ```ts
 * for await (const row of spawn(function* () { for (const line of lines) yield parse(line) })) show(row)
 * ```
 *
 * Throws `SendError` (R502) at once when a value cannot be sent, R560 for a function that is neither, R501 without the plugin.
 */
export function spawn<S extends Special>(closure: () => S | PromiseLike<S>, options?: StreamOptions): Spawned<S>
/** Runs a closure on another thread, with copies of what it captures: `const rows = await spawn(() => parse(text))`. */
export function spawn<R>(closure: () => R | PromiseLike<R>, options?: StreamOptions): Thread<R>
/** Runs a generator with arguments (what it yields comes as a stream), or a closure that gives `move(…)`. */
export function spawn<A extends unknown[], S extends Special>(
  args: Moved<A>,
  closure: (...args: A) => S | PromiseLike<S>,
  options?: StreamOptions,
): Spawned<S>
/** Runs a closure with arguments, which are moved where they can be, and else copied: `spawn(move(bytes), (bytes) => checksum(bytes))`. */
export function spawn<A extends unknown[], R>(
  args: Moved<A>,
  closure: (...args: A) => R | PromiseLike<R>,
  options?: StreamOptions,
): Thread<R>
/** Runs a closure that may be a generator or not: its type decides what comes. */
export function spawn<T>(closure: () => T, options?: StreamOptions): Spawned<T>
/** Runs a closure with arguments that may be a generator or not. */
export function spawn<A extends unknown[], T>(
  args: Moved<A>,
  closure: (...args: A) => T,
  options?: StreamOptions,
): Spawned<T>
/** Runs a `Task` whose closure is a generator (what it yields comes as a stream) or gives `move(…)`. */
export function spawn<S extends Special>(task: Task<[], S>, options?: StreamOptions): Spawned<S>
/** Runs a `Task`, a closure that was stored or passed: `const job = task(() => fib(40)); await spawn(job)`. */
export function spawn<R>(task: Task<[], R>, options?: StreamOptions): Thread<R>
/** Runs a `Task` with arguments whose closure is a generator, or gives `move(…)`. */
export function spawn<A extends unknown[], S extends Special>(
  args: Moved<A>,
  task: Task<A, S>,
  options?: StreamOptions,
): Spawned<S>
/** Runs a `Task` with arguments: `spawn(move(40), job)`. */
export function spawn<A extends unknown[], R>(args: Moved<A>, task: Task<A, R>, options?: StreamOptions): Thread<R>
// Of a call that fits no overload TypeScript tells what the last one lacks. This one takes all that the others do, and settles by the first
// argument what may follow it: so it is the wrong option, or the argument that is not what was moved, which is told.
export function spawn<W extends Moved | (() => unknown) | Task<[], unknown>>(
  work: W,
  ...rest: W extends Moved<infer A>
    ? [closure: ((...args: A) => unknown) | Task<A, unknown>, options?: StreamOptions]
    : [options?: StreamOptions]
): Thread<unknown>
export function spawn(first: unknown, second?: unknown, third?: unknown): Thread<unknown> | ThreadStream<unknown> {
  const [args, task, options] = isMoved(first) ? [first.values, second, third] : [[], first, second]
  if (!isTask(task)) throw isTask(second) ? notMoved(first) : notKnown('spawn', task)
  return run(task[JOB](), args, options as SpawnOptions | undefined, spawn)
}

const BEFORE_OPTIONS = ': values for the closure stand before it, as in `spawn(move(value), (value) => …)`'

/** `Thread` stands for the stream as well: who generated the call knows which it is. */
function run(job: Job, args: unknown[], options: SpawnOptions | undefined, call: PublicFunction): Thread<unknown> {
  const { stream } = job.site
  if (!areOptions(options)) throw fromCall(badOptions('spawn', options, BEFORE_OPTIONS), call)
  const scope = options?.scope
  scope?.check()
  const begin = stream === undefined ? startThread : stream === true ? runtimeState().stream! : stream
  let thread: Thread<unknown>
  try {
    thread = begin(job, args, options) as Thread<unknown>
  } catch (error) {
    throw fromCall(error, call)
  }
  if (args.length > 0) handOver(args)
  return scope === undefined ? thread : scope.add(thread)
}

declare global {
  /** `await eval(spawn(…))`: the build takes the `eval` away. */
  // oxlint-disable-next-line no-shadow-restricted-names -- an overload of the global, which is what is wanted
  function eval<T>(thread: Thread<T>): Thread<T>
}

const NO_RECIPES: Job['recipes'] = []

/** What a transformed `spawn` calls. */
export function $spawn(
  site: Site,
  args: Moved | null,
  options: SpawnOptions | undefined,
  captures: unknown[],
): Thread<unknown> {
  checkProtocol(site)
  if (args !== null && !isMoved(args)) throw fromCall(notMoved(args), $spawn)
  return run({ site, captures, recipes: NO_RECIPES }, args === null ? NO_VALUES : args.values, options, $spawn)
}
