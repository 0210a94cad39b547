// Tasks that wait for a worker: first in, first out within a priority, and nobody waits for ever.

/** After waiting this long, a task counts as one priority higher. Milliseconds. */
const STEP = 1000

interface Entry<T> {
  readonly item: T
  readonly since: number
}

export class TaskQueue<T> {
  readonly #levels: [Set<Entry<T>>, Set<Entry<T>>, Set<Entry<T>>] = [new Set(), new Set(), new Set()]
  readonly #entries = new Map<T, Entry<T>>()
  readonly #priority: (item: T) => number

  constructor(priority: (item: T) => number) {
    this.#priority = priority
  }

  get size(): number {
    return this.#entries.size
  }

  add(item: T): void {
    const entry = { item, since: performance.now() }
    this.#entries.set(item, entry)
    this.#levels[this.#priority(item) as 0 | 1 | 2].add(entry)
  }

  /** True when the item was waiting. */
  remove(item: T): boolean {
    const entry = this.#entries.get(item)
    if (entry === undefined) return false
    this.#entries.delete(item)
    return this.#levels[this.#priority(item) as 0 | 1 | 2].delete(entry)
  }

  /** Who is next, without taking it. */
  peek(): T | undefined {
    let best: Entry<T> | undefined
    let bestLevel = Infinity
    const now = performance.now()
    this.#levels.forEach((level, index) => {
      // A set keeps the order of insertion, so its first entry has waited longest.
      for (const entry of level) {
        const effective = Math.max(0, index - Math.floor((now - entry.since) / STEP))
        if (effective < bestLevel || (effective === bestLevel && entry.since < best!.since)) {
          best = entry
          bestLevel = effective
        }
        break
      }
    })
    return best?.item
  }

  /** Everything that waits. */
  items(): T[] {
    return [...this.#entries.keys()]
  }
}
