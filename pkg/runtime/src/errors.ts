// Every error that the runtime itself makes: one class for what a program may want to tell apart, one function per code.

import { runtimeState } from './state.ts'

/** An error of the runtime. `code` names its page: R504 is explained in `errors/R504.md` of the compiler package. */
export class ThreadError extends Error {
  override readonly name: string = 'ThreadError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A value cannot go to another thread (R502, R503, R514). */
export class SendError extends ThreadError {
  override readonly name: string = 'SendError'
}

/** The worker ended before the thread did (R504). `cause` tells why, where that is known. */
export class WorkerTerminatedError extends ThreadError {
  override readonly name: string = 'WorkerTerminatedError'
}

/** A worker could not be started (R506). */
export class WorkerStartError extends ThreadError {
  override readonly name: string = 'WorkerStartError'
}

/** The chunk that holds the closure could not be loaded (R505). The next spawn tries again. */
export class ChunkLoadError extends ThreadError {
  override readonly name: string = 'ChunkLoadError'
  /** Address of the chunk. */
  readonly address: string

  constructor(message: string, address: string, options?: ErrorOptions) {
    super('R505', message, options)
    this.address = address
  }
}

/** Lets errors of this class keep it when they cross to another thread that has registered it too. */
export function registerErrorClass(name: string, type: { prototype: object }): void {
  runtimeState().errorClasses.set(name, type.prototype)
}

/** Classes of this file, by the name under which they cross. */
export const ownErrorClasses = (): Record<string, object> => ({
  ThreadError: ThreadError.prototype,
  SendError: SendError.prototype,
  WorkerTerminatedError: WorkerTerminatedError.prototype,
  WorkerStartError: WorkerStartError.prototype,
  ChunkLoadError: ChunkLoadError.prototype,
})

export const notLifted = (call: string): ThreadError =>
  new ThreadError(
    'R501',
    `this call of \`${call}\` was not transformed: add the plugin (vite-plugin-experimental-threads or esbuild-plugin-experimental-threads) to the build, see that its \`include\` and \`exclude\` cover this file, and in esbuild list it before other plugins that load the same files`,
  )

/** What is wrong with a value, its reason and what a hook threw: the parts of a `Refusal`. */
interface Reason {
  readonly path: string
  readonly what: string
  readonly help?: string
  readonly cause?: unknown
}

export const cannotSend = (reason: Reason, how: 'captured' | 'passed', at: string): SendError =>
  sendError('R502', reason, `, ${how} at ${at}`)

export const cannotReturn = (reason: Reason, at: string): SendError =>
  sendError('R503', reason, ` back from the thread spawned at ${at}`)

function sendError(code: string, { path, what, help, cause }: Reason, where: string): SendError {
  const message = `cannot send ${JSON.stringify(path)} (${what})${where}${help === undefined ? '' : `: ${help}`}`
  return new SendError(code, message, cause === undefined ? undefined : { cause })
}

export const cannotThrow = (what: string, at: string): SendError =>
  new SendError('R514', `the thread spawned at ${at} threw a value that cannot be sent (${what})`)

export const workerTerminated = (why: string, at: string, cause: unknown): WorkerTerminatedError =>
  new WorkerTerminatedError('R504', `the worker ended (${why}) before the thread spawned at ${at} did`, { cause })

export const chunkNotLoaded = (address: string, at: string, cause: unknown): ChunkLoadError =>
  new ChunkLoadError(`cannot load ${address} for the thread spawned at ${at}`, address, { cause })

export const workerNotStarted = (address: string, at: string, cause: unknown): WorkerStartError =>
  new WorkerStartError('R506', `cannot start the worker ${address} for the thread spawned at ${at}`, { cause })

export const wrongProtocol = (theirs: unknown, ours: number, at: unknown): ThreadError =>
  new ThreadError(
    'R507',
    `the spawn at ${String(at)} was compiled for protocol ${String(theirs)} and this runtime speaks ${ours}: install the same version of experimental-threads and of its plugin`,
  )

export const noWorkerAddress = (at: string): ThreadError =>
  new ThreadError('R508', `the spawn at ${at} cannot start a worker, since no module told the runtime its address`)

export const addressUnreadable = (text: string, at: string): ThreadError =>
  new ThreadError('R509', `cannot read the address of the worker chunk of the spawn at ${at} out of \`${text}\``)

export const messageUnreadable = (what: string, at: string): ThreadError =>
  new ThreadError('R510', `the ${what} of the thread spawned at ${at} could not be read on the other side`)

export const noDedicatedWorker = (at: string, max: number, running: readonly string[]): ThreadError =>
  new ThreadError(
    'R511',
    `the dedicated thread spawned at ${at} cannot start, since all ${max} workers are taken by ${listed(running)}`,
  )

/** A worker can hold thousands of suspended threads; the first ones tell enough. */
function listed(names: readonly string[], most = 16): string {
  const rest = names.length - most
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

export const queueFull = (at: string, max: number): ThreadError =>
  new ThreadError('R540', `the thread spawned at ${at} cannot wait for a worker, since ${max} threads wait already`)

/** Printed, since nothing has failed. */
export const serialNotice = (): string =>
  'R541: threads run on the program’s own thread, one after the other, since `maxThreads` or EXPERIMENTAL_THREADS is 0'

export const shutDown = (at: string): ThreadError =>
  new ThreadError('R512', `the spawn at ${at} came while the pool was shutting down`)

export const badOption = (name: string, value: unknown, wanted: string): ThreadError =>
  new ThreadError('R513', `\`${name}\` must be ${wanted}, not ${shown(value)}`)

/** A value in a message. Not `String(value)`: an object may have a `toString` that throws, or none. */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value)
}

