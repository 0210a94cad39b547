// Whether a host and a worker hand each other tasks so fast that waiting for each other pays: found out by trying, seldom where it does not.

/** Starts before the first try, and after tries that have failed: twice as many each time. */
const FEWEST = 16
const MOST = 1024

/** So many answers in a row, and the next try comes at once. */
const STEADY = 64

export class Pace {
  /** Starts until the next try. */
  #left = FEWEST
  #rest = FEWEST
  /** Answers that came at once, in a row. */
  #hits = 0

  /** Asked at each start. */
  hurries(): boolean {
    return this.#left === 0 || --this.#left === 0
  }

  hit(): void {
    this.#hits++
  }

  /** The worker was not there any more, or its answer was not. */
  missed(): void {
    const steady = this.#hits >= STEADY
    this.#hits = 0
    this.#rest = steady ? FEWEST : Math.min(this.#rest * 2, MOST)
    this.#left = steady ? 1 : this.#rest
  }
}
