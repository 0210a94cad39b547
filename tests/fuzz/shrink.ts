/** Makes a failing program smaller for as long as it keeps failing. */

import type { List, Node } from './tree.ts'
import { walk } from './tree.ts'

/** A change of the tree that can be taken back. */
interface Change {
  apply(): void
  undo(): void
}

/**
 * Shrinks `program` in place.
 *
 * @param stillFails whether the changed program fails in the same way; it may be as slow as running the program
 * @param budget how many tries are made at most
 */
export async function shrink(program: Node, stillFails: () => Promise<boolean>, budget = 4000): Promise<void> {
  let left = budget
  let changed = true
  while (changed && left > 0) {
    changed = false
    for (const changes of [withoutItems, unwrapped, simpler]) {
      let skip = 0
      for (;;) {
        // The tree has changed since the last time, so what can be tried is looked for anew.
        const change = nth(changes(program), skip)
        if (change === undefined || left-- <= 0) break
        change.apply()
        if (await stillFails()) changed = true
        else {
          change.undo()
          skip++
        }
      }
    }
  }
}

function nth<T>(items: Iterable<T>, index: number): T | undefined {
  let at = 0
  for (const item of items) if (at++ === index) return item
  return undefined
}

/** Leaves out parts of lists: first many at once, then each alone. */
function* withoutItems(program: Node): Generator<Change> {
  const lists: List[] = []
  for (const found of walk(program)) if ('list' in found) lists.push(found.list)
  for (const whole of [true, false]) {
    for (const list of lists) {
      const size = list.items.length
      if (whole) {
        for (let length = size; length > 1; length = Math.floor(length / 2)) {
          for (let at = 0; at + length <= size; at += length) {
            if (size - length >= list.least) yield taken(list, at, length, [])
          }
        }
      } else {
        for (let at = size - 1; at >= 0; at--) if (size - 1 >= list.least) yield taken(list, at, 1, [])
      }
    }
  }
}

/** Puts the statements of a block in the place of the statement around it. */
function* unwrapped(program: Node): Generator<Change> {
  for (const found of walk(program)) {
    if (!('list' in found)) continue
    const { list } = found
    for (const [at, item] of list.items.entries()) {
      if (item.sort !== 'statement') continue
      for (const inner of walk(item)) {
        if ('list' in inner && inner.list.separator === '\n' && inner.list.items.length > 0) {
          yield taken(list, at, 1, inner.list.items)
        }
      }
    }
  }
}

/** Puts the smallest value of its kind, or one of its parts, in the place of an expression. */
function* simpler(program: Node): Generator<Change> {
  for (const found of walk(program)) {
    if (!('node' in found)) continue
    const { node } = found
    if (node.sort !== 'expression' || node.smallest === undefined) continue
    const before = node.parts
    if (before.length === 1 && before[0] === node.smallest) continue
    yield swapped(node, [node.smallest])
    for (const inner of walk(node)) {
      if ('node' in inner && inner.node !== node && inner.node.shape === node.shape) {
        yield swapped(node, [...inner.node.parts])
      }
    }
  }
}

function taken(list: List, at: number, length: number, instead: Node[]): Change {
  const before = list.items
  return {
    apply: () => {
      list.items = before.toSpliced(at, length, ...instead)
    },
    undo: () => {
      list.items = before
    },
  }
}

function swapped(node: Node, parts: Node['parts']): Change {
  const before = node.parts
  return {
    apply: () => {
      node.parts = parts
    },
    undo: () => {
      node.parts = before
    },
  }
}
