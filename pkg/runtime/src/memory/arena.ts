/**
 * The memory that all threads of a program share: the words of every lock, and a bank of buffers for users' data.
 *
 * A SharedArrayBuffer reaches another thread only in a message, so a thread that makes one cannot publish it synchronously. Therefore all of them are made before
 * the first thread starts, and every thread is given all. A buffer of the bank takes no memory, only addresses, until it is grown to the size that somebody needs.
 */

import { endsChildren, inherited, threadNumber } from '#host'

import { bury, newAgent } from './agent.ts'
import { begin, canShare, noCells, shareState } from '../common.ts'
import type { Arena, ArenaExport, Legacy } from './joined.ts'
import { ARENA_WORDS, BLOCK_SIZES, FIRST_WORD, LINE_WORDS, NEXT_WORD } from './layout.ts'
import { arenaFull, noSharedMemory } from './shared-errors.ts'
import { giveBlock, takeBlock, takeFromOthers } from '../sync/block-algorithm.ts'

export { buryThread } from './agent.ts'
export type { Arena, ArenaExport } from './joined.ts'
export { adoptArena, canShare, lifeOf } from './joined.ts'

/**
 * The shared memory of this program, made now if this thread is the first to need it.
 *
 * @throws E314 where there is no shared memory.
 */
export function arena(): Arena {
  const own = shareState()
  if (own.arena !== undefined) return own.arena
  if (!canShare()) throw noSharedMemory()
  const legacy = inherited() as Legacy | undefined
  if (legacy !== undefined) return inherit(legacy)
  const words = new Int32Array(new SharedArrayBuffer(ARENA_WORDS * 4), 0, ARENA_WORDS)
  Atomics.store(words, NEXT_WORD, FIRST_WORD)
  const { bank, maxSharedBytes } = makeBank(own.sharedBuffers, own.maxSharedBytes)
  const program = Math.random().toString(36).slice(2)
  const agent = newAgent(words, 'main')
  return begin({ words, bank, maxSharedBytes, agent, host: true, program, cells: noCells() })
}

/** Whether this thread has shared memory already. */
export const hasArena = (): boolean => shareState().arena !== undefined

/** Joins the memory of the thread that has started this one. */
function inherit({ words, bank, maxSharedBytes, program, parent }: Legacy): Arena {
  const view = new Int32Array(words, 0, ARENA_WORDS)
  const thread = threadNumber()
  const agent = newAgent(view, `worker ${thread}`, { parent, thread: thread + 1 })
  return begin({ words: view, bank, maxSharedBytes, agent, host: false, program, cells: noCells() })
}

/** What to send to a new thread with this name, one export for each; undefined where there is no shared memory. */
export function exportArena(name: string): ArenaExport | undefined {
  if (!canShare()) return undefined
  const { words, bank, maxSharedBytes, program, agent: me } = arena()
  const agent = newAgent(words, name, endsChildren ? { parent: me } : {})
  return { words: words.buffer as SharedArrayBuffer, bank, maxSharedBytes, agent, program }
}

/**
 * Tells that the thread which was given this export has stopped: its number can be used again, and everybody who waits for something looks whether the dead thread
 * holds it. Never to be called while the thread may still run.
 */
export function agentExited(value: unknown): void {
  const { arena: own } = shareState()
  if (own === undefined || value === undefined || value === null) return
  bury(own.words, (value as ArenaExport).agent)
}

/**
 * Hands out zeroed words, for as long as the program runs or until `freeWords`.
 *
 * @throws E313 when there are none.
 */
export function allocateWords(count: number): number {
  const { words, agent } = arena()
  const size = sizeOf(count)
  const length = LINE_WORDS << size
  const zeroed = (line: number): number => {
    words.fill(0, line * LINE_WORDS, line * LINE_WORDS + length)
    return line * LINE_WORDS
  }
  const free = size < BLOCK_SIZES ? takeBlock(words, agent, size) : 0
  if (free !== 0) return zeroed(free)
  const at = Atomics.add(words, NEXT_WORD, length)
  if (at + length <= words.length) return at
  Atomics.sub(words, NEXT_WORD, length)
  const other = size < BLOCK_SIZES ? takeFromOthers(words, agent, size) : 0
  if (other !== 0) return zeroed(other)
  throw arenaFull(words.byteLength)
}

/** Gives back words that `allocateWords` handed out. No thread may know them any more. */
export function freeWords(at: number, count: number): void {
  const size = sizeOf(count)
  if (size < BLOCK_SIZES) giveBlock(arena().words, at / LINE_WORDS, size)
}

/** Blocks have 1, 2, 4, … lines: the logarithm. */
export function sizeOf(count: number): number {
  const lines = Math.ceil(count / LINE_WORDS)
  return 32 - Math.clz32(lines - 1)
}

/** The bank; with smaller reservations where the machine has too few addresses for the wished size. */
function makeBank(count: number, wished: number): { bank: SharedArrayBuffer[]; maxSharedBytes: number } {
  const Growable = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: { maxByteLength: number },
  ) => SharedArrayBuffer
  for (let maxSharedBytes = wished; ; maxSharedBytes = Math.ceil(maxSharedBytes / 4)) {
    try {
      const bank = Array.from({ length: count }, () => new Growable(0, { maxByteLength: maxSharedBytes }))
      return { bank, maxSharedBytes }
    } catch (error) {
      if (maxSharedBytes <= 65536) throw error
    }
  }
}
