// Values on their way to a thread: arguments and captures become a packet, or an error that names what cannot go.

import type { EncodeInput, Packet } from './codec.ts'
import { encode, explainRefusal, transferablesIn, Unsendable } from './codec.ts'
import { cannotSend } from './errors.ts'
import type { RecipeUse, Site } from './protocol.ts'
import { takeRecipes } from './recipe.ts'
import type { Refusal } from './sendable.ts'
import { isStackOverflow } from './sendable.ts'

export interface Outgoing {
  readonly site: Site
  readonly args: unknown[]
  readonly captures: unknown[]
  /** Objects to be moved, besides those in the arguments. */
  readonly transfer: readonly unknown[]
  /** What relative addresses are relative to. */
  readonly base: string
}

/** The packet of `[arguments, captures]`, and the captures that are left to the worker. */
export interface Packed {
  readonly packet: Packet
  readonly recipes: readonly RecipeUse[]
}

/** Packs the values and hands the packet on, at once, since only posting it shows what the platform refuses. Throws R502. */
export function pack<T>(outgoing: Outgoing, use: (packed: Packed) => T): T {
  const { site, captures, base } = outgoing
  let taken = takeRecipes(site, captures, base, false)
  let input = inputOf(outgoing, taken.captures)
  try {
    let packet: Packet
    try {
      packet = encode(input)
    } catch (error) {
      if (!(error instanceof Unsendable) || site.recipes === undefined) throw error
      taken = takeRecipes(site, captures, base, true)
      input = inputOf(outgoing, taken.captures)
      packet = encode(input)
    }
    return use({ packet, recipes: taken.uses })
  } catch (error) {
    if (error instanceof Unsendable) throw refused(error.refusal, site.at)
    if ((error as Error | null)?.name === 'DataCloneError' || isStackOverflow(error))
      throw refused(explainRefusal(input, error), site.at)
    throw error
  }
}

function inputOf({ site, args, transfer }: Outgoing, captures: unknown[]): EncodeInput {
  // A typed array stands for its buffer, which is what can be moved.
  const given = transfer.map((item) => (ArrayBuffer.isView(item) ? item.buffer : item) as Transferable)
  const moved = args.length > 0 ? transferablesIn(args) : []
  return {
    values: [args, captures],
    roots: args.length > 0 ? [...args, ...captures] : captures,
    names: (index) => (index < args.length ? `arguments[${index}]` : (site.captures[index - args.length] ?? '?')),
    transfer: given.length > 0 || moved.length > 0 ? [...new Set([...given, ...moved])] : moved,
  }
}

function refused({ path, what }: Refusal, at: string): Error {
  return cannotSend(path, what, path.startsWith('arguments[') ? 'passed' : 'captured', at)
}
