// One worker, as its pool sees it.

import { startWorker, timer } from '#host'

import { agentExited, exportArena } from './arena.ts'
import type { Packet } from './codec.ts'
import { decode } from './codec.ts'
import { keptWorkerBusy, messageUnreadable, unheardError, workerNotStarted, workerTerminated } from './errors.ts'
import type { HostWorker } from './host/host.ts'
import { Link } from './link.ts'
import type { Pool } from './pool.ts'
import type { PoolTask } from './pool-task.ts'
import { failure } from './pool-task.ts'
import type { Message, Outcome, TaskRequest } from './protocol.ts'
import { MESSAGE, OUTCOME } from './protocol.ts'
import { runtimeState } from './state.ts'

const NOTHING: Packet = { values: [] }

export class PoolWorker {
  /** Can be given one more task: it is empty, or has said that its loop is free. */
  asked = true
  /** Runs a dedicated task; nobody joins it. */
  dedicated = false
  /** It has booted. */
  ready = false
  /** When it became idle, in milliseconds of `performance.now()`. */
  idleSince = 0
  readonly #pool: Pool
  readonly #url: string
  /** What it was given of the shared memory; also says which agent has ended. */
  readonly #arena: unknown
  readonly #worker: HostWorker
  readonly #link: Link
  readonly #tasks = new Map<number, PoolTask>()
  /** Threads that were spawned in this worker, by its own numbers. */
  readonly #children = new Map<number, PoolTask>()
  /** For each aborted task that the worker has not yet answered for: cancels the timer. */
  readonly #graces = new Map<PoolTask, () => void>()
  #ended = false
  /** A chunk failed here and the platform remembers that: the worker ends when its tasks have. */
  #spoiled = false
  /** Why we end it ourselves. */
  #fate: { why: string; cause: unknown } | null = null
  #hog: PoolTask | null = null
  /** The last error that nobody caught in a browser's worker, and which may be about to end it. */
  #uncaught: Packet | null = null
  readonly #gone: Promise<void>
  #resolveGone!: () => void

