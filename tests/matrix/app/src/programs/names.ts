import { isMainThread, spawn, threadName } from 'experimental-threads'

export async function names(): Promise<unknown> {
  const there = await spawn(async () => [threadName, isMainThread, await Promise.resolve().then(() => threadName)], {
    name: 'bee',
  })
  return [there, isMainThread]
}
