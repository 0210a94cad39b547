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

/** What a generator in a thread yields. In place it has been listed already. */
export async function collect(values: AsyncIterable<unknown> | Promise<unknown[]>): Promise<unknown[]> {
  if (!(Symbol.asyncIterator in values)) return values
  const all: unknown[] = []
  for await (const value of values) all.push(value)
  return all
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
