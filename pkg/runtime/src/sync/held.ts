/**
 * What this thread holds of what threads share. When the last task of a worker has ended, nobody is left there who could give anything back: what it still holds is
 * reported, poisoned and freed.
 *
 * Guards of one task are not told from those of another, since several share a worker and nothing says whose turn it is after an `await`.
 */

import type { TaskHead } from '../protocol.ts'
import { runtimeState } from '../state.ts'
import { leftHeld } from '../wait-errors.ts'

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

const held: HeldToken[] = []

/** To be called when something has been taken. */
export function noteHeld(token: HeldToken): void {
  held.push(token)
}

/** To be called when it is given back. */
export function noteFreed(token: HeldToken): void {
  // Nearly always the last one: `using` gives back in the opposite order.
  if (held[held.length - 1] === token) {
    held.pop()
    return
  }
  const index = held.lastIndexOf(token)
  if (index >= 0) held.splice(index, 1)
}

/** What this thread holds now, in the order in which it was taken. */
export function heldHere(): readonly HeldToken[] {
  return held
}

runtimeState().emptied.add(({ name, at }: TaskHead) => {
  while (held.length > 0) {
    const token = held[held.length - 1]!
    const { message } = leftHeld(name, at, token.heldName)
    console.error(`R580: ${message}`)
    token.forfeit()
  }
})
