// One worker, as its pool sees it.

import { clock } from '#host'
import { runsBeforeMessages, startSerial, startWorker } from '#start'

import { arena, canShare, exportArena, lifeOf } from '../memory/arena.ts'
import type { Packet } from '../codec/packet.ts'
import type { Caller } from './caller.ts'
import type { Calls } from './calls.ts'
import { keptWorkerBusy, workerNotStarted } from './pool-errors.ts'
import { messageUnreadable } from '../errors.ts'
import { Graces } from './graces.ts'
import type { HostWorker, HostWorkerEvents } from '../host/host.ts'
import { Link } from './link.ts'
import { toRun, transferOf } from '../loading/load.ts'
import type { Pool } from './pool.ts'
import { PoolChildren } from './pool-children.ts'
import type { PoolTask } from './pool-task.ts'
import { failure, HELD, isNotLoaded, NOTHING, STOPPED } from './pool-task.ts'
import type { Entry, Outcome, OutcomeKind, TaskHead } from '../protocol.ts'
import { TaskTable } from './task-table.ts'
import * as MESSAGE from '../message-kinds.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import { runtimeState } from '../state.ts'
import { WorkerEnd } from './worker-end.ts'

/** Platforms remember a module that failed, so this worker could never load it again: a new one can. */
const SPOILED = 'a chunk had not loaded in it'

export class PoolWorker {
  /** Can be given one more task: it is empty, or has said that its loop is free. */
  asked = true
  /** Runs a dedicated task; nobody joins it. */
  dedicated = false
  /** It has booted. */
  ready = false
  /** When it became idle, in milliseconds of `clock()`. */
  idleSince = 0
  readonly url: string
  readonly name: string
  /** No worker at all: tasks run on the host's thread. */
  readonly serial: boolean
  readonly #pool: Pool
  /** The way without messages; null until the program has started many threads. */
  #caller: Caller | null = null
  readonly #worker: HostWorker
  readonly #link: Link
  readonly #hear = (entry: Entry): void => this.#handle(entry)
  readonly #tasks = new TaskTable<PoolTask>()
  /** Tasks that were given to it while it was busy, in that order; some may have started since. */
  #ahead: PoolTask[] = []
  /** How many of them are known to have left or started. */
  #aheadDone = 0
  /** It is being given tasks ahead until it has as many as it may have. */
  #fills = false
  /** Threads that were spawned in this worker. */
  readonly #children: PoolChildren
  /** For aborted tasks that the worker has not yet answered for. */
  readonly #graces = new Graces((task, graceTime) => this.#keptBusy(task, graceTime))
  #ended = false
  /** Why it gets no more tasks and ends when it has none. */
  #retired: string | null = null
  readonly #end: WorkerEnd

