import { configure, shutdown } from 'experimental-threads'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { open, reaches, sharedWords, start } from './support.ts'

beforeEach(() => configure({ maxThreads: 1 }))
afterEach(() => shutdown({ deadline: 0 }))

it('what a thread prints begins with its name, where that was asked for and is known', async () => {
  await start('nameConsole')
  const words = sharedWords()
  const one = start('print', [words, '%d of %d', 1, 2], { name: '100%' })
  const other = start('print', [words, { a: 1 }], { name: 'other' })
  const third = start('print', [words, 'done: 5%'], { name: '5%' })
  await reaches(words, 1, 3)
  open(words)
  await Promise.all([one, other, third])
  expect(await start('print', [words, 'alone'], { name: 'last' })).toEqual([
    ['[100%%] %d of %d', 1, 2],
    ['[other]', { a: 1 }],
    ['[5%] done: 5%'],
    // Nobody knows whose they are, but of the last.
    ['later'],
    ['later'],
    [expect.stringMatching(/^\[.*\] later$/)],
    ['[last] alone'],
    ['[last] later'],
  ])
})
