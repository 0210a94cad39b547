// The way to workers without messages. Loaded when a program has started many threads.

import { Caller } from './caller.ts'
import type { Callee } from './caller.ts'
import type { Link } from './link.ts'
import { Lookout } from './lookout.ts'
import { Rings } from './ring.ts'

export class Calls {
  readonly lookout: Lookout
  readonly #rings = new Rings()
  /** Gives out what waits. Called when answers have come. */
  readonly pump: () => void

  constructor(pump: () => void) {
    this.pump = pump
    this.lookout = new Lookout(pump)
  }

  /** Opens the way to a worker; null where there is no shared memory, or none left. */
  open(worker: Callee, link: Link): Caller | null {
    const at = this.#rings.lend()
    return at === 0 ? null : new Caller(this, at, worker, link)
  }

  /** The worker has stopped, and writes nothing any more. */
  close({ at }: Caller): void {
    this.#rings.giveBack(at)
  }
}
