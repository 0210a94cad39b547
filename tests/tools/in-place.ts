/**
 * Stands in for `experimental-threads` where a program is to run without threads: each closure runs where it is written. What such a
 * program returns is what the transformed program must return.
 */

import type { Moved, SpawnOptions } from '../../pkg/runtime/dist/index.js'

export {
  callback,
  deserialize,
  Mutex,
  Semaphore,
  move,
  serialize,
  shared,
  threadLocal,
  threadName,
  threadSignal,
} from '../../pkg/runtime/dist/index.js'

type Closure = (...args: unknown[]) => unknown

/** There are no threads. */
export function configure(): void {}

export class Task {
  readonly closure: Closure

  constructor(closure: Closure) {
    this.closure = closure
  }
}

export function task(closure: Closure | Task): Task {
  return new Task(closureOf(closure))
}

export function spawn(
  first: Closure | Task | Moved,
  second?: Closure | Task | SpawnOptions,
): Promise<unknown> | AsyncGenerator {
  const [closure, args] = isMoved(first) ? [second as Closure | Task, first.values] : [first, []]
  const run = closureOf(closure)
  if (GENERATORS.has(Object.getPrototypeOf(run) as object)) return streamed(run(...args) as AnyGenerator)
  return Promise.resolve()
    .then(() => run(...args))
    .then(unwrapped)
}

type AnyGenerator = Generator<unknown, unknown> | AsyncGenerator<unknown, unknown>

const GENERATORS = new Set(
  [function* () {}, async function* () {}].map((each) => Object.getPrototypeOf(each) as object),
)

async function* streamed(values: AnyGenerator): AsyncGenerator<unknown, unknown> {
  return unwrapped(yield* values as AsyncGenerator<unknown, unknown>)
}

export async function parallelMap(items: Iterable<unknown>, closure: Closure | Task): Promise<unknown[]> {
  return Promise.all(Array.from(items, (item, index) => closureOf(closure)(item, index)))
}

/** What is run: of a value that is no closure and no task the run must fail, as it does with threads. */
function closureOf(closure: Closure | Task): Closure {
  if (typeof closure === 'function') return closure
  if (closure instanceof Task) return closure.closure
  throw new TypeError(`${String(closure)} is no closure`)
}

function isMoved(value: Closure | Task | Moved): value is Moved {
  return typeof value === 'object' && Symbol.for('experimental-threads/moved') in value
}

/** `return move(x)` gives `x`, as it does from a thread. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.for('experimental-threads/moved') in value)) return value
  const { values } = value as Moved
  return values.length === 1 ? values[0] : values
}

export class Global<T> {
  readonly value: T

  constructor(value: T) {
    this.value = value
  }
}
