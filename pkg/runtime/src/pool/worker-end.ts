// The end of one worker, as its pool sees it: why it comes, and what becomes of the tasks and of the shared memory that the worker leaves.

import { agentExited } from '../memory/arena.ts'
import type { Packet } from '../codec/packet.ts'
import { decode, missingReader } from '../codec/packet.ts'
import type { Pool } from './pool.ts'
import { unheardError, workerNotStarted, workerTerminated } from './pool-errors.ts'
import type { PoolTask } from './pool-task.ts'
import { STOPPED } from './pool-task.ts'
import type { PoolWorker } from './pool-worker.ts'
import type { ClaimRange } from '../protocol.ts'

export class WorkerEnd {
  /** Why we end it ourselves. */
  fate: { why: string; cause: unknown } | null = null
  /** The aborted task for which we end it, since it kept the worker busy. */
  hog: PoolTask | null = null
  /** The last error that nobody caught in a browser's worker, and which may be about to end it. */
  uncaught: Packet | null = null
  /** Settles when its tasks have been settled. */
  readonly gone: Promise<void>
  #resolveGone!: () => void
  /** What it is given of the shared memory; also says which agent has ended. */
  arena: unknown
  /** The claims that it hands out itself, for what is spawned in it. */
  claims: ClaimRange | null = null
  readonly #pool: Pool
  readonly #worker: PoolWorker

  constructor(pool: Pool, worker: PoolWorker) {
    this.#pool = pool
    this.#worker = worker
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve))
  }

  /** It has ended: settles the tasks that it has left. `how`, `error`: the platform's account of it. */
  settle(how: string, error: unknown): void {
    const reading = missingReader(this.uncaught)
    const settle = (): void => this.#settleAll(how, this.#uncaughtError() ?? error)
    if (reading === undefined) settle()
    else void reading.then(settle, settle)
  }

  #settleAll(how: string, error: unknown): void {
    const { name, url, ready } = this.#worker
    const { why, cause } = this.fate ?? { why: how, cause: error }
    const byItself = this.fate === null
    const tasks = this.#worker.giveUp()
    const explain = (task: PoolTask): Error =>
      ready || !byItself ? workerTerminated(why, task.head.at, cause) : workerNotStarted(url, task.head.at, cause)
    // Something that a thread left behind has thrown after the thread had ended: nobody waits for it, so nobody would hear.
    if (tasks.length === 0 && byItself && ready && cause !== undefined) console.error(unheardError(cause))
    const unstarted = tasks.filter((task) => (ready || !byItself) && this.#pool.claims.takeBack(task))
    this.#pool.lost(unstarted, explain)
    for (const task of tasks) {
      if (unstarted.includes(task)) continue
      this.#pool.claims.drop(task)
      if (task === this.hog) task.settle(STOPPED)
      else task.fail(explain(task))
    }
    if (!ready && byItself) this.#pool.failAllQueued(explain)
    this.#resolveGone()
    this.#pool.report.tell({ type: 'worker-ended', worker: name, why })
    this.#pool.gone(this.#worker)
  }

  // What can fail while a worker ends must not keep its tasks from being settled.

  #uncaughtError(): unknown {
    if (this.uncaught === null) return undefined
    try {
      return decode(this.uncaught)[0]
    } catch {
      // The platform's own, shorter account of the error is left.
      return undefined
    }
  }

  /** It has stopped. What it could still have written to is given to others now, and not before. */
  giveBack(): void {
    this.#pool.claims.giveBack(this.claims)
    try {
      agentExited(this.arena)
    } catch (error) {
      console.error(error)
    }
  }
}
