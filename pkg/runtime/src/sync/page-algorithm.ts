/**
 * Pages of shared memory, handed out by any thread, as words and the steps on them.
 *
 *   word           meaning
 *   owner          one for each page: 0 while it is free, else whose it is; a number that means something to whoever takes pages, and never an agent's
 *
 * What a page belongs to outlives the thread that took it, and whoever repairs that finds its pages by the owner. So no death loses a page.
 *
 * Only what `tests/model/compile.ts` understands may be used in this file: the explorer runs this very text.
 */

/** Takes a free page, searched from `first` on among `count`. Its number + 1; 0 when there is none. */
export function takePage(words: Int32Array, base: number, count: number, first: number, owner: number): number {
  let page = first
  for (let tried = 0; tried < count; tried += 1) {
    if (page >= count) page = 0
    if (Atomics.load(words, base + page) === 0) {
      if (Atomics.compareExchange(words, base + page, 0, owner) === 0) return page + 1
    }
    page += 1
  }
  return 0
}

/** Takes `length` free pages that follow each other. The number of the first + 1; 0 when there are none. */
export function takeRun(words: Int32Array, base: number, count: number, length: number, owner: number): number {
  let start = 0
  while (start + length <= count) {
    let taken = 0
    while (taken < length && Atomics.compareExchange(words, base + start + taken, 0, owner) === 0) taken += 1
    if (taken === length) return start + 1
    const blocked = start + taken
    while (taken > 0) {
      taken -= 1
      Atomics.store(words, base + start + taken, 0)
    }
    start = blocked + 1
  }
  return 0
}

/** Frees a page. Only by its owner. */
export function freePage(words: Int32Array, base: number, page: number): void {
  Atomics.store(words, base + page, 0)
}

/** Frees all pages of an owner; how many. */
export function freeOwned(words: Int32Array, base: number, count: number, owner: number): number {
  let freed = 0
  for (let page = 0; page < count; page += 1) {
    if (Atomics.load(words, base + page) === owner) {
      Atomics.store(words, base + page, 0)
      freed += 1
    }
  }
  return freed
}
