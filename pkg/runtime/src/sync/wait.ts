/**
 * The one file that sleeps on shared memory. Everything in `sync/` waits through `wait` (in any thread) or `block` (only where a thread may block),
 * so that the same algorithm text can be shipped and be run by the explorer in `tests/model`.
 */

import { arena } from '../memory/arena.ts'
import { DEATHS } from '../memory/layout.ts'
import { fallAsleep, wakeUp } from './agent-algorithm.ts'
import { lookAtWaits } from './agent-notes.ts'
import { LOOK_MS } from './deadlock.ts'
import { isCondemned } from './verdict.ts'

interface AsyncWait {
  readonly async: boolean
  readonly value: Promise<unknown> | string
}

type WaitAsync = (words: Int32Array, index: number, value: number, timeout?: number) => AsyncWait

const { waitAsync } = Atomics as unknown as { waitAsync?: WaitAsync }

/** How often a waiter looks at its lock again, in milliseconds, whatever wake-ups say. */
export const RETRY_MS = 20

/**
 * Sleeps until the word at `index` is notified; returns at once when it is not `value`. May return early: callers look again.
 *
 * Takes no timeout and is never abandoned: an abandoned `waitAsync` would eat a later wake-up that another thread needs, and there is no way to cancel one.
 */
export function wait(words: Int32Array, index: number, value: number): Promise<unknown> | undefined {
  if (mustLookAgain(words)) return undefined
  if (waitAsync === undefined) return poll(words, index, value)
  const result = waitAsync(words, index, value)
  if (!result.async) return undefined
  // In the wait list from here on, so it hears of later deaths. One that was announced since the look is told now, the only way that leaves no wait behind.
  if (Atomics.load(words, DEATHS) !== deaths) Atomics.notify(words, index)
  return result.value as Promise<unknown>
}

/**
 * Blocks the thread until the word at `index` is notified; returns at once when it is not `value`. May return early. False when it slept until `deadline`, in milliseconds
 * of `performance.now()`: then no wake-up has come to it.
 */
export function block(words: Int32Array, index: number, value: number, deadline: number = Infinity): boolean {
  const { agent } = arena()
  if (!fallAsleep(words, agent, deaths)) {
    deaths = Atomics.load(words, DEATHS)
    return true
  }
  const left = deadline === Infinity ? Infinity : Math.max(0, deadline - performance.now())
  const result = Atomics.wait(words, index, value, Math.min(left, LOOK_MS))
  wakeUp(words, agent)
  if (result !== 'timed-out') return true
  if (left <= LOOK_MS) return false
  lookAtWaits()
  return !isCondemned()
}

/** Blocks the thread as `block` does, but for a moment only, so that nobody need wake it: until `until` at the latest. False when nobody did. */
export function nap(words: Int32Array, index: number, value: number, until: number): boolean {
  return block(words, index, value, until)
}

/** The same without blocking the thread. */
export async function napAsync(words: Int32Array, index: number, value: number, until: number): Promise<boolean> {
  const left = Math.max(0, until - performance.now())
  if (waitAsync === undefined) await new Promise((resolve) => setTimeout(resolve, left))
  else if ((await waitAsync(words, index, value, left).value) !== 'timed-out') return true
  return Atomics.load(words, index) !== value
}

/** Whether `deadline` has passed, or the wait can never end. */
export function isOver(deadline: number): boolean {
  if (isCondemned()) return true
  return deadline !== Infinity && performance.now() >= deadline
}

/**
 * How many deaths this thread knows of. Whoever sleeps here has looked at what it waits for just before, in the same turn, so a death that was announced since the
 * last sleep of anybody in this thread may have come after that look.
 */
let deaths = 0

/** Whether an agent has died that this thread does not know of. */
function mustLookAgain(words: Int32Array): boolean {
  const known = deaths
  deaths = Atomics.load(words, DEATHS)
  return deaths !== known
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
export interface Retried {
  /** Called about every 20 ms while somebody waits: looks again, whatever wake-ups have said. */
  retry(): void
}

/** How many wait for what. */
const retried = new Map<Retried, number>()
/** How many of them keep the program alive. */
let alive = 0
let timer: ReturnType<typeof setInterval> | undefined

/**
 * Keeps this thread's event loop alive while somebody in it waits for `what`: a pending `waitAsync` alone lets Node exit, with code 0. The same timer is a second
 * chance for a waiter whose wake-up went to a thread that is too busy to use it.
 *
 * @param unref the wait only asks for the second chance
 */
export function keepAlive(what: Retried, unref = false): void {
  retried.set(what, (retried.get(what) ?? 0) + 1)
  timer ??= setInterval(retryAll, RETRY_MS)
  if (!unref) alive++
  if (alive <= 1) refTimer()
}

/** Ends `keepAlive`: when nobody in this thread waits any more, a finished program may end. */
export function letGo(what: Retried, unref = false): void {
  const left = retried.get(what)! - 1
  if (left > 0) retried.set(what, left)
  else retried.delete(what)
  if (!unref) alive--
  if (retried.size === 0) {
    clearInterval(timer)
    timer = undefined
  } else if (alive === 0) refTimer()
}

/** In browsers timers have neither. */
function refTimer(): void {
  const handle = timer as { ref?(): void; unref?(): void }
  if (alive > 0) handle.ref?.()
  else handle.unref?.()
}

function retryAll(): void {
  for (const what of retried.keys()) what.retry()
}
