/**
 * Runs what the transform made of a program, with the runtime that users get, all of it but the pool: a task is cloned as a message
 * would be, and run in this thread, with module instances of its own.
 */

import type { TransformOutput } from '@experimental-threads/compiler'

import { resolveAddress } from '../../pkg/runtime/dist/loading/address.js'
import type { Run } from '../../pkg/runtime/dist/thread/chunks.js'
import { Chunks, LoadFailure } from '../../pkg/runtime/dist/thread/chunks.js'
import { encodeThrown } from '../../pkg/runtime/dist/codec/codec.js'
import type { Packet } from '../../pkg/runtime/dist/codec/packet.js'
import { cloneOutcome, clonePacket, decode, useReader } from '../../pkg/runtime/dist/codec/packet.js'
import { readTable } from '../../pkg/runtime/dist/codec/table-reader.js'
import * as threads from '../../pkg/runtime/dist/index.js'
import * as internal from '../../pkg/runtime/dist/internal.js'
import { isTask, JOB } from '../../pkg/runtime/dist/spawn/marks.js'
import { fromLoad } from '../../pkg/runtime/dist/loading/load.js'
import type { Outcome as Settled, TaskRequest } from '../../pkg/runtime/dist/protocol.js'
import * as OUTCOME from '../../pkg/runtime/dist/outcome-kinds.js'
import { packResult } from '../../pkg/runtime/dist/thread/result.js'
import type { Spawner, TaskHandle, TaskOwner } from '../../pkg/runtime/dist/state.js'
import { runtimeState } from '../../pkg/runtime/dist/state.js'
import { ThreadContext } from '../../pkg/runtime/dist/thread/thread-context.js'
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
class Worker {
  readonly base = BASE
  readonly #chunks: Chunks

  /** Loads classes of results, on the side of the program. */
  readonly load: (address: string) => Promise<unknown>

  constructor(modules: Modules, main: Modules) {
    this.load = (address) => main.load(address)
    this.#chunks = new Chunks((address) => modules.load(address))
    this.#chunks.base = BASE
  }

  recycle(): void {}

  start({ head, load, recipes }: TaskRequest, owner: TaskOwner): TaskHandle {
    // Cloned at once, as a message would be.
    const task = new WorkerTask(0, { head, load: clonePacket(fromLoad(load)), recipes }, UNCLAIMED, false)
    void this.#run(task).then((outcome) => owner.settled(outcome, head))
    return { abort: () => {}, unref: () => {} }
  }

  async #run(task: WorkerTask): Promise<Settled> {
    try {
      const { run, classes } = await this.#chunks.get(task)
      task.classes = classes
      const [args, captures] = decode(task.packet, classes) as [unknown[], unknown[]]
      this.#chunks.fillIn(task.recipes, captures)
      return await this.#done(task, await this.#call(task, run, captures, args))
    } catch (error) {
      if (!(error instanceof LoadFailure)) return thrown(OUTCOME.FAILED, error)
      return thrown(error.isRecipe ? OUTCOME.NOT_MADE : OUTCOME.NOT_LOADED, error.error)
    }
  }

  async #call(task: WorkerTask, run: Run, captures: unknown[], args: unknown[]): Promise<unknown> {
    const { head } = task
    const context = new ThreadContext(head, new Int32Array(0), UNCLAIMED, task.classes)
    const closure: unknown = run(...captures, context)
    // An import was given by reference, and what it names has turned out to be a task.
    if (isTask(closure)) {
      const { site, captures: copies } = closure[JOB](true)
      const chunk = await this.#chunks.fetch(resolveAddress(site.load, BASE, site.at), undefined, undefined)
      return this.#call(task, chunk.run, copies, args)
    }
    const call = closure as Closure
    const driver = head.driver === undefined ? undefined : runtimeState().drivers.get(head.driver)
    return driver === undefined ? call(...args) : driver(call, args, context)
  }

  async #done(task: WorkerTask, value: unknown): Promise<Settled> {
    const { head, classes } = task
    const settled = (packet: Packet): Settled => ({ kind: OUTCOME.DONE, packet: cloneOutcome(packet) })
    try {
      return packResult(value, 'result', head.at, settled, classes)
    } catch (error) {
      if (classes?.missed !== true) throw error
      await classes.loadAll(this.#chunks.loadingFor(head))
      return packResult(value, 'result', head.at, settled, classes)
    }
  }
}

type Closure = (...args: unknown[]) => unknown

const UNCLAIMED = { slot: -1, word: 0 }

function thrown(kind: Settled['kind'], error: unknown): Settled {
  return { kind, packet: structuredClone(encodeThrown(error, (what) => new TypeError(`throws ${what}`))) }
}
