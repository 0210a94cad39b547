import { allocateWords, arena } from '../memory/arena.ts'
import { LINE_WORDS } from '../memory/layout.ts'
import { noInitialiser, notKeepable } from './group-errors.ts'
import { isSharedData, ontoBank } from '../memory/shared-data.ts'
import type { SharedKind } from '../memory/shared-kind.ts'
import { UNPLACED, describeShared, registerKind } from '../memory/shared-kind.ts'
import { PACKET } from './bytes.ts'
import { wordsFor } from './dynamic-words.ts'
import type { Packed } from './message.ts'
import { Arrived, pack } from './message.ts'
import { Once } from './once.ts'
import { inspectable } from './inspect.ts'
import { ONCE_WORDS, isDone } from './once-algorithm.ts'
import { registerSharedTravel } from './travel.ts'
import type { BlockingOptions, WaitOptions } from './wait-options.ts'

/** Behind the words of the `Once`: where the value lies. There, its length in bytes comes first. */
const VALUE = ONCE_WORDS
/** Right behind it there is room for small values, so that they come and go with the words of the object. */
const NEAR = VALUE + 1
const LAZY_WORDS: number = 2 * LINE_WORDS
const NEAR_BYTES: number = (LAZY_WORDS - NEAR - 1) * 4

/** The largest value, in bytes of its copy. */
const MAX_BYTES = 65_536

/** Not known in this thread. */
const NONE: unique symbol = Symbol('none')

/**
 * A value that is made when somebody first needs it, by one thread for all.
 *
 * Written at the top level of a module it is the same in every thread that uses it.
 *
 * ```ts
 * const primes = new Lazy(() => sieve(new Uint8Array(new SharedArrayBuffer(1_000_000))))
 *
 * await spawn(async () => {
 *   const table = await primes.get()
 *   return table[997] === 1
 * })
 * ```
 *
 * A `SharedArrayBuffer`, or a typed array or `DataView` over one, is the same memory in every thread; it is moved, so use what `get` gives. Of other plain data (primitives,
 * objects, arrays, maps, sets, dates, buffers, up to 64 KiB) each thread has a copy of its own. Nothing else can be kept.
 *
 * One that is made at run time keeps shared memory, and a copy of more than about 80 bytes, when it is dropped, until the program ends; E313 and E311 tell when there is no
 * more. Declare it in a module. Smaller values leave nothing behind.
 *
 * If the function throws, or its thread ends, the value was not made: the next who asks runs the function again, in its own thread.
 */
export class Lazy<T> {
  private at: number = UNPLACED
  private initialise: (() => T | PromiseLike<T>) | undefined
  private once: Once | undefined
  private value: T | typeof NONE = NONE

  /**
   * Makes a value that is computed once in the whole program, by the thread that first asks for it with `await lazy.get()`.
   *
   * @param initialise Makes the value; may be async.
   */
  constructor(initialise: () => T | PromiseLike<T>) {
    this.initialise = initialise
  }

  /**
   * The value, made now if nobody has made it; waits while another thread makes it.
   *
   * @throws R586 (rejects) when the function asks for the value itself, R587 when the value cannot be kept, R589 when the function is not known in this thread, R537 at
   * the timeout, the signal's reason when it fires, whatever the function throws, E314 where there is no shared memory.
   */
  async get(options?: WaitOptions): Promise<T> {
    const once = this.ready()
    if (!once.isDone) await once.call(async () => this.store(await this.made()), options)
    return this.read()
  }

  /**
   * The value if it was made, else undefined.
   *
   * @throws E314 where there is no shared memory.
   */
  tryGet(): T | undefined {
    return this.ready().isDone ? this.read() : undefined
  }

  /**
   * The value, made now if nobody has made it; blocks the thread while another makes it. The function must not be async. Only in a dedicated thread, which a closure that
   * names this method gets by itself.
   *
   * @throws R532 where the thread may not block, and as `get`.
   */
  blockingGet(options?: BlockingOptions): T {
    const once = this.ready()
    once.blockingCall(() => this.store(this.made() as T), options)
    return this.read()
  }

  /**
   * Whether the value was made.
   *
   * @throws E314 where there is no shared memory.
   */
  get isMade(): boolean {
    return this.ready().isDone
  }

  get [Symbol.toStringTag](): string {
    return 'Lazy'
  }

  private made(): T | PromiseLike<T> {
    if (this.initialise === undefined) throw noInitialiser(describeShared(this))
    return this.initialise()
  }

  /** Keeps a value for all threads, before it is said that it was made. */
  private store(value: T): void {
    const shared = value !== undefined && isSharedData(value) ? (ontoBank(value) as T) : value
    const { bytes, length } = this.packed(shared)
    const at = length <= NEAR_BYTES ? this.at + NEAR : allocateWords(1 + Math.ceil(length / 4))
    const { words } = arena()
    words[at] = length
    new Uint8Array(words.buffer, (at + 1) * 4, length).set(bytes.subarray(0, length))
    Atomics.store(words, this.at + VALUE, at)
    this.value = shared
  }

  private packed(value: T): Packed {
    let packed: Packed
    try {
      packed = pack([value]) as Packed
    } catch (error) {
      throw notKeepable(describeShared(this), (error as Error).message, error)
    }
    if (packed.bytes[0] === PACKET) throw notKeepable(describeShared(this), 'it is no plain data')
    if (packed.length > MAX_BYTES)
      throw notKeepable(
        describeShared(this),
        `it takes ${packed.length} bytes, and only shared memory may take more than ${MAX_BYTES}`,
      )
    return packed
  }

  private read(): T {
    if (this.value !== NONE) return this.value
    const { words } = arena()
    const at = Atomics.load(words, this.at + VALUE)
    const bytes = new Uint8Array(words[at]!)
    bytes.set(new Uint8Array(words.buffer, (at + 1) * 4, bytes.length))
    const [value] = new Arrived(bytes).open() as [T]
    this.value = value
    return value
  }

  private ready(): Once {
    if (this.once !== undefined) return this.once
    if (this.at === UNPLACED) this.at = wordsFor(this, LAZY_WORDS)
    this.once = Once.sharedKind.revive(this.at, undefined)
    this.once.owner = this
    return this.once
  }

  /** @internal */
  static readonly sharedKind: SharedKind<Lazy<unknown>> = registerKind<Lazy<unknown>>({
    number: 14,
    revive(at) {
      const lazy = new Lazy<unknown>(() => undefined)
      lazy.initialise = undefined
      lazy.at = at
      return lazy
    },
    placeOf: (lazy) => lazy.at,
    dataOf: () => undefined,
    attach(lazy, thunk) {
      lazy.initialise ??= () => (thunk()[0] as () => unknown)()
    },
    place(lazy) {
      lazy.ready()
      return lazy.at
    },
  })

  static {
    registerSharedTravel('lazy', Lazy.sharedKind)
    inspectable(this.prototype, ({ at }: Lazy<unknown>) =>
      at !== UNPLACED && isDone(arena().words, at) ? 'made' : 'not made',
    )
  }
}
