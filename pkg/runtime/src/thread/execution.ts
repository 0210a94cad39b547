// Inside a worker: calls closures, and makes outcomes of what they give or throw.

import type { Packet } from '../codec/packet.ts'
import { briefly } from '../codec/brief.ts'
import { decode } from '../codec/packet.ts'
import { isPlain } from '../codec/plain.ts'
import type { Chunks, Run } from './chunks.ts'
import { LoadFailure } from './chunks.ts'
import { resolveAddress } from '../loading/address.ts'
import { across } from '../loading/crossing.ts'
import { isSmall } from '../loading/load.ts'
import { loadPart } from '../loading/load-part.ts'
import type { Job } from '../spawn/job.ts'
import { isTask, JOB } from '../spawn/marks.ts'
import type { Outcome } from '../protocol.ts'
import * as OUTCOME from '../outcome-kinds.ts'
import type * as resultPart from './result.ts'
import { runtimeState } from '../state.ts'
import { ThreadContext } from './thread-context.ts'
import type { Travellers } from '../codec/travellers.ts'
import type { WorkerTask } from './worker-task.ts'

/** Packs what is more than plain data: errors, instances, what is moved. */
type Packing = typeof resultPart

/** Decides what starts when. */
export interface Scheduler {
  /** Reports the end of a task. Throws, and has told nobody, when the outcome cannot be posted. */
  settle(task: WorkerTask, outcome: Outcome): void
  /** Nothing is being loaded any more that an outcome waits for: tasks may start again. */
  turnSoon(): void
}

const STOPPED: Outcome = { kind: OUTCOME.ABORTED, packet: null }

export class Execution {
  /** What has ended and is not told yet, since what packs it is being loaded. */
  untold = 0
  readonly #chunks: Chunks
  readonly #scheduler: Scheduler
  readonly #state = runtimeState()
  /** Null until something needs it. */
  #packing: Packing | null = null

  constructor(chunks: Chunks, scheduler: Scheduler) {
    this.#chunks = chunks
    this.#scheduler = scheduler
  }

  /** Runs the closure of a task that has been claimed. `words`: the shared memory in which the claim lies. */
  run(task: WorkerTask, run: Run, words: Int32Array): void {
    if (task.aborted) return this.#scheduler.settle(task, STOPPED)
    const { packet, classes, recipes } = task
    const context = new ThreadContext(task.head, words, task.claim, classes)
    task.context = context
    try {
      const values = packet.table === undefined ? packet.values : across(context, () => decode(packet, classes))
      const args = values[0] as unknown[]
      const captures = values[1] as unknown[]
      if (recipes !== undefined) this.#chunks.fillIn(recipes, captures)
      this.#call(task, context, run, captures, args)
    } catch (error) {
      this.#failed(task, error)
    }
  }

  /** Its chunk, or the module of a captured value, did not load. */
  notLoaded(task: WorkerTask, { error, isRecipe }: LoadFailure): void {
    const kind = isRecipe ? OUTCOME.NOT_MADE : OUTCOME.NOT_LOADED
    this.#pack(task, error, (packet) => this.#scheduler.settle(task, { kind, packet }))
  }

  /** Packs what nobody caught. Nothing can be waited for, since this worker is about to be ended. */
  packUncaught(error: unknown): Packet {
    return this.#packing?.packThrown(error, 'nowhere') ?? briefly(error)
  }

  #call(task: WorkerTask, context: ThreadContext, run: Run, captures: unknown[], args: unknown[]): void {
    const { entering, drivers } = this.#state
    const { driver } = task.head
    let result: unknown
    try {
      if (entering.size > 0) for (const enter of entering) enter(context)
      const closure = run(...captures, context)
      // An import was given by reference, and what it names has turned out to be a task.
      if (isTask(closure)) return void this.#runJob(task, context, closure[JOB](true), args)
      result = driver === undefined ? closure(...args) : drivers.get(driver)!(closure, args, context)
    } finally {
      if (entering.size > 0) for (const enter of entering) enter(null)
    }
    if (isThenable(result)) {
      Promise.resolve(result).then(
        (value) => this.#done(task, value),
        (error: unknown) => this.#failed(task, error),
      )
    } else {
      this.#done(task, result)
    }
  }

  async #runJob(
    task: WorkerTask,
    context: ThreadContext,
    { site, captures, recipes }: Job,
    args: unknown[],
  ): Promise<void> {
    try {
      const address = resolveAddress(site.load, this.#chunks.base, site.at)
      const values = this.#chunks.valuesFor(recipes)
      const chunk = await this.#chunks.fetch(address, undefined, values)
      if (task.aborted) return this.#scheduler.settle(task, STOPPED)
      this.#chunks.fillIn(recipes, captures)
      this.#call(task, context, chunk.run, captures, args)
    } catch (error) {
      if (error instanceof LoadFailure) this.notLoaded(task, error)
      else this.#failed(task, error)
    }
  }

  #done(task: WorkerTask, value: unknown): void {
    // Most closures give a number, a text or nothing, about which nothing is to be found out.
    if (isSmall(value)) return this.#scheduler.settle(task, { kind: OUTCOME.DONE, packet: null, value })
    if (isPlain(value)) {
      try {
        return this.#scheduler.settle(task, { kind: OUTCOME.DONE, packet: { values: [value] } })
      } catch {
        // A proxy, or something in it that has been moved: found out below.
      }
    }
    this.#withPacking(
      (packing) => this.#doneWith(packing, task, value),
      (error) => this.#failed(task, error),
    )
  }

  #doneWith({ packResult }: Packing, task: WorkerTask, value: unknown): void {
    const { classes, head } = task
    const settle = (packet: Packet): void => this.#scheduler.settle(task, { kind: OUTCOME.DONE, packet })
    try {
      packResult(value, 'result', head.at, settle, classes)
    } catch (error) {
      const refused = (): void => this.#failed(task, error)
      if (classes?.missed === true) this.#loadClasses(task, classes, () => this.#done(task, value), refused)
      else refused()
    }
  }

  #failed(task: WorkerTask, error: unknown): void {
    this.#pack(task, error, (packet) => {
      const { classes } = task
      const settle = (): void => this.#scheduler.settle(task, { kind: OUTCOME.FAILED, packet })
      if (classes?.missed === true) this.#loadClasses(task, classes, () => this.#failed(task, error), settle)
      else settle()
    })
  }

  /** Packs what was thrown, with less of it where what packs errors does not load. */
  #pack({ classes, head }: WorkerTask, error: unknown, use: (packet: Packet) => void): void {
    if (isSmall(error)) return use({ values: [error] })
    this.#withPacking(
      ({ packThrown }) => use(packThrown(error, head.at, classes)),
      () => use(briefly(error)),
    )
  }

  /** At once when it is there. Else nothing is started meanwhile: what has ended is told before anything that may take long, or end the worker. */
  #withPacking(use: (packing: Packing) => void, without: (error: unknown) => void): void {
    if (this.#packing !== null) return use(this.#packing)
    this.untold++
    const then =
      <T>(next: (given: T) => void) =>
      (given: T): void => {
        this.untold--
        next(given)
        this.#scheduler.turnSoon()
      }
    loadPart(import('./result.ts')).then(
      then((packing) => use((this.#packing = packing))),
      then(without),
    )
  }

  /** What has been refused may have a class that the closure does not name: all are loaded, and it is tried once more. */
  #loadClasses(task: WorkerTask, classes: Travellers, again: () => void, refused: () => void): void {
    void classes.loadAll(this.#chunks.loadingFor(task.head)).then(again, refused)
  }
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
