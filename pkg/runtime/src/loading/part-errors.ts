// Errors of parts that not every program has.

import { nameOfKey, SendError, ThreadError } from '../errors.ts'

export const noThread = (name: string): ThreadError =>
  new ThreadError('R561', `\`${name}\` was used where nothing says which thread it is about`)

export const callbackReleased = (where: string): ThreadError =>
  new ThreadError('R562', `a callback was taken back before it answered, ${where}`)

/** An argument or a result of a callback. */
export const cannotCross = (path: string, what: string, at: string): SendError =>
  new SendError(
    'R563',
    `cannot send ${JSON.stringify(path)} (${what}) through the callback of the thread spawned at ${at}`,
  )

export const scopeOver = (): ThreadError => new ThreadError('R564', 'a thread was started in a scope that is over')

export const classNotLoaded = (key: string, cause: unknown): ThreadError =>
  new ThreadError('R519', `the class \`${nameOfKey(key)}\` of a value from another thread could not be loaded`, {
    cause,
  })

export const hookFailed = (name: string, cause: unknown): ThreadError =>
  new ThreadError('R520', `the \`[deserialize]\` hook of the class \`${name}\` threw`, { cause })
