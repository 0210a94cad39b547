import { spawn } from 'experimental-threads'

/** More threads than workers, started at once. */
export async function crowd(): Promise<unknown> {
  const results = await Promise.all(Array.from({ length: 500 }, (_, n) => spawn(() => n * n)))
  return results.reduce((sum, n) => sum + n, 0)
}
