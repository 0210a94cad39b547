// Errors of a call that starts a thread.

import type { Reason, SendError } from '../errors.ts'
import { ChunkLoadError, sendError, ThreadError } from '../errors.ts'
import { isMoved } from './marks.ts'

export const notLifted = (call: string): ThreadError =>
  new ThreadError(
    'R501',
    `this call of \`${call}\` was not transformed: add the plugin (vite-plugin-experimental-threads or esbuild-plugin-experimental-threads) to the build, or start Node with \`--import experimental-threads/register\`; where that is done, write the closure in the call, or wrap it in \`task(…)\` where it is written, see that it stands in a file (not in \`node -e\`) that \`include\` and \`exclude\` of the plugin cover, and in esbuild list it before other plugins that load the same files`,
  )

export const wrongProtocol = (theirs: unknown, ours: number, at: unknown): ThreadError =>
  new ThreadError(
    'R507',
    `the spawn at ${String(at)} was compiled for protocol ${String(theirs)} and this runtime speaks ${ours}: install the same version of experimental-threads and of its plugin`,
  )

export const unknownClosure = (call: string, given: unknown): ThreadError =>
  new ThreadError(
    'R560',
    `\`${call}\` was given ${shown(given)} that the build does not know: write the closure in the call, or wrap it in \`task(…)\` where it is written`,
  )

export const badOption = (name: string, value: unknown, wanted: string): ThreadError =>
  new ThreadError('R513', `\`${name}\` must be ${wanted}, not ${shown(value)}`)

/** The place of the options holds none. `instead` says where such a value stands. */
export const badOptions = (call: string, given: unknown, instead = ''): ThreadError =>
  new ThreadError('R513', `the options of \`${call}\` must be an object, not ${shown(given)}${instead}`)

export const notMoved = (given: unknown): ThreadError =>
  new ThreadError(
    'R513',
    `what stands before the closure of \`spawn\` must be what \`move\` gave, not ${shown(given)}: write \`spawn(move(value), (value) => …)\`, which copies what cannot be moved`,
  )

export const noTask = (call: string, given: unknown, instead: string): ThreadError =>
  new ThreadError(
    'R560',
    `\`${call}\` was given ${shown(given)}, and takes tasks: write ${instead}, or wrap it in \`task(…)\` where it is written`,
  )

/** A value in a message. Not `String(value)`: an object may have a `toString` that throws, or none. */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (isMoved(value)) return 'what `move` gave'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value)
}

export const cannotSend = (reason: Reason, how: 'captured' | 'passed', at: string): SendError =>
  sendError('R502', reason, `, ${how} at ${at}`)

export const chunkNotLoaded = (address: string, at: string, cause: unknown): ChunkLoadError =>
  new ChunkLoadError(`cannot load ${address} for the thread spawned at ${at}`, address, { cause })
