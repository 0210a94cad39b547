import { registerTravel } from '../codec/packet.ts'
import type { SharedData, SharedKind } from '../memory/shared-kind.ts'
import { describeData, isSharedData } from '../memory/shared-data.ts'
import { notShareable } from './lock-errors.ts'
import { describeShared, UNPLACED, kindOf } from '../memory/shared-kind.ts'
import type { Ticket } from './dynamic-words.ts'
import { arrived, receiveWords, ticketFor } from './dynamic-words.ts'
import { runtimeState } from '../state.ts'

interface Place {
  at: number
  data: SharedData
  ticket?: Ticket | undefined
  /** Types that must be loaded before it is decoded. */
  holds?: readonly number[] | undefined
}

/** Lets objects of a shared type be captured or sent: what arrives is an object for the same words, one and the same however often they arrive. */
export function registerSharedTravel<T extends object>(tag: string, kind: SharedKind<T>): void {
  const known = (runtimeState().travels.get(tag)?.known ?? new Map()) as Map<number, WeakRef<T>>
  registerTravel<T, Place>({
    tag,
    known,
    test: (value) => kindOf(value) === (kind as unknown),
    encode(value) {
      const data = kind.dataOf(value) as SharedData
      const at = kind.placeOf(value)
      const place = at === UNPLACED ? kind.place(value, data) : at
      // A copy would be protected by the lock and shared with nobody.
      if (!isSharedData(data)) throw notShareable(`${describeShared(value)} that is sent`, describeData(data))
      if (known.get(place)?.deref() === undefined) remember(place, value)
      const ticket = kind.unplaced === true ? undefined : ticketFor(value, place)
      return { at: place, data, ticket, holds: kind.holds?.(value) }
    },
    decode({ at, data, ticket }) {
      const old = known.get(at)?.deref()
      if (old !== undefined) {
        if (ticket !== undefined) arrived(ticket)
        return old
      }
      const refer = ticket === undefined ? undefined : receiveWords(at, ticket)
      const value = kind.revive(at, data)
      refer?.(value)
      if (ticket !== undefined) arrived(ticket)
      remember(at, value)
      return value
    },
  })
  const gone = new FinalizationRegistry<number>((at) => {
    if (known.get(at)?.deref() === undefined) known.delete(at)
  })
  function remember(at: number, value: T): void {
    known.set(at, new WeakRef(value))
    gone.register(value, at)
  }
}
