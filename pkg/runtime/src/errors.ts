// Errors that the runtime itself makes: one class for what a program may want to tell apart, one function per code. Here are those that
// a page and its workers both may need; what only some parts can fail with stands in `…-errors.ts`, so that only they bring it along.

import { runtimeState } from './state.ts'

/**
 * Where the pages of the codes are. Builds for production leave the sentences out of all `…errors` files, only the values stay, and
 * put the place of the pages here (`shortTexts` of the compiler package).
 */
const PAGES: string = ''

/** An error of the runtime. `code` names its page: R504 is explained in `errors/R504.md` of the compiler package. */
export class ThreadError extends Error {
  override readonly name: string = 'ThreadError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(PAGES === '' ? message : `${code}${message && `: ${message}`} (${PAGES}${code}.md)`, options)
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

/** The classes whose errors keep them in every thread, by the name under which they cross, each after those that it extends. */
export function knownErrorClasses(): [string, object][] {
  const builtIn = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]
  const known: [string, object][] = builtIn.map((type) => [type.name, type.prototype as object])
  // Minifiers rename them.
  const own = { ThreadError, SendError, WorkerTerminatedError, WorkerStartError, ChunkLoadError }
  for (const [name, { prototype }] of Object.entries(own)) known.push([name, prototype])
  return [...known, ...runtimeState().errorClasses]
}

/**
 * What to do about values that cannot be sent, by what they are called or by their kind; `R503` goes before what is said of results only, `R592` of what goes through shared memory.
 * Builds for production leave it out with what looks into it.
 */
const WAYS_OUT = `
a function: to run it in the thread, name a function of the file or an import in the closure, or send a task (\`task(…)\` where it is written); to have it called here, send \`callback(fn)\`
R503 a function: a function stays in the thread that made it, so return what the caller needs of it
a class: name it in the closure, where the build sees it
R503 a class: return instances of it, or data
R592 a function: send a task (\`task(…)\` where it is written), or what the other side needs of it
R592 a class: send instances of it, or data
R592 an AbortSignal: send a message when it is aborted
R592 an AbortController: send a message when it is aborted
a moved value: \`move(…)\` goes around all that is sent, and moves what can be moved anywhere in it
R592 a moved value: what goes through shared memory is copied, so send the value itself
a promise: \`await\` it first, and send what it gives
a generator: send what it gives, \`[...values]\`, or make it in the thread: a closure that is a generator function gives its values one by one
an AbortSignal: give it as the option \`signal\`, and look at \`threadSignal\` in the closure
an AbortController: keep it, give its signal as the option \`signal\`, and look at \`threadSignal\` in the closure
a URL: send its \`href\`
a URLSearchParams: send its text, \`String(…)\`
a Headers: send its entries, \`[...headers]\`
a FormData: send its entries, \`[...form]\`
a Request: read it first, and send its text or bytes
a Response: read it first, and send its text or bytes
a File: send its bytes and its name
a buffer that cannot be moved: it belongs to Node’s pool or to a WebAssembly memory, so send a copy, \`bytes.slice()\`
class: the file of the call must declare its class at the top level, or import it and use it
built-in: make it in the thread, inside the closure or as a constant of a module, which each thread makes for itself
R503 built-in: return what the caller needs to make one
handle: it stands for something that cannot be in two places, so make it inside the closure
R503 handle: it stands for something that cannot be in two places, so return what the caller needs of it
`

/** What is wrong with a value, its reason and what a hook threw: the parts of a `Refusal`. */
export interface Reason {
  readonly path: string
  readonly what: string
  readonly kind?: string
  readonly help?: string
  readonly cause?: unknown
}

/** What to do about a value that cannot be sent; empty where nothing is known. */
export function wayOut({ what, kind, help }: Reason, code = ''): string {
  if (help !== undefined) return `: ${help}`
  return PAGES === '' ? sentenceFor(`${code} ${what}`, what, `${code} ${kind}`, `${kind}`) : ''
}

function sentenceFor(...keys: readonly string[]): string {
  for (const key of keys) {
    const line = WAYS_OUT.split(`\n${key}: `)[1]
    if (line !== undefined) return `: ${line.split('\n')[0]}`
  }
  return ''
}

export const cannotReturn = (reason: Reason, at: string): SendError =>
  sendError('R503', reason, ` back from the thread spawned at ${at}`)

/** What R502 and R503 have in common. */
export function sendError(code: string, reason: Reason, where: string): SendError {
  const { path, what, cause } = reason
  const message = `cannot send ${JSON.stringify(path)} (${what})${where}${wayOut(reason, code)}`
  const page = PAGES === '' ? ` (@experimental-threads/compiler/errors/${code}.md)` : ''
  return new SendError(code, message + page, cause === undefined ? undefined : { cause })
}

export const cannotThrow = (what: string, at: string): SendError =>
  new SendError('R514', `the thread spawned at ${at} threw a value that cannot be sent (${what})`)

export const addressUnreadable = (text: string, at: string): ThreadError =>
  new ThreadError('R509', `cannot read the address of the worker chunk of the spawn at ${at} out of \`${text}\``)

export const messageUnreadable = (what: string, at: string): ThreadError =>
  new ThreadError('R510', `the ${what} of the thread spawned at ${at} could not be read on the other side`)

export const hostOnly = (name: string): ThreadError =>
  new ThreadError('R515', `\`${name}\` was called in a thread, and the pool belongs to the program that started it`)

export const partNotLoaded = (cause: unknown): ThreadError =>
  new ThreadError('R545', 'a part of the runtime could not be loaded', { cause })

export const recipeFailed = (name: string, cause: unknown): ThreadError =>
  new ThreadError(
    'R518',
    `\`${name}\` cannot be cloned, and its initialiser could not be loaded or evaluated in the thread`,
    { cause },
  )

export const unknownClass = (key: string): ThreadError =>
  new ThreadError(
    'R521',
    `a value of the class \`${nameOfKey(key)}\` came from another thread, and nothing here knows it`,
  )

/** `Vec_3wwysi6mh28t7haz` is the key of a class that the program calls `Vec`. */
export function nameOfKey(key: unknown): string {
  return String(key).replace(/_[0-9a-z]{16}$/, '')
}
