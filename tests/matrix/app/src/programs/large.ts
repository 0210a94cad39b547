import { spawn } from 'experimental-threads'

export async function large(): Promise<unknown> {
  const numbers = Float64Array.from({ length: 200_000 }, (_, n) => n)
  const text = 'x'.repeat(1_000_000)
  return spawn(() => [numbers.reduce((sum, n) => sum + n, 0), text.length])
}
