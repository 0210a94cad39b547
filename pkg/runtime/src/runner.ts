// Inside a worker: runs the tasks that the host sends, and sends the threads that they spawn to the host.

import { macrotask } from '#host'

import { resolveAddress } from './address.ts'
import type { EncodeInput, Packet } from './codec.ts'
import { decode, encode, encodeThrown, explainRefusal, transferablesIn, Unsendable } from './codec.ts'
import { cannotReturn, cannotThrow, hostOnly, messageUnreadable } from './errors.ts'
import type { WorkerPort } from './host/host.ts'
import type { Job } from './job.ts'
import { isTask, JOB } from './job.ts'
import { Link } from './link.ts'
import { isMoved } from './move.ts'
import type { Message, Outcome, TaskRequest } from './protocol.ts'
import { MESSAGE, OUTCOME } from './protocol.ts'
import { Recipes } from './recipe.ts'
import type { Spawner, Stats, TaskHandle } from './state.ts'
import { runtimeState } from './state.ts'
import { ThreadContext } from './thread-context.ts'
import { missingParts } from './travel-loader.ts'

/** Loads a worker chunk by its URL. */
export type Loader = (address: string) => Promise<unknown>

/** Takes the captures and, last, the thread's context. */
type Run = (...captures: unknown[]) => (...args: unknown[]) => unknown

interface RunningTask {
  readonly id: number
  readonly request: TaskRequest
  readonly context: ThreadContext
  aborted: boolean
}

export class Runner implements Spawner {
  base = ''
  load: Loader
  readonly #link: Link
  readonly #adopt: (arena: unknown) => void
  readonly #chunks = new Map<string, Run>()
  readonly #recipes = new Recipes()
  #aborts: Int32Array = new Int32Array(0)
  readonly #tasks = new Map<number, RunningTask>()
  /** Threads spawned here that have not ended. */
  readonly #children = new Map<number, (outcome: Outcome) => void>()
  #lastChild = 0
  /** Tasks whose chunk is still loading: they have not started, so the loop counts as taken. */
  #loading = 0
  /** The host knows that this worker can start one more task. */
  #asked = true
  #askSoon = false

  constructor(port: WorkerPort, load: Loader, adopt: (arena: unknown) => void) {
    this.load = load
    this.#adopt = adopt
    this.#link = new Link(port.post)
    port.closing(() => this.#link.send({ kind: MESSAGE.CLOSING }))
    port.uncaught((error) => {
      const packet = encodeThrown(error, (what) => new Error(`a value that cannot be sent (${what})`))
      this.#link.send({ kind: MESSAGE.UNCAUGHT, packet })
    })
    port.listen(
      (data) => {
        const message = this.#link.receive(data)
        if (message !== null) this.#handle(message)
      },
      () => this.#link.unreadable(),
    )
  }

  #handle(message: Message): void {
    switch (message.kind) {
      case MESSAGE.BOOT:
        this.base = message.base
        this.#aborts = message.aborts
        // Before any module of the user is loaded: it may declare shared things.
        this.#adopt(message.arena)
        this.#link.send({ kind: MESSAGE.READY })
        break
      case MESSAGE.RUN:
        this.#accept({
          id: message.id,
          request: message.task,
          context: new ThreadContext(message.task.name, { words: this.#aborts, word: message.word, task: message.id }),
          aborted: false,
        })
        break
      case MESSAGE.ABORT:
        this.#abort(message.id, message.reason)
        break
      case MESSAGE.SETTLED:
        this.#childEnded(message.id, message.outcome)
        break
      default:
    }
  }

