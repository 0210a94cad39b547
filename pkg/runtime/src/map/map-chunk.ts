// In a worker: one chunk of `parallelMap`.

import { macrotask } from '#host'

import type { Packet } from '../codec/packet.ts'
import { encodeThrown, transferablesIn } from '../codec/codec.ts'
import { cannotThrow } from '../errors.ts'
import { isMoved } from '../spawn/marks.ts'
import { Moved } from '../spawn/move.ts'
import { runtimeState } from '../state.ts'
import type { ThreadContext } from '../thread/thread-context.ts'

/** What a chunk gives: the results up to the first failure, the milliseconds of work, and the failure. */
export type ChunkResult = [results: unknown[], time: number, failure?: Packet]

/** A chunk hands the loop back after so many milliseconds, so that messages and other threads get their turn. */
const STRETCH = 20

runtimeState().drivers.set('map', async (closure, [items, first], context) => {
  const begun = performance.now()
  const results: unknown[] = []
  const moves: Transferable[] = []
  let failure: Packet | undefined
  try {
    await mapItems(closure, items as ArrayLike<unknown>, first as number, context, (result) => {
      if (isMoved(result)) moves.push(...transferablesIn(result.values))
      results.push(isMoved(result) ? (result.values.length === 1 ? result.values[0] : result.values) : result)
    })
  } catch (error) {
    failure = encodeThrown(error, (what) => cannotThrow(what, context.at), context.classes)
  }
  const time = performance.now() - begun
  const outcome: ChunkResult = failure === undefined ? [results, time] : [results, time, failure]
  return new Moved<unknown[]>([outcome], [...new Set(moves)], { results, first: first as number })
})

async function mapItems(
  closure: (...args: unknown[]) => unknown,
  items: ArrayLike<unknown>,
  first: number,
  context: ThreadContext,
  done: (result: unknown) => void,
): Promise<void> {
  const { entering } = runtimeState()
  let since = performance.now()
  for (let index = 0; index < items.length; index++) {
    if (performance.now() - since > STRETCH) {
      await new Promise<void>(macrotask)
      since = performance.now()
    }
    if (context.aborted) throw context.reason
    let result: unknown
    try {
      for (const enter of entering) enter(context)
      result = closure(items[index], first + index)
    } finally {
      for (const enter of entering) enter(null)
    }
    done(isPromise(result) ? await result : result)
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
