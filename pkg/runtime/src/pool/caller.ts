// The host's side of the way to one worker without messages: when it is called, and how its answers are taken.

import { clock } from '#host'

import type { Calls } from './calls.ts'
import type { Link } from './link.ts'
import { Pace } from './pace.ts'
import type { PoolTask } from './pool-task.ts'
import type { TaskHead } from '../protocol.ts'
import type { Called } from './ring-records.ts'
import { HostRing } from './ring.ts'

/** A call has no more values. */
const MOST_VALUES = 4

/** The worker. */
export interface Callee {
  /** How many tasks it has. */
  readonly size: number
  /** A task has given its result. */
  answered(id: number, value: unknown): void
}

export class Caller {
  /** Where its ring lies. */
  readonly at: number
  readonly #calls: Calls
  readonly #ring: HostRing
  readonly #worker: Callee
  readonly #link: Link
  readonly #pace = new Pace()
  readonly #answered = (id: number, value: unknown): void => this.#worker.answered(id, value)
  /** When the worker was given a task while it had none. */
  #begun = 0
  /** What it was given then belongs to a try. */
  #tries = false
  /** The next call is expected to find it listening. */
  #expects = false
  #over = false

  constructor(calls: Calls, at: number, worker: Callee, link: Link) {
    this.at = at
    this.#calls = calls
    this.#ring = new HostRing(at)
    this.#worker = worker
    this.#link = link
    calls.lookout.callers.add(this)
  }

  get busy(): boolean {
    return this.#worker.size > 0
  }

  /** Before the worker is given a task while it has none; `values` when those are few primitives. True when it has the task already. */
  begin({ id, head, claim }: PoolTask, values: readonly unknown[] | null): boolean {
    const { lookout } = this.#calls
    const now = clock()
    this.#begun = now
    // What cannot go by a call is no try.
    const mayCall = values !== null && values.length <= MOST_VALUES
    const hurries = mayCall && lookout.isFast(head) && this.#pace.hurries(now)
    const waits = hurries && lookout.inTurn(now)
    this.#tries = hurries
    this.#ring.eager = hurries
    if (waits) this.#ring.stayAwake()
    else if (!lookout.looks) this.#ring.sleep()
    // What was told before goes first, and in a message.
    const number = values === null || this.#link.holds ? -1 : this.#link.known(head)
    const task = number < 0 ? null : { seen: this.#link.received, id, head: number, claim, values: values! }
    if (!hurries) {
      this.#expects = false
      return this.#knock(task)
    }
    if (task !== null && this.#ring.call(this.#link.sent, task)) {
      this.#expects = true
      if (waits) queueMicrotask(this.#await)
      return true
    }
    // The first one of a try goes by message; its answer is looked for, so that the next finds the worker listening.
    if (this.#expects) this.#pace.missed(now)
    this.#expects = !this.#expects
    lookout.expect(now)
    return this.#knock(task)
  }

  /** Gives a task in shared memory, with a message that only says so: that costs less than to clone it. */
  #knock(task: Called | null): boolean {
    if (task === null || !this.#ring.knock(task)) return false
    this.#link.knock()
    return true
  }

  /** Waits a moment for the answer to a call, at the end of the turn that has made it. */
  readonly #await = (): void => {
    if (this.#over || !this.busy) return
    const { lookout, pump } = this.#calls
    if (this.#ring.await()) {
      this.take()
      pump()
    } else {
      this.#ring.eager = this.#pace.missed(clock())
      this.#expects = false
    }
    if (this.busy && !lookout.looks && !this.sleep()) lookout.soon()
  }

  /** A worker that listens goes back to its loop, where a message is about to arrive. */
  dismiss(): void {
    this.#ring.dismiss(this.#link.sent)
  }

  /** Takes the answers that are there. Gives how many. */
  take(): number {
    if (this.#over) return 0
    const count = this.#ring.take(this.#link.received, this.#answered)
    if (count > 0) this.#link.confirm(this.#ring.confirmed)
    return count
  }

  /** Nobody looks any more: the next answer comes with a message. False when one has come already. */
  sleep(): boolean {
    return this.#over || this.#ring.sleep()
  }

  /** A message has come, and with it answers. */
  received(): void {
    if (this.busy) this.#calls.lookout.soon()
  }

  /** The worker has no task any more since its last one has ended. */
  emptied(last: TaskHead, now: number): void {
    const time = now - this.#begun
    if (!this.#tries) this.#pace.message(time)
    else if (!this.#pace.answer(time, now)) this.#ring.eager = false
    this.#calls.lookout.took(last, time)
  }

  /** The worker has ended. Takes what it had answered, also behind messages that never came. */
  end(): void {
    this.#ring.take(Infinity, this.#answered)
    this.#over = true
    this.#calls.lookout.callers.delete(this)
  }

  /** The worker has stopped. */
  close(): void {
    this.#calls.close(this)
  }
}
