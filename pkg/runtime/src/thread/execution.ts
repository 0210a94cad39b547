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
  /** The end of a task whose outcome surely can be posted: the three steps below. */
  settle(task: WorkerTask, outcome: Outcome): void
  /** Before anybody hears of the end of a task. May be called again when its outcome could not be posted. */
  ending(task: WorkerTask): void
  /** Tells how a task has ended. Throws only when that cannot be posted, and then has told nobody. Gives what is told to who spawned it in this worker. */
  post(task: WorkerTask, outcome: Outcome): Outcome
  /** It has been told: the task counts no more, and others start. What is thrown here has nothing to do with the value of the task. */
  ended(task: WorkerTask, told: Outcome): void
  /** Nothing is being loaded any more that an outcome waits for: tasks may start again. */
  turnSoon(): void
}

const STOPPED: Outcome = { kind: OUTCOME.ABORTED, packet: null }

/** In place of what a closure gives: that comes later. */
const LATER = Symbol('later')

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
    let result: unknown
    try {
      const values = packet.table === undefined ? packet.values : across(context, () => decode(packet, classes))
      const args = values[0] as unknown[]
      const captures = values[1] as unknown[]
      if (recipes !== undefined) this.#chunks.fillIn(recipes, captures)
      result = this.#call(task, context, run, captures, args)
    } catch (error) {
      return this.#failed(task, error)
    }
    // Out here: what fails when the end is told is no error of the closure.
    if (result !== LATER) this.#done(task, result)
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

  /** Calls the closure, and gives what that gives, or LATER. */
  #call(task: WorkerTask, context: ThreadContext, run: Run, captures: unknown[], args: unknown[]): unknown {
    const { entering, drivers } = this.#state
    const { driver } = task.head
    let result: unknown
    try {
      if (entering.size > 0) for (const enter of entering) enter(context)
      const closure = run(...captures, context)
      // An import was given by reference, and what it names has turned out to be a task.
      if (isTask(closure)) {
        void this.#runJob(task, context, closure[JOB](true), args)
        return LATER
      }
      result = driver === undefined ? closure(...args) : drivers.get(driver)!(closure, args, context)
    } finally {
      if (entering.size > 0) for (const enter of entering) enter(null)
    }
    if (!isThenable(result)) return result
    Promise.resolve(result).then(
      (value) => this.#done(task, value),
      (error: unknown) => this.#failed(task, error),
    )
    return LATER
  }

  async #runJob(
    task: WorkerTask,
    context: ThreadContext,
    { site, captures, recipes }: Job,
    args: unknown[],
  ): Promise<void> {
    let result: unknown = STOPPED
    try {
      const address = resolveAddress(site.load, this.#chunks.base, site.at)
      const values = this.#chunks.valuesFor(recipes)
      const chunk = await this.#chunks.fetch(address, undefined, values)
      if (!task.aborted) {
        this.#chunks.fillIn(recipes, captures)
        result = this.#call(task, context, chunk.run, captures, args)
      }
    } catch (error) {
      return error instanceof LoadFailure ? this.notLoaded(task, error) : this.#failed(task, error)
    }
    if (result === STOPPED) this.#scheduler.settle(task, STOPPED)
    else if (result !== LATER) this.#done(task, result)
  }

  #done(task: WorkerTask, value: unknown): void {
    // Most closures give a number, a text or nothing, about which nothing is to be found out.
    if (isSmall(value)) return this.#scheduler.settle(task, { kind: OUTCOME.DONE, packet: null, value })
    if (isPlain(value)) {
      this.#scheduler.ending(task)
      const told = this.#posted(task, { kind: OUTCOME.DONE, packet: { values: [value] } })
      if (told !== null) return this.#scheduler.ended(task, told)
    }
    this.#withPacking(
      (packing) => this.#doneWith(packing, task, value),
      (error) => this.#failed(task, error),
    )
  }

  /** Null for a proxy, or something with a proxy or what has been moved in it: what packs it says which. */
  #posted(task: WorkerTask, outcome: Outcome): Outcome | null {
    try {
      return this.#scheduler.post(task, outcome)
    } catch {
      return null
    }
  }

  #doneWith({ pack, post }: Packing, task: WorkerTask, value: unknown): void {
    const { classes, head } = task
    const parcel = this.#tried(task, value, () => pack(value, 'result', head.at, classes))
    if (parcel === null) return
    this.#scheduler.ending(task)
    const told = this.#tried(task, value, () =>
      post(parcel, (packet) => this.#scheduler.post(task, { kind: OUTCOME.DONE, packet })),
    )
    if (told !== null) this.#scheduler.ended(task, told)
  }

  /** Does a step on the way of a result. When that throws, the task has failed, or its result is packed once more; then null. */
  #tried<T>(task: WorkerTask, value: unknown, step: () => T): T | null {
    try {
      return step()
    } catch (error) {
      const { classes } = task
      const refused = (): void => this.#failed(task, error)
      if (classes?.missed === true) this.#loadClasses(task, classes, () => this.#done(task, value), refused)
      else refused()
      return null
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
