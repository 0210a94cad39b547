import { move, parallelMap, spawn, task } from 'experimental-threads'

export async function tasks(): Promise<unknown> {
  const offset = 10
  const add = task((n: number) => n + offset)
  const mapped = await parallelMap([5, 1, 4], (n) => n * offset)
  const inThread = await spawn(() => spawn(move(2), add))
  return [await spawn(move(1), add), mapped, inThread]
}
