// The threads of a directed kill: the one that is ended, and those that must go on.

import { armCrash } from './node_modules/experimental-threads/dist/sync/crash-point.js'
import { survive } from './survive.mjs'
import { turn, USES } from './uses.mjs'

const runs = {
  /** Uses the primitive until it reaches its point, or for so many rounds, or so many milliseconds. */
  victim: (kind, shared, own, plan, rounds, patience) => async () => {
    armCrash(plan)
    const me = { name: 'victim', round: 0, blocks: true, own }
    try {
      const end = performance.now() + patience
      for (; me.round < rounds && performance.now() < end; me.round++) {
        await USES[kind].use(shared, me)
        await turn()
      }
    } catch (error) {
      // Others end the meeting that it waits in.
      if (error.name !== 'BrokenBarrierError') throw error
    } finally {
      // Its worker may run another one.
      armCrash(null)
    }
  },

  survivor: (kind, shared, own, stop, name, blocks) => () =>
    survive(kind, shared, { name, round: 0, blocks, own }, stop),
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
