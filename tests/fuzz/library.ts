/** What generated programs import. It holds no state: each thread evaluates it once. */

export type Shape = unknown

export const limit = 7

export function add(a: number, b: number): number {
  return a + b
}

export function twice(a: number): number {
  return a * 2
}

export default function half(a: number): number {
  return a / 2
}

export async function later(a: number): Promise<number> {
  return (await Promise.resolve(a)) + 1
}

export function* numbers(a: number): Generator<number> {
  for (let left = a & 3; left > 0; left--) yield left
}

/** What a generator in a thread yields. */
export async function collect(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const value of values) all.push(value)
  return all
}

/** The first values that a generator in a thread yields; the rest is not read. */
export async function take(values: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
  const taken: unknown[] = []
  for await (const value of values) if (taken.push(value) >= count) break
  return taken
}

/** What is used up at the end of its block. A program whose rest is given up ends no block of its own. */
export class Resource {
  f: number

  constructor(value: number) {
    this.f = value
  }

  m(a: number): number {
    return this.f + a
  }

  [Symbol.dispose](): void {
    const { $givenUp } = globalThis as { $givenUp?: () => boolean }
    if ($givenUp?.() !== true) this.f = -1
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]()
  }
}

type Method = (this: unknown, ...args: unknown[]) => number

/** A decorator of methods */
export function more(method: Method): Method {
  return function (...args) {
    return method.apply(this, args) + 1
  }
}

/** Makes a decorator of methods, and of fields. */
export function plus(number: number): (method: Method | undefined, context: { kind: string }) => unknown {
  return (method, { kind }) => {
    if (kind === 'field') return (value: number) => value + number
    return function (this: unknown, ...args: unknown[]) {
      return method!.apply(this, args) + number
    }
  }
}

/** A decorator of classes */
export function marked(constructor: object): void {
  Object.assign(constructor, { k: 1 })
}

export class Box {
  static s = 4
  #value: number

  constructor(value: number) {
    this.#value = value
  }

  m(a: number): number {
    return this.#value + a
  }
}

export function tag(strings: readonly string[], ...values: unknown[]): string {
  return strings.join('_') + values.join()
}

/** A component */
export function Card({ a, children }: { a: unknown; children: unknown }): unknown {
  return [a, children]
}

/** A factory of JSX that gives plain data. */
export function jsx(type: unknown, props: object | null, ...children: unknown[]): unknown {
  if (typeof type === 'function') return (type as (props: object) => unknown)({ ...props, children })
  return { type: typeof type === 'string' ? type : 'fragment', props: { ...props }, children }
}

export const Fragment = 'fragment'