  #abort(id: number, reason: Packet): void {
    const task = this.#tasks.get(id)
    if (task !== undefined) {
      task.aborted = true
      task.context.abort(reasonIn(reason))
    }
    this.#link.send({ kind: MESSAGE.TURNED, id })
  }

  #accept(task: RunningTask): void {
    this.#asked = false
    this.#tasks.set(task.id, task)
    this.#publish(task.request.dedicated)
    const run = this.#chunks.get(task.request.address)
    const classes = missingParts(task.request)
    const recipes = this.#recipes.missing(task.request.recipes, this.load)
    if (run !== undefined && classes === undefined && recipes === undefined) this.#run(task, run)
    else void this.#loadAndRun(task, classes, recipes)
  }

  #publish(dedicated: boolean): void {
    const { task } = runtimeState()
    task.unsettled = this.#tasks.size
    task.dedicated = dedicated
  }

  async #loadAndRun(
    task: RunningTask,
    classes: Promise<unknown> | undefined,
    recipes: Promise<unknown> | undefined,
  ): Promise<void> {
    const { address } = task.request
    const run = await this.#load(task, address, classes, recipes)
    if (run !== null) this.#run(task, run)
  }

  /** Null when something did not load: then the task has ended. */
  async #load(
    task: RunningTask,
    address: string,
    classes: Promise<unknown> | undefined,
    recipes: Promise<unknown> | undefined,
  ): Promise<Run | null> {
    // Watched from the start, since they may fail before the chunk is there.
    classes?.catch(() => {})
    const failure = recipes?.then(
      () => null,
      (error: unknown) => ({ error }),
    )
    let run: Run
    let failed: { error: unknown } | null | undefined
    this.#loading++
    try {
      run = runOf(await this.load(address))
      await classes
      failed = await failure
      this.#chunks.set(address, run)
    } catch (error) {
      this.#settle(task, { kind: OUTCOME.NOT_LOADED, packet: this.#thrown(task, error) })
      return null
    } finally {
      this.#loading--
    }
    // Whether it did not load or threw cannot be told apart everywhere. Platforms remember both, so the worker has to go.
    if (!failed) return run
    this.#settle(task, { kind: OUTCOME.NOT_MADE, packet: this.#thrown(task, failed.error) })
    return null
  }

  #run(task: RunningTask, run: Run): void {
    if (task.aborted) return this.#settle(task, { kind: OUTCOME.ABORTED, packet: null })
    try {
      const [args, captures] = decode(task.request.packet) as [unknown[], unknown[]]
      this.#recipes.fill(task.request.recipes, captures)
      this.#call(task, run, captures, args)
    } catch (error) {
      this.#failed(task, error)
    }
  }

  #call(task: RunningTask, run: Run, captures: unknown[], args: unknown[]): void {
    const { entering, drivers } = runtimeState()
    const { driver } = task.request
    let result: unknown
    try {
      for (const enter of entering) enter(task.context)
      const closure = run(...captures, task.context)
      // An import was given by reference, and what it names has turned out to be a task.
      if (isTask(closure)) return void this.#runJob(task, closure[JOB](true), args)
      result = driver === undefined ? closure(...args) : drivers.get(driver)!(closure, args, task.context)
    } finally {
      for (const enter of entering) enter(null)
    }
    if (isThenable(result)) {
      Promise.resolve(result).then(
        (value) => this.#done(task, value),
        (error: unknown) => this.#failed(task, error),
      )
      this.#ask()
    } else {
      this.#done(task, result)
    }
  }

  async #runJob(task: RunningTask, { site, captures, recipes }: Job, args: unknown[]): Promise<void> {
    try {
      const address = resolveAddress(site.load, this.base, site.at)
      const run = await this.#load(task, address, undefined, this.#recipes.missing(recipes, this.load))
      if (run === null) return
      if (task.aborted) return this.#settle(task, { kind: OUTCOME.ABORTED, packet: null })
      this.#recipes.fill(recipes, captures)
      this.#call(task, run, captures, args)
    } catch (error) {
      this.#failed(task, error)
    }
  }

  #done(task: RunningTask, value: unknown): void {
    const { at } = task.request
    const { input, values } = resultInput(value)
    try {
      this.#settle(task, { kind: OUTCOME.DONE, packet: encode({ ...input, values }) })
    } catch (error) {
      const { path, what } = error instanceof Unsendable ? error.refusal : explainRefusal(input, error)
      this.#failed(task, cannotReturn(path, what, at))
    }
  }

  #failed(task: RunningTask, error: unknown): void {
    this.#settle(task, { kind: OUTCOME.FAILED, packet: this.#thrown(task, error) })
  }

  #thrown(task: RunningTask, error: unknown): Packet {
    return encodeThrown(error, (what) => cannotThrow(what, task.request.at))
  }

  /** Reports the end of a task. Throws, and has done nothing, when the outcome cannot be posted. */
  #settle(task: RunningTask, outcome: Outcome): void {
    const { id } = task
    const { at } = task.request
    const unreadable = (): void => {
      const error = messageUnreadable('result', at)
      this.#link.send({
        kind: MESSAGE.SETTLED,
        id,
        outcome: { kind: OUTCOME.FAILED, packet: encodeThrown(error, () => error) },
      })
    }
    this.#link.send({ kind: MESSAGE.SETTLED, id, outcome }, outcome.packet?.transfer, unreadable)
    this.#tasks.delete(id)
    this.#publish(runtimeState().task.dedicated && this.#tasks.size > 0)
    // The host takes the result of the only task for the question.
    if (this.#tasks.size === 0) this.#asked = true
    else this.#ask()
  }

  /** Asks for one more task as soon as the loop has come round, which shows that the tasks here are all suspended. */
  #ask(): void {
    if (this.#askSoon || this.#asked) return
    this.#askSoon = true
    macrotask(() => {
      this.#askSoon = false
      if (this.#asked || this.#loading > 0 || this.#tasks.size === 0) return
      this.#asked = true
      this.#link.send({ kind: MESSAGE.PULL })
    })
  }

  // The other half: threads that are spawned here run where the host says.

  start(task: TaskRequest, settled: (outcome: Outcome) => void): TaskHandle {
    const id = ++this.#lastChild
    this.#link.send({ kind: MESSAGE.SPAWN, id, task }, task.packet.transfer, () => {
      const error = messageUnreadable('captured values or arguments', task.at)
      this.#childEnded(id, { kind: OUTCOME.FAILED, packet: encodeThrown(error, () => error) })
    })
    this.#children.set(id, settled)
    return {
      abort: (reason) => {
        if (this.#children.has(id)) this.#link.send({ kind: MESSAGE.ABORT, id, reason: reason() })
      },
      unref: () => {
        if (this.#children.has(id)) this.#link.send({ kind: MESSAGE.UNREF, id })
      },
    }
  }

  #childEnded(id: number, outcome: Outcome): void {
    const settled = this.#children.get(id)
    this.#children.delete(id)
    settled?.(outcome)
  }

  // They are the host's.
  settingsChanged(): void {}

  shutdown(): Promise<void> {
    throw hostOnly('shutdown')
  }

  stats(): Stats {
    throw hostOnly('stats')
  }
}

/** A worker chunk exports `run`; one that went through a CommonJS wrapper has it on `default`. */
function runOf(chunk: unknown): Run {
  const { run, default: inner } = chunk as { run?: Run; default?: { run?: Run } }
  const found = run ?? inner?.run
  if (typeof found !== 'function') throw new TypeError('the module has no export `run`')
  return found
}

/** Why a thread was aborted, as far as it could be sent. */
function reasonIn(packet: Packet): unknown {
  try {
    return decode(packet)[0]
  } catch (error) {
    return error
  }
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

function resultInput(value: unknown): { input: EncodeInput; values: unknown[] } {
  const moved = isMoved(value)
  const result = moved ? (value.values.length === 1 ? value.values[0] : value.values) : value
  const values = [result]
  return {
    input: {
      values,
      roots: values,
      names: () => 'result',
      transfer: moved ? (value.transfer ?? transferablesIn(values)) : [],
    },
    values,
  }
}
