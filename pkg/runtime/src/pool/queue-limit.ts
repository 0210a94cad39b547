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
    return this.#size() >= this.#most()
  }

  /** Settles when the queue has room: for one more task each, first come, first served. */
  ready(): Promise<void> {
    if (!this.isFull && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The queue may have become shorter. */
  look(): void {
    if (this.#waiting.length === 0) return
    const room = this.#most() - this.#size()
    for (const go of this.#waiting.splice(0, Math.max(0, room))) go()
  }
}
