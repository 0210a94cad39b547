import { spawn } from 'experimental-threads'

const twice = (n: number): number => n * 2

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1)
}

export async function functions(): Promise<unknown> {
  const offset = 5
  const local = (n: number): number => twice(n) + offset
  return spawn(() => [local(10), factorial(5), [3, 1, 2].sort((a, b) => twice(b) - twice(a))])
}
