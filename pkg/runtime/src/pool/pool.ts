// The pool: one in a program, owned by the context that spawns first. It decides which worker runs which task.
//
// Workers pull: a worker is given a task when it is empty, or when it has said that its loop is free. So a task that
// waits for others never keeps them from starting, however deep threads spawn threads. Where there is shared memory, busy
// workers are given tasks ahead as well: whoever claims such a task first runs it, so it can be given to another worker.

import { baseUrl, clock, isSerial, parallelism } from '#host'

import { resolveAddress } from '../loading/address.ts'
import type { Calls } from './calls.ts'
import { noDedicatedWorker, noWorkerAddress, queueFull, shutDown } from './pool-errors.ts'
import { WorkerStartError } from '../errors.ts'
import { clone } from '../codec/clone.ts'
import type { Packet } from '../codec/packet.ts'
import { clonePacket } from '../codec/packet.ts'
import { transferOf } from '../loading/load.ts'
import { PoolClaims } from './pool-claims.ts'
import { PoolLifetime } from './pool-lifetime.ts'
import { PoolReport } from './pool-report.ts'
import type { Origin } from './pool-task.ts'
import { HELD, NOTHING, PoolTask, STOPPED } from './pool-task.ts'
import { PoolWorker } from './pool-worker.ts'
import type { Claim, Outcome, TaskRequest } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { QueueLimit } from './queue-limit.ts'
import { TaskQueue } from './queue.ts'
import type { Spawner, Stats, TaskOwner } from '../state.ts'
import { runtimeState } from '../state.ts'

/** How many tasks may lie unstarted in one worker. They can be taken back at any time, so this only bounds memory. */
const AHEAD = 512

/** The same for tasks with large values, of which there are two copies meanwhile. */
const LARGE_AHEAD = 2

/** A program that starts so many threads is given a way to its workers without messages. */
const MANY = 32

/** So many tasks that are spawned in one turn are given out together. */
const PORTION = 128

/** A task that was lost unstarted with so many workers is not given to another one. */
const MOST_LOSSES = 2

export class Pool implements Spawner {
  readonly base: string = baseUrl()
  readonly #settings = runtimeState().settings
  /** Asked once, since some platforms look at the machine each time, and not before the first worker starts. */
  #parallelism = 0
  readonly #serialByEnvironment = isSerial()
  readonly #queue = new TaskQueue<PoolTask>()
  readonly claims: PoolClaims = new PoolClaims()
  readonly report: PoolReport = new PoolReport()
  readonly lifetime: PoolLifetime = new PoolLifetime(() => this.#failQueue(({ head }) => shutDown(head.at)))
  /** Workers that can be given tasks, now or later. */
  readonly #workers = this.lifetime.workers
  readonly #limit = new QueueLimit(
    () => this.#waiting(),
    () => this.#settings.maxQueue,
  )
  #lastId = 0
  #pumpsSoon = false
  /** The way to workers without messages; null until it is loaded. */
  #calls: Calls | null = null
  #wantsCalls = false
  /** When the first task was queued that will be given out at the end of this turn. */
  #turned = 0

