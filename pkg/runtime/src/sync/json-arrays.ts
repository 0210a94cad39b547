// Methods of arrays in a `SharedJsonBuffer` that move items: they move the slots, where those of `Array.prototype` would copy values from one place to the next.

import { copySlot, partOf, toPlain, writeSlot } from './json-values.ts'

/** Puts plain values in at `index`. */
function insertAll(list: unknown[], index: number, values: readonly unknown[]): void {
  const { memory, node } = partOf(list)
  const plain = values.map((value, offset) => toPlain(value, `[${index + offset}]`))
  memory.insert(node, index, plain.length)
  plain.forEach((value, offset) => writeSlot(memory, () => memory.slot(node, index + offset), value))
}

/** Takes items out, as copies. */
function removeAll(list: unknown[], index: number, count: number): unknown[] {
  const { memory, node } = partOf(list)
  const taken = Array.from({ length: count }, (_, offset) => copySlot(memory, memory.slot(node, index + offset)))
  memory.remove(node, index, count)
  return taken
}

export const arrayMethods = {
  push(this: unknown[], ...values: unknown[]): number {
    insertAll(this, this.length, values)
    return this.length
  },
  pop(this: unknown[]): unknown {
    return this.length === 0 ? undefined : removeAll(this, this.length - 1, 1)[0]
  },
  shift(this: unknown[]): unknown {
    return this.length === 0 ? undefined : removeAll(this, 0, 1)[0]
  },
  unshift(this: unknown[], ...values: unknown[]): number {
    insertAll(this, 0, values)
    return this.length
  },
  splice(this: unknown[], ...args: [start?: number, count?: number, ...values: unknown[]]): unknown[] {
    const { length } = this
    const start = toStart(args[0], length)
    const count = args.length === 0 ? 0 : args.length === 1 ? length - start : Math.trunc(args[1] ?? 0) || 0
    const taken = removeAll(this, start, Math.min(Math.max(count, 0), length - start))
    insertAll(this, start, args.slice(2))
    return taken
  },
  reverse(this: unknown[]): unknown[] {
    const { memory, node } = partOf(this)
    const { length } = this
    memory.reorder(
      node,
      Array.from({ length }, (_, index) => length - 1 - index),
    )
    return this
  },
  sort(this: unknown[], compare?: (a: unknown, b: unknown) => number): unknown[] {
    const { memory, node } = partOf(this)
    const order = Array.from(this, (value, index) => ({ value, index }))
    // Undefined comes last, and is never compared.
    const known = order.filter(({ value }) => value !== undefined)
    known.sort((a, b) => (compare === undefined ? byText(a.value, b.value) : compare(a.value, b.value)))
    const rest = order.filter(({ value }) => value === undefined)
    memory.reorder(
      node,
      [...known, ...rest].map(({ index }) => index),
    )
    return this
  },
  copyWithin(this: unknown[], target: number, start: number, end?: number): unknown[] {
    const copies = (toPlain(this, 'value') as unknown[]).copyWithin(target, start, end)
    copies.forEach((value, index) => (this[index] = value))
    return this
  },
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function toStart(value: number | undefined, length: number): number {
  const whole = Math.trunc(value ?? 0) || 0
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length)
}
