import { registerTravel } from '../codec.ts'
import type { SharedData, SharedKind } from '../shared-kind.ts'
import { describeData, isSharedData } from '../shared-data.ts'
import { notShareable } from '../lock-errors.ts'
import { UNPLACED, kindOf } from '../shared-kind.ts'

interface Place {
  at: number
  data: SharedData
}

/** Lets objects of a shared type be captured or sent: what arrives is an object for the same words, one and the same however often they arrive. */
export function registerSharedTravel<T extends object>(tag: string, kind: SharedKind<T>): void {
  const known = new Map<number, WeakRef<T>>()
  registerTravel<T, Place>({
    tag,
    // By number: the object may be of another copy of the runtime in this thread.
    test: (value) => kindOf(value)?.number === kind.number,
    encode(value) {
      const data = kind.dataOf(value) as SharedData
      const at = kind.placeOf(value)
      const place = at === UNPLACED ? kind.place(value, data) : at
      // A copy would be protected by the lock and shared with nobody.
      if (!isSharedData(data)) throw notShareable(`a \`${value.constructor.name}\` that is sent`, describeData(data))
      if (known.get(place)?.deref() === undefined) known.set(place, new WeakRef(value))
      return { at: place, data }
    },
    decode({ at, data }) {
      const old = known.get(at)?.deref()
      if (old !== undefined) return old
      const value = kind.revive(at, data)
      known.set(at, new WeakRef(value))
      return value
    },
  })
}
