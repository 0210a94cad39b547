// Whether a host and a worker hand each other tasks so fast that waiting for each other pays: found out by trying, seldom where it does not.
// On a busy machine who waits awake loses its turn to others for milliseconds, so a try can cost more than a hundred messages. What counts is therefore
// time: an answer earns what it came sooner than by message, and costs what it came later.

/** Starts before the first try. */
const FIRST = 16

/** After a try that has failed there is none for so long, and after the next one twice as long. Milliseconds. */
const SHORTEST = 10
const LONGEST = 2000

/** It rests so many times as long as the try has taken at least. */
const REST = 50

/** What a try may lose, and what of its gains counts at most: a try that no longer pays is to end soon. Milliseconds. */
const STAKE = 0.5
const MOST = 4

/** A try that has earned so much has paid, whatever it has lost in the end: the next rest is short again. Milliseconds. */
const PAID = 0.5

/** What it costs that a worker has listened in vain. Milliseconds. */
const VAIN = 0.1

/** How long an answer takes by message before that is known. Milliseconds. */
const MESSAGE = 0.03

/** How much of what is taken for it a new one is: little, since one in a hundred may take as long as all others, as when memory is collected. That is so in a try too. */
const WEIGHT = 1 / 128

export class Pace {
  #starts = 0
  /** When it may be tried again. */
  #next = 0
  #rest = SHORTEST
  #message = MESSAGE
  #credit = STAKE
  /** What this try has earned. */
  #earned = 0
  /** When this try began; 0 while there is none. */
  #began = 0

  /** Asked at each start, in milliseconds of `clock()`. */
  hurries(now: number): boolean {
    if (this.#starts < FIRST ? ++this.#starts < FIRST : now < this.#next) return false
    if (this.#began === 0) this.#began = now
    return true
  }

  /** An answer has taken so long by message, outside of tries. */
  message(time: number): void {
    this.#message += (Math.min(time, MOST) - this.#message) * WEIGHT
  }

  /** An answer has come in a try, and has taken so long. False when the try is over. */
  answer(time: number, now: number): boolean {
    return this.#earn(this.#message - time, now)
  }

  /** A worker has listened, and was not there any more when it was to be called. False when the try is over. */
  missed(now: number): boolean {
    return this.#earn(-VAIN, now)
  }

  #earn(time: number, now: number): boolean {
    if (this.#began === 0) return false
    this.#earned += time
    this.#credit = Math.min(this.#credit + time, MOST)
    if (this.#credit > 0) return true
    if (this.#earned >= PAID) this.#rest = SHORTEST
    const rest = this.#earned >= PAID ? SHORTEST : Math.max(this.#rest, Math.min(REST * (now - this.#began), LONGEST))
    this.#next = now + rest
    this.#rest = Math.min(this.#rest * 2, LONGEST)
    this.#credit = STAKE
    this.#earned = 0
    this.#began = 0
    return false
  }
}
