import { spawn } from 'experimental-threads'
import { atLoad } from '../library/at-load.ts'

declare const process: { argv: string[] } | undefined

/** The arguments of the program are those of each of its threads; a page has none, and no `process`. */
export async function programArguments(): Promise<unknown> {
  const here = typeof process === 'undefined' ? [] : process.argv
  const there = await spawn(() => (typeof process === 'undefined' ? [] : process.argv))
  const nested = await spawn(() => spawn(() => (typeof process === 'undefined' ? [] : process.argv)))
  const loaded = await spawn(() => atLoad)
  return [here, there, nested, loaded].map((list) => list.join('\n') === atLoad.join('\n'))
}
