/**
 * What this thread holds of what threads share. When the last task of a worker has ended, nobody is left there who could give anything back: what it still holds is
 * reported, poisoned and freed.
 *
 * Guards of one task are not told from those of another, since several share a worker and nothing says whose turn it is after an `await`.
 */

import type { TaskHead } from '../protocol.ts'
import { runtimeState } from '../state.ts'
import { leftHeld } from './wait-errors.ts'

/** Ways to hold something: with others; as the owner that the word of a mutex names; as the writer that the word of a `RwLock` names. */
export const SHARED_HOLD = 0
export const MUTEX_HOLD = 1
export const WRITE_HOLD = 2

/** Something held: a guard, in most cases. */
export interface HeldToken {
  /** What is held, for messages: "the `Mutex` `hits`", or "a `Mutex`". */
  readonly heldName: string
  /** Where its words lie. */
  readonly heldAt: number
  /** How the first of those words names the one thread that can hold this; SHARED_HOLD when others can, too. */
  readonly owned: number
  /** Poisons what is held and frees it, since who should have given it back is no more. Ends the token: must call `noteFreed`. */
  forfeit(): void
}

/** What was taken last, until it is given back. It has a place of its own, since nearly always it is all: a list costs a free lock a fifth of its time. */
const here: { last: HeldToken | null } = { last: null }
/** What was taken before and is held. */
const others: HeldToken[] = []

/** To be called when something has been taken. */
export function noteHeld(token: HeldToken): void {
  if (here.last !== null) others.push(here.last)
  here.last = token
}

/** To be called when it is given back. */
export function noteFreed(token: HeldToken): void {
  if (here.last === token) here.last = null
  else forget(token)
}

function forget(token: HeldToken): void {
  const index = others.lastIndexOf(token)
  if (index >= 0) others.splice(index, 1)
}

/** What this thread holds now, in the order in which it was taken. */
export function heldHere(): readonly HeldToken[] {
  return here.last === null ? [...others] : [...others, here.last]
}

runtimeState().emptied.add(({ name, at }: TaskHead) => {
  for (let token = here.last ?? others.at(-1); token !== undefined; token = here.last ?? others.at(-1)) {
    const { message } = leftHeld(name, at, token.heldName)
    console.error(`R580: ${message}`)
    token.forfeit()
  }
})
