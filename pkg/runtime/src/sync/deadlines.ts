/**
 * The deadlines of all who wait in this thread: one timer for all of them, and nothing left of a wait that has ended.
 *
 * They are kept in order. Waits mostly have the same few timeouts, so a new one belongs near the end of the list, where its place is looked for.
 */

/** Something that ends at a time. */
export interface Timed {
  /** In milliseconds of `performance.now()`. */
  readonly deadline: number
  before: Timed | null
  after: Timed | null
  /** Called at the deadline or later. Must end the watch. */
  expire(): void
}

/** Timers cannot be set for longer. */
const LONGEST = 0x7fffffff

let first: Timed | null = null
let last: Timed | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** Has `timed` expire at its deadline. */
export function watch(timed: Timed): void {
  let before = last
  while (before !== null && before.deadline > timed.deadline) before = before.before
  timed.before = before
  timed.after = before === null ? first : before.after
  if (timed.after === null) last = timed
  else timed.after.before = timed
  if (before !== null) {
    before.after = timed
    return
  }
  first = timed
  arm()
}

/** Ends `watch`. */
export function unwatch(timed: Timed): void {
  const { before, after } = timed
  if (before === null) first = after
  else before.after = after
  if (after === null) last = before
  else after.before = before
  timed.before = timed.after = null
  if (before === null) arm()
}

/** The list never keeps the program alive by itself: who waits does. */
function arm(): void {
  clearTimeout(timer)
  timer = undefined
  if (first === null) return
  timer = setTimeout(expire, Math.min(LONGEST, Math.max(0, first.deadline - performance.now())))
  ;(timer as { unref?(): void }).unref?.()
}

function expire(): void {
  timer = undefined
  // Timers may come a fraction of a millisecond early.
  const now = performance.now()
  for (let next = first; next !== null && next.deadline <= now; next = first) next.expire()
  if (timer === undefined) arm()
}
