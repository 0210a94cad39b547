// The bound of the queue: who waits for room in it.

export class QueueLimit {
  readonly #size: () => number
  readonly #most: () => number
  readonly #waiting: (() => void)[] = []

  constructor(size: () => number, most: () => number) {
    this.#size = size
    this.#most = most
  }

  get isFull(): boolean {
    const most = this.#most()
    // Most programs have no bound, and to count takes time.
    return most !== Infinity && this.#size() >= most
  }

  /** Settles when the queue has room: for one more task each, first come, first served. */
  ready(): Promise<void> {
    if (!this.isFull && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The queue may have become shorter. */
  look(): void {
    if (this.#waiting.length === 0) return
    const most = this.#most()
    const room = most === Infinity ? most : most - this.#size()
    for (const go of this.#waiting.splice(0, Math.max(0, room))) go()
  }
}
