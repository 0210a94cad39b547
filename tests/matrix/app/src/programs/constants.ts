import { spawn } from 'experimental-threads'

const rate = 1.5
const word = /^\w+$/u
const floor = Math.floor
const settings = { deep: { list: [1, 2] }, on: true }
const table = { plus: (a: number, b: number): number => a + b }
const cache = new Map<string, number>([['kept', 1]])
const { max } = Math

export async function constants(): Promise<unknown> {
  cache.set('late', 2)
  return spawn(() => [
    floor(rate * 3),
    word.test('word'),
    settings.deep.list.length,
    table.plus(1, 2),
    cache.size,
    max(1, 9),
  ])
}
