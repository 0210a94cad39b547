// Errors that only the pool makes.

import { ThreadError, WorkerTerminatedError, WorkerStartError } from '../errors.ts'

export const workerTerminated = (why: string, at: string, cause: unknown): WorkerTerminatedError =>
  new WorkerTerminatedError('R504', `the worker ended (${why}) before the thread spawned at ${at} did`, { cause })

export const workerNotStarted = (address: string, at: string, cause: unknown): WorkerStartError =>
  new WorkerStartError('R506', `cannot start the worker ${address} for the thread spawned at ${at}`, { cause })

export const noWorkerAddress = (at: string): ThreadError =>
  new ThreadError('R508', `the spawn at ${at} cannot start a worker, since no module told the runtime its address`)

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
  new ThreadError(
    'R540',
    `the thread spawned at ${at} cannot wait for a worker, since as many wait already as \`maxQueue\` allows (${max})`,
  )

export const shutDown = (at: string): ThreadError =>
  new ThreadError('R512', `the spawn at ${at} came while the pool was shutting down`)

/** The cause given to those who shared a worker with a thread that did not react to its abort. */
export const keptWorkerBusy = (name: string, at: string, graceTime: number): ThreadError =>
  new ThreadError(
    'R516',
    `the thread \`${name}\` spawned at ${at} was aborted and kept its worker busy for more than ${graceTime} ms`,
  )

/** Printed, since there is no thread that it could reject. */
export const unheardError = (cause: unknown): ThreadError =>
  new ThreadError('R517', 'an error in a worker was not caught after its threads had ended', { cause })
