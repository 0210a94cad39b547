/**
 * Whether what several threads saw of a channel can have happened one after the other, as in a bounded queue.
 *
 * Each operation has the times of its start and its end, taken from one counter that all threads share. One that had ended before another began comes before it. The checker
 * looks for an order of all operations that keeps to this and that a queue gives these results in: what is sent goes to the end if there is room, what is received
 * comes from the front. An attempt that failed is allowed where the queue is full or empty, or while another thread is in the middle of an operation that it would have to wait for.
 */

export interface Operation {
  readonly kind: 'send' | 'receive'
  /** What was sent or received; undefined for an attempt that failed. */
  readonly value: number | undefined
  readonly start: number
  readonly end: number
}

/** A message for people when no order explains the history; undefined when one does. */
export function violation(history: readonly Operation[], capacity: number): string | undefined {
  const operations = history.toSorted((a, b) => a.start - b.start)
  const seen = new Set<string>()
  const done = new Set<number>()
  const queue: number[] = []
  // Depth first, with what was tried remembered: which operations are done decides what can follow, together with the queue.
  const search = (): boolean => {
    if (done.size === operations.length) return true
    const key = `${[...done].toSorted((a, b) => a - b).join()};${queue.join()}`
    if (seen.has(key)) return false
    seen.add(key)
    const horizon = Math.min(...operations.filter((_, index) => !done.has(index)).map(({ end }) => end))
    for (const [index, operation] of operations.entries()) {
      if (done.has(index)) continue
      if (operation.start > horizon) break
      const undo = apply(operation, index)
      if (undo === undefined) continue
      done.add(index)
      if (search()) return true
      done.delete(index)
      undo()
    }
    return false
  }
  const apply = ({ kind, value }: Operation, index: number): (() => void) | undefined => {
    if (value === undefined) return mayFail(operations[index]!, index) ? () => {} : undefined
    if (kind === 'send') {
      if (queue.length >= capacity) return undefined
      queue.push(value)
      return () => void queue.pop()
    }
    if (queue[0] !== value) return undefined
    queue.shift()
    return () => void queue.unshift(value)
  }
  const mayFail = (operation: Operation, index: number): boolean => {
    if (operation.kind === 'send' ? queue.length >= capacity : queue.length === 0) return true
    return operations.some(
      (other, place) =>
        place !== index && other.value !== undefined && other.start < operation.end && other.end > operation.start,
    )
  }
  return search() ? undefined : `no order explains ${JSON.stringify(history)}`
}
