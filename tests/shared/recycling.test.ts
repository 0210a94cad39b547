import { describe, expect, it } from 'vitest'

import { allocateWords, arena, freeWords } from '../../pkg/runtime/dist/memory/arena.js'
import { LINE_WORDS, NEXT_WORD } from '../../pkg/runtime/dist/memory/layout.js'
import { dropReference } from '../../pkg/runtime/dist/sync/block-algorithm.js'
import { receiveWords, ticketFor, wordsFor } from '../../pkg/runtime/dist/sync/dynamic-words.js'
import { failureOf, runProgram } from './support.ts'

describe('words of the arena', () => {
  it('are used again when nobody has the lock any more: a million made and dropped, sent, kept elsewhere, and known to the dead', async () => {
    const { code, output } = await runProgram('recycles')
    expect(code, output).toBe(0)
    for (const what of ['made and dropped', 'sent and dropped', 'kept', 'inherited'])
      expect(output).toContain(`${what}: true`)
  })

  it('are used again by every type whose objects come and go', async () => {
    const { code, output } = await runProgram('recycles-all')
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => line.replace(/.*: /, '')),
    ).toEqual(Array.from({ length: 12 }, () => '0'))
    expect(code).toBe(0)
  })

  it('that were given back are handed out again, zeroed', () => {
    const sizes = [1, LINE_WORDS, LINE_WORDS + 1, 5 * LINE_WORDS]
    const given = sizes.map((count) => allocateWords(count))
    const end = Atomics.load(arena().words, NEXT_WORD)
    for (const [index, at] of given.entries()) {
      arena().words.fill(7, at, at + sizes[index]!)
      freeWords(at, sizes[index]!)
    }
    const again = sizes.map((count) => allocateWords(count))
    expect(again.toSorted()).toEqual(given.toSorted())
    expect(Atomics.load(arena().words, NEXT_WORD)).toBe(end)
    for (const [index, at] of again.entries()) {
      expect(
        arena()
          .words.subarray(at, at + sizes[index]!)
          .every((word) => word === 0),
      ).toBe(true)
    }
  })

  it('that were used for something else before a message arrived are refused', async () => {
    const owner = {}
    const at = wordsFor(owner, 1)
    const ticket = ticketFor(owner, at)!
    dropReference(arena().words, at / LINE_WORDS)
    dropReference(arena().words, at / LINE_WORDS)
    expect(await failureOf(() => receiveWords(at, ticket))).toMatchObject({ code: 'E321', name: 'SharedMemoryError' })
    wordsFor({}, 1)
    expect(await failureOf(() => receiveWords(at, ticket))).toMatchObject({ code: 'E321' })
  })
})
