/**
 * The one file that sleeps on shared memory. Everything in `sync/` waits through `wait` (in any thread) or `block` (only where a thread may block),
 * so that the same algorithm text can be shipped and be run by the explorer in `tests/model`.
 */

import { arena } from '../arena.ts'
import { DEATHS } from '../layout.ts'
import { fallAsleep, wakeUp } from './agent-algorithm.ts'

interface AsyncWait {
  readonly async: boolean
  readonly value: Promise<unknown> | string
}

const waitAsync: ((words: Int32Array, index: number, value: number) => AsyncWait) | undefined = (
  Atomics as unknown as { waitAsync?: (words: Int32Array, index: number, value: number) => AsyncWait }
).waitAsync

/** How often a waiter looks at its lock again, in milliseconds, whatever wake-ups say. */
const RETRY_MS = 20

/**
 * Sleeps until the word at `index` is notified; returns at once when it is not `value`. May return early: callers look again.
 *
 * Never takes a timeout and is never abandoned: an abandoned `waitAsync` would eat a later wake-up that another thread needs, and there is no way to cancel one.
 */
export function wait(words: Int32Array, index: number, value: number): Promise<unknown> | undefined {
  const { agent } = arena()
  if (!fallsAsleep(words, agent)) return undefined
  const result = waitAsync?.(words, index, value)
  wakeUp(words, agent)
  if (result === undefined) return poll(words, index, value)
  return result.async ? (result.value as Promise<unknown>) : undefined
}

/** Blocks the thread until the word at `index` is notified; returns at once when it is not `value`. May return early. */
export function block(words: Int32Array, index: number, value: number): void {
  const { agent } = arena()
  if (!fallsAsleep(words, agent)) return
  Atomics.wait(words, index, value)
  wakeUp(words, agent)
}

/**
 * How many deaths this thread knows of. Whoever sleeps here has looked at what it waits for just before, in the same turn, so a death that was announced since the
 * last sleep of anybody in this thread may have come after that look.
 */
let deaths = 0

/** False when the caller must look again, since an agent has died. */
function fallsAsleep(words: Int32Array, agent: number): boolean {
  if (fallAsleep(words, agent, deaths)) return true
  deaths = Atomics.load(words, DEATHS)
  return false
}

/** For engines without `Atomics.waitAsync` (Firefox before 145): looks again and again, at first at once, then every 20 ms. */
function poll(words: Int32Array, index: number, value: number): Promise<unknown> | undefined {
  if (Atomics.load(words, index) !== value) return undefined
  const known = deaths
  return new Promise((resolve) => {
    let pause = 0
    const look = (): void => {
      if (Atomics.load(words, index) !== value || Atomics.load(words, DEATHS) !== known) return resolve(undefined)
      pause = Math.min(RETRY_MS, pause * 2 + 1)
      setTimeout(look, pause)
    }
    setTimeout(look, 0)
  })
}

/** Something with waiters in this thread. */
export interface LocalQueue {
  /** Called about every 20 ms while it is registered. */
  retry(): void
}

const queues = new Set<LocalQueue>()
let timer: ReturnType<typeof setInterval> | undefined

/**
 * Keeps this thread's event loop alive while somebody in it awaits `queue`: a pending `waitAsync` alone lets Node exit, with code 0. The same timer is a second
 * chance for a waiter whose wake-up went to a thread that is too busy to use it.
 */
export function keepAlive(queue: LocalQueue): void {
  queues.add(queue)
  timer ??= setInterval(retryAll, RETRY_MS)
}

/** Ends `keepAlive`: nobody in this thread awaits `queue` any more, and a finished program may end. */
export function letGo(queue: LocalQueue): void {
  queues.delete(queue)
  if (queues.size > 0) return
  clearInterval(timer)
  timer = undefined
}

function retryAll(): void {
  for (const queue of queues) queue.retry()
}
