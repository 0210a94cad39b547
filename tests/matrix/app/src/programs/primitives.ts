import { spawn } from 'experimental-threads'

export async function primitives(): Promise<unknown> {
  const [zero, nan, big, text, nothing] = [-0, Number.NaN, 2n ** 70n, 'é日😀\u2028', undefined]
  const there = await spawn(() => [Object.is(zero, -0), Number.isNaN(nan), big + 1n, text + '!', nothing === undefined])
  return there.map(String)
}
