// Instances among values that are looked through and written: what the codec asks a table of classes about each object.

import type { ClassType } from './class-hooks.ts'
import { deserialize, hasHooks, serialize } from './class-hooks.ts'
import { isHandle } from './handle.ts'
import { describeInstance } from './instance.ts'
import type { Scan } from './sendable.ts'
import { at, isError, refuse, scanValue } from './sendable.ts'
import type { OpenObjects } from './travellers.ts'

/** Objects whose contents are being looked through, where some classes have hooks. */
export class HookedObjects implements OpenObjects {
  /** How many hooks gave what is being looked through. */
  depth = 0
  /** With the number of hooks around them. */
  readonly #open = new Map<object, number>()

  enter(value: object): void {
    this.#open.set(value, this.depth)
  }

  leave(value: object): void {
    this.#open.delete(value)
  }

  /** A hook's data must be there before the hook that makes an instance of it runs, so it cannot hold what is around it. */
  again(value: object, scan: Scan): string | null {
    if ((this.#open.get(value) ?? Infinity) >= this.depth) return null
    return refuse(
      scan,
      'an object that holds itself',
      'what a `[serialize]` hook gives must not lead back to the instance',
    )
  }
}

/** Looks through an instance. Null when it can be sent, else what it is; undefined for an error, which is looked through later. */
export function scanInstance(value: object, type: ClassType, scan: Scan): string | null | undefined {
  if (hasHooks(type)) return scanHooked(value, type, scan)
  return isError(value) ? undefined : scanPlain(value, type, scan)
}

function scanHooked(value: object, type: ClassType, scan: Scan): string | null {
  const { hooked } = scan.knowledge
  const what = `an instance of ${type.name}`
  if (!hooked.has(value)) {
    if (typeof type[serialize] !== 'function' || typeof type[deserialize] !== 'function')
      return refuse(
        scan,
        what,
        `${type.name} has one of the hooks \`[serialize]\` and \`[deserialize]\` and needs both`,
      )
    try {
      hooked.set(value, type[serialize](value))
    } catch (cause) {
      scan.more = {
        help: `its \`[serialize]\` hook threw: ${String((cause as Error | null)?.message ?? cause)}`,
        cause,
      }
      return what
    }
  }
  scan.special = true
  // There is none where a class has been met only in another thread's message.
  const open = scan.open as HookedObjects | null
  if (open !== null) open.depth++
  const inner = scanValue(hooked.get(value), scan)
  if (open !== null) open.depth--
  return inner === null ? null : at('[serialize]', inner, scan)
}

function scanPlain(value: object, type: ClassType, scan: Scan): string | null {
  const name = `an instance of ${type.name}`
  const hooks = 'give it `static [serialize]` and `static [deserialize]`'
  if (isHandle(value)) return refuse(scan, name, 'it stands for something that cannot be in two places')
  scan.special = true
  let refused: string | null = null
  const against = describeInstance(value, type, (place, item, problem) => {
    refused = problem ?? scanValue(item, scan)
    return refused === null ? null : at(place, refused, scan)
  })
  if (refused !== null || against === null) return refused
  return refuse(scan, name, `${type.name} ${against}: ${hooks}`)
}
