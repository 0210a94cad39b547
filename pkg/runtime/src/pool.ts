// The pool: one in a program, owned by the context that spawns first. It decides which worker runs which task.
//
// Workers pull: a worker is given a task when it is empty, or when it has said that its loop is free. So a task that
// waits for others never keeps them from starting, however deep threads spawn threads.

import { baseUrl, parallelism, timer } from '#host'

import { resolveAddress } from './address.ts'
import { AbortWords } from './abort-words.ts'
import type { Packet } from './codec.ts'
import { clonePacket } from './codec.ts'
import { noDedicatedWorker, noWorkerAddress, shutDown, WorkerStartError } from './errors.ts'
import type { Origin } from './pool-task.ts'
import { PoolTask } from './pool-task.ts'
import { PoolWorker } from './pool-worker.ts'
import type { Outcome, TaskRequest } from './protocol.ts'
import { OUTCOME } from './protocol.ts'
import { TaskQueue } from './queue.ts'
import type { Spawner, Stats } from './state.ts'
import { runtimeState } from './state.ts'

export class Pool implements Spawner {
  readonly base: string = baseUrl()
  readonly aborts: AbortWords = new AbortWords()
  /** Workers that can be given tasks, now or later. */
  readonly #workers = new Set<PoolWorker>()
  /** Workers that are ending. */
  readonly #leaving = new Set<PoolWorker>()
  readonly #queue = new TaskQueue<PoolTask>((task) => task.request.priority)
  /** Unsettled tasks. */
  #tasks = 0
  /** Unsettled tasks (and shutdowns) that keep the program alive. */
  #holds = 0
  #lastId = 0
  #cancelSweep: (() => void) | null = null
  #closing: { promise: Promise<void>; finish: () => void } | null = null