export const hostOnly = (name: string): ThreadError =>
  new ThreadError('R515', `\`${name}\` was called in a thread, and the pool belongs to the program that started it`)

/** The cause given to those who shared a worker with a thread that did not react to its abort. */
export const keptWorkerBusy = (name: string, at: string, graceTime: number): ThreadError =>
  new ThreadError(
    'R516',
    `the thread \`${name}\` spawned at ${at} was aborted and kept its worker busy for more than ${graceTime} ms`,
  )

/** Printed, since there is no thread that it could reject. */
export const unheardError = (cause: unknown): ThreadError =>
  new ThreadError('R517', 'an error in a worker was not caught after its threads had ended', { cause })

export const recipeFailed = (name: string, cause: unknown): ThreadError =>
  new ThreadError(
    'R518',
    `\`${name}\` cannot be cloned, and its initialiser could not be loaded or evaluated in the thread`,
    {
      cause,
    },
  )

export const unknownClosure = (call: string, given: unknown): ThreadError =>
  new ThreadError(
    'R560',
    `\`${call}\` was given ${shown(given)} that the build does not know: write the closure in the call, or wrap it in \`task(…)\` where it is written`,
  )

export const noThread = (name: string): ThreadError =>
  new ThreadError('R561', `\`${name}\` was used where nothing says which thread it is about`)
export const classNotLoaded = (key: string, cause: unknown): ThreadError =>
  new ThreadError('R519', `the class \`${nameOfKey(key)}\` of a value from another thread could not be loaded`, {
    cause,
  })

export const hookFailed = (name: string, cause: unknown): ThreadError =>
  new ThreadError('R520', `the \`[deserialize]\` hook of the class \`${name}\` threw`, { cause })

export const unknownClass = (key: string): ThreadError =>
  new ThreadError(
    'R521',
    `a value of the class \`${nameOfKey(key)}\` came from another thread, and nothing here knows it`,
  )

/** `Vec_3wwysi6mh28t7haz` is the key of a class that the program calls `Vec`. */
function nameOfKey(key: unknown): string {
  return String(key).replace(/_[0-9a-z]{16}$/, '')
}

export const callbackReleased = (where: string): ThreadError =>
  new ThreadError('R562', `a callback was taken back before it answered, ${where}`)

/** An argument or a result of a callback. */
export const cannotCross = (path: string, what: string, at: string): SendError =>
  new SendError(
    'R563',
    `cannot send ${JSON.stringify(path)} (${what}) through the callback of the thread spawned at ${at}`,
  )

export const scopeOver = (): ThreadError => new ThreadError('R564', 'a thread was started in a scope that is over')
