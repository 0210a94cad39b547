/**
 * Where memory is shared, an abort is also written there, since a closure that computes without a break gets no messages.
 *
 * One word for each task that a worker has: 0, or the number of the aborted task that has the word. Whoever reads another number was not meant: words are used again.
 */

import { canShare } from './arena.ts'

const WORDS = 16_384

/** The host's side: which task has which word. */
export class AbortWords {
  #words: Int32Array | undefined
  readonly #free: number[] = []
  #next = 0

  /** What workers are given, made for the first of them; empty where memory is not shared. */
  get words(): Int32Array {
    return (this.#words ??= canShare() ? new Int32Array(new SharedArrayBuffer(4 * WORDS)) : new Int32Array(0))
  }

  /** A word for one task, or -1: then a message has to do. */
  take(): number {
    return this.#free.pop() ?? (this.#next < this.words.length ? this.#next++ : -1)
  }

  mark(word: number, task: number): void {
    if (word >= 0) Atomics.store(this.words, word, task)
  }

  giveBack(word: number): void {
    if (word < 0) return
    Atomics.store(this.words, word, 0)
    this.#free.push(word)
  }
}

/** A worker's view of one task's word. */
export interface AbortWord {
  readonly words: Int32Array
  readonly word: number
  readonly task: number
}

export function isMarked({ words, word, task }: AbortWord): boolean {
  return word >= 0 && word < words.length && Atomics.load(words, word) === task
}
