/**
 * The meaning of a program, told without the transform: a closure given to `spawn` runs in a world of its own, which is as the program
 * is at the moment of the call.
 *
 * Such a world is made by running the program again from its beginning up to that call, where the closure runs in place and the rest of
 * the program is given up. Results of earlier calls are known by then. So nothing here knows what a closure captures: every variable,
 * whatever it holds, has the value of the moment, and no write comes back. Programs are deterministic, which makes this exact.
 */

import { AsyncLocalStorage } from 'node:async_hooks'

import { outcomeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import * as library from './library.ts'
import { moduleOf, Modules } from './modules.ts'

/** Which call: its number in the program, then its number in that closure, and so on. */
type Path = readonly number[]

type Closure = (...args: unknown[]) => unknown

type Result = { ok: true; value: unknown } | { ok: false; error: unknown }

/** What a generator has yielded, and how it has ended. */
interface Yielded {
  values: unknown[]
  end: Result
}

/** Thrown through a program whose rest is given up. The program's own `catch` and `finally` begin with `$guard()`, which throws it again. */
const GIVEN_UP = Symbol('given up')

const libraryModule = moduleOf({ ...library })

/** Runs a reference program. */
export async function runReference(code: string): Promise<Outcome> {
  const worlds = new Worlds(code)
  return outcomeOf(() => worlds.run([], () => {}))
}

class Worlds {
  readonly #code: string
  readonly #results = new Map<string, Promise<Result>>()

  constructor(code: string) {
    this.#code = code
  }

  /** A new world; `found` hears of the closure that lies at `target`. */
  run(target: Path, found: (result: Promise<unknown>) => void): Promise<[unknown, Record<string, unknown>]> {
    const world = new World(this, target, found)
    const modules = new Modules((specifier) => {
      if (specifier === 'experimental-threads') {
        const { spawn, move, task, parallelMap, guard, name } = world
        // Programs import what each thread has of its own, and name it only where the reference says `$name()`.
        const perThread = { threadName: undefined, threadSignal: undefined, $name: name }
        return moduleOf({ spawn, move, task, parallelMap, ...perThread, $guard: guard })
      }
      return specifier === './library' ? libraryModule : this.#code
    })
    return world.run(async () => {
      const { main, ...exports } = await modules.load('program')
      return [await (main as Closure)(), exports] as [unknown, Record<string, unknown>]
    })
  }

  /** The result of a call, found in a world of its own. */
  result(path: Path): Promise<Result> {
    const key = path.join()
    const known = this.#results.get(key)
    if (known !== undefined) return known
    const result = this.#find(path).then(
      (value): Result => ({ ok: true, value }),
      (error: unknown): Result => ({ ok: false, error }),
    )
    this.#results.set(key, result)
    return result
  }

  #find(path: Path): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const missed = (): void => reject(new Error(`the program did not come to call ${path.join()} again`))
      this.run(path, resolve).then(missed, (error: unknown) => {
        if (error !== GIVEN_UP) missed()
      })
    })
  }
}

class Moved {
  readonly values: unknown[]

  constructor(values: unknown[]) {
    this.values = values
  }
}

/** What runs one after the other: the program, or one closure. */
interface Flow {
  path: Path
  calls: number
  givenUp: boolean
  /** The name that the call gives its thread. */
  name?: string
}

const flows = new AsyncLocalStorage<Flow>()

// Resources of the library ask this before they are used up.
Object.assign(globalThis, { $givenUp: () => flows.getStore()?.givenUp })

class World {
  readonly #worlds: Worlds
  readonly #target: Path
  readonly #found: (result: Promise<unknown>) => void
  readonly #program: Flow = { path: [], calls: 0, givenUp: false }

  constructor(worlds: Worlds, target: Path, found: (result: Promise<unknown>) => void) {
    this.#worlds = worlds
    this.#target = target
    this.#found = found
  }

  run<T>(work: () => T): T {
    return flows.run(this.#program, work)
  }

  readonly move = (...values: unknown[]): Moved => new Moved(values)

  /** Stands first in each `catch` and `finally`. */
  readonly guard = (): void => {
    if (flows.getStore()?.givenUp) throw GIVEN_UP
  }

  /** A task that is run at once is the closure: what it captures are the values of the moment. */
  readonly task = (closure: Closure): Closure => closure

  /** Each item is a thread of its own, as all of them capture the values of the moment of the call. */
  readonly parallelMap = (items: unknown[], closure: Closure): Promise<unknown[]> =>
    Promise.all(items.map((given, index) => this.spawn(this.move(given, index), closure))) as Promise<unknown[]>

  /** The name of the thread, if its call gives one. */
  readonly name = (): string | undefined => flows.getStore()?.name

  readonly spawn = (first: Closure | Moved, second?: Closure | Options, third?: Options): unknown => {
    const moved = first instanceof Moved
    const [closure, args] = moved ? [second as Closure, first.values] : [first, []]
    const { name } = (moved ? third : (second as Options | undefined)) ?? {}
    const flow = flows.getStore() ?? this.#program
    const path = [...flow.path, flow.calls++]
    const depth = path.length
    if (depth > this.#target.length || this.#target[depth - 1] !== path[depth - 1]) {
      const result = this.#worlds.result(path)
      return GENERATORS.has(Object.getPrototypeOf(closure) as object) ? streamOf(result) : promiseOf(result)
    }
    const result = flows.run({ path, calls: 0, givenUp: false, ...(name === undefined ? {} : { name }) }, () =>
      run(closure, args),
    )
    if (depth === this.#target.length) this.#found(result)
    else result.catch(() => {})
    flow.givenUp = true
    throw GIVEN_UP
  }
}

interface Options {
  name?: string
}

function promiseOf(result: Promise<Result>): Promise<unknown> {
  const given = result.then((known) => valueOf(known))
  given.catch(() => {})
  return given
}

async function* streamOf(result: Promise<Result>): AsyncGenerator<unknown> {
  const known = await result
  if (!known.ok) throw known.error
  const { values, end } = known.value as Yielded
  for (const value of values) yield copyOf(value)
  valueOf(end)
}

function valueOf(known: Result): unknown {
  if (known.ok) return copyOf(known.value)
  throw known.error
}

/** A copy as a thread would send it: instances of classes of the program keep their class, which is that of another world. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return structuredClone(value)
  const prototype = Object.getPrototypeOf(value) as object
  if (Object.hasOwn(globalThis, prototype.constructor.name)) return structuredClone(value)
  return Object.assign(Object.create(prototype) as object, structuredClone({ ...value }))
}

const GENERATORS = new Set(
  [function* () {}, async function* () {}].map((each) => Object.getPrototypeOf(each) as object),
)

async function run(closure: Closure, args: unknown[]): Promise<unknown> {
  const result = closure(...args)
  if (!isGenerator(result)) return result
  const values: unknown[] = []
  try {
    for await (const value of result) values.push(value)
    return { values, end: { ok: true, value: undefined } } satisfies Yielded
  } catch (error) {
    return { values, end: { ok: false, error } } satisfies Yielded
  }
}

function isGenerator(value: unknown): value is Generator | AsyncGenerator {
  return Object.prototype.toString.call(value).endsWith('Generator]')
}
