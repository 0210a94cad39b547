import { move, parallelMap, shutdown, spawn, task } from 'experimental-threads'
import type { JoinResult, ParallelMap, Task, Thread, ThreadScope, ThreadStream } from 'experimental-threads'
import { afterAll, expectTypeOf, it } from 'vitest'

afterAll(() => shutdown())

// Never called: only the types count.
const calls = (cached?: number): unknown[] => {
  const value = spawn(() => 1)
  expectTypeOf(value).toEqualTypeOf<Thread<number>>()
  expectTypeOf(value.join()).resolves.toEqualTypeOf<JoinResult<number>>()
  const later = spawn(async () => 'text', { name: 'x', priority: 'high', dedicated: true })
  expectTypeOf(later).resolves.toEqualTypeOf<string>()
  const moved = spawn(move(new Uint8Array(1), 'a'), (bytes, text) => {
    expectTypeOf(bytes).toEqualTypeOf<Uint8Array<ArrayBuffer>>()
    expectTypeOf(text).toEqualTypeOf<string>()
    return move(bytes)
  })
  expectTypeOf(moved).resolves.toEqualTypeOf<Uint8Array<ArrayBuffer>>()
  const two = spawn(async () => move(1, 'a'))
  expectTypeOf(two).resolves.toEqualTypeOf<[number, string]>()
  // oxlint-disable-next-line no-eval -- the form of the original idea; the build takes it away
  const evaluated = eval(spawn(() => 1))
  expectTypeOf(evaluated).toEqualTypeOf<Thread<number>>()
  const anything = spawn(() => JSON.parse('1'))
  expectTypeOf(anything).resolves.toBeAny()
  const job = task(async (n: number, text: string) => move(text.length * n))
  expectTypeOf(job).toExtend<Task<[number, string], unknown>>()
  expectTypeOf(spawn(move(1, 'a'), job)).toEqualTypeOf<Thread<number>>()
  expectTypeOf(spawn(task(() => 'a'))).toEqualTypeOf<Thread<string>>()
  // @ts-expect-error -- it takes arguments
  spawn(job)
  // @ts-expect-error -- other arguments
  spawn(move('a', 1), job)
  const mapped = parallelMap([1, 2], async (n, index) => move(String(n + index)))
  expectTypeOf(mapped).toEqualTypeOf<ParallelMap<string>>()
  expectTypeOf(mapped).resolves.toEqualTypeOf<string[]>()
  expectTypeOf(mapped[Symbol.asyncIterator]().next()).resolves.toEqualTypeOf<IteratorResult<string, void>>()
  expectTypeOf(parallelMap(new Float32Array(2), (n) => n > 1)).toEqualTypeOf<ParallelMap<boolean>>()
  expectTypeOf(
    parallelMap(
      ['a'],
      task((text: string) => text.length),
    ),
  ).toEqualTypeOf<ParallelMap<number>>()
  const texts = task((text: string) => text.length)
  // @ts-expect-error -- other items
  parallelMap([1], texts)
  const rows = spawn(function* () {
    yield 1
    return 'end'
  })
  expectTypeOf(rows).toEqualTypeOf<ThreadStream<number, string>>()
  expectTypeOf(rows.result).resolves.toEqualTypeOf<string>()
  expectTypeOf(rows.next()).resolves.toEqualTypeOf<IteratorResult<number, string>>()
  const lines = spawn(
    move('a'),
    async function* (text) {
      expectTypeOf(text).toEqualTypeOf<string>()
      yield move(new Uint8Array(1))
    },
    { ahead: 4 },
  )
  expectTypeOf(lines).toEqualTypeOf<ThreadStream<Uint8Array<ArrayBuffer>, void>>()
  const nothing = spawn((): never => {
    throw new Error('no')
  })
  expectTypeOf(nothing).toEqualTypeOf<Thread<never>>()
  expectTypeOf(spawn(async () => JSON.parse('1'))).resolves.toBeAny()
  expectTypeOf(parallelMap([1], () => JSON.parse('1'))).resolves.items.toBeAny()
  expectTypeOf(parallelMap([1], (n) => (n > 1 ? n : Promise.resolve('a')))).toEqualTypeOf<
    ParallelMap<number | string>
  >()
  expectTypeOf(
    spawn(async (): Promise<never> => {
      throw new Error('no')
    }),
  ).toEqualTypeOf<Thread<never>>()
  expectTypeOf(spawn(() => cached ?? Promise.resolve('a'))).toEqualTypeOf<Thread<number | string>>()
  expectTypeOf(spawn(() => {})).toEqualTypeOf<Thread<void>>()
  const parts = task(function* (n: number) {
    yield move(n)
    return 'end'
  })
  expectTypeOf(spawn(move(1), parts)).toEqualTypeOf<ThreadStream<number, string>>()
  expectTypeOf(spawn(task(async () => JSON.parse('1')))).resolves.toBeAny()
  expectTypeOf(spawn(task(() => cached ?? Promise.resolve('a')))).toEqualTypeOf<Thread<number | string>>()
  const declared: Task<[number], string> = task(async (n) => n.toFixed())
  return [value, later, moved, two, evaluated, anything, declared]
}

// What these give is used as it is: none needs a cast.
const run = <R>(job: Task<[], R>): Thread<R> => spawn(job)
const runWith = <A extends unknown[], R>(job: Task<A, R>, ...args: A): Promise<R> => spawn(move(...args), job)
const later = async <R>(job: Task<[], R>): Promise<R[]> => [await spawn(job)]
const copy = <T>(value: T): Promise<T> => spawn(() => value)
const handed = <T>(value: T): Promise<T> => spawn(move(value), async (own) => own)
const stored = <T>(value: T): Task<[], T> => task(async () => value)
const all = <T, R>(items: T[], job: Task<[T, number], R>): Promise<R[]> => parallelMap(items, job)
const same = <T>(items: T[]): Promise<T[]> => parallelMap(items, (item) => item)

const scoped = <R>(scope: ThreadScope, job: Task<[], R>): Promise<R> => scope.spawn(job)

const wrappers = (): void => {
  expectTypeOf(scoped).returns.toEqualTypeOf<Promise<unknown>>()
  expectTypeOf(run(task(async () => 1))).toEqualTypeOf<Thread<number>>()
  expectTypeOf(
    runWith(
      task((text: string) => move(text.length)),
      'a',
    ),
  ).toEqualTypeOf<Promise<number>>()
  expectTypeOf(later(task(() => 'a'))).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(copy(1)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(handed('a')).toEqualTypeOf<Promise<string>>()
  expectTypeOf(run(stored([1]))).toEqualTypeOf<Thread<number[]>>()
  expectTypeOf(
    all(
      [1],
      task((n: number) => n > 1),
    ),
  ).toEqualTypeOf<Promise<boolean[]>>()
  expectTypeOf(same(['a'])).toEqualTypeOf<Promise<string[]>>()
}

it('spawn has the type of what the closure gives', () => {
  expectTypeOf(calls).toBeFunction()
})

it('a wrapper that is generic in the result gives a thread of it', () => {
  expectTypeOf(wrappers).toBeFunction()
})
