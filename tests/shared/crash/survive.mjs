import { turn, USES } from './uses.mjs'

/** How many rounds each does after the end of the victim. */
const AFTER = 5

/** Uses the primitive until the victim has ended (`stop[0]`), and for some rounds more. `stop[1]` counts who has begun. */
export async function survive(kind, shared, me, stop) {
  Atomics.add(stop, 1, 1)
  Atomics.notify(stop, 1)
  for (let left = AFTER; left > 0; me.round++) {
    if (Atomics.load(stop, 0) === 1) left--
    await USES[kind].use(shared, me)
    // A wait that was given up may be woken all the same, and passes that on.
    await turn()
  }
}
