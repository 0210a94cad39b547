// The host's side of the way to one worker without messages: when it is called, and how its answers are taken, also those to tasks that
// travel in a message because a call cannot hold them.

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

/** How often the answer to a call is looked for at once, and that to a task in a message, which has to reach the worker's loop first. */
const LOOKS = 3000
const POSTED_LOOKS = 10_000

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
  readonly #callPace = new Pace()
  /** Of tasks that travel in a message. */
  readonly #postPace = new Pace()
  /** Of the two, that of the task which the worker was given while it had none. */
  #pace = this.#callPace
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
    const mayCall = values !== null && values.length <= MOST_VALUES
    this.#pace = mayCall ? this.#callPace : this.#postPace
    const hurries = lookout.isFast(head) && this.#pace.hurries(now)
    const waits = hurries && lookout.inTurn(now)
    this.#tries = hurries
    this.#ring.eager = hurries
    if (waits) this.#ring.stayAwake()
    else if (!lookout.looks) this.#ring.sleep()
    if (hurries && !mayCall) {
      // A worker that listens still is on its way back to its loop when the message arrives there: it need not be woken.
      if (waits) queueMicrotask(this.#awaitPosted)
      else lookout.expect(now)
      return false
    }
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

  /** Wait a moment for the answer, at the end of the turn that has given the task. */
  readonly #await = (): void => this.#awaitFor(LOOKS)
  readonly #awaitPosted = (): void => this.#awaitFor(POSTED_LOOKS)

  #awaitFor(looks: number): void {
    if (this.#over || !this.busy) return
    const { lookout, pump } = this.#calls
    if (this.#ring.await(looks)) {
      this.take()
      pump()
    } else {
      this.#ring.eager = this.#pace.missed(clock())
      this.#expects = false
    }
    if (this.busy && !lookout.looks && !this.sleep()) lookout.soon()
  }

  /** A worker that listens goes back to its loop, where a message is that has just been posted. */
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
