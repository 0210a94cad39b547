// Random sequences of operations on a primitive beside a small plain reference of it, in one thread. After each step everything comes to rest; then what has settled, and how,
// must be what the reference says. A sequence that fails is made smaller for as long as it fails.

import { Random } from '../../fuzz/random.ts'

/** What to do, and two numbers that say with what. A step that does not apply does nothing, so that any may be left out of a sequence. */
export type Step = readonly [name: string, a: number, b: number]

export interface Subject {
  readonly name: string
  /** Makes the primitive and its reference. */
  begin(run: Run, a: number): Played
}

/** A primitive in use: what each step does to it and to the reference. */
export interface Played {
  readonly steps: Readonly<Record<string, (a: number, b: number) => void>>
  /** Those that come more often than the others. */
  readonly often?: readonly string[]
  /** Gives back what is held. */
  end?(): void
}

interface Call {
  readonly name: string
  readonly abort: () => void
  readonly done: Promise<void>
  expected?: string
  actual?: string
}

/** What never settles is waited for so long, in milliseconds: only a sequence that fails takes it. */
const PATIENCE = 2_000

const STOP = new Error('aborted')

/** One sequence while it runs. */
export class Run {
  private readonly calls: Call[] = []
  /** Calls that have not settled, by number. */
  readonly open: Set<number> = new Set()

  /** Begins something async; its number. `tell` says in a word what came of it. */
  begin<T>(name: string, start: (signal: AbortSignal) => Promise<T>, tell: (value: T) => string): number {
    const controller = new AbortController()
    const number = this.calls.length
    const done = start(controller.signal).then(
      (value) => {
        call.actual = tell(value)
      },
      (error: unknown) => {
        call.actual = nameOf(error)
      },
    )
    const call: Call = { name: `${name} (call ${number})`, abort: () => controller.abort(STOP), done }
    this.calls.push(call)
    this.open.add(number)
    return number
  }

  /** The reference says that a call settles now. */
  settles(number: number, expected: string): void {
    const call = this.calls[number]!
    if (call.expected !== undefined) throw new Error(`the reference settles ${call.name} twice`)
    call.expected = expected
    this.open.delete(number)
  }

  /** One of the calls that have not settled. */
  anyOpen(a: number): number | undefined {
    return pick([...this.open], a)
  }

  abort(number: number): void {
    this.calls[number]!.abort()
  }

  /** Compares what a step gave at once with what the reference says. */
  same(what: string, actual: unknown, expected: unknown): void {
    if (actual !== expected) throw new Mismatch(`${what} gave ${String(actual)} and not ${String(expected)}`)
  }

  /** Waits until everything has come to rest, and compares. */
  async rest(): Promise<void> {
    await turn()
    const late = this.calls.filter(({ expected, actual }) => expected !== undefined && actual === undefined)
    if (late.length > 0) {
      await settled(late)
      await turn()
    }
    for (const { name, expected, actual } of this.calls)
      if (actual !== expected) throw new Mismatch(`${name} came to ${actual} and not to ${expected}`)
  }
}

class Mismatch extends Error {}

/** What a step gives at once, in a word. */
export function outcome(act: () => unknown): string {
  try {
    return String(act())
  } catch (error) {
    return nameOf(error)
  }
}

function nameOf(error: unknown): string {
  return error === STOP ? 'aborted' : ((error as { code?: string }).code ?? String(error))
}

export function pick<T>(items: readonly T[], a: number): T | undefined {
  return items[a % items.length]
}

interface Waits {
  waitAsync(words: Int32Array, index: number, value: number): { value: Promise<string> | string }
}

/** Aborts one of the calls that have not settled; its number. */
export function abortAny(run: Run, a: number): number | undefined {
  const number = run.anyOpen(a)
  if (number === undefined) return undefined
  run.abort(number)
  run.settles(number, 'aborted')
  return number
}

const word = new Int32Array(new SharedArrayBuffer(4))

/** Until all that was to be woken has been: wake-ups come in the order in which they were sent. */
async function turn(): Promise<void> {
  const { value } = (Atomics as unknown as Waits).waitAsync(word, 0, 0)
  Atomics.notify(word, 0, 1)
  await value
  await new Promise((resolve) => setImmediate(resolve))
}

async function settled(calls: readonly Call[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([Promise.all(calls.map(({ done }) => done)), patience])
  clearTimeout(timer)
}

/** A sequence: with what the primitive is made, and what is done to it. */
export interface Sequence {
  readonly made: number
  readonly steps: readonly Step[]
}

export function randomSequence({ begin }: Subject, seed: number): Sequence {
  const random = new Random(seed)
  const made = random.below(1000)
  const { steps, often = [] } = begin(new Run(), made)
  const names = [...Object.keys(steps), ...often, ...often]
  const length = random.between(4, 16)
  return {
    made,
    steps: Array.from({ length }, (): Step => [random.pick(names), random.below(1000), random.below(1000)]),
  }
}

/** Runs a sequence. What is wrong; undefined when nothing is. */
export async function play(subject: Subject, { made, steps }: Sequence): Promise<string | undefined> {
  const run = new Run()
  const played = subject.begin(run, made)
  try {
    for (const [name, a, b] of steps) {
      played.steps[name]!(a, b)
      await run.rest()
    }
    // Nobody is left who waits, and what was taken meanwhile is given back.
    while (run.open.size > 0) {
      const before = run.open.size
      for (let index = 0; index < before && run.open.size > 0; index++) {
        played.steps['abort']!(index, 0)
        await run.rest()
      }
      played.end?.()
      await run.rest()
      if (run.open.size === before) break
    }
    played.end?.()
    await run.rest()
    return undefined
  } catch (error) {
    if (error instanceof Mismatch) return error.message
    throw error
  }
}

/** Leaves out of a sequence that fails whatever it fails without. */
export async function shrink(subject: Subject, failing: Sequence): Promise<Sequence> {
  let { steps } = failing
  for (let length = steps.length >> 1; length > 0; length = Math.min(length >> 1, steps.length)) {
    for (let at = 0; at + length <= steps.length;) {
      const fewer = steps.toSpliced(at, length)
      if ((await play(subject, { ...failing, steps: fewer })) === undefined) at += length
      else steps = fewer
    }
  }
  return { ...failing, steps }
}
