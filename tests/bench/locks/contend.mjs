// @ts-check
// What threads do that want one lock at the same time: `contend.mjs?run=ours` is the module of `ours`.

/** The algorithm of `multithreading` 0.3, written for ES2022: what npm has is compiled for older engines, which makes it 40 times slower. */
export class PlainLock {
  #words
  /** @param {Int32Array} words */
  constructor(words) {
    this.#words = words
  }
  blockingLock() {
    while (Atomics.compareExchange(this.#words, 0, 0, 1) !== 0) Atomics.wait(this.#words, 0, 1)
    return new PlainGuard(this)
  }
  release() {
    if (Atomics.compareExchange(this.#words, 0, 1, 0) !== 1) throw new Error('not locked')
    Atomics.notify(this.#words, 0, 1)
  }
}

class PlainGuard {
  #lock
  #released = false
  /** @param {PlainLock} lock */
  constructor(lock) {
    this.#lock = lock
  }
  [Symbol.dispose]() {
    if (this.#released) return
    this.#released = true
    this.#lock.release()
  }
}

let sink = 1
/** @param {number} steps */
function work(steps) {
  for (let step = 0; step < steps; step++) sink = (Math.imul(sink, 1664525) + 1013904223) | 0
}

/**
 * Takes the lock again and again for a second: how often, and the longest time without it, in milliseconds.
 *
 * @param {{ blockingLock(): Disposable }} lock @param {Int32Array} gate @param {number} threads
 * @param {number} inside steps of work in each section; 100 follow outside
 */
function contend(lock, gate, threads, inside) {
  Atomics.add(gate, 0, 1)
  Atomics.notify(gate, 0)
  for (let now = Atomics.load(gate, 0); now < threads; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now)
  let rounds = 0
  let worst = 0
  let before = performance.now()
  const end = before + 1000
  while (before < end) {
    const guard = lock.blockingLock()
    work(inside)
    guard[Symbol.dispose]()
    work(100)
    rounds++
    const now = performance.now()
    worst = Math.max(worst, now - before)
    before = now
  }
  return { rounds, worst }
}

const runs = {
  ours:
    (
      /** @type {any} */ lock,
      /** @type {Int32Array} */ gate,
      /** @type {number} */ threads,
      /** @type {number} */ inside,
    ) =>
    () =>
      contend(lock, gate, threads, inside),
  /** With a lock of its own: what the machine alone keeps it from running. */
  alone:
    (
      /** @type {any} */ _,
      /** @type {Int32Array} */ gate,
      /** @type {number} */ threads,
      /** @type {number} */ inside,
    ) =>
    () =>
      contend(new PlainLock(new Int32Array(new SharedArrayBuffer(4))), gate, threads, inside),
  plain:
    (
      /** @type {Int32Array} */ words,
      /** @type {Int32Array} */ gate,
      /** @type {number} */ threads,
      /** @type {number} */ inside,
    ) =>
    () =>
      contend(new PlainLock(words), gate, threads, inside),
}

export const run = runs[/** @type {keyof typeof runs} */ (new URL(import.meta.url).searchParams.get('run') ?? 'ours')]
