/** Random choices that are the same for the same seed on every machine. */

export class Random {
  #state: number

  /** @param seed an integer; its lowest 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0
    // Seeds that follow one another must not give programs that resemble one another.
    for (let round = 0; round < 4; round++) this.#next()
  }

  /** A number from 0 to `below`, which is left out. */
  below(below: number): number {
    return Math.floor((this.#next() / 2 ** 32) * below)
  }

  /** A number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability
  }

  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  /** One of a list of `[weight, choice]`; at least one weight is above 0. */
  weighted<T>(items: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.#next() * 2 ** -32 * items.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, choice] of items) {
      left -= weight
      if (left < 0) return choice
    }
    return items.at(-1)![1]
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items]
    const result: T[] = []
    while (left.length > 0) result.push(...left.splice(this.below(left.length), 1))
    return result
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