  /** When `serial`, tasks run on the host's thread. Throws R506 when the platform refuses the worker at once. */
  constructor(pool: Pool, url: string, serial: boolean, { name, at }: TaskHead) {
    this.#pool = pool
    this.url = url
    this.serial = serial
    this.name = name
    const end = new WorkerEnd(pool, this)
    this.#end = end
    const start = { name, resourceLimits: runtimeState().settings.resourceLimits, life: () => lifeOf(end.arena) }
    // Its memory comes in a message, unless something runs before that.
    if (runsBeforeMessages() && canShare()) arena()
    const events: HostWorkerEvents = {
      message: (data) => this.#receive(data),
      unreadable: () => this.#link.unreadable(),
      ended: (why, cause) => this.#hasEnded(why, cause),
      stopped: () => this.#hasStopped(),
    }
    try {
      this.#worker = serial ? (runtimeState().startSerial ?? startSerial)(url, events) : startWorker(url, start, events)
    } catch (cause) {
      throw workerNotStarted(url, at, cause)
    }
    // The platform starts it meanwhile.
    try {
      end.arena = exportArena(name)
      end.claims = pool.claims.lend()
    } catch (error) {
      // None must be left that runs and that no pool knows.
      this.#ended = true
      void this.#worker.terminate()
      throw error
    }
    this.#link = new Link(
      (message, transfer) => {
        this.#worker.post(message, transfer)
        // Behind it: who goes back to its loop before may fall asleep there, and has to be woken.
        this.#caller?.dismiss()
      },
      () => this.#lost(),
    )
    this.#children = new PoolChildren(pool, this, this.#link)
    this.#link.send([MESSAGE.BOOT, pool.base, end.arena, end.claims, runtimeState().settings.maxWorkerHeap])
    pool.report.tell({ type: 'worker-started', worker: name })
  }

  /** From now on it can be called, and can answer, without messages. */
  open(calls: Calls): void {
    if (this.serial || this.#ended || this.#caller !== null) return
    this.#caller = calls.open(this, this.#link)
    if (this.#caller !== null) this.#link.send([MESSAGE.RING, this.#caller.at])
  }

  get ended(): boolean {
    return this.#ended
  }

  /** How many tasks it has. */
  get size(): number {
    return this.#tasks.size
  }

  /** How many tasks lie in it that have not started. */
  get ahead(): number {
    const tasks = this.#ahead
    while (this.#aheadDone < tasks.length && !this.#liesHere(tasks[this.#aheadDone]!)) this.#aheadDone++
    if (this.#aheadDone === tasks.length && tasks.length > 0) {
      this.#ahead = []
      this.#aheadDone = 0
    }
    return this.#ahead.length - this.#aheadDone
  }

  /** The same, exactly: aborted ones in the middle have gone. To count them takes longer. */
  get lying(): number {
    let lying = this.ahead
    for (let index = this.#aheadDone; index < this.#ahead.length; index++)
      if (!this.#liesHere(this.#ahead[index]!)) lying--
    return lying
  }

  /**
   * Whether it is to be given tasks ahead. It is filled up when half of them have started: one message for each that has would
   * cost more than the task.
   */
  wantsAhead(most: number): boolean {
    const { ahead } = this
    this.#fills = ahead < most && (this.#fills || ahead <= most >> 1)
    return this.#fills
  }

  #liesHere(task: PoolTask): boolean {
    if (task.worker !== this) return false
    if (!this.#pool.claims.hasStarted(task)) return true
    // Only what has not started can be given to another worker.
    task.load = NOTHING
    return false
  }

  taskNames(): string[] {
    return this.#tasks.all().map((task) => `\`${task.head.name}\` (${task.head.at})`)
  }

  keepAlive(yes: boolean): void {
    if (yes) this.#worker.ref()
    else this.#worker.unref()
  }

  /** Posts a task; small ones leave with `flush` or `leaves`. Throws when it cannot be cloned; then the worker has what it had before. */
  give(task: PoolTask): void {
    const { id, head, load, held } = task
    const ahead = this.#tasks.size > 0
    task.claim = this.#pool.claims.take(task)
    const list = Array.isArray(load) && task.recipes === undefined ? load : null
    if (!ahead && this.#caller?.begin(task, list) === true) {
      // It was called.
    } else if (list !== null) {
      this.#link.addRun(head, id, task.claim, list)
    } else {
      const entry = toRun(id, this.#link.numberOf(head), task.claim, load, task.recipes)
      if (held === HELD.SMALL) this.#link.add(entry)
      else this.#send(task, entry)
    }
    if (held === HELD.NOT) task.load = NOTHING
    if (ahead) this.#ahead.push(task)
    this.#tasks.add(task)
    task.worker = this
    this.asked = false
    this.dedicated = head.dedicated
  }

  #send(task: PoolTask, entry: Entry): void {
    const unreadable = (): void =>
      this.#taskEnded(task.id, failure(messageUnreadable('captured values or arguments', task.head.at)))
    try {
      this.#link.send(entry, transferOf(task.load), unreadable)
    } catch (error) {
      this.#pool.claims.drop(task)
      // It may be new, and then only this makes it end when nobody needs it.
      if (this.#tasks.size === 0) this.#becomeIdle()
      throw error
    }
  }

  /** What was given leaves now. */
  flush(): void {
    if (!this.#ended) this.#link.flush()
  }

  /** What was given leaves now when it is all that the worker has, and else at the end of this turn. */
  leaves(): void {
    if (this.#tasks.size === 1) this.#link.flush()
    else this.#link.flushSoon()
  }

  /** The pool is to be shut down: what threads in it have left behind is not to keep it waiting. */
  leave(): void {
    if (!this.#ended) this.#link.send([MESSAGE.LEAVE])
  }

  /** Takes back some of the tasks that lie unstarted in it, the last ones. */
  takeBack(most: number): PoolTask[] {
    const taken: PoolTask[] = []
    while (taken.length < most && this.ahead > 0) {
      const task = this.#ahead.pop()!
      if (task.worker !== this || !this.#pool.claims.takeBack(task)) continue
      this.#forget(task)
      taken.push(task)
    }
    return taken.reverse()
  }

  #forget(task: PoolTask): void {
    this.#tasks.delete(task.id)
    task.worker = null
  }

  /** Tells the worker, and ends it when its loop does not turn within the grace time. */
  abort(task: PoolTask, reason: () => Packet): void {
    if (this.#ended) return
    if (this.#pool.claims.takeBack(task)) {
      this.#forget(task)
      if (this.#tasks.size === 0) this.#becomeIdle()
      return task.settle(STOPPED)
    }
    this.#pool.claims.markAborted(task)
    this.#link.send([MESSAGE.ABORT, task.id, reason()])
    this.#graces.add(task, this.ready)
  }

  #keptBusy(task: PoolTask, graceTime: number): void {
    this.#end.hog = task
    const { name, at } = task.head
    void this.end('a thread on it did not react to its abort', keptWorkerBusy(name, at, graceTime))
  }

  /** Ends the worker now. Settles when it has ended. */
  async end(why: string, cause: unknown): Promise<void> {
    if (!this.#ended && this.#end.fate === null) {
      this.#end.fate = { why, cause }
      this.#pool.lifetime.leave(this)
      await this.#worker.terminate()
    }
    await this.#end.gone
  }

  /** What it was told of several tasks at once did not arrive, or what it told: nobody knows which of them have ended. */
  #lost(): void {
    void this.end('a message could not be read', undefined)
  }

  #receive(data: unknown): void {
    if (this.#ended) return
    this.#caller?.take()
    // It may say no more than that answers are there.
    if (data !== null) {
      this.#link.receive(data, this.#hear)
      this.#caller?.take()
    }
    this.#pool.pump()
    this.#caller?.received()
  }

  answered(id: number, value: unknown): void {
    this.#taskEnded(id, { kind: OUTCOME.DONE, packet: null, value })
  }

  #handle(entry: Entry): void {
    switch (entry[0]) {
      case MESSAGE.READY:
        this.ready = true
        this.#worker.lives()
        this.#graces.startAll()
        break
      case MESSAGE.RESULT:
        this.#taskEnded(entry[1], { kind: OUTCOME.DONE, packet: null, value: entry[2] })
        break
      case MESSAGE.SETTLED:
        this.#taskEnded(entry[1], { kind: entry[2], packet: entry[3] })
        break
      case MESSAGE.PULL:
        this.asked = true
        // Without claims this is how the host hears that what it gave has started.
        this.#ahead = this.#ahead.slice(this.#aheadDone).filter((task) => task.claim.slot >= 0)
        this.#aheadDone = 0
        break
      case MESSAGE.TURNED:
        this.#graces.end(this.#tasks.get(entry[1]))
        break
      case MESSAGE.SPAWN:
        this.#children.start(entry)
        break
      case MESSAGE.TAKEN:
        this.#runsItself(entry[1], this.#link.head(entry[2]))
        break
      case MESSAGE.CHILD_ENDED:
        this.#ownChildEnded(entry[1], entry[2])
        break
      case MESSAGE.ABORT:
        this.#children.get(entry[1])?.abort(() => entry[2])
        break
      case MESSAGE.UNREF:
        this.#children.get(entry[1])?.unref()
        break
      case MESSAGE.CLOSING:
        void this.end('it closed itself', undefined)
        break
      case MESSAGE.UNCAUGHT:
        this.#end.uncaught = entry[1]
        break
      case MESSAGE.HEAVY:
        this.retire('its heap had grown too large')
        break
      case MESSAGE.LOST:
        this.#lost()
        break
      case MESSAGE.BOOT:
      case MESSAGE.RING:
      case MESSAGE.LEAVE:
      case MESSAGE.RUN:
      case MESSAGE.RUNS:
      case MESSAGE.RUN_FLAT:
      case MESSAGE.HEAD:
      case MESSAGE.UNREADABLE:
        break
      default:
        entry satisfies never
    }
  }

  #taskEnded(id: number, outcome: Outcome): void {
    const task = this.#tasks.get(id)
    if (task === undefined) return
    this.#forget(task)
    this.#pool.claims.drop(task)
    this.#graces.end(task)
    if (isNotLoaded(outcome.kind)) this.#spoil(task, outcome)
    if (this.#tasks.size === 0) {
      this.#becomeIdle()
      this.#caller?.emptied(task.head, this.idleSince)
    }
    task.settle(outcome)
  }

  #becomeIdle(): void {
    this.dedicated = false
    this.asked = true
    this.idleSince = clock()
    if (this.#retired !== null) void this.end(this.#retired, undefined)
    else this.#pool.lifetime.sweepLater()
  }

  /** Gives it no more tasks; it ends when it has none. */
  retire(why: string): void {
    this.#retire(why)
    if (this.#tasks.size === 0) void this.end(why, undefined)
    this.#pool.pump()
  }

  #retire(why: string): void {
    this.#retired = why
    this.#pool.lifetime.leave(this)
    this.#pool.queueAgain(this.takeBack(Infinity))
  }

  #spoil(task: PoolTask, outcome: Outcome): void {
    this.#retire(SPOILED)
    this.#pool.failQueued(task, outcome)
  }

  /** A thread that was spawned in this worker also runs here, and has started. */
  #runsItself(id: number, head: TaskHead): void {
    const child = this.#children.taken(id, head)
    if (child === undefined) return
    child.worker = this
    this.#tasks.add(child)
    this.asked = false
  }

  /** The worker has the result. */
  #ownChildEnded(id: number, kind: OutcomeKind): void {
    const child = this.#children.get(id)
    if (child === undefined) return
    const spoiled = isNotLoaded(kind)
    // Nobody else is failed with it: the reason stays in the worker.
    if (spoiled) this.#retire(SPOILED)
    this.#taskEnded(child.id, { kind: spoiled ? OUTCOME.FAILED : kind, packet: null })
  }

  #hasEnded(how: string, error: unknown): void {
    if (this.#ended) return
    this.#caller?.end()
    this.#ended = true
    this.#pool.lifetime.leave(this)
    this.#end.settle(how, error)
  }

  /** It has ended, and has nothing any more. Gives the tasks that are left. */
  giveUp(): PoolTask[] {
    this.#graces.clear()
    this.#children.drop()
    const tasks = this.#tasks.all()
    this.#tasks.clear()
    return tasks
  }

  #hasStopped(): void {
    this.#caller?.close()
    this.#end.giveBack()
  }
}