  start(request: TaskRequest, settled: (outcome: Outcome) => void, origin: Origin = null): PoolTask {
    const task = new PoolTask(++this.#lastId, this, request, origin, settled)
    this.#count(1)
    this.#hold()
    try {
      if (this.#closing !== null && origin === null) task.fail(shutDown(request.at))
      else if (request.dedicated) this.#startDedicated(task)
      else this.#startOrdinary(task)
    } catch (error) {
      // Where a worker does not start, most platforms say so later: it is one failure, and reported in one way.
      if (error instanceof WorkerStartError) {
        task.fail(error)
        return task
      }
      this.forget(task)
      throw error
    }
    return task
  }

  #startDedicated(task: PoolTask): void {
    const worker = this.#idleWorker() ?? (this.#workers.size < this.#maxWorkers() ? this.#newWorker(task) : null)
    if (worker !== null) return worker.give(task)
    const running = [...this.#workers].flatMap((each) => each.taskNames())
    task.fail(noDedicatedWorker(task.request.at, this.#maxWorkers(), running))
  }

  #startOrdinary(task: PoolTask): void {
    // Who waits already goes first.
    const worker = this.#queue.size === 0 ? this.#workerFor(task) : null
    if (worker !== null) return worker.give(task)
    // The values of this moment: the caller may change them before a worker is free.
    task.request = { ...task.request, packet: clonePacket(task.request.packet) }
    this.#queue.add(task)
  }

  /** Where an ordinary task can go now: an idle worker, a new one, or one whose tasks are all suspended. */
  #workerFor(task: PoolTask): PoolWorker | null {
    let busy = 0
    let suspended: PoolWorker | null = null
    for (const worker of this.#workers) {
      if (worker.dedicated || worker.size === 0) continue
      busy++
      if (worker.asked && (suspended === null || worker.size < suspended.size)) suspended = worker
    }
    if (busy < this.#maxThreads()) {
      const idle = this.#idleWorker()
      if (idle !== null) return idle
      // Dedicated tasks may have taken all workers and wait for this one: the first ordinary worker always starts.
      if (busy === 0 || this.#workers.size < this.#maxWorkers()) return this.#newWorker(task)
    }
    return suspended
  }

  /** The worker that was busy last: its code is warm, and the others can go. */
  #idleWorker(): PoolWorker | null {
    let best: PoolWorker | null = null
    for (const worker of this.#workers) {
      if (worker.size === 0 && (best === null || worker.idleSince >= best.idleSince)) best = worker
    }
    return best
  }

  #newWorker(task: PoolTask): PoolWorker {
    const { boot } = runtimeState()
    if (boot === null) throw noWorkerAddress(task.request.at)
    const url = resolveAddress(boot, this.base, task.request.at)
    const worker = new PoolWorker(this, url, task.request)
    this.#workers.add(worker)
    worker.keepAlive(this.#holds > 0)
    return worker
  }

  /** Gives waiting tasks to whoever can take them. */
  pump(): void {
    for (let task = this.#queue.peek(); task !== undefined; task = this.#queue.peek()) {
      let worker: PoolWorker | null = null
      try {
        worker = this.#workerFor(task)
        if (worker === null) return
        this.#queue.remove(task)
        worker.give(task)
      } catch (error) {
        this.#queue.remove(task)
        task.fail(error as Error)
      }
    }
  }

  abort(task: PoolTask, reason: () => Packet): void {
    if (this.#queue.remove(task)) task.settle({ kind: OUTCOME.ABORTED, packet: null })
    else task.worker?.abort(task, reason())
  }

  /** A chunk or a value's module did not load: those that wait for the same one would fail one by one, each at the price of a worker. */
  failQueued({ address, recipes }: TaskRequest, outcome: Outcome): void {
    for (const task of this.#queue.items()) {
      const { request } = task
      if (request.address !== address) continue
      // Tasks of one spawn may differ in what they captured, and so in what the worker has to make.
      if (outcome.kind === OUTCOME.NOT_MADE && String(request.recipes) !== String(recipes)) continue
      if (this.#queue.remove(task)) task.settle(structuredClone(outcome))
    }
  }

  settingsChanged(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = null
    this.sweepLater()
    this.pump()
  }

  /** A worker could not be started: unless another one could, those that wait fail too, and not one by one. */
  failAllQueued(error: (task: PoolTask) => Error): void {
    for (const worker of this.#workers) if (worker.ready) return
    for (const task of this.#queue.items()) if (this.#queue.remove(task)) task.fail(error(task))
  }

  /** Drops waiting tasks that were spawned in a worker that is gone. */
  dropChildren(origin: PoolWorker): void {
    for (const task of this.#queue.items()) if (task.origin === origin) task.abort(() => ({ values: [undefined] }))
  }

  /** The worker is not to be given tasks any more. */
  leave(worker: PoolWorker): void {
    if (this.#workers.delete(worker)) this.#leaving.add(worker)
  }

  /** The worker has ended. */
  gone(worker: PoolWorker): void {
    this.#workers.delete(worker)
    this.#leaving.delete(worker)
    this.pump()
  }

  /** A worker has become idle. */
  sweepLater(): void {
    const { idleTimeout } = runtimeState().settings
    if (this.#cancelSweep !== null || idleTimeout === Infinity) return
    this.#cancelSweep = timer(() => this.#sweep(), idleTimeout)
  }

  #sweep(): void {
    this.#cancelSweep = null
    const { idleTimeout } = runtimeState().settings
    const now = performance.now()
    let next = Infinity
    for (const worker of this.#workers) {
      if (worker.size > 0) continue
      // Timers may fire a little early.
      const left = worker.idleSince + idleTimeout - now
      if (left <= 1) void worker.end('it was idle', undefined)
      else next = Math.min(next, left)
    }
    if (next !== Infinity) this.#cancelSweep = timer(() => this.#sweep(), next)
  }

  /** A task has ended. */
  forget(task: PoolTask): void {
    this.#count(-1)
    if (task.keepsAlive) this.release()
    if (this.#tasks === 0) this.#closing?.finish()
  }

  #count(change: number): void {
    this.#tasks += change
    runtimeState().task.unsettled = this.#tasks
  }

  #hold(): void {
    if (++this.#holds === 1) this.#keepAlive(true)
  }

  release(): void {
    if (--this.#holds === 0) this.#keepAlive(false)
  }

  #keepAlive(yes: boolean): void {
    for (const worker of this.#workers) worker.keepAlive(yes)
    for (const worker of this.#leaving) worker.keepAlive(yes)
  }

  shutdown(deadline: number | undefined): Promise<void> {
    const cancel = deadline === undefined ? null : timer(() => this.#endEverything(), deadline)
    if (this.#closing === null) this.#closing = this.#close()
    const { promise } = this.#closing
    return promise.finally(() => cancel?.())
  }

  #close(): { promise: Promise<void>; finish: () => void } {
    let finish!: () => void
    const empty = new Promise<void>((resolve) => (finish = resolve))
    this.#hold()
    if (this.#tasks === 0) finish()
    return { promise: this.#endWorkers(empty), finish }
  }

  async #endWorkers(empty: Promise<void>): Promise<void> {
    await empty
    this.#cancelSweep?.()
    this.#cancelSweep = null
    await Promise.all(
      [...this.#workers, ...this.#leaving].map((worker) => worker.end('the pool was shut down', undefined)),
    )
    this.release()
    this.#closing = null
  }

  #endEverything(): void {
    for (const task of this.#queue.items()) if (this.#queue.remove(task)) task.fail(shutDown(task.request.at))
    for (const worker of [...this.#workers, ...this.#leaving]) void worker.end('the pool was shut down', undefined)
  }

  #maxThreads(): number {
    return runtimeState().settings.maxThreads ?? parallelism()
  }

  #maxWorkers(): number {
    return runtimeState().settings.maxWorkers ?? Math.max(16, 4 * this.#maxThreads())
  }

  stats(): Stats {
    const workers = [...this.#workers]
    const busy = workers.filter((worker) => worker.size > 0).length
    return {
      workers: workers.length,
      idle: workers.length - busy,
      busy,
      dedicated: workers.filter((worker) => worker.dedicated).length,
      queued: this.#queue.size,
      running: this.#tasks - this.#queue.size,
      maxThreads: this.#maxThreads(),
      maxWorkers: this.#maxWorkers(),
    }
  }
}
