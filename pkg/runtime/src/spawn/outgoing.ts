// Values on their way to a thread: arguments and captures become a packet, or an error that names what cannot go.

import type { EncodeInput } from '../codec/codec.ts'
import type { Packet } from '../codec/packet.ts'
import { encode, explainRefusal, Unsendable } from '../codec/codec.ts'
import { cannotSend } from './call-errors.ts'
import type { RecipeUse, Site } from '../protocol.ts'
import { takeRecipes } from './recipe.ts'
import type { Refusal } from '../codec/sendable.ts'
import { isStackOverflow } from '../codec/sendable.ts'

export interface Named {
  readonly values: readonly unknown[]
  readonly name: (index: number) => string
}

export interface Outgoing {
  readonly site: Site
  readonly args: unknown[]
  readonly captures: unknown[]
  /** Objects to be moved. */
  readonly transfer: readonly unknown[]
  /** What is looked through in the arguments, and its names in messages, where that is not the arguments themselves. */
  readonly named?: Named | undefined
  /** What relative addresses are relative to. */
  readonly base: string
}

/** Packs the values `[arguments, captures]` and hands the packet on, with the captures that are left to the worker, at once, since only posting it shows what the platform refuses. Throws R502. */
export function pack<T>(outgoing: Outgoing, use: (packet: Packet, recipes: readonly RecipeUse[]) => T): T {
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
    return use(packet, taken.uses)
  } catch (error) {
    if (error instanceof Unsendable) throw refused(error.refusal, input, site)
    if ((error as Error | null)?.name === 'DataCloneError' || isStackOverflow(error))
      throw refused(explainRefusal(input, error), input, site)
    throw error
  }
}

interface Input extends EncodeInput {
  /** Whether the last name that was asked for is that of an argument. */
  passed: boolean
}

function inputOf({ site, args, transfer, named }: Outgoing, captures: unknown[]): Input {
  const { values, name } = named ?? { values: args, name: (index: number) => `arguments[${index}]` }
  const input: Input = {
    passed: false,
    values: [args, captures],
    roots: values.length > 0 ? [...values, ...captures] : captures,
    names(index) {
      input.passed = index < values.length
      return input.passed ? name(index) : (site.captures[index - values.length] ?? '?')
    },
    // A typed array stands for its buffer, which is what can be moved.
    transfer: transfer.map((item) => (ArrayBuffer.isView(item) ? item.buffer : item) as Transferable),
    classes: site.classes,
  }
  return input
}

function refused(refusal: Refusal, { passed }: Input, { at }: Site): Error {
  return cannotSend(refusal, passed ? 'passed' : 'captured', at)
}
