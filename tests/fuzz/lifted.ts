/**
 * Runs what the transform made of a program, with the runtime that users get, all of it but the workers: a task is cloned as a message
 * would be, and run by the worker's own `Runner` with module instances of its own, in this thread.
 */

import * as library from './library.ts'
import { moduleOf, Modules } from './modules.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOf } from './outcome.ts'
import type { TransformOutput } from '@experimental-threads/compiler'
import * as threads from '../../pkg/runtime/dist/index.js'
import * as internal from '../../pkg/runtime/dist/internal.js'
import { Link } from '../../pkg/runtime/dist/link.js'
import type { Message, Outcome as Settled, TaskRequest } from '../../pkg/runtime/dist/protocol.js'
import { MESSAGE } from '../../pkg/runtime/dist/protocol.js'
import { Runner } from '../../pkg/runtime/dist/runner.js'
import type { Spawner, TaskHandle } from '../../pkg/runtime/dist/state.js'
import { runtimeState } from '../../pkg/runtime/dist/state.js'

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
    if (specifier === 'experimental-threads') return moduleOf({ ...threads })
    if (specifier === 'experimental-threads/internal') return moduleOf({ ...internal, ...watched })
    if (specifier === './library') return moduleOf({ ...library })
    const text = texts.get(specifier)
    if (text === undefined) throw new Error(`no module ${specifier}`)
    return toJavaScript(text)
  }
  const state = runtimeState()
  state.spawner = new Worker(new Modules(find))
  const main = new Modules(find)
  return outcomeOf(async () => {
    const { main: run, ...exports } = await main.load('program')
    return [await (run as () => Promise<unknown>)(), exports]
  })
}

/** A program may fail before it comes to await a thread. That is no failure of this process. */
const watched = {
  $spawn: (...args: Parameters<typeof internal.$spawn>): ReturnType<typeof internal.$spawn> => {
    const thread = internal.$spawn(...args)
    thread.catch(() => {})
    return thread
  },
}

/** Clones at once and delivers later, as `postMessage` does. */
function posts(deliver: (data: unknown) => void): (message: unknown, transfer?: Transferable[]) => void {
  return (message, transfer = []) => {
    const data: unknown = structuredClone(message, { transfer })
    queueMicrotask(() => deliver(data))
  }
}

/** A pool of one worker that is not one. */
class Worker implements Spawner {
  readonly base = BASE
  readonly #link: Link
  readonly #open = new Map<number, (outcome: Settled) => void>()
  #last = 0

  constructor(modules: Modules) {
    let listener: (data: unknown) => void = () => {}
    const toHost = (data: unknown): void => this.#received(data)
    const port = {
      post: posts((data) => toHost(data)),
      listen: (listens: (data: unknown) => void) => {
        listener = listens
      },
      closing: () => {},
      uncaught: () => {},
    }
    this.#link = new Link(posts((data) => listener(data)))
    const runner = new Runner(
      port,
      (address) => modules.load(address),
      () => {},
    )
    runner.base = BASE
  }

  start(task: TaskRequest, settled: (outcome: Settled) => void): TaskHandle {
    const id = ++this.#last
    this.#open.set(id, settled)
    this.#link.send({ kind: MESSAGE.RUN, id, task }, task.packet.transfer)
    return { abort: () => {}, unref: () => {} }
  }

  #received(data: unknown): void {
    const message = this.#link.receive(data as never) as Message | null
    if (message?.kind !== MESSAGE.SETTLED) return
    const settled = this.#open.get(message.id)
    this.#open.delete(message.id)
    settled?.(message.outcome)
  }

  settingsChanged(): void {}

  async shutdown(): Promise<void> {}

  stats(): never {
    throw new Error('there is no pool')
  }
}
