/**
 * Runs what the transform made of a program, with the runtime that users get, all of it but the pool: a task is cloned as a message
 * would be, and run in this thread, with module instances of its own.
 */

import type { TransformOutput } from '@experimental-threads/compiler'

import type { Chunk, LoadFailure } from '../../pkg/runtime/dist/thread/chunks.js'
import { Chunks } from '../../pkg/runtime/dist/thread/chunks.js'
import { cloneOutcome, clonePacket, useReader } from '../../pkg/runtime/dist/codec/packet.js'
import type { Scheduler } from '../../pkg/runtime/dist/thread/execution.js'
import { Execution } from '../../pkg/runtime/dist/thread/execution.js'
import { readTable } from '../../pkg/runtime/dist/codec/table-reader.js'
import * as threads from '../../pkg/runtime/dist/index.js'
import * as internal from '../../pkg/runtime/dist/internal.js'
import { fromLoad } from '../../pkg/runtime/dist/loading/load.js'
import type { Outcome as Settled, TaskRequest } from '../../pkg/runtime/dist/protocol.js'
import type { Spawner, TaskHandle, TaskOwner } from '../../pkg/runtime/dist/state.js'
import { runtimeState } from '../../pkg/runtime/dist/state.js'
import { WorkerTask } from '../../pkg/runtime/dist/thread/worker-task.js'
import * as library from './library.ts'
import { moduleOf, Modules } from './modules.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOf } from './outcome.ts'

useReader(readTable)

const BASE = 'fuzz:///'

/** The address of a worker-side module, as the transform is to write it. */
export function addressOf({ name }: { name: string }): string {
  return JSON.stringify(`${BASE}${name}`)
}

/** Runs a transformed program. One runs at a time. */
export async function runLifted(output: TransformOutput, toJavaScript: (code: string) => string): Promise<Outcome> {
  const texts = new Map(output.modules.map(({ name, code }) => [`${BASE}${name}`, code]))
  texts.set('program', output.code)
  const find = (specifier: string): string | ReturnType<typeof moduleOf> => {
    if (specifier === 'experimental-threads') return moduleOf({ ...threads, spawn })
    if (specifier === 'experimental-threads/internal') return moduleOf({ ...internal, $spawn })
    if (specifier === './library') return moduleOf({ ...library })
    const text = texts.get(specifier)
    if (text === undefined) throw new Error(`no module ${specifier}`)
    return toJavaScript(text)
  }
  const state = runtimeState()
  const main = new Modules(find)
  // What a program needs of it: the rest of the interface is for the host's settings.
  state.spawner = new Worker(new Modules(find), main) as unknown as Spawner
  return outcomeOf(async () => {
    const { main: run, ...exports } = await main.load('program')
    return [await (run as () => Promise<unknown>)(), exports]
  })
}

/** A program may fail, or a thread of it, before the thread is awaited. That is no failure of this process. */
function watch<Given extends unknown[], T>(start: (...given: Given) => T): (...given: Given) => T {
  return (...given) => {
    const thread = start(...given)
    // A stream tells whoever reads it.
    if (typeof thread === 'object' && thread !== null && 'catch' in thread) Promise.resolve(thread).catch(() => {})
    return thread
  }
}

// Closures are started by the one, tasks that a program holds as values by the other.
const $spawn = watch(internal.$spawn)
const spawn = watch(threads.spawn as (...given: unknown[]) => unknown)

/** A pool that runs each task in this thread, with modules of its own. */
class Worker implements Scheduler {
  readonly base = BASE
  readonly #chunks: Chunks
  readonly #execution: Execution
  readonly #owners = new Map<WorkerTask, TaskOwner>()

  /** Loads classes of results, on the side of the program. */
  readonly load: (address: string) => Promise<unknown>

  constructor(modules: Modules, main: Modules) {
    this.load = (address) => main.load(address)
    this.#chunks = new Chunks((address) => modules.load(address))
    this.#chunks.base = BASE
    this.#execution = new Execution(this.#chunks, this)
  }

  recycle(): void {}

  start({ head, load, recipes }: TaskRequest, owner: TaskOwner): TaskHandle {
    // Cloned at once, as a message would be.
    const task = new WorkerTask(0, { head, load: clonePacket(fromLoad(load)), recipes }, UNCLAIMED, false)
    this.#owners.set(task, owner)
    void Promise.resolve(this.#chunks.get(task)).then(
      (chunk) => this.#run(task, chunk),
      (failure: LoadFailure) => this.#execution.notLoaded(task, failure),
    )
    return { abort: () => {}, unref: () => {} }
  }

  #run(task: WorkerTask, { run, classes }: Chunk): void {
    task.classes = classes
    this.#execution.run(task, run, new Int32Array(0))
  }

  settle(task: WorkerTask, outcome: Settled): void {
    this.ended(task, this.post(task, outcome))
  }

  ending(): void {}

  post(_: WorkerTask, { kind, packet, value }: Settled): Settled {
    return { kind, packet: packet === null ? null : cloneOutcome(packet), value }
  }

  ended(task: WorkerTask, told: Settled): void {
    const owner = this.#owners.get(task)!
    this.#owners.delete(task)
    owner.settled(told, task.head)
  }

  turnSoon(): void {}
}

const UNCLAIMED = { slot: -1, word: 0 }