  start(request: TaskRequest, owner: TaskOwner, origin: Origin = null, parents: Claim | null = null): PoolTask {
    const { head } = request
    const task = new PoolTask(++this.#lastId, this, request, origin, owner)
    task.parents = parents
    if (!this.#wantsCalls && task.id >= MANY) this.#loadCalls()
    this.lifetime.taskBegan()
    try {
      if (this.lifetime.isClosing && origin === null) task.fail(shutDown(head.at))
      else if (head.dedicated && !this.#serial) this.#startDedicated(task)
      else this.#startOrdinary(task)
    } catch (error) {
      // Where a worker does not start, most platforms say so later: it is one failure, and reported in one way.
      if (error instanceof WorkerStartError) {
        task.fail(error)
        return task
      }
      this.lifetime.taskEnded(task)
      throw error
    }
    return task
  }

  /** What does not load is not missed: all goes by message then. */
  #loadCalls(): void {
    this.#wantsCalls = true
    import('./calls.ts').then(
      ({ Calls: Part }) => {
        const calls = new Part(() => this.pump())
        this.#calls = calls
        for (const worker of this.#workers) worker.open(calls)
      },
      () => {},
    )
  }

  #startDedicated(task: PoolTask): void {
    const worker = this.#idleWorker() ?? (this.#workers.size < this.#maxWorkers() ? this.#newWorker(task) : null)
    if (worker !== null) {
      worker.give(task)
      return worker.leaves()
    }
    const running = [...this.#workers].flatMap((each) => each.taskNames())
    task.fail(noDedicatedWorker(task.head.at, this.#maxWorkers(), running))
  }

  #startOrdinary(task: PoolTask): void {
    // Who waits already goes first.
    const worker = this.#queue.size === 0 ? this.#workerFor(task) : null
    // One with nothing to do starts the task at once. Elsewhere it may lie for a while, and then can be taken back.
    if (worker === null || worker.size > 0) this.#keep(task)
    if (worker === null) {
      if (task.origin === null && !runtimeState().goesOn && this.#isFull())
        return task.fail(queueFull(task.head.at, this.#settings.maxQueue))
      this.#pumpSoon()
      this.#queue.add(task, this.#turned)
      // Workers begin while more are spawned.
      if (this.#queue.size % PORTION === 0) this.pump()
    } else if (this.#mayRun(task)) {
      worker.give(task)
      worker.leaves()
    }
  }

  /** How many threads have not started: in the queue, and ahead in busy workers. */
  #waiting(): number {
    let waiting = this.#queue.size
    for (const worker of this.#workers) waiting += worker.lying
    return waiting
  }

  #isFull(): boolean {
    // Workers that have nothing to do take theirs at the end of the turn.
    if (this.#limit.isFull) this.pump()
    return this.#limit.isFull
  }

  queueReady(): Promise<void> {
    return this.#limit.ready()
  }

  /** The values of this moment: the caller may change them before a worker has them. */
  #keep(task: PoolTask): void {
    if (task.held !== HELD.NOT) return
    // What is moved cannot be given twice.
    if (transferOf(task.load) === undefined) task.held = HELD.LARGE
    task.load = clonePacket(task.load as Packet)
  }

  /** False when the worker that spawned the task runs it itself. */
  #mayRun(task: PoolTask): boolean {
    const { parents } = task
    if (parents === null) return true
    task.parents = null
    if (this.claims.win(parents)) return true
    // A worker may have been started for it.
    this.lifetime.sweepLater()
    return false
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
    if (busy === 0 || busy < this.#maxThreads()) {
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
    const worker = new PoolWorker(this, this.#workerUrl(task), this.#serial, task.head)
    this.lifetime.add(worker)
    this.claims.open()
    if (this.#calls !== null) worker.open(this.#calls)
    if (this.lifetime.isClosing) worker.leave()
    return worker
  }

  #workerUrl({ head: { at } }: PoolTask): string {
    const { boot } = runtimeState()
    if (boot === null) throw noWorkerAddress(at)
    return resolveAddress(boot, this.base, at)
  }

  /** What is spawned in one turn is given out together. */
  #pumpSoon(): void {
    if (this.#pumpsSoon) return
    this.#pumpsSoon = true
    this.#turned = clock()
    queueMicrotask(this.#pumpNow)
  }

  readonly #pumpNow = (): void => {
    this.#pumpsSoon = false
    this.pump()
  }

  /** Gives waiting tasks to whoever can take them. */
  pump(): void {
    for (let task = this.#queue.peek(); task !== undefined; task = this.#queue.peek()) {
      try {
        const worker = this.#workerFor(task) ?? this.#workerAhead(task)
        if (worker === null) break
        this.#queue.remove(task)
        if (!this.#mayRun(task)) continue
        worker.give(task)
        this.#giveMore(worker)
      } catch (error) {
        this.#queue.remove(task)
        task.fail(error as Error)
      }
    }
    if (this.#queue.size === 0) this.#balance()
    for (const worker of this.#workers) worker.flush()
    this.#limit.look()
  }

  /** Who has many tasks ahead gets several at a time: to choose somebody for each would cost as much as to give it. */
  #giveMore(worker: PoolWorker): void {
    if (!this.claims.available) return
    const { ahead } = worker
    for (let left = Math.min(ahead >> 2, AHEAD - ahead); left > 0; left--) {
      const task = this.#queue.peek()
      if (task === undefined || task.held !== HELD.SMALL || task.parents !== null) return
      this.#queue.remove(task)
      worker.give(task)
    }
  }

  /** Who can keep a task for later, when nobody can take it now. */
  #workerAhead(task: PoolTask): PoolWorker | null {
    // One that was spawned in a worker is left to that worker: it may be free before anybody else.
    if (task.held === HELD.NOT || task.parents !== null) return null
    const most = !this.claims.available ? 1 : task.held === HELD.SMALL ? AHEAD : LARGE_AHEAD
    let best: PoolWorker | null = null
    for (const worker of this.#workers) {
      if (worker.dedicated || worker.size === 0 || !worker.wantsAhead(most)) continue
      if (best === null || worker.ahead < best.ahead) best = worker
    }
    return best
  }

  /** Nothing waits here: who has nothing to do gets half of what lies unstarted with somebody else. */
  #balance(): void {
    if (!this.claims.available) return
    for (const worker of this.#workers) {
      if (!worker.asked || worker.ahead > 0 || worker.dedicated) continue
      let busiest: PoolWorker | null = null
      for (const other of this.#workers) if (other.ahead > (busiest?.ahead ?? 0)) busiest = other
      if (busiest === null) return
      // Dedicated threads and earlier settings leave more workers than may be busy.
      const busy = [...this.#workers].filter((each) => !each.dedicated && each.size > 0).length
      if (worker.size === 0 && busy >= this.#maxThreads()) continue
      for (const task of busiest.takeBack(Math.ceil(busiest.ahead / 2))) worker.give(task)
    }
  }

  /** Tasks that were taken back from a worker, in the order in which they came. */
  queueAgain(tasks: readonly PoolTask[]): void {
    for (let index = tasks.length - 1; index >= 0; index--) this.#queue.putBack(tasks[index]!)
  }

  /** Tasks that lay unstarted in a worker that has ended. */
  lost(tasks: readonly PoolTask[], explain: (task: PoolTask) => Error): void {
    const again: PoolTask[] = []
    for (const task of tasks) {
      task.worker = null
      if (this.lifetime.deadlinePassed) task.fail(shutDown(task.head.at))
      else if (task.origin?.ended === true) task.settle(STOPPED)
      // It may be what ends the workers, before its first statement.
      else if (++task.losses > MOST_LOSSES) task.fail(explain(task))
      else again.push(task)
    }
    this.queueAgain(again)
  }

  abort(task: PoolTask, reason: () => Packet): void {
    if (this.#queue.remove(task)) {
      // The worker that spawned it has claimed it itself when this is lost, and will tell.
      if (this.#mayRun(task)) task.settle(STOPPED)
      this.#limit.look()
    } else {
      task.worker?.abort(task, reason)
    }
  }

  /** Counts a task that runs in the worker that spawned it. */
  register(request: TaskRequest, owner: TaskOwner, origin: PoolWorker): PoolTask {
    this.lifetime.taskBegan()
    return new PoolTask(++this.#lastId, this, request, origin, owner)
  }

  /** A worker runs a task itself that it has spawned. */
  taken(task: PoolTask): void {
    this.#queue.remove(task)
    task.parents = null
    task.taken = true
    task.load = NOTHING
  }

  /** A chunk or a value's module did not load: those that wait for the same one would fail one by one, each at the price of a worker. */
  failQueued({ head, recipes }: PoolTask, outcome: Outcome): void {
    for (const task of this.#queue.items()) {
      if (task.head.address !== head.address) continue
      // Tasks of one spawn may differ in what they captured, and so in what the worker has to make.
      if (outcome.kind === OUTCOME.NOT_MADE && String(task.recipes) !== String(recipes)) continue
      if (this.#queue.remove(task) && this.#mayRun(task)) task.settle(clone(outcome))
    }
  }

  recycle(): void {
    // New ones may start meanwhile.
    const old = [...this.#workers]
    for (const worker of old) worker.retire('its modules were out of date')
  }

  settingsChanged(): void {
    this.lifetime.settingsChanged()
    const workers = [...this.#workers]
    for (const worker of workers) if (worker.serial !== this.#serial) worker.retire('the settings have changed')
    this.pump()
  }

  /** A worker could not be started: unless another one could, those that wait fail too, and not one by one. */
  failAllQueued(error: (task: PoolTask) => Error): void {
    for (const worker of this.#workers) if (worker.ready) return
    this.#failQueue(error)
  }

  #failQueue(error: (task: PoolTask) => Error): void {
    for (const task of this.#queue.items()) if (this.#queue.remove(task) && this.#mayRun(task)) task.fail(error(task))
  }

  /** The worker that spawned the task is gone: it ends, unless it runs elsewhere. */
  drop(task: PoolTask): void {
    if (task.worker !== null) return
    this.#queue.remove(task)
    task.settle(STOPPED)
  }

  /** The worker has ended. */
  gone(worker: PoolWorker): void {
    this.lifetime.remove(worker)
    this.pump()
  }

  shutdown(deadline: number | undefined): Promise<void> {
    return this.lifetime.shutdown(deadline)
  }

  /** Threads run on this very thread. */
  get #serial(): boolean {
    return this.#settings.maxThreads === 0 || this.#serialByEnvironment
  }

  #maxThreads(): number {
    return this.#serial ? 1 : (this.#settings.maxThreads ?? (this.#parallelism ||= parallelism()))
  }

  #maxWorkers(): number {
    return this.#serial ? 1 : (this.#settings.maxWorkers ?? Math.max(16, 4 * this.#maxThreads()))
  }

  stats(): Stats {
    const workers = [...this.#workers]
    const busy = workers.filter((worker) => worker.size > 0).length
    const waiting = this.#waiting()
    return {
      workers: workers.length,
      idle: workers.length - busy,
      busy,
      dedicated: workers.filter((worker) => worker.dedicated).length,
      queued: waiting,
      running: this.lifetime.tasks - waiting,
      maxThreads: this.#serial ? 0 : this.#maxThreads(),
      maxWorkers: this.#maxWorkers(),
      done: this.report.done,
      failed: this.report.failed,
      aborted: this.report.aborted,
      latency: this.report.latency,
    }
  }
}
