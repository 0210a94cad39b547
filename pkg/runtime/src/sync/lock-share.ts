/** How long a thread may take a lock again and again while others wait for it, in milliseconds. parking_lot has the same, WebKit's `WTF::Lock` 1. */
const SHARE_MS = 0.5

/** How long it then lets them go first at most, in milliseconds: whoever was woken may have other things to do. */
const YIELD_MS = 1

/**
 * One thread's share of a lock that others wait for.
 *
 * A thread that frees a lock and takes it again is always faster than one that must be woken first. That is good for throughput, and starves the others where sections
 * are long. So when its share is used up, the thread stands back until another one has had the lock ("eventual fairness", after `WTF::Lock`). It does so by itself:
 * the words of the lock never say for whom it is kept, so there is nothing that could be lost with a thread that ends.
 */
export class LockShare {
  /** When this thread's share began: when it got the lock after a wait. */
  private since = 0
  private most = SHARE_MS
  /** Until when others go first, in milliseconds of `performance.now()`. */
  until = 0

  begins(): void {
    this.since = performance.now()
  }

  /** Asked when the lock is given back and somebody waits: whether others go first from now on. */
  isUsedUp(): boolean {
    const now = performance.now()
    this.until = now + YIELD_MS
    return now - this.since > this.most
  }

  /** Others were let go first. If nobody did they are busy elsewhere, and this thread would stand back from nobody: it does so half as often. */
  wasYielded(isTaken: boolean): void {
    this.most = isTaken ? SHARE_MS : this.most * 2
  }
}
