// The tasks that a worker has, by their numbers: as its pool sees them, or as it does itself.
//
// A `Map` would do, but for the collector: it makes a new table whenever it has grown, shrunk, or been given a few tasks one after the
// other, and each that it leaves behind points to the next and to what was in it. Once one is old, all that follows lives until the next
// full collection.

/** A power of two. Numbers count up, so those of tasks that are under way at the same time seldom share a place. */
const PLACES = 1024

export class TaskTable<T extends { readonly id: number }> {
  #size = 0
  readonly #places: (T | null)[] = []
  /** Those whose place was taken. */
  readonly #others = new Map<number, T>()

  get size(): number {
    return this.#size
  }

  /** A task that is not in it. */
  add(task: T): void {
    const place = task.id & (PLACES - 1)
    while (this.#places.length <= place) this.#places.push(null)
    if (this.#places[place] === null) this.#places[place] = task
    else this.#others.set(task.id, task)
    this.#size++
  }

  get(id: number): T | undefined {
    const task = this.#places[id & (PLACES - 1)]
    return task?.id === id ? task : this.#others.get(id)
  }

  delete(id: number): void {
    const place = id & (PLACES - 1)
    if (this.#places[place]?.id === id) this.#places[place] = null
    else if (!this.#others.delete(id)) return
    this.#size--
  }

  clear(): void {
    this.#places.length = this.#size = 0
    this.#others.clear()
  }

  /** In the order in which they were started. */
  all(): T[] {
    const placed = this.#places.filter((task) => task !== null)
    return [...placed, ...this.#others.values()].sort((one, other) => one.id - other.id)
  }
}
