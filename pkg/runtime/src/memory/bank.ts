// The buffers of the shared memory (`arena.ts`) that users' data lies in.

import { arena } from './arena.ts'
import { NEXT_BUFFER } from './layout.ts'
import { bankEmpty, bufferTooLarge, outOfMemory } from './shared-errors.ts'

/** Hands out a buffer of the bank, grown to `bytes`; its index. */
export function allocateBuffer(bytes: number): number {
  const { words, bank, maxSharedBytes } = arena()
  if (bytes > maxSharedBytes) throw bufferTooLarge(bytes, maxSharedBytes)
  const index = Atomics.add(words, NEXT_BUFFER, 1)
  const buffer = bank[index]
  if (buffer === undefined) {
    Atomics.sub(words, NEXT_BUFFER, 1)
    throw bankEmpty(bank.length)
  }
  try {
    const growable = buffer as SharedArrayBuffer & { grow(bytes: number): void }
    growable.grow(bytes)
  } catch (cause) {
    throw outOfMemory(bytes, cause)
  }
  return index
}
