// Tasks that wait for a worker: first in, first out within a priority, and nobody waits for ever.

import { clock } from '#host'

/** After waiting this long, a task counts as one priority higher. Milliseconds. */
const STEP = 1000

/** How many entries that have left may lie at the front of a line before it is shortened. */
const SLACK = 1024

/** What can wait. The queue keeps its notes in the item itself: a hundred thousand may wait. */
export interface Waiting {
  /** 0 high, 1 normal, 2 low. */
  readonly rank: number
  /** When it came, in whole milliseconds. */
  since: number
  waits: boolean
}

/** Items in order of arrival; those before `head` have left. */
interface Line<T> {
  items: T[]
  head: number
}

export class TaskQueue<T extends Waiting> {
  readonly #lines: [Line<T>, Line<T>, Line<T>] = [emptyLine(), emptyLine(), emptyLine()]
  #size = 0

  get size(): number {
    return this.#size
  }

  /** `now`: for callers who know it, since asking the clock costs as much as all the rest. */
  add(item: T, now: number = clock()): void {
    item.since = Math.trunc(now)
    item.waits = true
    this.#size++
    this.#lines[item.rank as 0 | 1 | 2].items.push(item)
  }

  /** Puts back an item that has waited before and has been taken out: it is the next of its priority. */
  putBack(item: T): void {
    item.waits = true
    this.#size++
    const line = this.#lines[item.rank as 0 | 1 | 2]
    if (line.head > 0) line.items[--line.head] = item
    else line.items.unshift(item)
  }

  /** True when the item was waiting. */
  remove(item: T): boolean {
    if (!item.waits) return false
    // It stays in its line until it is at the front: taking it out of the middle would cost as much as the line is long.
    item.waits = false
    if (--this.#size === 0) for (const line of this.#lines) clear(line)
    return true
  }

  /** Who is next, without taking it. */
  peek(): T | undefined {
    if (this.#size === 0) return undefined
    const high = front(this.#lines[0])
    const normal = front(this.#lines[1])
    const low = front(this.#lines[2])
    // Nearly always all that wait are of one priority.
    if (high === undefined && low === undefined) return normal
    const now = clock()
    let best: T | undefined
    for (const item of [high, normal, low]) {
      if (item !== undefined && (best === undefined || goesBefore(item, best, now))) best = item
    }
    return best
  }

  /** Everything that waits. */
  items(): T[] {
    return this.#lines.flatMap(({ items, head }) => items.slice(head).filter(({ waits }) => waits))
  }
}

function goesBefore(item: Waiting, other: Waiting, now: number): boolean {
  const [level, otherLevel] = [levelOf(item, now), levelOf(other, now)]
  return level < otherLevel || (level === otherLevel && item.since < other.since)
}

function levelOf({ rank, since }: Waiting, now: number): number {
  return Math.max(0, rank - Math.floor((now - since) / STEP))
}

function emptyLine<T>(): Line<T> {
  return { items: [], head: 0 }
}

/** Most lines have one item: to take that costs nothing, to set a length does. */
function clear<T>(line: Line<T>): void {
  while (line.items.length > 0) line.items.pop()
  line.head = 0
}

function front<T extends Waiting>(line: Line<T>): T | undefined {
  const { items } = line
  while (line.head < items.length && !items[line.head]!.waits) line.head++
  if (line.head > SLACK && line.head * 2 > items.length) {
    items.splice(0, line.head)
    line.head = 0
  }
  return items[line.head]
}
