import { allocateWords } from '../memory/arena.ts'
import { LINE_WORDS } from '../memory/layout.ts'

/**
 * Words that this thread lends to its waits, a few for each: a node in the queue of a primitive. Taken from the arena a line at a time, and kept by the thread.
 */
export class NodePool {
  private readonly size: number
  private readonly isFree: (node: number) => boolean
  private readonly free: number[] = []
  /** Given back, and perhaps still in a queue. */
  private used: number[] = []

  /** `size`: words of a node, at most a line. `isFree`: whether the primitive is done with a node that was given back. */
  constructor(size: number, isFree: (node: number) => boolean) {
    this.size = size
    this.isFree = isFree
  }

  /**
   * A node that nobody uses.
   *
   * @throws E313 when the arena is full.
   */
  take(): number {
    if (this.free.length === 0 && this.used.length > 0) {
      const { used } = this
      this.used = []
      for (const node of used) this.giveBack(node)
    }
    const node = this.free.pop()
    if (node !== undefined) return node
    const line = allocateWords(LINE_WORDS)
    for (let next = line + this.size; next + this.size <= line + LINE_WORDS; next += this.size) this.free.push(next)
    return line
  }

  giveBack(node: number): void {
    ;(this.isFree(node) ? this.free : this.used).push(node)
  }
}
