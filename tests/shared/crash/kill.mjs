// Ends a thread at a point of an algorithm, while others use the same primitive, and looks whether they go on.

import { survive } from './survive.mjs'
import { USES } from './uses.mjs'

/** How many rounds a victim has to come to its point, and how many milliseconds. */
const ROUNDS = 200
const PATIENCE = 1_000
/** How often the host meets the others in place of the victim. */
const MEETINGS = 3
/** How long it may take until those who wait hear of an end, in milliseconds. A browser takes seconds to end a thread. */
const HEARD = 15_000

const words = (count) => new Int32Array(new SharedArrayBuffer(4 * count))

/** Resolves once `cells[index]` is no longer `value`; something else must keep the program alive. */
async function changes(cells, index, value) {
  while (Atomics.load(cells, index) === value) await Atomics.waitAsync(cells, index, value).value
}

/**
 * @param start starts a closure of `closures.mjs`: name, captures, whether it blocks
 * @param kind one of USES
 * @param point the number of the point
 * @param passes how many times the victim passes it before
 * @returns whether it came there and was ended, and what went wrong
 */
export async function killAt(start, kind, point, passes) {
  const shared = USES[kind].make()
  const own = words(1)
  const stop = words(2)
  const plan = words(4)
  plan[0] = point
  plan[2] = passes
  const faults = []
  const survivors = [
    start('survivor', [kind, shared, own, stop, 'blocking', true], true),
    start('survivor', [kind, shared, own, stop, 'awaiting', false], false),
    ...(kind === 'barrier' ? [] : [survive(kind, shared, { name: 'host', round: 0, blocks: false, own }, stop)]),
  ]
  const ended = Promise.all(
    survivors.map((one, index) => one.catch((error) => note(faults, ['blocking', 'awaiting', 'host'][index], error))),
  )
  while (stop[1] < survivors.length) await changes(stop, 1, stop[1])
  const victim = start('victim', [kind, shared, own, plan, ROUNDS, PATIENCE], true)
  victim.catch((error) => {
    if (plan[1] === 0) note(faults, 'victim', error)
  })
  await Promise.race([victim.join(), changes(plan, 1, 0)])
  const died = Atomics.load(plan, 1) === 1
  if (died) {
    victim.abort()
    await victim.join()
  }
  const haveEnded = died && kind === 'barrier' && (await meetInPlace(shared, ended, faults))
  Atomics.store(stop, 0, 1)
  if (kind === 'barrier' && !haveEnded) await endMeeting(shared, ended)
  await ended
  if (faults.length === 0)
    await USES[kind].atEnd(shared, { died, owned: own[0] }).catch((error) => note(faults, 'at the end', error))
  return { died, faults }
}

function note(faults, who, error) {
  if (error?.name !== 'BrokenBarrierError') faults.push(`${who}: ${error?.code ?? ''} ${error?.message ?? error}`)
}

/**
 * A party that ends while it waits breaks the barrier, and then all must hear of it. One that has not come, or that had met the others, is only missing: the host takes its
 * place, and the others go on. Whether they have ended, since the barrier is broken.
 */
async function meetInPlace(meeting, ended, faults) {
  try {
    // To come to a broken barrier may wake those who wait there, who must have heard before.
    for (let round = 0; round < MEETINGS && !meeting.isBroken; round++) await meeting.wait({ timeout: HEARD })
  } catch (error) {
    note(faults, 'host', error)
  }
  if (!meeting.isBroken) return false
  let limit
  const late = new Promise((resolve) => (limit = setTimeout(resolve, HEARD, false)))
  const heard = await Promise.race([ended.then(() => true), late])
  clearTimeout(limit)
  if (!heard) faults.push('nobody heard that a party had died')
  return heard
}

/** Ends the meetings of those who wait for one that comes no more. */
async function endMeeting(meeting, ended) {
  const meetings = { open: true }
  void ended.then(() => (meetings.open = false))
  while (meetings.open) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    meeting.reset()
  }
}
