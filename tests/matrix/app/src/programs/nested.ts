import { spawn } from 'experimental-threads'

async function fib(n: number): Promise<number> {
  if (n < 2) return n
  const [a, b] = await Promise.all([spawn(() => fib(n - 1)), spawn(() => fib(n - 2))])
  return a + b
}

export async function nested(): Promise<unknown> {
  const base = 100
  return [await fib(6), await spawn(async () => base + (await spawn(() => base * 2)))]
}
