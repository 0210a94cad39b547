// Threads that all make the same declared values at the same time.
import { Mutex } from 'experimental-threads'
import { $shared } from 'experimental-threads/internal'

const runs = {
  /** Meets the others, then makes or finds `ids` locks in an order of its own. Where each of them lies. */
  race: (gate, agent, agents, ids, round) => () => {
    Atomics.add(gate, 0, 1)
    Atomics.notify(gate, 0)
    for (let now = gate[0]; now < agents; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now)
    const places = new Int32Array(ids)
    for (let step = 0; step < ids; step++) {
      const id = (step * 7 + agent * 131) % ids
      places[id] = $shared(Mutex, `race-${round}-${id}`, 'h', () => []).at
    }
    return places
  },
}

const $run = runs[new URL(import.meta.url).searchParams.get('run')]
export { $run as run }
