/**
 * The registry of module-level shared values: (id, declaration hash) → words and data. Any thread may be the first to ask for one; it fills the entry, and every
 * other thread builds its object from what the entry says. Two never disagree.
 *
 *   word           meaning
 *   STATE          EMPTY, CLAIMED | agent << 2, or READY; never READY to anything else
 *   KEY … KEY+3    128 bits of hash of the id and the declaration hash
 *   TYPE           number of the type; 0 for plain data
 *   AT             words of the lock
 *   DATA_TYPE …    what data: buffer of the bank, offset, length
 */

import { arena } from './arena.ts'
import { ENTRIES, ENTRY_WORDS, REGISTRY } from './layout.ts'
import { bufferOf, dataTypeOf, lengthOf, makeData } from './shared-data.ts'
import { registryFull } from '../sync/lock-errors.ts'
import type { SharedData } from './shared-kind.ts'
import { isAlive } from '../sync/agent-algorithm.ts'

/** What an entry says. */
export interface Descriptor {
  /** Number of the shared type, 0 for plain data. */
  readonly type: number
  /** Where its words lie; 0 for plain data. */
  readonly at: number
  readonly data: SharedData
}

const STATE = 0
const KEY = 1
const TYPE = 5
const AT = 6
const DATA_TYPE = 7
const BUFFER = 8
const OFFSET = 9
const LENGTH = 10

const EMPTY = 0
const CLAIMED = 1
const READY = 2

/** Finds the entry of a key: the index of its first word, and whether it is filled. Waits while another thread fills it, which takes that thread a few stores. */
export function findEntry(key: readonly number[]): { entry: number; ready: boolean } {
  const { words } = arena()
  let slot = key[0]! & (ENTRIES - 1)
  for (let tried = 0; tried < ENTRIES; tried++) {
    const entry = REGISTRY + slot * ENTRY_WORDS
    let state = Atomics.load(words, entry + STATE)
    while ((state & 3) === CLAIMED) {
      // A thread that ended between claim and publication left nothing behind that anybody has seen.
      if (!isAlive(words, state >>> 2)) Atomics.compareExchange(words, entry + STATE, state, EMPTY)
      state = Atomics.load(words, entry + STATE)
    }
    if (state === EMPTY) return { entry, ready: false }
    if (key.every((word, index) => words[entry + KEY + index] === word)) return { entry, ready: true }
    slot = (slot + 1) & (ENTRIES - 1)
  }
  throw registryFull(ENTRIES)
}

/**
 * Claims an empty entry and fills it with what `make` returns. False when another thread was faster; then nothing has happened. No code of the user may run in
 * `make`: others wait for it.
 */
export function fillEntry(entry: number, key: readonly number[], make: () => Descriptor): boolean {
  const { words, agent } = arena()
  if (Atomics.compareExchange(words, entry + STATE, EMPTY, CLAIMED | (agent << 2)) !== EMPTY) return false
  try {
    const { type, at, data } = make()
    key.forEach((word, index) => (words[entry + KEY + index] = word))
    words[entry + TYPE] = type
    words[entry + AT] = at
    writeData(words, entry, data)
  } catch (error) {
    // Out of buffers or words: nobody ever passed a claimed entry, so it can become empty again.
    Atomics.store(words, entry + STATE, EMPTY)
    throw error
  }
  Atomics.store(words, entry + STATE, READY)
  return true
}

/** What a filled entry says. */
export function readEntry(entry: number): Descriptor {
  const { words, bank } = arena()
  const word = (offset: number): number => words[entry + offset]!
  const data = makeData(word(DATA_TYPE), bank[word(BUFFER)]!, word(OFFSET), word(LENGTH))
  return { type: word(TYPE), at: word(AT), data }
}

function writeData(words: Int32Array, entry: number, data: SharedData): void {
  words[entry + DATA_TYPE] = dataTypeOf(data)
  if (data === undefined) return
  const isView = ArrayBuffer.isView(data)
  words[entry + BUFFER] = arena().bank.indexOf(bufferOf(data))
  words[entry + OFFSET] = isView ? data.byteOffset : 0
  words[entry + LENGTH] = lengthOf(data)
}

/** 128 bits of hash. Ids and declaration hashes are hashes themselves, so equal keys of different declarations do not happen. */
export function keyOf(id: string, hash: string): number[] {
  return [mix(id, 0x9e3779b9), mix(id, 0x85ebca6b), mix(hash, 0xc2b2ae35), mix(`${hash} ${id}`, 0x27d4eb2f)]
}

function mix(text: string, seed: number): number {
  let state = seed | 0
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x5bd1e995)
    state ^= state >>> 15
  }
  state = Math.imul(state ^ (state >>> 13), 0x165667b1)
  return state ^ (state >>> 16)
}
