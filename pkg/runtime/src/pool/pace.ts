// Whether a host and a worker hand each other tasks so fast that waiting for each other pays: found out by trying, seldom where it does not.
// On a busy machine who waits awake loses its turn to others for milliseconds, so a try can cost more than a hundred messages.

/** Starts before the first try. */
const FIRST = 16

/** After a try that has failed there is none for so long, and after the next one twice as long. Milliseconds. */
const SHORTEST = 10
const LONGEST = 2000

/** It rests so many times as long as the try has taken at least. */
const REST = 50

/** Who waits for so long has lost its turn, or waits for a caller who has other things to do. Milliseconds. */
const LONG = 1

/** So many answers in one try, and the next rest is short again. */
const STEADY = 500

/** What a try may lose: an answer that comes at once earns 1, and one that does not costs more. */
const STAKE = 16
const MOST = 32
const PRICE = 8

export class Pace {
  #starts = 0
  /** When it may be tried again. */
  #next = 0
  #rest = SHORTEST
  #credit = STAKE
  /** Answers of this try that came at once. */
  #hits = 0
  /** When this try began; 0 while there is none. */
  #began = 0

  /** Asked at each start, in milliseconds of `performance.now()`. */
  hurries(now: number): boolean {
    if (this.#starts < FIRST ? ++this.#starts < FIRST : now < this.#next) return false
    if (this.#began === 0) this.#began = now
    return true
  }

  hit(): void {
    this.#hits++
    if (this.#credit < MOST) this.#credit++
  }

  /** The worker was not there any more, or its answer was not, for which the host has waited since `since`. False when the try is over. */
  missed(now: number, since: number): boolean {
    this.#credit -= PRICE
    if (this.#credit > 0 && now - since < LONG) return true
    const paid = this.#hits >= STEADY
    if (paid) this.#rest = SHORTEST
    this.#next = now + (paid ? SHORTEST : Math.max(this.#rest, Math.min(REST * (now - this.#began), LONGEST)))
    this.#rest = Math.min(this.#rest * 2, LONGEST)
    this.#credit = STAKE
    this.#hits = 0
    this.#began = 0
    return false
  }
}