  /** Throws R506 when the platform refuses the worker at once. */
  constructor(pool: Pool, url: string, { name, at }: TaskRequest) {
    this.#pool = pool
    this.#url = url
    this.#gone = new Promise((resolve) => (this.#resolveGone = resolve))
    // Before the worker: if this throws, none must be left that runs and that no pool knows.
    this.#arena = exportArena()
    try {
      this.#worker = startWorker(url, name, {
        message: (data) => this.#receive(data),
        unreadable: () => this.#link.unreadable(),
        ended: (why, cause) => this.#hasEnded(why, cause),
      })
    } catch (cause) {
      agentExited(this.#arena)
      throw workerNotStarted(url, at, cause)
    }
    this.#link = new Link((message, transfer) => this.#worker.post(message, transfer))
    this.#link.send({ kind: MESSAGE.BOOT, base: pool.base, arena: this.#arena, aborts: pool.aborts.words })
  }

  /** How many tasks it has. */
  get size(): number {
    return this.#tasks.size
  }

  taskNames(): string[] {
    return [...this.#tasks.values()].map((task) => `\`${task.request.name}\` (${task.request.at})`)
  }

  keepAlive(yes: boolean): void {
    if (yes) this.#worker.ref()
    else this.#worker.unref()
  }

  /** Posts a task. Throws when it cannot be cloned; then the worker has what it had before. */
  give(task: PoolTask): void {
    const { id, request } = task
    const { at } = request
    const unreadable = (): void => this.#taskEnded(id, failure(messageUnreadable('captured values or arguments', at)))
    const word = this.#pool.aborts.take()
    try {
      this.#link.send({ kind: MESSAGE.RUN, id, task: request, word }, request.packet.transfer, unreadable)
    } catch (error) {
      this.#pool.aborts.giveBack(word)
      // It may be new, and then only this makes it end when nobody needs it.
      if (this.#tasks.size === 0) this.#becomeIdle()
      throw error
    }
    request.packet = NOTHING
    this.#tasks.set(id, task)
    task.worker = this
    task.word = word
    this.asked = false
    this.dedicated = request.dedicated
  }

  /** Tells the worker, and ends it when its loop does not turn within the grace time. */
  abort(task: PoolTask, reason: Packet): void {
    if (this.#ended) return
    this.#pool.aborts.mark(task.word, task.id)
    this.#link.send({ kind: MESSAGE.ABORT, id: task.id, reason })
    if (this.ready) this.#startGrace(task)
    else this.#graces.set(task, () => {})
  }

  #startGrace(task: PoolTask): void {
    const { graceTime } = runtimeState().settings
    if (graceTime === Infinity) return
    this.#graces.set(
      task,
      timer(() => {
        this.#hog = task
        const { name, at } = task.request
        void this.end('a thread on it did not react to its abort', keptWorkerBusy(name, at, graceTime))
      }, graceTime),
    )
  }

  #endGrace(task: PoolTask | undefined): void {
    if (task === undefined) return
    this.#graces.get(task)?.()
    this.#graces.delete(task)
  }

  /** Ends the worker now. Settles when it has ended. */
  async end(why: string, cause: unknown): Promise<void> {
    if (!this.#ended && this.#fate === null) {
      this.#fate = { why, cause }
      this.#pool.leave(this)
      await this.#worker.terminate()
    }
    await this.#gone
  }

  #receive(data: unknown): void {
    if (this.#ended) return
    const message = this.#link.receive(data)
    if (message !== null) this.#handle(message)
  }

  #handle(message: Message): void {
    switch (message.kind) {
      case MESSAGE.READY:
        this.ready = true
        for (const task of this.#graces.keys()) this.#startGrace(task)
        break
      case MESSAGE.SETTLED:
        this.#taskEnded(message.id, message.outcome)
        break
      case MESSAGE.PULL:
        this.asked = true
        this.#pool.pump()
        break
      case MESSAGE.TURNED:
        this.#endGrace(this.#tasks.get(message.id))
        break
      case MESSAGE.SPAWN:
        this.#startChild(message)
        break
      case MESSAGE.ABORT:
        this.#children.get(message.id)?.abort(() => message.reason)
        break
      case MESSAGE.UNREF:
        this.#children.get(message.id)?.unref()
        break
      case MESSAGE.CLOSING:
        void this.end('it closed itself', undefined)
        break
      case MESSAGE.UNCAUGHT:
        this.#uncaught = message.packet
        break
      case MESSAGE.BOOT:
      case MESSAGE.RUN:
      case MESSAGE.UNREADABLE:
        break
      default:
        message satisfies never
    }
  }

  #taskEnded(id: number, outcome: Outcome): void {
    const task = this.#tasks.get(id)
    if (task === undefined) return
    this.#tasks.delete(id)
    this.#pool.aborts.giveBack(task.word)
    this.#endGrace(task)
    if (outcome.kind === OUTCOME.NOT_LOADED || outcome.kind === OUTCOME.NOT_MADE) this.#spoil(task, outcome)
    if (this.#tasks.size === 0) this.#becomeIdle()
    task.settle(outcome)
    this.#pool.pump()
  }

  #becomeIdle(): void {
    this.dedicated = false
    this.asked = true
    this.idleSince = performance.now()
    if (this.#spoiled) void this.end('a chunk had not loaded in it', undefined)
    else this.#pool.sweepLater()
  }

  /** Platforms remember a module that failed, so this worker could never load it again: a new one can. */
  #spoil(task: PoolTask, outcome: Outcome): void {
    this.#spoiled = true
    this.#pool.leave(this)
    this.#pool.failQueued(task.request, outcome)
  }

  #startChild({ id, task: request }: Extract<Message, { kind: typeof MESSAGE.SPAWN }>): void {
    const { at } = request
    const answer = (outcome: Outcome): void => {
      this.#children.delete(id)
      if (this.#ended) return
      const unreadable = (): void =>
        this.#link.send({ kind: MESSAGE.SETTLED, id, outcome: failure(messageUnreadable('result', at)) })
      this.#link.send({ kind: MESSAGE.SETTLED, id, outcome }, outcome.packet?.transfer, unreadable)
    }
    let settled = false
    try {
      const child = this.#pool.start(
        request,
        (outcome) => {
          settled = true
          answer(outcome)
        },
        this,
      )
      if (!settled) this.#children.set(id, child)
    } catch (error) {
      answer(failure(error as Error))
    }
  }

  #hasEnded(how: string, error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    const { why, cause } = this.#fate ?? { why: how, cause: this.#uncaughtError() ?? error }
    const byItself = this.#fate === null
    this.#pool.leave(this)
    for (const cancel of this.#graces.values()) cancel()
    this.#graces.clear()
    this.#freeAgent()
    this.#pool.dropChildren(this)
    const explain = (task: PoolTask): Error =>
      this.ready || !byItself
        ? workerTerminated(why, task.request.at, cause)
        : workerNotStarted(this.#url, task.request.at, cause)
    const tasks = [...this.#tasks.values()]
    this.#tasks.clear()
    // Something that a thread left behind has thrown after the thread had ended: nobody waits for it, so nobody would hear.
    if (tasks.length === 0 && byItself && this.ready && cause !== undefined) console.error(unheardError(cause))
    for (const task of tasks) {
      this.#pool.aborts.giveBack(task.word)
      if (task === this.#hog) task.settle({ kind: OUTCOME.ABORTED, packet: null })
      else task.fail(explain(task))
    }
    if (!this.ready && byItself) this.#pool.failAllQueued(explain)
    this.#resolveGone()
    this.#pool.gone(this)
  }

  // What can fail while a worker ends must not keep its tasks from being settled.

  #uncaughtError(): unknown {
    if (this.#uncaught === null) return undefined
    try {
      return decode(this.#uncaught)[0]
    } catch {
      // The platform's own, shorter account of the error is left.
      return undefined
    }
  }

  #freeAgent(): void {
    try {
      agentExited(this.#arena)
    } catch (error) {
      console.error(error)
    }
  }
}
