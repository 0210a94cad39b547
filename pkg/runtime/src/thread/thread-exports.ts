// `threadSignal` and `threadName` for helpers that a closure imports. In closures themselves the build binds them to the
// one thread. Here they are live bindings: right from the start of a closure until it first awaits.

import { runtimeState } from '../common.ts'
import { noThread } from '../loading/part-errors.ts'

/**
 * Tells the closure that its thread was aborted.
 *
 * ```ts
 * await spawn(async () => {
 *   const page = await fetch(url, { signal: threadSignal })
 *   for (const row of rows(await page.text())) {
 *     threadSignal.throwIfAborted()
 *     index(row)
 *   }
 * })
 * ```
 *
 * `aborted` tells of an abort at once, also a loop that never awaits. The reason comes in a message: who asks before it has come, and so
 * hears of it first in this way, gets a `DOMException` named `AbortError` as the reason. The spawning side always gets the true one.
 *
 * In a closure, and in functions of its file, it always means the closure's own thread. In an imported function it does so
 * before the first `await`; later, and outside of threads, using it throws R561.
 */
export let threadSignal: AbortSignal = nowhere('threadSignal') as AbortSignal

/** The name of the thread that runs the closure. It means the closure's own thread where `threadSignal` does. */
export let threadName: string = nowhere('threadName') as string

const OUTSIDE = { threadSignal, threadName }

runtimeState().entering.add((context) => {
  threadSignal = context === null ? OUTSIDE.threadSignal : context.signal
  threadName = context === null ? OUTSIDE.threadName : context.name
})

/** Stands where there is no thread: nothing can be done with it. */
function nowhere(name: string): unknown {
  const refuse = (): never => {
    throw noThread(name)
  }
  return new Proxy({}, { get: refuse, set: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse })
}
