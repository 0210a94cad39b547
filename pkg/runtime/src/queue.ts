// Tasks that wait for a worker: first in, first out within a priority, and nobody waits for ever.

/** After waiting this long, a task counts as one priority higher. Milliseconds. */
const STEP = 1000

/** How many taken entries may lie at the front of a line before it is shortened. */
const SLACK = 1024

interface Entry<T> {
  readonly item: T
  readonly since: number
  waiting: boolean
}

/** Entries in order of arrival; those before `head` have left. */
interface Line<T> {
  entries: Entry<T>[]
  head: number
}

export class TaskQueue<T> {
  readonly #lines: [Line<T>, Line<T>, Line<T>] = [emptyLine(), emptyLine(), emptyLine()]
  readonly #waiting = new Map<T, Entry<T>>()
  readonly #priority: (item: T) => number

  /** `priority` gives 0 for high, 1 for normal, 2 for low. */
  constructor(priority: (item: T) => number) {
    this.#priority = priority
  }

  get size(): number {
    return this.#waiting.size
  }

  add(item: T): void {
    const entry = { item, since: performance.now(), waiting: true }
    this.#waiting.set(item, entry)
    this.#lines[this.#priority(item) as 0 | 1 | 2].entries.push(entry)
  }

  /** True when the item was waiting. */
  remove(item: T): boolean {
    const entry = this.#waiting.get(item)
    if (entry === undefined) return false
    // It stays in its line until it is at the front: taking it out of the middle would cost as much as the line is long.
    entry.waiting = false
    return this.#waiting.delete(item)
  }

  /** Who is next, without taking it. */
  peek(): T | undefined {
    if (this.#waiting.size === 0) {
      for (const line of this.#lines) line.entries.splice((line.head = 0))
      return undefined
    }
    let best: Entry<T> | undefined
    let bestLevel = Infinity
    const now = performance.now()
    this.#lines.forEach((line, index) => {
      const entry = front(line)
      if (entry === undefined) return
      const level = Math.max(0, index - Math.floor((now - entry.since) / STEP))
      if (level < bestLevel || (level === bestLevel && entry.since < best!.since)) {
        best = entry
        bestLevel = level
      }
    })
    return best?.item
  }

  /** Everything that waits. */
  items(): T[] {
    return [...this.#waiting.keys()]
  }
}

function emptyLine<T>(): Line<T> {
  return { entries: [], head: 0 }
}

function front<T>(line: Line<T>): Entry<T> | undefined {
  const { entries } = line
  while (line.head < entries.length && !entries[line.head]!.waiting) line.head++
  if (line.head > SLACK && line.head * 2 > entries.length) {
    entries.splice(0, line.head)
    line.head = 0
  }
  return entries[line.head]
}
